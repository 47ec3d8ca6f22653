package checks

// Remediation is what to change so that a check passes. It is data: the report
// renders it into the dialect that the reader works in.
type Remediation struct {
	Summary  string   `json:"summary"`            // one sentence: what to do
	Changes  []Change `json:"changes"`            // in the order that works
	Cautions []string `json:"cautions,omitempty"` // what to know before doing it
}

// Action is a kind of change.
type Action string

// The changes. Each uses the fields of Change that its comment names.
const (
	CreateRole             Action = "create-role"               // Role, Path, Document: the trust policy
	DeleteRole             Action = "delete-role"               // Role: exact name. Destructive
	AttachPolicy           Action = "attach-policy"             // Role, Policy: ARN
	AddTrustStatement      Action = "add-trust-statement"       // Role, Document: the statement
	GuardTrust             Action = "guard-trust"               // Role, Statement: index, Document: the condition to add to it
	EditTrust              Action = "edit-trust"                // Role, Statement: index of the one to edit by hand, Hint: how
	ReferToRole            Action = "refer-to-role"             // References: as the lifecycle policies name it, NewReference, Regions
	EnablePolicy           Action = "enable-policy"             // Policy: ARN of the lifecycle policy, Region
	IncludeResources       Action = "include-resources"         // Policy: ARN of the lifecycle policy, Region, Rule: from 1, Include
	LookAtSelection        Action = "look-at-selection"         // Policy: ARN of the lifecycle policy, Region
	LookAtBoundary         Action = "look-at-boundary"          // Policy: ARN of the boundary
	LookAtInlinePolicy     Action = "look-at-inline"            // Role, Policy: name
	ExemptFromGuardrail    Action = "exempt-from-guardrail"     // Policy: ID, Statement: from 1, Hint. Account: the management account
	LookAtRepositoryPolicy Action = "look-at-repository-policy" // Repository, Region
	CreateRepository       Action = "create-repository"         // Repository, Region, Key, Value
	TagRepository          Action = "tag-repository"            // Repository, Region, Key, Value; OldValue: for the undo
	UntagRepository        Action = "untag-repository"          // Repository, Region, Key; OldValue: for the undo
)

// Change is one change in one account.
type Change struct {
	Action    Action `json:"action"`
	Partition string `json:"partition"`
	Account   string `json:"account"`
	Region    string `json:"region,omitempty"`

	Role         string   `json:"role,omitempty"`
	Path         string   `json:"path,omitempty"`
	Document     string   `json:"document,omitempty"`
	Statement    int      `json:"statement,omitempty"` // from 1
	Hint         string   `json:"hint,omitempty"`
	Policy       string   `json:"policy,omitempty"`
	References   []string `json:"references,omitempty"`
	NewReference string   `json:"newReference,omitempty"`
	Regions      []string `json:"regions,omitempty"`
	Rule         int      `json:"rule,omitempty"`
	Include      []string `json:"include,omitempty"` // amis, snapshots, containers
	Repository   string   `json:"repository,omitempty"`
	Key          string   `json:"key,omitempty"`
	Value        string   `json:"value,omitempty"`
	OldValue     *string  `json:"oldValue,omitempty"` // nil: there was none
}

const propagation = "IAM needs seconds to minutes before a change holds everywhere."
