package lifecycle

import (
	"strings"
	"time"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
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
	needs      []demand.Need
	readAt     time.Time

	contexts map[string]*policy.Context // by Region
}

// executionActor is an execution role in the owner's account.
func executionActor(r demand.ExecutionRole, role *account.Role) *actor {
	return &actor{
		role: role, policies: rolePolicies(role), partition: r.Partition, account: r.Owner, membership: r.Membership(),
		isOwner: true, needs: r.Needs(), readAt: r.ReadAt(),
	}
}

// crossAccountActor is the cross-account role in a destination account.
func crossAccountActor(d demand.Destination, role *account.Role) *actor {
	return &actor{
		role: role, policies: rolePolicies(role), partition: d.Partition, account: d.Account, membership: d.Membership(),
		needs: d.Needs(), readAt: d.ReadAt(),
	}
}

// request is a request that lifecycle management makes with the role: an action in a
// Region on a resource that has the tags that the guide requires. The IAM User Guide, "AWS
// global condition context keys", and the Service Authorization Reference document its
// condition keys. A condition on a key that is not set here is undecidable.
func (a *actor) request(action policy.Granted, region string, resource policy.Value) *policy.Request {
	c := a.context(region).With()
	tag := func(prefix string) {
		c.Set(prefix+":ResourceTag/CreatedBy", policy.Known(account.RepositoryTagValue))
	}
	switch action.On {
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
	switch action.Action {
	case "ec2:CreateTags", "ec2:DeleteTags":
		c.Set("aws:RequestTag/DeprecatedBy", policy.Known(account.RepositoryTagValue)).
			Set("aws:TagKeys", policy.Known("DeprecatedBy")).
			Set("ec2:CreateAction", policy.Absent())
	}
	if action.Action == "ec2:DeleteTags" {
		for _, prefix := range []string{"aws", "ec2"} {
			c.Set(prefix+":ResourceTag/DeprecatedBy", policy.Known(account.RepositoryTagValue))
		}
	}
	if action.On != policy.NoResource {
		c.Set("aws:ResourceAccount", policy.Known(a.account)).
			Set("aws:ResourceOrgID", a.organization())
	}
	return &policy.Request{Principal: policy.Principal{Type: "AWS", ID: a.role.ARN}, Action: action.Action, Resource: resource, Context: c}
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

// resource is the ARN, or a glob for the ARNs, that an action acts on.
func (a *actor) resource(n demand.Need) policy.Value {
	switch n.On {
	case policy.AMI: // the ARNs of AMIs and snapshots contain no account ID
		return policy.Pattern("arn:" + a.partition + ":ec2:" + orAny(n.Region) + "::image/ami-?*")
	case policy.Snapshot:
		return policy.Pattern("arn:" + a.partition + ":ec2:" + orAny(n.Region) + "::snapshot/snap-?*")
	case policy.BuiltImage:
		return policy.Pattern(imageARN(a.partition, n.Region, a.account, n.Recipe))
	case policy.Repository:
		if n.Repository != (account.Repository{}) {
			return policy.Known(account.RepositoryARN(a.partition, a.account, n.Repository))
		}
		return policy.Pattern(account.RepositoryARN(a.partition, a.account, account.Repository{Region: orAny(n.Region), Name: "?*"}))
	}
	return policy.Known("*")
}
