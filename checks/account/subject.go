package account

// Kind is a kind of subject.
type Kind string

// The kinds of subjects, as findings name them.
const (
	ExecutionRoleKind   Kind = "execution-role"
	DestinationKind     Kind = "destination-account"
	RepositoryKind      Kind = "ecr-repository"
	LifecyclePolicyKind Kind = "lifecycle-policy" // discovered together with the execution roles

	RegistryKind     Kind = "ecr-registry" // a subject of checks about repositories
	RegionKind       Kind = "region"       // a Region, or Image Builder in it, as a whole
	OrganizationKind Kind = "organization" // where its list of accounts is
	CodeKind         Kind = "code"         // code that declares nothing about lifecycle management
)

// Subject is the thing one would change, as a finding names it.
type Subject struct {
	Partition string `json:"partition"`
	Account   string `json:"account"`
	Region    string `json:"region,omitempty"` // empty for global services
	Type      string `json:"type"`             // a Kind
	Name      string `json:"name"`
	ARN       string `json:"arn"`
}
