package account

import "time"

// The fixed names of the prerequisites, from the EC2 Image Builder user guide,
// "Lifecycle management prerequisites for Image Builder images".
const (
	CrossAccountRoleName = "Ec2ImageBuilderCrossAccountLifecycleAccess"
	ManagedPolicyName    = "EC2ImageBuilderLifecycleExecutionPolicy"
	RepositoryTagKey     = "LifecycleExecutionAccess"
	RepositoryTagValue   = "EC2 Image Builder"
)

// ManagedPolicyARN is the ARN of the managed policy in a partition
// (AWS managed policy reference: its path is /service-role/).
func ManagedPolicyARN(partition string) string {
	return "arn:" + partition + ":iam::aws:policy/service-role/" + ManagedPolicyName
}

// Inventory is everything that is judged: what was asked for, and what was read.
type Inventory struct {
	ReadAt time.Time `json:"readAt,omitzero"` // when it was read; zero where the input does not say
	Owners []Owner   `json:"owners"`
	// SourceAccountMeans settles what aws:SourceAccount holds when Image Builder
	// uses a cross-account role. AWS's guide and AWS's sample say different things.
	SourceAccountMeans SourceAccountMeaning `json:"sourceAccountMeans,omitempty"`
	Accounts           map[string]*Account  `json:"accounts"` // by account ID

	// Organization is what was read of the organization whose accounts are owners.
	Organization *Organization `json:"organization,omitempty"`

	// Guardrails are what organizations let their accounts do, by organization ID.
	Guardrails map[string]*Guardrails `json:"guardrails,omitempty"`

	// Calls are the calls that reading took, by service.
	Calls map[string]Calls `json:"calls,omitempty"`
}

// Calls counts calls of one AWS service.
type Calls struct {
	Calls     int `json:"calls"`               // sent, retries included
	Retries   int `json:"retries,omitempty"`   // of them, attempts after the first
	Throttled int `json:"throttled,omitempty"` // of them, answered with "slow down"
}

// SourceAccountMeaning is whose account ID aws:SourceAccount holds.
type SourceAccountMeaning string

// The meanings. Unsettled follows the guide, and tells of the other reading.
const (
	Unsettled        SourceAccountMeaning = ""
	MeansDestination SourceAccountMeaning = "destination" // the user guide's note
	MeansOwner       SourceAccountMeaning = "owner"       // AWS's sample
	MeansEither      SourceAccountMeaning = "either"      // whichever the trust policy names
)

// Owner is an account that builds images and holds lifecycle policies, and what
// its lifecycle management needs.
type Owner struct {
	Account        string       `json:"account"`
	Regions        []string     `json:"regions,omitempty"`        // where its images are built; none given: not known
	ExecutionRoles []string     `json:"executionRoles,omitempty"` // names or ARNs, as a lifecycle policy would name them
	Destinations   []Target     `json:"destinations,omitempty"`
	Repositories   []Repository `json:"repositories,omitempty"`

	// Discover are the kinds of needs that Image Builder itself is asked for,
	// because nobody named any. What it says stands in Account.ImageBuilder.
	Discover []Kind `json:"discover,omitempty"`

	// Listed says that the owner comes from the organization's list of accounts:
	// nobody said that it builds images.
	Listed bool `json:"listed,omitempty"`

	// AllRegions says that images may be built in every Region that is enabled for
	// the account; Account.Regions are those.
	AllRegions bool `json:"allRegions,omitempty"`

	// AllRepositories says that every repository of the owner in its Regions is
	// looked at; Account.RepositoryNames are those.
	AllRepositories bool `json:"allRepositories,omitempty"`

	// Planned is what is to be created in Image Builder, and audited before it is.
	Planned *ImageBuilder `json:"planned,omitempty"`
}

// Target is an account that an owner's AMIs go to.
type Target struct {
	Account string `json:"account"`
	// LaunchPermissionOnly says that AMIs were shared with the account by launch
	// permission and never copied into it.
	LaunchPermissionOnly bool `json:"launchPermissionOnly,omitempty"`
}

// Repository names an ECR repository in its owner's account.
type Repository struct {
	Region string `json:"region"`
	Name   string `json:"name"`
}

