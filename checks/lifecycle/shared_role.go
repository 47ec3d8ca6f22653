package lifecycle

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// actor is a role that lifecycle management uses in an account, with what decides the
// requests that it makes.
type actor struct {
	role       *account.Role
	policies   policy.Policies
	partition  string
	account    string
	membership account.Read[account.Membership]
	isOwner    bool // it is an execution role, in the owner's account
	uses       account.Uses
	readAt     time.Time

	built         []string // Regions in which images are built; empty: not known
	regions       []string // Regions that have AMIs in the account
	regionsUnread error    // why there may be more; nil: there are none
	repositories  []account.Repository
	reposUnread   error // why there may be more; nil: there are none

	contexts map[string]*policy.Context // by Region
}

// executionActor is an execution role in the owner's account.
func executionActor(r account.ExecutionRole, role *account.Role) *actor {
	a := &actor{
		role: role, policies: rolePolicies(role), partition: r.Partition, account: r.Owner, membership: r.Membership(),
		isOwner: true, uses: r.Uses(), readAt: r.ReadAt(), built: r.Regions,
	}
	a.regions, a.regionsUnread = r.AMIRegions()
	a.repositories, a.reposUnread = r.Repositories()
	return a
}

// crossAccountActor is the cross-account role in a destination account.
func crossAccountActor(d account.Destination, role *account.Role) *actor {
	a := &actor{
		role: role, policies: rolePolicies(role), partition: d.Partition, account: d.Account, membership: d.Membership(),
		uses: d.Uses(), readAt: d.ReadAt(),
	}
	a.regions, a.regionsUnread = d.AMIRegions()
	return a
}

// request is a request that lifecycle management makes with the role: an action in a
// Region on a resource that has the tags that the guide requires. The IAM User Guide, "AWS
// global condition context keys", and the Service Authorization Reference document its
// condition keys. A condition on a key that is not set here is undecidable.
func (a *actor) request(action lifecycleAction, region string, resource policy.Value) *policy.Request {
	c := a.context(region).With()
	tag := func(prefix string) {
		c.Set(prefix+":ResourceTag/CreatedBy", policy.Known(account.RepositoryTagValue))
	}
	switch action.on {
	case policy.AMI:
		c.Set("ec2:Owner", policy.Known(a.account)).
			Set("ec2:ImageType", policy.Known("machine")).
			Set("ec2:RootDeviceType", policy.Known("ebs")).
			Set("ec2:ImageID", policy.Pattern("ami-?*")).
			Set("aws:ResourceTag/Ec2ImageBuilderArn", policy.Pattern("arn:"+a.partition+":imagebuilder:?*:?*:image/?*"))
		tag("aws")
		tag("ec2")
	case policy.Snapshot:
		c.Set("ec2:Owner", policy.Known(a.account)).
			Set("ec2:SnapshotID", policy.Pattern("snap-?*"))
		tag("aws")
		tag("ec2")
	case policy.Repository:
		for _, prefix := range []string{"aws", "ecr"} {
			c.Set(prefix+":ResourceTag/"+account.RepositoryTagKey, policy.Known(account.RepositoryTagValue))
		}
	}
	switch action.name {
	case "ec2:CreateTags", "ec2:DeleteTags":
		c.Set("aws:RequestTag/DeprecatedBy", policy.Known(account.RepositoryTagValue)).
			Set("aws:TagKeys", policy.Known("DeprecatedBy")).
			Set("ec2:CreateAction", policy.Absent())
	}
	if action.name == "ec2:DeleteTags" {
		for _, prefix := range []string{"aws", "ec2"} {
			c.Set(prefix+":ResourceTag/DeprecatedBy", policy.Known(account.RepositoryTagValue))
		}
	}
	if action.on != policy.NoResource {
		c.Set("aws:ResourceAccount", policy.Known(a.account)).
			Set("aws:ResourceOrgID", a.organization())
	}
	return &policy.Request{Principal: policy.Principal{Type: "AWS", ID: a.role.ARN}, Action: action.name, Resource: resource, Context: c}
}

