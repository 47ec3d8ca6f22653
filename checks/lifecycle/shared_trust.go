package lifecycle

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// ServicePrincipal is the service principal of Image Builder. It is the same in every
// partition.
const ServicePrincipal = "imagebuilder.amazonaws.com"

// caller is what differs between the sts:AssumeRole requests that a trust policy is
// evaluated for: the service, and the image that it acts for.
type caller struct {
	principal     string // the service principal
	sourceAccount string
	sourceARN     string // a glob if a part is not known; empty: the request has no aws:SourceArn
	region        string // of the image; empty: not known
}

// String describes the request with its condition keys.
func (c caller) String() string {
	text := fmt.Sprintf("sts:AssumeRole by %s with aws:SourceAccount %s and ", c.principal, c.sourceAccount)
	if c.sourceARN == "" {
		return text + "no aws:SourceArn"
	}
	return text + "aws:SourceArn " + strings.ReplaceAll(c.sourceARN, "?*", "*")
}

// answer is the decision of a trust policy about a caller.
type answer struct {
	caller
	policy.Decision
}

// String is a line of evidence.
func (a answer) String() string {
	return fmt.Sprintf("%s: %s, %s", a.caller, a.Outcome, a.Reason())
}

// traces are the traces of a trust policy's decisions, in the same order.
func traces(answers ...answer) []checks.Trace {
	var all []checks.Trace
	for _, a := range answers {
		all = append(all, checks.Trace{Policy: "trust policy", Request: a.caller.String(), Trace: a.Trace()})
	}
	return all
}

// trust is a parsed trust policy, with the attributes of its role that are part of a request.
type trust struct {
	role      *account.Role
	partition string
	account   string // of the role
	text      string
	document  *policy.Document
}

// readTrust parses a role's trust policy. The error says why it could not be read or parsed.
func readTrust(partition, accountID string, role *account.Role) (*trust, error) {
	text, found, err := role.Trust.Get()
	if err != nil {
		return nil, fmt.Errorf("the trust policy of role %s could not be read: %w", role.Name, err)
	}
	if !found {
		return nil, fmt.Errorf("the trust policy of role %s is missing from the input", role.Name)
	}
	document, err := policy.Parse(policy.Trust, text)
	if err != nil {
		return nil, fmt.Errorf("the trust policy of role %s could not be parsed: %w", role.Name, err)
	}
	return &trust{role: role, partition: partition, account: accountID, text: text, document: document}, nil
}

// AssumeRole returns an sts:AssumeRole request by a service principal, without the keys
// that depend on the role and on the image. The IAM User Guide, "AWS global condition
// context keys", documents which keys such a request has. A condition on a key that is not
// set here is undecidable.
func AssumeRole(service string) *policy.Request {
	return &policy.Request{
		Principal: policy.Principal{Type: "Service", ID: service},
		Action:    "sts:AssumeRole",
		Context: policy.NewContext().
			Set("aws:PrincipalIsAWSService", policy.Known("true")).
			Set("aws:PrincipalServiceName", policy.Known(service)).
			Set("aws:SecureTransport", policy.Known("true")).
			Set("sts:RoleSessionName", policy.Pattern("??*")). // STS requires at least 2 characters
			Set("aws:PrincipalArn", policy.Absent()).
			Set("aws:PrincipalAccount", policy.Absent()).
			Set("aws:PrincipalOrgID", policy.Absent()).
			Set("aws:PrincipalOrgPaths", policy.Absent()).
			Set("aws:MultiFactorAuthPresent", policy.Absent()).
			Set("aws:MultiFactorAuthAge", policy.Absent()).
			Set("sts:ExternalId", policy.Absent()).
			Set("aws:SourceIp", policy.Absent()).
			Set("aws:VpcSourceIp", policy.Absent()).
			Set("aws:SourceVpc", policy.Absent()).
			Set("aws:SourceVpce", policy.Absent()).
			SetPrefix("aws:PrincipalTag/", policy.Absent()),
	}
}

