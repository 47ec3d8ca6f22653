//go:build oracle

package lifecycle_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// recordedPolicy is a policy document of a recording.
type recordedPolicy struct {
	name    string
	as      string // the type of policy, for the oracle
	text    string
	account string // of the policy or its role
	role    string // ARN of the role that has the policy or makes the request
}

// recordedPolicies are all policies of a recording that were read.
func recordedPolicies(recording string, inv *account.Inventory) []recordedPolicy {
	var all []recordedPolicy
	add := func(as, accountID, role, name string, read account.Read[string]) {
		if text, found, err := read.Get(); err == nil && found {
			all = append(all, recordedPolicy{recording + ": " + accountID + " " + role + " " + name, as, text, accountID, role})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(inv.Accounts)) {
		a := inv.Accounts[id]
		for _, name := range slices.Sorted(maps.Keys(a.Roles)) {
			r, found, err := a.Roles[name].Get()
			if err != nil || !found {
				continue
			}
			add("trust", id, r.ARN, "trust", r.Trust)
			add("boundary", id, r.ARN, r.Boundary, r.BoundaryDocument)
			for _, p := range r.Attached.Items() {
				add("identity", id, r.ARN, p.ARN, p.Document)
			}
			for _, p := range r.Inline.Items() {
				add("identity", id, r.ARN, p.Name, p.Document)
			}
		}
		for region, repositories := range a.RepositoryPolicies {
			for name, p := range repositories {
				add("resource", id, "arn:"+a.Partition+":iam::"+id+":role/Lifecycle", region+" "+name, p)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(inv.Accounts)) {
		a := inv.Accounts[id]
		for region, registry := range a.Registries {
			if text, found, err := registry.Policy.Get(); err == nil && found {
				all = append(all, recordedPolicy{recording + ": registry in " + region, "resource", text, id, "arn:" + a.Partition + ":iam::" + id + ":role/Lifecycle"})
			}
		}
	}
	for _, organization := range slices.Sorted(maps.Keys(inv.Guardrails)) {
		g := inv.Guardrails[organization]
		for _, id := range slices.Sorted(maps.Keys(g.Policies)) {
			if p, found, err := g.Policies[id].Get(); err == nil && found {
				as := "scp"
				if strings.Contains(p.Document, `"Principal"`) {
					as = "resource" // a resource control policy
				}
				all = append(all, recordedPolicy{recording + ": " + id, as, p.Document, "111122223333", "arn:aws:iam::111122223333:role/Lifecycle"})
			}
		}
	}
	return all
}

// concreteRequest is a request without unknown values.
type concreteRequest struct {
	principal policy.Principal
	action    string
	resource  string
	context   map[string]string
}

const foreign = "999988887777"

// requests are the requests of the checks, for one image, AMI, snapshot or repository.
func (p recordedPolicy) requests(owners []string) []concreteRequest {
	partition := strings.Split(p.role, ":")[1]
	if p.as == "trust" {
		image := func(owner, resource string) string {
			return "arn:" + partition + ":imagebuilder:us-east-1:" + owner + ":" + resource
		}
		const build = "image/foo/1.0.0/1"
		var all []concreteRequest
		add := func(sourceAccount, sourceARN string) {
			context := map[string]string{
				"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": "imagebuilder.amazonaws.com", "aws:SecureTransport": "true",
				"aws:ResourceAccount": p.account, "sts:RoleSessionName": "session", "aws:RequestedRegion": "us-east-1",
				"aws:ViaAWSService": "false", "aws:ResourceOrgID": "o-exampleorg", "aws:CurrentTime": "2026-01-01T00:00:00Z",
			}
			if sourceAccount != "" {
				context["aws:SourceAccount"], context["aws:SourceOrgID"] = sourceAccount, "o-exampleorg"
				if sourceAccount == foreign {
					context["aws:SourceOrgID"] = "o-foreign"
				}
			}
			if sourceARN != "" {
				context["aws:SourceArn"] = sourceARN
			}
			all = append(all, concreteRequest{policy.Principal{Type: "Service", ID: "imagebuilder.amazonaws.com"}, "sts:AssumeRole", p.role, context})
		}
		for _, owner := range owners {
			add(p.account, image(owner, build))            // for the destination
			add(owner, image(owner, build))                // for the owner
			add(owner, image(owner, "lifecycle-policy/x")) // by the lifecycle policy
			add(owner, "")
		}
		add("", "")
		add(foreign, image(foreign, build))
		add(p.account, image(foreign, build))
		return all
	}
	var all []concreteRequest
	for _, r := range [][2]string{
		{"ec2:DescribeImageAttribute", "ec2:us-east-1::image/ami-1"}, {"ec2:EnableImageDeprecation", "ec2:us-east-1::image/ami-1"}, {"ec2:DisableImageDeprecation", "ec2:us-east-1::image/ami-1"},
		{"ec2:DisableImage", "ec2:us-east-1::image/ami-1"}, {"ec2:EnableImage", "ec2:us-east-1::image/ami-1"}, {"ec2:DeregisterImage", "ec2:us-east-1::image/ami-1"},
		{"ec2:CreateTags", "ec2:us-east-1::image/ami-1"}, {"ec2:CreateTags", "ec2:us-east-1::snapshot/snap-1"}, {"ec2:DeleteTags", "ec2:us-east-1::image/ami-1"},
		{"ec2:DeleteSnapshot", "ec2:us-east-1::snapshot/snap-1"}, {"ecr:BatchGetImage", "ecr:us-east-1:" + p.account + ":repository/app"},
		{"ec2:DescribeImages", "*"}, {"tag:GetResources", "*"},
		{"ecr:BatchDeleteImage", "ecr:us-east-1:" + p.account + ":repository/app"}, {"imagebuilder:DeleteImage", "imagebuilder:us-east-1:" + p.account + ":image/foo/1.0.0/1"},
	} {
		for _, tagged := range []bool{true, false} {
			context := map[string]string{
				"aws:PrincipalArn": p.role, "aws:PrincipalAccount": p.account, "aws:PrincipalType": "AssumedRole", "aws:PrincipalIsAWSService": "false", "aws:userid": "AROAEXAMPLE:session",
				"aws:SecureTransport": "true", "aws:RequestedRegion": "us-east-1", "ec2:Region": "us-east-1", "aws:ResourceAccount": p.account, "aws:CurrentTime": "2026-01-01T00:00:00Z",
				"aws:TokenIssueTime": "2026-01-01T00:00:00Z", "aws:ViaAWSService": "false", "aws:PrincipalOrgID": "o-exampleorg", "aws:ResourceOrgID": "o-exampleorg",
			}
			resource := r[1]
			if resource != "*" {
				resource = "arn:" + partition + ":" + resource
			}
			if tagged && resource != "*" { // an action without a resource has no tags of one
				for _, prefix := range []string{"aws", "ec2", "ecr"} {
					context[prefix+":ResourceTag/CreatedBy"] = account.RepositoryTagValue
					context[prefix+":ResourceTag/"+account.RepositoryTagKey] = account.RepositoryTagValue
					context[prefix+":ResourceTag/DeprecatedBy"] = account.RepositoryTagValue
				}
				context["aws:RequestTag/DeprecatedBy"] = account.RepositoryTagValue
			}
			all = append(all, concreteRequest{policy.Principal{Type: "AWS", ID: p.role}, r[0], resource, context})
		}
	}
	return all
}

// decide is the decision of iblint.
func (r concreteRequest) decide(d *policy.Document) policy.Decision {
	c := policy.NewContext().SetPrefix("", policy.Absent())
	for key, value := range r.context {
		c.Set(key, policy.Known(value))
	}
	return policy.Evaluate(d, &policy.Request{Principal: r.principal, Action: r.action, Resource: policy.Known(r.resource), Context: c})
}

// undocumented are the reasons for which these requests can be undecidable. The tests of
// package policy list the constructs.
var undocumented = []string{
	`whether the principal {"AWS": "*"} includes services`,
	"NotPrincipal with Allow",
	"is the session that makes the request",
	`which actions the Action "*:*" includes`,
	"a policy variable before its fifth colon",
}

// TestOracleOnRecordings compares iblint with the oracle (see TestOracle of package policy).
// It evaluates every policy of every recording for the requests that the checks make.
func TestOracleOnRecordings(t *testing.T) {
	program := os.Getenv("IBLINT_ORACLE")
	if program == "" {
		t.Fatal("IBLINT_ORACLE is not set")
	}
	kinds := map[string]policy.Kind{"trust": policy.Trust, "identity": policy.Identity, "boundary": policy.Identity, "scp": policy.Identity, "resource": policy.Resource}
	type question struct {
		name     string
		decision policy.Decision

		withoutResource bool // the request is on no resource
	}
	var (
		questions []question
		lines     strings.Builder
		documents = map[string]int{}
	)
	for name, inv := range recordings(t) {
		owners := []string{}
		for _, o := range inv.Owners {
			owners = append(owners, o.Account)
		}
		for _, p := range recordedPolicies(name, inv) {
			d, err := policy.Parse(kinds[p.as], p.text)
			if err != nil {
				continue // the checks report it
			}
			documents[p.as]++
			for _, r := range p.requests(owners) {
				principal := r.principal.ID
				if r.principal.Type == "AWS" {
					principal = strings.Replace(r.principal.ID[:strings.Index(r.principal.ID, ":role/")], ":iam:", ":sts:", 1) +
						":assumed-role/" + r.principal.ID[strings.LastIndexByte(r.principal.ID, '/')+1:] + "/session"
				}
				line, err := json.Marshal(map[string]any{
					"as": p.as, "policy": json.RawMessage(p.text), "principal": principal, "action": r.action,
					"resource": r.resource, "account": p.account, "context": r.context,
				})
				if err != nil {
					t.Fatal(err)
				}
				lines.Write(append(line, '\n'))
				questions = append(questions, question{fmt.Sprintf("%s: %s\n%s on %s with %v", p.name, p.text, r.action, r.resource, r.context), r.decide(d), r.resource == "*"})
			}
		}
	}
	command := exec.Command("node", program)
	command.Stdin, command.Stderr = strings.NewReader(lines.String()), os.Stderr
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	answers := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(answers) != len(questions) {
		t.Fatalf("%d questions, %d answers", len(questions), len(answers))
	}
	count, listed := map[string]int{}, 0
	for i, q := range questions {
		ours := "ImplicitlyDenied"
		switch {
		case q.decision.Outcome == policy.Undecidable:
			ours = "Undecidable"
			if !slices.ContainsFunc(undocumented, func(reason string) bool { return strings.Contains(q.decision.Reason(), reason) }) {
				t.Errorf("undecidable although everything is known: %s\n%s", q.decision.Reason(), q.name)
			}
		case q.decision.Outcome == policy.Allowed:
			ours = "Allowed"
		case q.decision.Explicit:
			ours = "ExplicitlyDenied"
		}
		count[ours]++
		if ours == "ExplicitlyDenied" && answers[i] == "ImplicitlyDenied" && q.withoutResource && strings.Contains(q.name, `"NotResource"`) {
			// A request without a resource is on "*", and a NotResource "matches every resource except
			// those specified" (IAM User Guide, reference_policies_elements_notresource). In the
			// oracle it matches none.
			listed++
			continue
		}
		if ours != "Undecidable" && ours != answers[i] {
			t.Errorf("iblint says %s, the oracle %s: %s\n%s", ours, answers[i], q.decision.Reason(), q.name)
		}
	}
	t.Logf("%v documents, %d questions: %v; %d disagree as listed", documents, len(questions), count, listed)
	for _, as := range []string{"trust", "identity", "resource"} {
		if documents[as] == 0 {
			t.Errorf("no recording has a document of the kind %s", as)
		}
	}
	for _, verdict := range []string{"Allowed", "ImplicitlyDenied", "ExplicitlyDenied"} {
		if count[verdict] < 20 {
			t.Errorf("only %d questions are answered %s", count[verdict], verdict)
		}
	}
}
