package lifecycle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/policy"
)

// ownRoleName is the name of a role that serves lifecycle management only.
const ownRoleName = "EC2ImageBuilderLifecycleExecutionRole"

// isReserved reports whether a path is that of roles that IAM Identity Center creates. The
// account cannot edit them (IAM Identity Center User Guide, "Permission sets").
func isReserved(path string) bool { return strings.HasPrefix(path, "/aws-reserved/") }

// broadRoles are roles that AWS services create with every permission in an account (AWS
// Organizations User Guide, "Accessing member accounts"; AWS Control Tower User Guide).
var broadRoles = []string{"OrganizationAccountAccessRole", "AWSControlTowerExecution", "AWSControlTowerAdmin", "AWSCloudFormationStackSetExecutionRole"}

// broadPolicies are AWS managed policies for administrators (IAM User Guide, "AWS managed
// policies for job functions").
var broadPolicies = []string{"AdministratorAccess", "PowerUserAccess", "IAMFullAccess", "SystemAdministrator"}

// notToWiden says why the trust and the permissions of an execution role must not be edited,
// as a clause; empty if they may be. A service that could assume an administrator's role could do
// everything, and instances that use a role get each permission that it gets.
func notToWiden(role account.Role) string {
	lower := strings.ToLower(role.Name)
	switch {
	case isReserved(role.Path):
		return "IAM Identity Center manages it"
	case isServiceLinked(role.Path):
		return "it is a service-linked role"
	case slices.ContainsFunc(broadRoles, func(name string) bool { return strings.EqualFold(name, role.Name) }),
		lower == "admin", strings.Contains(lower, "administrator"):
		return "it is an administrator's role"
	}
	for _, p := range role.Attached.Items() {
		if isAWSManaged(p.ARN) && slices.Contains(broadPolicies, p.ARN[strings.LastIndexByte(p.ARN, '/')+1:]) {
			return "it is an administrator's role, with " + p.Name
		}
	}
	for _, p := range role.Inline.Items() {
		if allowsEverything(p.Document) {
			return "it is an administrator's role: inline policy " + p.Name + " allows every action"
		}
	}
	for _, p := range role.Attached.Items() {
		if allowsEverything(p.Document) {
			return "it is an administrator's role: managed policy " + p.ARN + " allows every action"
		}
	}
	if text, found, _ := role.Trust.Get(); found {
		if d, err := policy.Parse(policy.Trust, text); err == nil && slices.ContainsFunc(d.Statements, isForInstances) {
			return "EC2 instances use it"
		}
	}
	return ""
}

// isForInstances reports whether a statement lets EC2 instances use the role.
func isForInstances(s policy.Statement) bool {
	return s.Effect == policy.Allow && slices.ContainsFunc(s.Principals, func(p policy.Principal) bool {
		return p.Type == "Service" && (p.ID == "ec2.amazonaws.com" || p.ID == "ec2.amazonaws.com.cn")
	})
}

// allowsEverything reports whether a document allows every action on every resource.
func allowsEverything(read account.Read[string]) bool {
	text, found, _ := read.Get()
	if !found {
		return false
	}
	d, err := policy.Parse(policy.Identity, text)
	return err == nil && slices.ContainsFunc(d.Statements, func(s policy.Statement) bool {
		return s.Effect == policy.Allow && slices.Contains(s.Actions, "*") && slices.Contains(s.Resources, "*") && len(s.Conditions) == 0
	})
}

// ownRole is the fix for an execution role that must not be edited: a role of its own.
func ownRole(r demand.ExecutionRole, role account.Role, why string) *checks.Fix {
	name := ownRoleName
	if strings.EqualFold(role.Name, name) { // names are unique in any letter case (IAM User Guide, "IAM and AWS STS quotas")
		name = "EC2ImageBuilderLifecycleOnlyRole"
	}
	fix := newExecutionRole(r, name)
	fix.Summary = fmt.Sprintf("Create a role of its own for lifecycle management, and set it as the execution role in every lifecycle policy. Do not edit role %s, because %s.", role.Name, why)
	return fix
}

// withOwnRole is the verdict about an execution role, with another fix if the role must not be
// edited.
func withOwnRole(r demand.ExecutionRole, role *account.Role, v checks.Verdict) checks.Verdict {
	if why := notToWiden(*role); why != "" && (v.Fix != nil || v.FindFix != nil) {
		v.Fix, v.FindFix = nil, func() *checks.Fix { return ownRole(r, *role, why) }
	}
	return v
}

// another is a principal other than Image Builder that can assume a role.
type another struct {
	policy.Decision
	principal policy.Principal
	who       string
}

// others are the principals other than Image Builder that a trust policy admits, in the order
// in which it names them. If it depends on conditions, they are among them.
func (t *trust) others() (all []another) {
	denies := slices.DeleteFunc(slices.Clone(t.document.Statements), func(s policy.Statement) bool { return s.Effect != policy.Deny })
	seen := map[policy.Principal]bool{}
	for _, s := range t.document.Statements {
		if s.Effect != policy.Allow {
			continue
		}
		// Whether the statements for Image Builder cover another principal is not evaluated.
		alone := *t.document
		alone.Statements = append([]policy.Statement{s}, denies...)
		for _, p := range s.Principals {
			if seen[p] || isImageBuilder(p) || isDeleted(p) {
				continue
			}
			for _, request := range t.requestsOf(p) {
				if d := policy.Evaluate(&alone, request); d.Outcome != policy.Denied {
					seen[p] = true
					all = append(all, another{d, p, describe(p)})
					break
				}
			}
		}
	}
	return all
}