// evaluate evaluates the trust policy for the caller's sts:AssumeRole request.
func (t *trust) evaluate(c caller) answer {
	return answer{c, policy.Evaluate(t.document, assumeRole(c, t.role, t.partition, t.account))}
}

// assumeRole is the caller's sts:AssumeRole request for a role.
func assumeRole(c caller, role *account.Role, partition, accountID string) *policy.Request {
	request := AssumeRole(c.principal)
	context := request.Context.
		Set("aws:ResourceAccount", policy.Known(accountID)).
		Set("aws:SourceAccount", policy.Known(c.sourceAccount)).
		Set("aws:SourceArn", policy.Absent()).
		SetPrefix("iam:ResourceTag/", policy.Absent()).
		SetPrefix("aws:ResourceTag/", policy.Absent())
	if c.sourceARN != "" {
		context.Set("aws:SourceArn", policy.ARNPattern(c.sourceARN))
	}
	if c.region != "" && partition == "aws" {
		// The image's Region, or us-east-1 if the service calls STS's global endpoint.
		context.Set("aws:RequestedRegion", policy.OneOf(c.region, "us-east-1"))
	}
	setTags(context, role.Tags, "iam:ResourceTag/", "aws:ResourceTag/")
	return request
}

// imageARN is a glob for the ARNs of an account's image build versions in a Region; an
// empty Region matches every Region.
func imageARN(partition, region, accountID string) string {
	return fmt.Sprintf("arn:%s:imagebuilder:%s:%s:image/?*/?*.?*.?*/?*", partition, orAny(region), accountID)
}

// orAny is the Region, or a glob that matches every Region if it is empty.
func orAny(region string) string {
	if region == "" {
		return "?*"
	}
	return region
}

// regionsOf are the Regions to evaluate requests for. If none is known, it is one unknown
// Region, the empty string.
func regionsOf(regions []string) []string {
	if len(regions) == 0 {
		return []string{""}
	}
	return regions
}

// trustVerdict is a verdict about a trust policy, with the decision that prevents a pass.
type trustVerdict struct {
	checks.Verdict
	obstacle policy.Decision
}

// worst is the worst of several verdicts, and the first of equally bad ones.
func worst(verdicts []trustVerdict) trustVerdict {
	order := []checks.Status{checks.Pass, checks.Warn, checks.Unknown, checks.Fail}
	return slices.MaxFunc(verdicts, func(a, b trustVerdict) int {
		return slices.Index(order, a.Status) - slices.Index(order, b.Status)
	})
}

// verdict decides for Image Builder's service principal. If that fails, it tries the other
// forms of service principals that AWS documents, since a policy may use one of them:
//   - imagebuilder.amazonaws.com.cn, which Terraform's example produces in China;
//   - the regional form, which AWS documents for calls from opt-in Regions.
func (t *trust) verdict(regions []string, decide func(principal string) trustVerdict) trustVerdict {
	verdict := decide(ServicePrincipal)
	if verdict.Status == checks.Fail {
		if t.partition == "aws-cn" {
			if v := decide(ServicePrincipal + ".cn"); v.Status == checks.Pass || v.Status == checks.Warn {
				v.Status = checks.Warn
				v.Message = fmt.Sprintf("role %s trusts %s.cn; AWS documents %s for China too, and does not document whether the other name works", t.role.Name, ServicePrincipal, ServicePrincipal)
				v.obstacle = verdict.obstacle
				v.Evidence, v.Trace = slices.Concat(verdict.Evidence, v.Evidence), slices.Concat(verdict.Trace, v.Trace)
				return v
			}
		}
		for _, region := range regions {
			regional := "imagebuilder." + region + ".amazonaws.com"
			if v := decide(regional); v.Status == checks.Fail || v.Status == checks.Unknown {
				continue
			}
			if t.partition == "aws" && !slices.Contains(defaultRegions, region) {
				return trustVerdict{Verdict: checks.Verdict{
					Status: checks.Unknown, Evidence: verdict.Evidence, Trace: verdict.Trace,
					Message: fmt.Sprintf("role %s trusts only the regional name %s; AWS does not document whether Image Builder uses it in an opt-in Region", t.role.Name, regional),
				}}
			}
			verdict.Message += fmt.Sprintf("; it trusts the regional name %s, which Image Builder does not use in this Region", regional)
		}
	}
	return verdict
}

