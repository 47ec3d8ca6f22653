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

// ServicePrincipal is Image Builder's, the same in every partition.
const ServicePrincipal = "imagebuilder.amazonaws.com"

// caller is who assumes a role on whose behalf: what differs between the
// requests that one trust policy has to answer.
type caller struct {
	principal     string // the service's name
	sourceAccount string
	sourceARN     string // a glob where a part is not known; empty: the request has no aws:SourceArn
	region        string // of the image; empty: not known
}

// String describes the request the way CloudTrail would show it.
func (c caller) String() string {
	text := fmt.Sprintf("sts:AssumeRole by %s with aws:SourceAccount %s and ", c.principal, c.sourceAccount)
	if c.sourceARN == "" {
		return text + "no aws:SourceArn"
	}
	return text + "aws:SourceArn " + strings.ReplaceAll(c.sourceARN, "?*", "*")
}

// answer is what a trust policy says to a caller.
type answer struct {
	caller
	policy.Decision
}

// String is a line of evidence.
func (a answer) String() string {
	return fmt.Sprintf("%s: %s, %s", a.caller, a.Outcome, a.Reason())
}

// traces are what a trust policy said to callers, as data.
func traces(answers ...answer) []checks.Trace {
	var all []checks.Trace
	for _, a := range answers {
		all = append(all, checks.Trace{Policy: "trust policy", Request: a.caller.String(), Trace: a.Trace()})
	}
	return all
}

// trust is a parsed trust policy and what its role contributes to a request.
type trust struct {
	role      *account.Role
	partition string
	account   string // of the role
	text      string
	document  *policy.Document
}

// readTrust parses a role's trust policy; the error says why it is not known.
func readTrust(partition, accountID string, role *account.Role) (*trust, error) {
	text, found, err := role.Trust.Get()
	if err != nil {
		return nil, fmt.Errorf("the trust policy of role %s could not be read: %w", role.Name, err)
	}
	if !found {
		return nil, fmt.Errorf("role %s was read without its trust policy", role.Name)
	}
	document, err := policy.Parse(policy.Trust, text)
	if err != nil {
		return nil, fmt.Errorf("the trust policy of role %s is not understood: %w", role.Name, err)
	}
	return &trust{role: role, partition: partition, account: accountID, text: text, document: document}, nil
}