// Account is what was read of one account.
type Account struct {
	Partition string `json:"partition,omitempty"` // aws, aws-cn, aws-us-gov, …; empty when not known
	Name      string `json:"name,omitempty"`      // as the organization calls it

	// Regions are those that are enabled for the account.
	Regions List[string] `json:"regions,omitzero"`

	// Membership is the organization that the account belongs to; absent: to none.
	Membership Read[Membership] `json:"membership,omitzero"`

	// Roles by the name they were asked for. AWS may answer with a role whose
	// name differs in case, so the key says what was asked, Role.Name what is there.
	Roles map[string]Read[Role] `json:"roles,omitempty"`

	// OtherRoles is what is known of every role that Roles does not hold: absent,
	// when all roles of the account were read.
	OtherRoles Read[Role] `json:"otherRoles,omitzero"`

	// RoleNames are the names of all roles of the account.
	RoleNames List[RoleName] `json:"roleNames,omitzero"`

	// ImageBuilder by Region, of an owner.
	ImageBuilder map[string]*ImageBuilder `json:"imageBuilder,omitempty"`

	// RepositoryNames are the names of all repositories, by Region.
	RepositoryNames map[string]List[string] `json:"repositoryNames,omitempty"`

	// RepositoryTags by Region, then repository name. Absent: no such repository.
	RepositoryTags map[string]map[string]Read[Tags] `json:"repositoryTags,omitempty"`

	// RepositoryPolicies are the policies of repositories, by Region, then repository
	// name. Absent: the repository has none.
	RepositoryPolicies map[string]map[string]Read[string] `json:"repositoryPolicies,omitempty"`

	needed map[Part]bool // in a view: what may be seen of its roles; nil: everything
}

// Tags are the tags of a resource, by key. Keys that differ only in case are different tags.
type Tags map[string]string

// RoleName is a role as ListRoles shows it.
type RoleName struct {
	Name string `json:"name"`
	Path string `json:"path"`
}

// Role is an IAM role as GetRole shows it, with its policies.
type Role struct {
	Name     string       `json:"name"`
	Path     string       `json:"path"`
	ARN      string       `json:"arn"`
	Trust    Read[string] `json:"trust,omitzero"`     // the trust policy's JSON text, not URL-encoded
	Boundary string       `json:"boundary,omitempty"` // ARN of the permissions boundary; empty: none
	Tags     Tags         `json:"tags,omitempty"`

	BoundaryDocument Read[string] `json:"boundaryDocument,omitzero"` // its default version

	LastUsed Read[LastUsed] `json:"lastUsed,omitzero"` // absent: not in the time that IAM looks back

	Attached List[AttachedPolicy] `json:"attached,omitzero"`
	Inline   List[InlinePolicy]   `json:"inline,omitzero"`

	Simulated List[SimulatedAction] `json:"simulated,omitzero"`
}

// LastUsed is when and where a role was last used (IAM's RoleLastUsed).
type LastUsed struct {
	Date   time.Time `json:"date"`
	Region string    `json:"region,omitempty"`
}

// AttachedPolicy is a managed policy attached to a role.
type AttachedPolicy struct {
	Name     string       `json:"name"`
	ARN      string       `json:"arn"`
	Document Read[string] `json:"document,omitzero"` // its default version
}

// SimulatedAction is what IAM's own policy simulator says that the role may do
// (SimulatePrincipalPolicy): a second opinion, which knows no resource control policy.
type SimulatedAction struct {
	Action   string `json:"action"`
	Resource string `json:"resource"` // an ARN that stands for others, or *
	Decision string `json:"decision"` // allowed, explicitDeny or implicitDeny

	DeniedByBoundary     bool `json:"deniedByBoundary,omitempty"`
	DeniedByOrganization bool `json:"deniedByOrganization,omitempty"`
}

// InlinePolicy is a policy embedded in a role.
type InlinePolicy struct {
	Name     string       `json:"name"`
	Document Read[string] `json:"document,omitzero"`
}

var nothingRead = Unread{Reason: NotCollected, Detail: "nothing was read of this account"}

// Role is what is known of the role with this name.
func (a *Account) Role(name string) Read[Role] {
	if a == nil {
		return Unreadable[Role](nothingRead)
	}
	if r, ok := a.Roles[name]; ok {
		return onlyOf(r, a.needed)
	}
	return a.OtherRoles
}

// Tags are the tags of a repository, as far as they are known.
func (a *Account) Tags(r Repository) Read[Tags] {
	if a == nil {
		return Unreadable[Tags](nothingRead)
	}
	return a.RepositoryTags[r.Region][r.Name]
}

// Policy is the policy of a repository, as far as it is known.
func (a *Account) Policy(r Repository) Read[string] {
	if a == nil {
		return Unreadable[string](nothingRead)
	}
	return a.RepositoryPolicies[r.Region][r.Name]
}
