package lifecycle

import (
	"iter"
	"strings"
	"time"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/policy"
	"github.com/iblint/iblint/checks/symbol"
)

// actor is a role that lifecycle management uses in an account, with what decides the
// requests that it makes.
type actor struct {
	role       *account.Role
	policies   policy.Policies
	partition  string
	account    string
	membership account.Read[account.Membership]
	path       policy.Value // of the account in its organization
	isOwner    bool         // it is an execution role, in the owner's account
	needs      []demand.Need
	time       policy.Value // of its requests
	images     policy.Value // ARN of the image that an AMI comes from

	// tags are those of a repository; nil for a role that works on none.
	tags func(account.Repository) account.Read[account.Tags]
	// existing are the images that exist now and that a need is about.
	existing func(demand.Need) iter.Seq[account.Image]

	contexts map[string]*policy.Context        // by Region
	now      map[existingKey]existingResources // kept only while a fix is searched, which evaluates each edit
}

// executionActor is an execution role in the owner's account.
func executionActor(r demand.ExecutionRole, role *account.Role) *actor {
	return &actor{
		role: role, policies: rolePolicies(role), partition: r.Partition, account: r.Owner, membership: r.Membership(),
		isOwner: true, needs: r.Needs(), tags: r.RepositoryTags, existing: r.Existing, time: requestTime(r.ReadAt(), r.EvaluatedAt()),
		images: policy.ARNPattern(imageARNs(r.Partition, r.Owner, r.Regions)...), path: organizationPaths(r.Membership()),
	}
}

// crossAccountActor is the cross-account role in a destination account.
func crossAccountActor(d demand.Destination, role *account.Role) *actor {
	var images []string
	for _, o := range d.Owners {
		images = append(images, imageARNs(o.Partition, o.Account, o.Regions)...)
	}
	return &actor{
		role: role, policies: rolePolicies(role), partition: d.Partition, account: d.Account, membership: d.Membership(),
		needs: d.Needs(), existing: d.Existing, time: requestTime(d.ReadAt(), d.EvaluatedAt()), images: policy.ARNPattern(images...), path: organizationPaths(d.Membership()),
	}
}