// AssumeRole is a service's request sts:AssumeRole, before anything is known of the
// role and of whose images it is about. What the request holds and lacks when a
// service assumes a role is told in the IAM User Guide, "AWS global condition
// context keys"; a key that is not set is undecidable.
func AssumeRole(service string) *policy.Request {
	return &policy.Request{
		Principal: policy.Principal{Type: "Service", ID: service},
		Action:    "sts:AssumeRole",
		Context: policy.NewContext().
			Set("aws:PrincipalIsAWSService", policy.Known("true")).
			Set("aws:PrincipalServiceName", policy.Known(service)).
			Set("aws:SecureTransport", policy.Known("true")).
			Set("sts:RoleSessionName", policy.Pattern("??*")). // some name of at least 2 characters
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

// ask evaluates one sts:AssumeRole request by the service.
func (t *trust) ask(c caller) answer {
	return answer{c, policy.Evaluate(t.document, assumes(c, t.role, t.partition, t.account))}
}

// assumes is the caller's request for a role.
func assumes(c caller, role *account.Role, partition, accountID string) *policy.Request {
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
		// The image's Region, or us-east-1 if the service used STS's global endpoint.
		context.Set("aws:RequestedRegion", policy.OneOf(c.region, "us-east-1"))
	}
	setTags(context, role.Tags, "iam:ResourceTag/", "aws:ResourceTag/")
	return request
}

// imageARN is the ARN of an image build version of an account, of which neither
// name nor version is known. An unknown Region is a glob too.
func imageARN(partition, region, accountID string) string {
	return fmt.Sprintf("arn:%s:imagebuilder:%s:%s:image/?*/?*.?*.?*/?*", partition, orAny(region), accountID)
}

func orAny(region string) string {
	if region == "" {
		return "?*"
	}
	return region
}

// regionsOf are the Regions to ask about; one unknown Region when none is told.
func regionsOf(regions []string) []string {
	if len(regions) == 0 {
		return []string{""}
	}
	return regions
}

// trustVerdict is a verdict about a trust policy, with the decision that is the
// obstacle to a pass.
type trustVerdict struct {
	checks.Verdict
	obstacle policy.Decision
}

// worst of several verdicts; the first of equals.
func worst(verdicts []trustVerdict) trustVerdict {
	order := []checks.Status{checks.Pass, checks.Warn, checks.Unknown, checks.Fail}
	return slices.MaxFunc(verdicts, func(a, b trustVerdict) int {
		return slices.Index(order, a.Status) - slices.Index(order, b.Status)
	})
}

// judge decides by the service's own name. When that fails, the other
// spellings of the name that AWS knows are tried, to tell a wrong name from one
// whose effect is not documented:
//   - imagebuilder.amazonaws.com.cn, which Terraform's own example renders in China;
//   - the regional form, documented for calls out of opt-in Regions.
func (t *trust) judge(regions []string, decide func(principal string) trustVerdict) trustVerdict {
	verdict := decide(ServicePrincipal)
	if verdict.Status == checks.Fail {
		if t.partition == "aws-cn" {
			if v := decide(ServicePrincipal + ".cn"); v.Status == checks.Pass || v.Status == checks.Warn {
				v.Status = checks.Warn
				v.Message = fmt.Sprintf("role %s trusts %s.cn; AWS names the service %s in China too, and does not document whether the other form works", t.role.Name, ServicePrincipal, ServicePrincipal)
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
			verdict.Message += fmt.Sprintf("; it trusts the regional name %s, which Image Builder does not use here", regional)
		}
	}
	return verdict
}

// defaultRegions are enabled in every account of the partition aws. AWS has added
// only opt-in Regions since 20 March 2019, so the list is closed (AWS General
// Reference, "Managing AWS Regions").
var defaultRegions = []string{
	"us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1",
	"eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3",
	"ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
}

// mend finds the smallest edit of the trust policy with which decide passes.
func (t *trust) mend(obstacle policy.Decision, wants policy.Wants, decide func(*trust) trustVerdict) *checks.Fix {
	change := checks.Change{Action: checks.EditTrust, Partition: t.partition, Account: t.account, Role: t.role.Name}
	fix := &checks.Fix{
		Summary:  "Edit the trust policy; every other statement stays as it is.",
		Cautions: []string{"Updating a trust policy replaces the whole document; the commands save it first.", propagation},
	}
	s := obstacle.Statement
	denies := s != nil && s.Effect == policy.Deny
	if denies {
		fix.Cautions = append(fix.Cautions, fmt.Sprintf("%s is a Deny, and somebody's decision: decide with its author how.", s))
	}
	wants.Exemption = exemption(ServicePrincipal)
	edit(&change, policy.Trust, t.text, wants, func(d *policy.Document) (policy.Decision, bool) {
		edited := *t
		edited.document = d
		v := decide(&edited)
		return v.obstacle, v.Status == checks.Pass
	})
	if change.After == "" {
		change.Hint = "let " + ServicePrincipal + " assume the role by a statement of its own: " + wants.Statement
		switch {
		case denies:
			change.Hint = fmt.Sprintf("make %s (Deny) leave out %s; adding an Allow does not help against a Deny", s, ServicePrincipal)
		case obstacle.Outcome == policy.Allowed:
			change.Hint = fmt.Sprintf("take %s out of %s and give it this statement of its own: %s", ServicePrincipal, s, wants.Statement)
		}
	}
	fix.Changes = []checks.Change{change}
	return fix
}

// MendTrust finds the smallest edit of a trust policy with which one request, whose
// condition keys have these values, is not denied: allowed, or undecidable for a key
// of which nothing is known. Where the source account is given, no edit lets another
// account in that was kept out. What is given on one line is spread over lines first;
// ok is false where no edit is known.
func MendTrust(text string, request *policy.Request, values map[string][]string) (before, after string, ok bool) {
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
		asked := *request
		asked.Context = request.Context.With().Set("aws:SourceAccount", policy.Known(strconv.Itoa(id)))
		for _, arn := range values["aws:SourceArn"] {
			asked.Context.Set("aws:SourceArn", policy.Pattern(strings.ReplaceAll(arn, ":"+sources[0]+":", ":"+strconv.Itoa(id)+":")))
		}
		if d, err := policy.Parse(policy.Trust, text); err == nil && policy.Evaluate(d, &asked).Outcome == policy.Denied {
			stranger = &asked
		}
	}
	before = text
	if !strings.Contains(strings.TrimSpace(text), "\n") {
		var err error
		if before, err = policy.Indent(text); err != nil {
			return "", "", false
		}
	}
	after, ok = policy.FindEdit(policy.Trust, before, policy.Wants{
		Values:    values,
		Statement: compact(statement),
		Exemption: exemption(request.Principal.ID),
		Guard:     guard,
	}, func(d *policy.Document) (policy.Decision, bool) {
		said := policy.Evaluate(d, request)
		good := said.Outcome == policy.Allowed || said.Outcome == policy.Undecidable && said.UnknownKey() != ""
		if good && stranger != nil {
			if said := policy.Evaluate(d, stranger); said.Outcome == policy.Allowed {
				return said, false
			}
		}
		return said, good
	})
	return before, after, ok
}

// exemption takes requests of a service out of a Deny.
func exemption(service string) []policy.Condition {
	return []policy.Condition{{Operator: "StringNotEquals", Key: "aws:PrincipalServiceName", Values: []string{service}}}
}

// edit puts the smallest edit of a document into the change that makes it good, if
// there is one: judge decided about it.
func edit(c *checks.Change, kind policy.Kind, text string, wants policy.Wants, judge func(*policy.Document) (obstacle policy.Decision, good bool)) {
	before, err := policy.Indent(text)
	if err != nil {
		return
	}
	if after, ok := policy.FindEdit(kind, before, wants, judge); ok && after != before {
		c.Before, c.After = before, after
	}
}

// cautions are about what an edit of a Deny, or of a policy of several roles, entails.
func cautions(c checks.Change) (all []string) {
	const exempted = "aws:PrincipalArn"
	if strings.Count(c.After, exempted) > strings.Count(c.Before, exempted) {
		all = append(all, "The edit exempts the role from a whole statement: where that denies more than lifecycle management does, give the rest a statement of its own.")
	}
	if c.Action == checks.EditManagedPolicy && c.After != "" {
		all = append(all, "The edit starts from the policy as it was read: where another finding edits the same policy, apply one, and run iblint again.",
			"A managed policy keeps five versions: where it has as many, delete an old one first (aws iam delete-policy-version).")
	}
	return all
}

// trustStatement is a statement for a trust policy, its elements in the usual order.
type trustStatement struct {
	Effect    string
	Principal map[string]string
	Action    string
	Condition *sourceGuard `json:",omitempty"`
}

// sourceGuard are the conditions that keep strangers' images out.
type sourceGuard struct {
	StringEquals map[string][]string
	ArnLike      map[string]string `json:",omitempty"`
}

// executionStatement is the guide's, for execution roles.
func executionStatement() trustStatement {
	return trustStatement{Effect: "Allow", Principal: map[string]string{"Service": ServicePrincipal}, Action: "sts:AssumeRole"}
}

// crossAccountStatement lists the destination and every owner as source
// account, which holds under either reading of aws:SourceAccount.
func crossAccountStatement(d account.Destination) trustStatement {
	s := executionStatement()
	s.Condition = crossAccountGuard(d)
	return s
}

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
		panic(err) // strings, lists and maps of them always marshal
	}
	return string(text)
}

const propagation = "IAM needs seconds to minutes before a change holds everywhere."
