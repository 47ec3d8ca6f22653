//go:build emulator

package main

import (
	"encoding/json"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
)

// testReplaceRole replaces a misnamed role that has everything that prevents deleting it, and
// verifies that the saved files suffice to create it again.
func (e *emulator) testReplaceRole(t *testing.T) {
	o, d := e.complete(t, "aws")
	name := account.CrossAccountRoleName
	_, err := d.iam.DetachRolePolicy(t.Context(), &iam.DetachRolePolicyInput{RoleName: &name, PolicyArn: aws.String(account.ManagedPolicyARN("aws"))})
	must(t, err)
	_, err = d.iam.DeleteRole(t.Context(), &iam.DeleteRoleInput{RoleName: &name})
	must(t, err)

	old := strings.ToLower(name)
	d.createRole(t, old, "/", crossAccountTrust)
	const own = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"}]}`
	attached := []string{account.ManagedPolicyARN("aws"), "arn:aws:iam::" + destination + ":policy/team/Own"}
	must(t, d.createPolicy(t.Context(), "/team/", "Own", own))
	for _, arn := range attached {
		must(t, d.attach(t.Context(), old, arn))
	}
	inline := map[string]string{
		"First":    `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}`,
		"a+b=c,@-": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"}]}`,
	}
	for policy, document := range inline {
		d.putInline(t, old, policy, document)
	}
	profile := "Profile"
	_, err = d.iam.CreateInstanceProfile(t.Context(), &iam.CreateInstanceProfileInput{InstanceProfileName: &profile})
	must(t, err)
	_, err = d.iam.AddRoleToInstanceProfile(t.Context(), &iam.AddRoleToInstanceProfileInput{InstanceProfileName: &profile, RoleName: &old})
	must(t, err)

	w := &world{e: e, sessions: map[string]*session{owner: o, destination: d}, inv: &account.Inventory{Owners: []account.Owner{{
		Account: owner, Regions: []string{region}, Destinations: []account.Target{{Account: destination}},
	}}}}
	w.only = selected(w.inv.Owners)
	found, code := w.check(t)
	if found.Summary != (checks.Summary{Fail: 1, Skip: 3}) || code != exitFail {
		t.Fatalf("the summary is %+v, exit code %d", found.Summary, code)
	}
	f := found.Findings[slices.IndexFunc(found.Findings, func(f reported) bool { return f.Status == checks.Fail })]
	dir := w.run(t, f, f.Remediation.Commands)
	if r, code := w.check(t); r.Summary != (checks.Summary{Pass: 4}) || code != exitOK {
		t.Errorf("after the commands: %+v, exit code %d", r.Summary, code)
	}

	saved := map[string]string{}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	must(t, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		must(t, err)
		saved[filepath.Base(file)] = string(data)
	}
	file := destination + "." + old
	if got := strings.Fields(saved[file+".attached.txt"]); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(attached))) {
		t.Errorf("the attached policies are saved as %q", got)
	}
	for policy, document := range inline {
		var got, want any
		must(t, json.Unmarshal([]byte(document), &want))
		if err := json.Unmarshal([]byte(saved[file+".inline-policy."+policy+".json"]), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("inline policy %s is saved as %q", policy, saved[file+".inline-policy."+policy+".json"])
		}
	}
	if !strings.Contains(saved[file+".role.json"], `"AssumeRolePolicyDocument"`) {
		t.Errorf("the role is saved as %q", saved[file+".role.json"])
	}
	if !slices.ContainsFunc(slices.Collect(maps.Values(saved)), func(text string) bool { return strings.Contains(text, profile) }) {
		t.Error("in which instance profiles the role was is not saved")
	}

	w.undo(t, dir, f)
	if r, code := w.check(t); r.Summary != found.Summary || code != exitFail {
		t.Errorf("after the undo: %+v, exit code %d", r.Summary, code)
	}
	listed, err := d.iam.ListAttachedRolePolicies(t.Context(), &iam.ListAttachedRolePoliciesInput{RoleName: &old})
	must(t, err)
	profiles, err := d.iam.ListInstanceProfilesForRole(t.Context(), &iam.ListInstanceProfilesForRoleInput{RoleName: &old})
	must(t, err)
	if len(listed.AttachedPolicies) != len(attached) || len(profiles.InstanceProfiles) != 1 {
		t.Errorf("after the undo the role has %d policies attached and is in %d instance profiles", len(listed.AttachedPolicies), len(profiles.InstanceProfiles))
	}
	for policy, want := range inline {
		if got, err := d.document(t.Context(), checks.Change{Action: checks.EditInlinePolicy, Role: old, Policy: policy}); err != nil || !sameJSON(got, want) {
			t.Errorf("after the undo inline policy %s is %s (%v)", policy, got, err)
		}
	}
}

