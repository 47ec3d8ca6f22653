package account

import (
	"errors"
	"time"

	"github.com/iblint/iblint/checks/symbol"
)

// The fixed names of the prerequisites, from the EC2 Image Builder user guide,
// "Lifecycle management prerequisites for Image Builder images".
const (
	CrossAccountRoleName = "Ec2ImageBuilderCrossAccountLifecycleAccess"
	ManagedPolicyName    = "EC2ImageBuilderLifecycleExecutionPolicy"
	RepositoryTagKey     = "LifecycleExecutionAccess"
	RepositoryTagValue   = "EC2 Image Builder"
)

// ManagedPolicyARN returns the ARN of the managed policy in a partition. Its path is
// /service-role/ (AWS Managed Policy Reference).
func ManagedPolicyARN(partition string) string {
	return "arn:" + partition + ":iam::aws:policy/service-role/" + ManagedPolicyName
}

// Inventory is the input of the checks: what is to be checked, and what was read.
type Inventory struct {
	ReadAt time.Time `json:"readAt,omitzero"` // time of the reading; zero if the input has none
	Owners []Owner   `json:"owners"`

	// EvaluatedAt is the time of the run; zero if it is not known. The command sets it,
	// because checks read no clock. It takes the place of ReadAt for files without a time.
	// It is not part of the input, and reports do not contain it.
	EvaluatedAt time.Time `json:"-"`

	// SourceAccountMeans says which account aws:SourceAccount is when Image Builder uses
	// a cross-account role. The AWS guide and the AWS sample contradict each other.
	SourceAccountMeans SourceAccountMeaning `json:"sourceAccountMeans,omitempty"`
	Accounts           map[string]*Account  `json:"accounts"` // by account ID

	// Organization is the organization whose accounts are owners, as it was read.
	Organization *Organization `json:"organization,omitempty"`

	// Guardrails are the service and resource control policies, by organization ID.
	Guardrails map[string]*Guardrails `json:"guardrails,omitempty"`

	// Calls are the numbers of calls that reading required, by service.
	Calls map[string]Calls `json:"calls,omitempty"`
}

// Calls counts the calls of one AWS service.
type Calls struct {
	Calls     int `json:"calls"`               // calls sent, including retries
	Retries   int `json:"retries,omitempty"`   // calls that were retries
	Throttled int `json:"throttled,omitempty"` // calls that AWS throttled
}

// SourceAccountMeaning says which account ID aws:SourceAccount holds.
type SourceAccountMeaning string

// The meanings. Unsettled follows the guide and reports the other reading.
const (
	Unsettled        SourceAccountMeaning = ""
	MeansDestination SourceAccountMeaning = "destination" // the user guide's note
	MeansOwner       SourceAccountMeaning = "owner"       // AWS's sample
	MeansEither      SourceAccountMeaning = "either"      // whichever the trust policy names
)

// Owner is an account that builds images and has lifecycle policies, with what its
// lifecycle management uses.
type Owner struct {
	Account        string       `json:"account"`
	Regions        []string     `json:"regions,omitempty"`        // where its images are built; empty: not known
	ExecutionRoles []string     `json:"executionRoles,omitempty"` // names or ARNs, as a lifecycle policy would name them
	Destinations   []Target     `json:"destinations,omitempty"`
	Repositories   []Repository `json:"repositories,omitempty"`

	// Discover lists the kinds of subjects to discover from Image Builder because the
	// user named none. The result is in Account.ImageBuilder.
	Discover []Kind `json:"discover,omitempty"`

	// Listed reports that the owner comes from the organization's list of accounts. It
	// may build no images.
	Listed bool `json:"listed,omitempty"`

	// AllRegions reports that images may be built in every Region in Account.Regions,
	// which are the Regions enabled for the account.
	AllRegions bool `json:"allRegions,omitempty"`

	// AllRepositories reports that every repository in Account.RepositoryNames is
	// checked.
	AllRepositories bool `json:"allRepositories,omitempty"`

	// ResourceType is what the first lifecycle policy will be about, if there is none yet:
	// AMIImage or ContainerImage. Empty: not known.
	ResourceType string `json:"resourceType,omitempty"`

	// Planned is what is to be created in Image Builder and is checked before that.
	Planned *ImageBuilder `json:"planned,omitempty"`

	// PlannedIn is the same, by Region, where the input says the Region: it is what code
	// declares. Neither recordings nor reports contain it.
	PlannedIn map[string]*ImageBuilder `json:"-"`

	// Code is where the owner's code is, if the owner was given only by code. If the code
	// declares nothing about lifecycle management, that is the finding.
	Code string `json:"code,omitempty"`
}

// Target is an account that an owner distributes AMIs to.
type Target struct {
	Account string `json:"account"`
	// LaunchPermissionOnly reports that AMIs are only shared with the account by launch
	// permission, not copied to it.
	LaunchPermissionOnly bool `json:"launchPermissionOnly,omitempty"`
}

// Repository identifies an ECR repository in the account of its owner.
type Repository struct {
	Region string `json:"region"`
	Name   string `json:"name"`
}