// exclude says what to change for the trust policy not to admit others: the first that is good of
// removing them, and of replacing everyone by Image Builder, which that includes.
func (t *trust) exclude(others []another, good func(*trust) bool) (what string, ok bool) {
	if good(t.without(others, false)) {
		return "remove " + namesOf(others), true
	}
	isEveryone := func(o another) bool { return o.principal.Type == "*" }
	what = "replace the principal * by " + ServicePrincipal
	if named := slices.DeleteFunc(slices.Clone(others), isEveryone); len(named) > 0 {
		what = fmt.Sprintf("remove %s, and %s", namesOf(named), what)
	}
	return what, good(t.without(others, true))
}

// without is the trust policy without others in the statements that allow; with Image Builder in
// place of everyone, if replace is true.
func (t *trust) without(others []another, replace bool) *trust {
	edited, document := *t, *t.document
	document.Statements = slices.Clone(document.Statements)
	for i := range document.Statements {
		s := &document.Statements[i]
		if s.Effect != policy.Allow {
			continue
		}
		kept := []policy.Principal{} // not nil: the statement has a Principal
		for _, p := range s.Principals {
			switch other := slices.ContainsFunc(others, func(o another) bool { return o.principal == p }); {
			case !other:
				kept = append(kept, p)
			case replace && p.Type == "*":
				kept = append(kept, policy.Principal{Type: "Service", ID: ServicePrincipal})
			}
		}
		s.Principals = kept
	}
	edited.document = &document
	return &edited
}

// namesOf lists the first of the principals; empty if there are none.
func namesOf(others []another) string {
	const most = 5
	var all []string
	for i, o := range others {
		if i == most {
			all = append(all, fmt.Sprintf("%d more", len(others)-most))
			break
		}
		all = append(all, o.who)
	}
	return strings.Join(all, ", ")
}

// firstOf is namesOf in short.
func firstOf(others []another) string {
	if more := len(others) - 1; more > 0 {
		return fmt.Sprintf("%s and %d more", others[0].who, more)
	}
	return others[0].who
}

// isImageBuilder reports whether a principal is a name of the Image Builder service. Names
// that AWS does not document for it are the subject of other verdicts.
func isImageBuilder(p policy.Principal) bool {
	return p.Type == "Service" && strings.HasPrefix(p.ID, "imagebuilder.")
}

// isDeleted reports whether a principal is the unique ID that IAM leaves in a policy when a user
// or role is deleted (IAM User Guide, "AWS JSON policy elements: Principal"). It admits no one.
func isDeleted(p policy.Principal) bool {
	return p.Type == "AWS" && (strings.HasPrefix(p.ID, "AIDA") || strings.HasPrefix(p.ID, "AROA"))
}

// requestsOf are requests with which a principal of a trust policy could assume the role.
func (t *trust) requestsOf(p policy.Principal) []*policy.Request {
	common := func(r *policy.Request) *policy.Request {
		r.Context.
			Set("aws:ResourceAccount", policy.Known(t.account)).
			SetPrefix("iam:ResourceTag/", policy.Absent()).
			SetPrefix("aws:ResourceTag/", policy.Absent())
		setTags(r.Context, t.role.Tags, "iam:ResourceTag/", "aws:ResourceTag/")
		return r
	}
	if p.Type == "Service" {
		return []*policy.Request{common(AssumeRole(p.ID))}
	}
	if p.Type == "*" || p.ID == "*" { // everyone: a role in an account that the policy does not name
		p = policy.Principal{Type: "AWS", ID: "arn:" + t.partition + ":iam::271828182845:role/another"}
	}
	actions := []string{"sts:AssumeRole"}
	if p.Type == "Federated" {
		actions = []string{"sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"}
	}
	var all []*policy.Request
	for _, action := range actions {
		// Only calls by a service have the keys of the service and of its source (IAM User Guide,
		// "AWS global condition context keys").
		c := policy.NewContext().
			Set("aws:PrincipalIsAWSService", policy.Known("false")).
			Set("aws:PrincipalServiceName", policy.Absent()).
			Set("aws:PrincipalServiceNamesList", policy.Absent()).
			Set("aws:SourceAccount", policy.Absent()).
			Set("aws:SourceArn", policy.Absent()).
			Set("aws:SourceOrgID", policy.Absent()).
			Set("aws:SourceOrgPaths", policy.Absent())
		all = append(all, common(&policy.Request{Principal: p, Action: action, Context: c}))
	}
	return all
}

// describe names a principal of a trust policy in a message.
func describe(p policy.Principal) string {
	switch {
	case p.ID == "*":
		return "everyone"
	case p.Type == "Service":
		return "service " + p.ID
	case account.IsAccountID(p.ID):
		return "account " + p.ID
	case strings.HasSuffix(p.ID, ":root"): // the ARN of an account
		return "account " + strings.TrimSuffix(p.ID[strings.LastIndex(p.ID, "::")+2:], ":root")
	case p.Type == "Federated":
		return "users of " + p.ID
	}
	return p.ID
}
