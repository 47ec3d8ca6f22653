package lifecycle

import (
	"fmt"
	"slices"
	"strings"
	"time"

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
	sourceAccount string // empty: the request has no keys about its source
	sourceARN     string // a glob if a part is not known; empty: the request has no aws:SourceArn
	region        string // of the image; empty: not known
}

// String describes the request with its condition keys.
func (c caller) String() string {
	if c.sourceAccount == "" {
		return fmt.Sprintf("sts:AssumeRole by %s without aws:SourceAccount and aws:SourceArn", c.principal)
	}
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

// refusal says in short why the trust policy does not allow the request.
func (a answer) refusal() string {
	const where = "trust policy"
	switch {
	case a.Explicit && a.Condition != nil:
		return fmt.Sprintf("Deny in %s blocks Image Builder (%s)", where, a.Condition.Key)
	case a.Explicit:
		return "Deny in " + where + " blocks Image Builder"
	case a.Condition != nil:
		return fmt.Sprintf("condition on %s in %s does not hold", a.Condition.Key, where)
	case a.Element == "Action":
		return where + " does not allow sts:AssumeRole"
	}
	return where + " does not name " + a.principal
}

// traces are the traces of a trust policy's decisions, in the same order.
func traces(answers ...answer) []checks.Trace {
	all := make([]checks.Trace, 0, len(answers))
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

	membershipOf func(accountID string) account.Read[account.Membership]
	time         policy.Value // of the requests
}

// readTrust parses a role's trust policy. The error says why it could not be read or parsed.
// The organizations of accounts and the time of requests are not known.
func readTrust(partition, accountID string, role *account.Role) (*trust, error) {
	text, found, err := role.Trust.Get()
	if err != nil {
		return nil, partUnread("trust policy", fmt.Errorf("the trust policy of role %s could not be read: %w", role.Name, err))
	}
	if !found {
		return nil, checks.InShort("trust policy is missing from the input", fmt.Errorf("the trust policy of role %s is missing from the input", role.Name))
	}
	document, err := policy.Parse(policy.Trust, text)
	if err != nil {
		return nil, checks.InShort("trust policy cannot be parsed", fmt.Errorf("the trust policy of role %s could not be parsed: %w", role.Name, err))
	}
	nothing := func(string) account.Read[account.Membership] { return account.Read[account.Membership]{} }
	return &trust{role: role, partition: partition, account: accountID, text: text, document: document, membershipOf: nothing}, nil
}

// AssumeRole returns an sts:AssumeRole request by a service principal, without the keys
// that depend on the role and on the image. The IAM User Guide, "AWS global condition
// context keys", documents which keys such a request has. A condition on a key that is not
// set here is undecidable.
func AssumeRole(service string) *policy.Request {
	c := everyService.With().Set("aws:PrincipalServiceName", policy.Known(service))
	return &policy.Request{Principal: policy.Principal{Type: "Service", ID: service}, Action: "sts:AssumeRole", Context: c}
}

// everyService has the condition keys that are the same when any service assumes any role.
var everyService = setServiceKeys(policy.NewContext()).
	Set("aws:PrincipalIsAWSService", policy.Known("true")).
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
	SetPrefix("aws:PrincipalTag/", policy.Absent())

// evaluate evaluates the trust policy for the caller's sts:AssumeRole request.
func (t *trust) evaluate(c caller) answer {
	return t.evaluateFrom(c, t.membershipOf(c.sourceAccount))
}

// evaluateFrom is evaluate for a caller whose account has this membership.
func (t *trust) evaluateFrom(c caller, source account.Read[account.Membership]) answer {
	s := surroundings{source: source, resource: t.membershipOf(t.account), time: t.time}
	return answer{c, policy.Evaluate(t.document, assumeRole(c, t.role, t.partition, t.account, s))}
}

// whyUndecided returns what could not be read and would decide; nil if there is no such
// thing.
func (t *trust) whyUndecided(a answer) error {
	accountID := ""
	switch strings.ToLower(a.UnknownKey()) {
	case "aws:sourceorgid", "aws:sourceorgpaths":
		accountID = a.sourceAccount
	case "aws:resourceorgid", "aws:resourceorgpaths":
		accountID = t.account
	default:
		return nil
	}
	if _, _, err := t.membershipOf(accountID).Get(); err != nil {
		return fmt.Errorf("the organization of account %s could not be read: %w", accountID, err)
	}
	return nil
}

// lastUse describes the last use of the role if it must have been by Image Builder, because
// the trust policy allows nothing else to assume it; empty: it may have been by others, or
// there is none.
func (t *trust) lastUse() string {
	used, found, _ := t.role.LastUsed.Get()
	if !found {
		return ""
	}
	for _, s := range t.document.Statements {
		if s.Effect == policy.Allow && (s.NotPrincipals != nil || slices.ContainsFunc(s.Principals, func(p policy.Principal) bool {
			return p != policy.Principal{Type: "Service", ID: ServicePrincipal}
		})) {
			return ""
		}
	}
	text := "the role was last used on " + used.Date.UTC().Format(time.DateOnly)
	if used.Region != "" {
		text += " in " + used.Region
	}
	return text + ", and its trust policy allows only Image Builder to assume it"
}

// surroundings are what decides the keys of a request to assume a role besides its caller.
type surroundings struct {
	source, resource account.Read[account.Membership] // of the source account, and of the role's account
	time             policy.Value
}

// assumeRole is the caller's sts:AssumeRole request for a role.
func assumeRole(c caller, role *account.Role, partition, accountID string, s surroundings) *policy.Request {
	request := AssumeRole(c.principal)
	context := request.Context.
		Set("aws:ResourceAccount", policy.Known(accountID)).
		Set("aws:ResourceOrgID", organizationOf(accountID, s.resource)).
		Set("aws:ResourceOrgPaths", organizationPaths(s.resource)).
		Set("aws:SourceAccount", policy.Absent()).
		Set("aws:SourceOrgID", policy.Absent()).
		Set("aws:SourceOrgPaths", policy.Absent()).
		Set("aws:SourceArn", policy.Absent()).
		Set("aws:CurrentTime", s.time).
		Set("aws:EpochTime", s.time).
		SetPrefix("iam:ResourceTag/", policy.Absent()).
		SetPrefix("aws:ResourceTag/", policy.Absent())
	if c.sourceAccount != "" {
		// aws:SourceOrgID is the organization of the source account. It is absent if that
		// is in none.
		context.Set("aws:SourceAccount", policy.Known(c.sourceAccount)).
			Set("aws:SourceOrgID", organizationOf(c.sourceAccount, s.source)).
			Set("aws:SourceOrgPaths", organizationPaths(s.source))
	}
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
	return namedImageARN(partition, region, accountID, "")
}

// namedImageARN is imageARN for the images of one name; an empty name matches every one.
func namedImageARN(partition, region, accountID, name string) string {
	return selectedImageARN(partition, region, accountID, name, "")
}

// selectedImageARN is namedImageARN for the images whose version a lifecycle policy selects, such
// as 1.x.x; an empty version selects every one.
func selectedImageARN(partition, region, accountID, name, version string) string {
	numbers := strings.Split(version, ".")
	for i, number := range numbers {
		if number == "x" || number == "*" {
			numbers[i] = "?*"
		}
	}
	if len(numbers) != 3 || strings.Trim(version, "0123456789.x*") != "" { // the API refuses it, or code leaves it open
		numbers = []string{"?*", "?*", "?*"}
	}
	return fmt.Sprintf("arn:%s:imagebuilder:%s:%s:image/%s/%s/?*", partition, orAny(region), accountID, orAny(name), strings.Join(numbers, "."))
}

// imageARNs are globs for the ARNs of an account's image build versions, one for each Region.
func imageARNs(partition, accountID string, regions []string) (all []string) {
	for _, region := range regionsOf(regions) {
		all = append(all, imageARN(partition, region, accountID))
	}
	return all
}

// orAny is a part of an ARN, or a glob that matches every value if it is empty.
func orAny(part string) string {
	if part == "" {
		return "?*"
	}
	return part
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
	guarded  bool // it is a pass only with aws:SourceAccount in the request
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
				v.Short = "trust policy names only " + ServicePrincipal + ".cn"
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
					Short:   "trust policy names only " + regional,
				}}
			}
			verdict.Message += fmt.Sprintf("; it trusts the regional name %s, which Image Builder does not use in this Region", regional)
			verdict.Short = "trust policy names only " + regional
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