// context has the condition keys that all requests of the role in a Region share.
func (a *actor) context(region string) *policy.Context {
	if c := a.contexts[region]; c != nil {
		return c
	}
	c := policy.NewContext().
		Set("aws:PrincipalArn", policy.Known(a.role.ARN)).
		Set("aws:PrincipalAccount", policy.Known(a.account)).
		Set("aws:PrincipalType", policy.Known("AssumedRole")).
		Set("aws:PrincipalIsAWSService", policy.Known("false")).
		Set("aws:PrincipalServiceName", policy.Absent()).
		Set("aws:PrincipalServiceNamesList", policy.Absent()).
		Set("aws:PrincipalOrgID", a.organization()).
		Set("aws:userid", policy.Pattern("?*:?*")).
		Set("aws:username", policy.Absent()).
		Set("aws:SecureTransport", policy.Known("true")).
		Set("aws:MultiFactorAuthPresent", policy.Known("false").OrAbsent()).
		Set("aws:MultiFactorAuthAge", policy.Absent()).
		Set("aws:SourceIdentity", policy.Absent()).
		Set("aws:FederatedProvider", policy.Absent()).
		Set("aws:Referer", policy.Absent()).
		Set("aws:TagKeys", policy.Absent()).
		SetPrefix("aws:RequestTag/", policy.Absent()).
		SetPrefix("aws:PrincipalTag/", policy.Absent()). // AWS documents no session tags for it
		SetPrefix("saml:", policy.Absent())
	setTags(c, a.role.Tags, "aws:PrincipalTag/")
	if region != "" {
		c.Set("aws:RequestedRegion", policy.Known(region)).Set("ec2:Region", policy.Known(region))
	}
	if !a.readAt.IsZero() {
		for _, key := range []string{"aws:CurrentTime", "aws:EpochTime", "aws:TokenIssueTime"} {
			c.Set(key, policy.Since(a.readAt))
		}
	}
	if a.contexts == nil {
		a.contexts = map[string]*policy.Context{}
	}
	a.contexts[region] = c
	return c
}

// organization is the ID of the account's organization.
func (a *actor) organization() policy.Value { return organizationOf(a.membership) }

// organizationOf is the ID of an organization as a condition value: absent for an account
// in no organization, and unknown if the membership could not be read.
func organizationOf(membership account.Read[account.Membership]) policy.Value {
	m, found, err := membership.Get()
	switch {
	case err != nil || found && m.Organization == "":
		return policy.Unknown()
	case !found:
		return policy.Absent()
	}
	return policy.Known(m.Organization)
}

// setTags sets tags as condition keys. If two tag keys differ only in case, the value is
// unknown: IAM ignores the case of condition keys, and AWS does not define which tag it uses.
func setTags(c *policy.Context, tags account.Tags, prefixes ...string) {
	seen := map[string]bool{}
	for key, value := range tags {
		v, lower := policy.Known(value), strings.ToLower(key)
		if seen[lower] {
			v = policy.Unknown()
		}
		seen[lower] = true
		for _, prefix := range prefixes {
			c.Set(prefix+key, v)
		}
	}
}

// resources are the ARNs, or globs for them, that an action is used on in a Region.
func (a *actor) resources(action lifecycleAction, region string) []policy.Value {
	switch action.on {
	case policy.AMI: // the ARNs of AMIs and snapshots contain no account ID
		return []policy.Value{policy.Pattern("arn:" + a.partition + ":ec2:" + orAny(region) + "::image/ami-?*")}
	case policy.Snapshot:
		return []policy.Value{policy.Pattern("arn:" + a.partition + ":ec2:" + orAny(region) + "::snapshot/snap-?*")}
	case policy.BuiltImage:
		return []policy.Value{policy.Pattern(imageARN(a.partition, region, a.account))}
	case policy.Repository:
		var all []policy.Value
		for _, r := range a.repositories {
			if r.Region == region {
				all = append(all, policy.Known(account.RepositoryARN(a.partition, a.account, r)))
			}
		}
		if len(a.repositories) == 0 || region == "" {
			all = append(all, policy.Pattern(account.RepositoryARN(a.partition, a.account, account.Repository{Region: orAny(region), Name: "?*"})))
		}
		return all
	}
	return []policy.Value{policy.Known("*")}
}