// request is a request that lifecycle management makes with the role: an action in a
// Region on a resource that has the tags that the guide requires, and its other tags as far
// as they were read. The IAM User Guide, "AWS global condition context keys", and the Service
// Authorization Reference document its condition keys. A condition on a key that is not set
// here is undecidable.
func (a *actor) request(n demand.Need) *policy.Request {
	action := n.Granted
	c := a.context(n.Region).With()
	tag := func(prefix string) {
		c.Set(prefix+":ResourceTag/CreatedBy", policy.Known(account.RepositoryTagValue))
	}
	// A request has the condition keys that the Service Authorization Reference lists for
	// its action and its resource, and no keys of other services. So an action without a
	// resource has no tags of one.
	if !strings.HasPrefix(action.Action, "ec2:") || action.On == policy.NoResource {
		c.SetPrefix("ec2:", policy.Absent())
	}
	if !strings.HasPrefix(action.Action, "ecr:") {
		c.SetPrefix("ecr:", policy.Absent())
	}
	switch action.On {
	case policy.NoResource:
		c.SetPrefix("aws:ResourceTag/", policy.Absent())
	case policy.AMI:
		c.Set("ec2:Owner", policy.Known(a.account)).
			Set("ec2:ImageType", policy.Known("machine")).
			Set("ec2:RootDeviceType", policy.Known("ebs")).
			Set("ec2:ImageID", policy.Pattern("ami-?*"))
		// Image Builder tags an AMI with the ARN of the image that it comes from (Image
		// Builder User Guide, "Tag Image Builder resources").
		for _, prefix := range []string{"aws", "ec2"} {
			c.Set(prefix+":ResourceTag/Ec2ImageBuilderArn", a.images)
		}
		tag("aws")
		tag("ec2")
	case policy.Snapshot:
		c.Set("ec2:Owner", policy.Known(a.account)).
			Set("ec2:SnapshotID", policy.Pattern("snap-?*"))
		tag("aws")
		tag("ec2")
	case policy.Repository:
		a.setRepositoryTags(c, n.Repository)
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
	return &policy.Request{Principal: policy.Principal{Type: "AWS", ID: a.role.ARN}, Action: action.Action, Resource: a.resource(n), Context: c}
}

// setRepositoryTags sets the tags of a repository, if they were read. Those of a repository that
// is not known, or does not exist, are not known.
func (a *actor) setRepositoryTags(c *policy.Context, repository account.Repository) {
	if repository == (account.Repository{}) {
		return
	}
	tags, found, err := a.tags(repository).Get()
	if err != nil || !found {
		return
	}
	c.SetPrefix("aws:ResourceTag/", policy.Absent()).SetPrefix("ecr:ResourceTag/", policy.Absent())
	setTags(c, tags, "aws:ResourceTag/", "ecr:ResourceTag/")
}

// context has the condition keys that all requests of the role in a Region share.
func (a *actor) context(region string) *policy.Context {
	if c := a.contexts[region]; c != nil {
		return c
	}
	c := everySession.With().
		Set("aws:PrincipalArn", policy.Known(a.role.ARN)).
		Set("aws:PrincipalAccount", policy.Known(a.account)).
		Set("aws:PrincipalOrgID", a.organization()).
		Set("aws:PrincipalOrgPaths", a.path).
		Set("aws:userid", userID(a.role)).
		// All actions but a few, which are not used here, support these. What the role works
		// on is in its own account.
		Set("aws:ResourceAccount", policy.Known(a.account)).
		Set("aws:ResourceOrgID", a.organization()).
		Set("aws:ResourceOrgPaths", a.path).
		Set("aws:CurrentTime", a.time).
		Set("aws:EpochTime", a.time).
		Set("aws:TokenIssueTime", a.time) // Image Builder assumes the role for each run
	setTags(c, a.role.Tags, "aws:PrincipalTag/")
	if region != "" {
		c.Set("aws:RequestedRegion", policy.Known(region)).Set("ec2:Region", policy.Known(region))
	}
	if a.contexts == nil {
		a.contexts = map[string]*policy.Context{}
	}
	a.contexts[region] = c
	return c
}

// everySession has the condition keys that are the same for every role and Region.
var everySession = setServiceKeys(policy.NewContext()).
	Set("aws:PrincipalType", policy.Known("AssumedRole")).
	Set("aws:PrincipalIsAWSService", policy.Known("false")).
	Set("aws:PrincipalServiceName", policy.Absent()).
	Set("aws:PrincipalServiceNamesList", policy.Absent()).
	Set("aws:username", policy.Absent()).
	Set("aws:MultiFactorAuthPresent", policy.Known("false").OrAbsent()).
	Set("aws:MultiFactorAuthAge", policy.Absent()).
	Set("aws:SourceIdentity", policy.Absent()).
	Set("aws:FederatedProvider", policy.Absent()).
	Set("aws:Referer", policy.Absent()).
	Set("aws:TagKeys", policy.Absent()).
	// Only a service principal that calls directly sends these.
	Set("aws:SourceAccount", policy.Absent()).
	Set("aws:SourceArn", policy.Absent()).
	Set("aws:SourceOrgID", policy.Absent()).
	Set("aws:SourceOrgPaths", policy.Absent()).
	Set("ec2:Region", policy.Pattern("?*")).
	SetPrefix("aws:RequestTag/", policy.Absent()).
	SetPrefix("aws:PrincipalTag/", policy.Absent()). // AWS documents no session tags for it
	SetPrefix("saml:", policy.Absent())

// setServiceKeys sets the condition keys that are the same when Image Builder calls with
// its service principal and with a role that it assumed (IAM User Guide, "AWS global
// condition context keys"), and returns the context.
func setServiceKeys(c *policy.Context) *policy.Context {
	// It is false "if the service uses a service role or service-linked role", and
	// aws:CalledVia* is absent then.
	return c.Set("aws:ViaAWSService", policy.Known("false")).
		SetPrefix("aws:CalledVia", policy.Absent()).
		// It is among the context that IAM removes from requests by services.
		Set("aws:SecureTransport", policy.Known("true").OrAbsent()).
		Set("aws:AssumedRoot", policy.Absent()). // only with credentials of AssumeRoot
		// Only with credentials that an EC2 instance received.
		Set("ec2:RoleDelivery", policy.Absent()).
		Set("ec2:SourceInstanceArn", policy.Absent()).
		Set("aws:Ec2InstanceSourceVpc", policy.Absent()).
		Set("aws:Ec2InstanceSourcePrivateIPv4", policy.Absent())
}

// userID is aws:userid of a session: the ID of the role, a colon and the name of the
// session (IAM User Guide, "IAM policy elements: Variables and tags").
func userID(role *account.Role) policy.Value {
	if role.ID == "" || strings.ContainsAny(role.ID, "*?") {
		return policy.Pattern("?*:?*")
	}
	return policy.Pattern(role.ID + ":?*")
}

// requestTime is the time of requests after the accounts were read. Files without a time
// are read when iblint runs.
func requestTime(readAt, evaluatedAt time.Time) policy.Value {
	switch {
	case !readAt.IsZero():
		return policy.Since(readAt)
	case !evaluatedAt.IsZero():
		return policy.SinceRun(evaluatedAt)
	}
	return policy.Unknown()
}

// organization is the ID of the account's organization.
func (a *actor) organization() policy.Value { return organizationOf(a.account, a.membership) }

// organizationOf is the ID of an account's organization as a condition value: absent for
// an account in no organization, and unknown if the membership could not be read. If
// guardrails are given, the account is in an organization whose ID is not known; all keys
// about the account have the same.
func organizationOf(accountID string, membership account.Read[account.Membership]) policy.Value {
	m, found, err := membership.Get()
	switch {
	case err != nil:
		return policy.Unknown()
	case !found:
		return policy.Absent()
	case m.Organization == "":
		return policy.Pattern("o-*").Named(accountID)
	}
	return policy.Known(m.Organization)
}

// organizationPaths is the path of an account in its organization, such as
// o-exampleorg/r-exam/ou-exam-workload/. The units are not known.
func organizationPaths(membership account.Read[account.Membership]) policy.Value {
	m, found, err := membership.Get()
	switch {
	case err != nil || found && m.Organization == "":
		return policy.Unknown()
	case !found:
		return policy.Absent()
	}
	return policy.Pattern(m.Organization + "/r-?*/*")
}

// setTags sets tags as condition keys. If two tag keys differ only in case, the value is
// unknown: IAM ignores the case of condition keys, and AWS does not define which tag it uses.
func setTags(c *policy.Context, tags account.Tags, prefixes ...string) {
	seen := map[string]bool{}
	for key := range tags {
		if symbol.In(key) { // code leaves open which tags there are
			for _, prefix := range prefixes {
				c.SetPrefix(prefix, policy.Unknown())
			}
		}
	}
	for key, value := range tags {
		if symbol.In(key) {
			continue
		}
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
		return policy.Pattern(selectedImageARN(a.partition, n.Region, a.account, n.Recipe, n.Version))
	case policy.Repository:
		if n.Repository != (account.Repository{}) {
			return policy.Known(account.RepositoryARN(a.partition, a.account, n.Repository))
		}
		return policy.Pattern(account.RepositoryARN(a.partition, a.account, account.Repository{Region: orAny(n.Region), Name: "?*"}))
	}
	return policy.Known("*")
}