// testUndo runs the commands of each reversible change and then the lines marked
// "# undo:", and expects everything to be as it was.
func (e *emulator) testUndo(t *testing.T) {
	e.reset(t)
	o, d := e.enter(t, "aws", owner, "Setup"), e.enter(t, "aws", destination, "Setup")
	const lambda = `{"Version":"2012-10-17","Statement":{"Sid":"Keep","Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	o.createRole(t, execution, "/", lambda)
	d.createRole(t, account.CrossAccountRoleName, "/", executionTrust)
	const limited = "Limited"
	boundary := "arn:aws:iam::" + owner + ":policy/Limits"
	o.createRole(t, limited, "/", executionTrust)
	must(t, o.attach(t.Context(), limited, account.ManagedPolicyARN("aws")))
	must(t, o.createPolicy(t.Context(), "/", "Limits", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"ec2:DeleteSnapshot","Resource":"*"}]}`))
	_, err := o.iam.PutRolePermissionsBoundary(t.Context(), &iam.PutRolePermissionsBoundaryInput{RoleName: aws.String(limited), PermissionsBoundary: &boundary})
	must(t, err)
	o.putInline(t, limited, "Keep", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["ec2:DeregisterImage","s3:*"],"Resource":"*"}]}`)
	tags := map[string]account.Tags{
		"app/none":  {"team": "web"},
		"app/value": {account.RepositoryTagKey: `EC2 "Image", Builder='x'`},
		"app/twin":  {account.RepositoryTagKey: account.RepositoryTagValue, strings.ToLower(account.RepositoryTagKey): "a, b"},
	}
	inv := &account.Inventory{Owners: []account.Owner{{
		Account: owner, Regions: []string{region}, ExecutionRoles: []string{execution, limited}, Destinations: []account.Target{{Account: destination}},
	}}}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		o.createRepository(t, region, name, tags[name])
		inv.Owners[0].Repositories = append(inv.Owners[0].Repositories, account.Repository{Region: region, Name: name})
	}
	must(t, o.setRepositoryPolicy(t.Context(), region, "app/none",
		`{"Version":"2012-10-17","Statement":[{"Sid":"Keep","Effect":"Deny","Principal":"*","Action":"ecr:BatchDeleteImage"}]}`))
	w := &world{e: e, inv: inv, only: selected(inv.Owners), sessions: map[string]*session{owner: o, destination: d}}
	w.flags = append(deleting(t, owner, limited), deletingContainers(t, owner, execution)...)
	w.imageBuilder(t)

	// state returns everything that the commands may change.
	state := func() map[string]any {
		all := map[string]any{}
		for role, s := range map[string]*session{execution: o, account.CrossAccountRoleName: d} {
			trust, err := s.iam.GetRole(t.Context(), &iam.GetRoleInput{RoleName: &role})
			must(t, err)
			text, err := url.PathUnescape(*trust.Role.AssumeRolePolicyDocument)
			must(t, err)
			var document any
			must(t, json.Unmarshal([]byte(text), &document))
			attached, err := s.iam.ListAttachedRolePolicies(t.Context(), &iam.ListAttachedRolePoliciesInput{RoleName: &role})
			must(t, err)
			all[role+" trust"], all[role+" attached"] = document, len(attached.AttachedPolicies)
		}
		for _, r := range inv.Owners[0].Repositories {
			all[r.Name] = o.tags(t, r)
		}
		for _, c := range []checks.Change{
			{Action: checks.EditInlinePolicy, Role: limited, Policy: "Keep"},
			{Action: checks.EditManagedPolicy, Policy: boundary},
			{Action: checks.EditRepositoryPolicy, Region: region, Repository: "app/none"},
		} {
			text, err := o.document(t.Context(), c)
			must(t, err)
			var document any
			must(t, json.Unmarshal([]byte(text), &document))
			all[string(c.Action)] = document
		}
		return all
	}

	before := state()
	found, code := w.check(t)
	if want := (checks.Summary{Pass: 10, Warn: 2, Fail: 7, Skip: 2}); found.Summary != want || code != exitFail {
		t.Fatalf("the summary is %+v, exit code %d; expected %+v", found.Summary, code, want)
	}
	dirs := map[int]string{}
	for i, f := range found.Findings {
		if f.Remediation != nil {
			dirs[i] = w.run(t, f, f.Remediation.Commands)
		}
	}
	// The trust policy still has the statement for another service, which is a warning.
	if fixed, code := w.check(t); fixed.Summary != (checks.Summary{Pass: 20, Warn: 1}) || code != exitOK {
		t.Fatalf("after the commands: %+v, exit code %d", fixed.Summary, code)
	}
	after := state()
	for key := range before {
		if reflect.DeepEqual(before[key], after[key]) {
			t.Errorf("the commands did not change %s, so its undo shows nothing", key)
		}
	}
	for i, f := range found.Findings {
		if f.Remediation == nil {
			continue
		}
		w.undo(t, dirs[i], f)
	}
	undone := state()
	for _, key := range slices.Sorted(maps.Keys(before)) {
		if !reflect.DeepEqual(before[key], undone[key]) {
			t.Errorf("%s is not undone:\nbefore: %v\n after: %v\nundone: %v", key, before[key], after[key], undone[key])
		}
	}
}

// undo runs the lines marked "# undo:" in the directory of the commands.
func (w *world) undo(t *testing.T, dir string, f reported) {
	t.Helper()
	var undo []string
	for _, line := range slices.Backward(f.Remediation.Commands) {
		if line, ok := strings.CutPrefix(line, "# undo: "); ok {
			undo = append(undo, line)
		}
	}
	if len(undo) == 0 {
		t.Errorf("%s of %s has no undo", f.Check, f.Subject.ARN)
	}
	w.runIn(t, dir, f, undo)
}