// evaluation is the result for an action in the Regions that have the same result.
type evaluation struct {
	lifecycleAction
	policy.Authorization
	request *policy.Request
	need    strength
	regions []string
}

// evaluate evaluates the role's policies for every action that the managed policy grants.
func (a *actor) evaluate() []evaluation {
	var all []evaluation
	for _, action := range lifecycleActions {
		first := len(all)
		regions := a.regionsFor(action)
		for _, region := range regions {
			n := action.strength(a.uses, a.isOwner, region)
			if region == "" && len(regions) > 1 && n == certainlyNeeded {
				n = maybeNeeded // there may be no other Region
			}
			for _, resource := range a.resources(action, region) {
				r := a.request(action, region, resource)
				decision := a.policies.Authorize(r)
				i := slices.IndexFunc(all[first:], func(j evaluation) bool { return j.sameResult(decision, n) })
				if i < 0 {
					all = append(all, evaluation{lifecycleAction: action, Authorization: decision, request: r, need: n})
					i = len(all) - 1 - first
				}
				if j := &all[first+i]; region != "" && !slices.Contains(j.regions, region) {
					j.regions = append(j.regions, region)
				}
			}
		}
	}
	return all
}

// regionsFor are the Regions in which the role uses an action. The empty string is an
// unknown Region: it is added if there may be more.
func (a *actor) regionsFor(action lifecycleAction) []string {
	regions, unread := slices.Clone(a.regions), a.regionsUnread
	switch {
	case action.owner && action.on != policy.Repository:
		regions, unread = slices.Clone(a.built), nil
	case action.on == policy.Repository:
		regions, unread = nil, a.reposUnread
		for _, r := range a.repositories {
			if !slices.Contains(regions, r.Region) {
				regions = append(regions, r.Region)
			}
		}
		if len(regions) == 0 {
			regions = slices.Clone(a.built)
		}
	}
	slices.Sort(regions)
	if len(regions) == 0 || unread != nil {
		regions = append(regions, "")
	}
	return regions
}

// sameResult reports whether a decision has the same outcome, for the same reason.
func (j evaluation) sameResult(d policy.Authorization, n strength) bool {
	return j.need == n && j.Outcome == d.Outcome && j.Policy == d.Policy && j.Statement == d.Statement && j.Condition == d.Condition
}

// String names the action, the type of resource and the Regions.
func (j evaluation) String() string {
	text := j.name
	switch j.on {
	case policy.AMI:
		text += " on AMIs"
	case policy.Snapshot:
		text += " on snapshots"
	case policy.Repository:
		text += " on repositories"
	case policy.BuiltImage:
		text += " on image resources"
	}
	if len(j.regions) > 0 {
		text += " in " + strings.Join(j.regions, ", ")
	}
	return text
}

// traceOf is the trace of a decision; empty if the decision depends on something unread.
func traceOf(a policy.Authorization, request string) []checks.Trace {
	if a.Unread() != nil {
		return nil
	}
	return []checks.Trace{{Policy: cmp.Or(a.Policy, a.Layer), Request: request, Trace: a.Trace()}}
}

// worstFirst orders traces by outcome: denied, undecidable, allowed.
func worstFirst(a, b checks.Trace) int {
	order := []string{policy.Denied.String(), policy.Undecidable.String(), policy.Allowed.String()}
	return cmp.Compare(slices.Index(order, a.Outcome), slices.Index(order, b.Outcome))
}

// whyUndecided returns what could not be read and would decide; nil if there is no such
// thing.
func (a *actor) whyUndecided(decision policy.Authorization, on policy.ResourceType) error {
	if err := decision.Unread(); err != nil {
		return err
	}
	if organizationKeys[strings.ToLower(decision.UnknownKey())] {
		_, _, err := a.membership.Get()
		return err
	}
	if on == policy.Repository && decision.Element == "Resource" {
		return a.reposUnread
	}
	return nil
}

// organizationKeys are the condition keys whose values come from the membership of the account.
var organizationKeys = map[string]bool{"aws:principalorgid": true, "aws:resourceorgid": true}

// unreadOf returns the account.Unread in an error; nil if there is none.
func unreadOf(err error) *account.Unread {
	var why account.Unread
	if errors.As(err, &why) {
		return &why
	}
	return nil
}