// defaultRegions are enabled in every account of the partition aws. The list is final:
// every Region added after 20 March 2019 is an opt-in Region (AWS General Reference,
// "Managing AWS Regions").
var defaultRegions = []string{
	"us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1",
	"eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3",
	"ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
}

// fix returns the smallest edit of the trust policy for which decide returns a pass. If it
// finds none, the change has a hint.
func (t *trust) fix(obstacle policy.Decision, wants policy.Wants, decide func(*trust) trustVerdict) *checks.Fix {
	change := checks.Change{Action: checks.EditTrust, Partition: t.partition, Account: t.account, Role: t.role.Name}
	fix := &checks.Fix{
		Summary:  "Edit the trust policy. The other statements do not change.",
		Cautions: []string{"Updating a trust policy replaces the whole document. The commands save the old one first.", propagation},
	}
	s := obstacle.Statement
	denies := s != nil && s.Effect == policy.Deny
	if denies {
		fix.Cautions = append(fix.Cautions, fmt.Sprintf("%s is a Deny. Agree on the change with its author.", s))
	}
	wants.Exemption = exemption(ServicePrincipal)
	edit(&change, policy.Trust, t.text, wants, func(d *policy.Document) (policy.Decision, bool) {
		edited := *t
		edited.document = d
		v := decide(&edited)
		return v.obstacle, v.Status == checks.Pass
	})
	if change.After == "" {
		change.Hint = "add a statement that allows " + ServicePrincipal + " to assume the role: " + wants.Statement
		switch {
		case denies:
			change.Hint = fmt.Sprintf("exempt %[2]s from %[1]s (Deny); an added Allow does not override a Deny", s, ServicePrincipal)
		case obstacle.Outcome == policy.Allowed:
			change.Hint = fmt.Sprintf("remove %s from %s, and add this statement for it: %s", ServicePrincipal, s, wants.Statement)
		}
	}
	fix.Changes = []checks.Change{change}
	return fix
}

// FixTrust returns the smallest edit of a trust policy after which a request is not
// denied: it is allowed, or it is undecidable because of a key whose value is not known.
// The condition keys of the request have the given values. If the source account is among
// them, no edit admits another account that the policy denied. A policy on one line is
// first indented; before is that text. The result ok is false if no edit was found.
func FixTrust(text string, request *policy.Request, values map[string][]string) (before, after string, ok bool) {
	statement := executionStatement()
	statement.Principal["Service"] = request.Principal.ID
	var guard []policy.Condition
	var stranger *policy.Request
	if sources := values["aws:SourceAccount"]; len(sources) > 0 {
		statement.Condition = &sourceGuard{StringEquals: map[string][]string{"aws:SourceAccount": sources}}
		guard = []policy.Condition{{Operator: "StringEquals", Key: "aws:SourceAccount", Values: sources}}
		id := 271828182845
		for strings.Contains(text, strconv.Itoa(id)) {
			id++
		}
		other := *request
		other.Context = request.Context.With().Set("aws:SourceAccount", policy.Known(strconv.Itoa(id)))
		for _, arn := range values["aws:SourceArn"] {
			other.Context.Set("aws:SourceArn", policy.Pattern(strings.ReplaceAll(arn, ":"+sources[0]+":", ":"+strconv.Itoa(id)+":")))
		}
		if d, err := policy.Parse(policy.Trust, text); err == nil && policy.Evaluate(d, &other).Outcome == policy.Denied {
			stranger = &other
		}
	}
	before = text
	if !strings.Contains(strings.TrimSpace(text), "\n") {
		var err error
		if before, err = policy.Indent(text); err != nil {
			return "", "", false
		}
	}
	after, ok = policy.Mend(policy.Trust, before, policy.Wants{
		Values:    values,
		Statement: compact(statement),
		Exemption: exemption(request.Principal.ID),
		Guard:     guard,
	}, func(d *policy.Document) (policy.Decision, bool) {
		decision := policy.Evaluate(d, request)
		good := decision.Outcome == policy.Allowed || decision.Outcome == policy.Undecidable && decision.UnknownKey() != ""
		if good && stranger != nil {
			if admitted := policy.Evaluate(d, stranger); admitted.Outcome == policy.Allowed {
				return admitted, false
			}
		}
		return decision, good
	})
	return before, after, ok
}