// Account is what was read of one account.
type Account struct {
	Partition string `json:"partition,omitempty"` // aws, aws-cn, aws-us-gov, …; empty when not known
	Name      string `json:"name,omitempty"`      // name in the organization

	// Regions are the Regions enabled for the account.
	Regions List[string] `json:"regions,omitzero"`

	// Membership is the organization of the account. Absent: it is in none.
	Membership Read[Membership] `json:"membership,omitzero"`

	// Roles are roles by the requested name. AWS may return a role whose name differs in
	// case; that name is in Role.Name.
	Roles map[string]Read[Role] `json:"roles,omitempty"`

	// OtherRoles is what is known of every role that is not in Roles. It is absent if all
	// roles of the account were read.
	OtherRoles Read[Role] `json:"otherRoles,omitzero"`

	// RoleNames are the names of all roles of the account.
	RoleNames List[RoleName] `json:"roleNames,omitzero"`

	// ImageBuilder is, by Region, what Image Builder has in the account of an owner.
	ImageBuilder map[string]*ImageBuilder `json:"imageBuilder,omitempty"`

	// RepositoryNames are the names of all repositories, by Region.
	RepositoryNames map[string]List[string] `json:"repositoryNames,omitempty"`

	// RepositoryTags are tags by Region and repository name. Absent: the repository does
	// not exist.
	RepositoryTags map[string]map[string]Read[Tags] `json:"repositoryTags,omitempty"`

	// OtherRepositories is what is known of every repository that is not in RepositoryTags. A
	// source that reads code sets it.
	OtherRepositories Read[Tags] `json:"otherRepositories,omitzero"`

	// RepositoryPolicies are repository policies by Region and repository name. Absent:
	// the repository has no policy.
	RepositoryPolicies map[string]map[string]Read[string] `json:"repositoryPolicies,omitempty"`

	// Registries are the settings of the account's ECR registry, by Region.
	Registries map[string]Registry `json:"registries,omitempty"`

	needed map[Part]bool // in a view: the parts of roles that are visible; nil: all
	folded []byte        // what Unfold returns; nil: it is not folded
}

// Registry is what was read of an account's ECR registry in a Region.
type Registry struct {
	Policy Read[string] `json:"policy,omitzero"` // absent: it has none
	Scope  Read[string] `json:"scope,omitzero"`  // the account setting REGISTRY_POLICY_SCOPE, read if there is a policy
}

// RegistryScope is the scope in which a registry policy applies to all requests to ECR. In
// the other one, V1, it applies to replication, pull-through caches and CreateRepository.
const RegistryScope = "V2"

// Tags are the tags of a resource, by key. Keys that differ only in case are different tags.
type Tags map[string]string

// RoleName is a role as ListRoles returns it.
type RoleName struct {
	Name string `json:"name"`
	Path string `json:"path"`
}

// Role is an IAM role as GetRole returns it, with its policies.
type Role struct {
	Name     string       `json:"name"`
	Path     string       `json:"path"`
	ARN      string       `json:"arn"`
	ID       string       `json:"id,omitempty"`       // RoleId, the first part of aws:userid; empty: not collected
	Trust    Read[string] `json:"trust,omitzero"`     // the trust policy's JSON text, not URL-encoded
	Boundary string       `json:"boundary,omitempty"` // ARN of the permissions boundary; empty: none
	Tags     Tags         `json:"tags,omitempty"`

	BoundaryDocument Read[string] `json:"boundaryDocument,omitzero"` // its default version

	LastUsed Read[LastUsed] `json:"lastUsed,omitzero"` // absent: not used in the tracking period of IAM

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

// SimulatedAction is a result of the IAM policy simulator (SimulatePrincipalPolicy). It
// is a second opinion; the simulator does not evaluate resource control policies.
type SimulatedAction struct {
	Action   string `json:"action"`
	Resource string `json:"resource"` // an ARN that represents others, or *
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

// Role returns what is known of the role with this name.
func (a *Account) Role(name string) Read[Role] {
	if a == nil {
		return Unreadable[Role](nothingRead)
	}
	if r, ok := a.Roles[name]; ok {
		return onlyOf(r, a.needed)
	}
	if symbol.In(name) {
		return Unreadable[Role](unresolvedName(name))
	}
	return a.OtherRoles
}

// unresolvedName is why something cannot be looked up by a name with a symbol.
func unresolvedName(name string) Unread {
	s := symbol.First(name)
	return Unread{Reason: Unresolved, Detail: "its name contains ${" + s.Name + "}: " + s.Why}
}

// Tags returns what is known of the tags of a repository.
func (a *Account) Tags(r Repository) Read[Tags] {
	if a == nil {
		return Unreadable[Tags](nothingRead)
	}
	if tags, ok := a.RepositoryTags[r.Region][r.Name]; ok {
		return tags
	}
	if symbol.In(r.Name) {
		return Unreadable[Tags](unresolvedName(r.Name))
	}
	return a.OtherRepositories
}

// Registry returns what is known of the ECR registry in a Region.
func (a *Account) Registry(region string) Registry {
	if a == nil {
		return Registry{Policy: Unreadable[string](nothingRead)}
	}
	return a.Registries[region]
}

// Policy returns what is known of the policy of a repository.
func (a *Account) Policy(r Repository) Read[string] {
	if a == nil {
		return Unreadable[string](nothingRead)
	}
	if policy, ok := a.RepositoryPolicies[r.Region][r.Name]; ok {
		return policy
	}
	if _, _, err := a.OtherRepositories.Get(); !a.OtherRepositories.IsZero() && err != nil {
		var why Unread
		errors.As(err, &why)
		return Unreadable[string](why)
	}
	return Read[string]{}
}