// exemption is the condition that exempts the requests of a service from a Deny.
func exemption(service string) []policy.Condition {
	return []policy.Condition{{Operator: "StringNotEquals", Key: "aws:PrincipalServiceName", Values: []string{service}}}
}

// edit sets Before and After of a change to the smallest edit of a document for which test
// returns true. If there is none, it leaves them empty.
func edit(c *checks.Change, kind policy.Kind, text string, wants policy.Wants, test func(*policy.Document) (obstacle policy.Decision, good bool)) {
	before, err := policy.Indent(text)
	if err != nil {
		return
	}
	if after, ok := policy.Mend(kind, before, wants, test); ok && after != before {
		c.Before, c.After = before, after
	}
}

// cautions are the warnings for an edit that exempts a role from a Deny, or that changes a
// managed policy.
func cautions(c checks.Change) (all []string) {
	if exempts(c) {
		all = append(all, "The edit exempts the role from a whole statement. If the statement also denies other actions, move those to a separate statement.")
	}
	if c.Action == checks.EditManagedPolicy && c.After != "" {
		all = append(all, "The edit starts from the policy as it was read. If another finding edits the same policy, apply one edit, then run iblint again.",
			"A managed policy has at most five versions. If it has five, delete an old one first (aws iam delete-policy-version).")
	}
	return all
}

// exempts reports whether an edit exempts a role from a statement: it adds a condition on
// aws:PrincipalArn.
func exempts(c checks.Change) bool {
	const key = "aws:PrincipalArn"
	return strings.Count(c.After, key) > strings.Count(c.Before, key)
}

// trustStatement is a statement of a trust policy. The order of the fields is that of the JSON.
type trustStatement struct {
	Effect    string
	Principal map[string]string
	Action    string
	Condition *sourceGuard `json:",omitempty"`
}

// sourceGuard is the condition that keeps out the images of other accounts (strangers).
type sourceGuard struct {
	StringEquals map[string][]string
	ArnLike      map[string]string `json:",omitempty"`
}

// executionStatement is the trust statement in AWS's guide for execution roles.
func executionStatement() trustStatement {
	return trustStatement{Effect: "Allow", Principal: map[string]string{"Service": ServicePrincipal}, Action: "sts:AssumeRole"}
}

// crossAccountStatement is the trust statement for the cross-account role. It lists the
// destination and every owner, which works under either reading of aws:SourceAccount.
func crossAccountStatement(d account.Destination) trustStatement {
	s := executionStatement()
	s.Condition = crossAccountGuard(d)
	return s
}

// crossAccountGuard is the condition of crossAccountStatement.
func crossAccountGuard(d account.Destination) *sourceGuard {
	sources := []string{d.Account}
	for _, o := range d.Owners {
		sources = append(sources, o.Account)
	}
	return &sourceGuard{
		StringEquals: map[string][]string{"aws:SourceAccount": sources},
		ArnLike:      map[string]string{"aws:SourceArn": "arn:*:imagebuilder:*:*:image/*/*/*"},
	}
}

// trustDocument is a trust policy with one statement.
func trustDocument(s trustStatement) string {
	return compact(struct {
		Version   string
		Statement []trustStatement
	}{"2012-10-17", []trustStatement{s}})
}

// compact is JSON on one line.
func compact(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // cannot happen: v holds only strings, lists and maps
	}
	return string(text)
}

const propagation = "IAM changes take seconds to minutes to take effect everywhere."
