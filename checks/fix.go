package checks

import (
	"fmt"
	"slices"
)

// Fix is what to change so that a check passes. It is data. Package report/fix renders it as
// AWS CLI commands, Terraform or CloudFormation.
type Fix struct {
	Summary  string   `json:"summary"`            // what to do, in one or two sentences
	Changes  []Change `json:"changes"`            // in the order in which to make them
	Cautions []string `json:"cautions,omitempty"` // what to know before making them
}

// AddCautions adds the cautions that the fix does not have yet.
func (f *Fix) AddCautions(texts ...string) {
	for _, text := range texts {
		if !slices.Contains(f.Cautions, text) {
			f.Cautions = append(f.Cautions, text)
		}
	}
}

// Validate returns an error for the first change whose action is not in Actions.
func (f *Fix) Validate() error {
	for _, c := range f.Changes {
		if !slices.Contains(Actions, c.Action) {
			return fmt.Errorf("%q is not a known action", c.Action)
		}
	}
	return nil
}

// Action is a kind of change.
type Action string

// The actions. Each uses the fields of Change that its comment names.
const (
	CreateRole       Action = "create-role"       // Role, Path, Document: the trust policy
	DeleteRole       Action = "delete-role"       // Role: exact name, Path. Destructive
	AttachPolicy     Action = "attach-policy"     // Role, Policy: ARN
	DetachPolicy     Action = "detach-policy"     // Role, Policy: ARN, of an AWS managed policy. A person decides
	ReplaceBoundary  Action = "replace-boundary"  // Role, Policy: ARN of the boundary, which is AWS managed; Hint. A person decides
	ReferToRole      Action = "refer-to-role"     // References: the role as the lifecycle policies name it, NewReference, Regions; Policy and Region if Planned
	EnablePolicy     Action = "enable-policy"     // Policy: ARN of the lifecycle policy, Region
	IncludeResources Action = "include-resources" // Policy: ARN of the lifecycle policy, Region, Rule: from 1, Include
	LookAtSelection  Action = "look-at-selection" // Policy: ARN of the lifecycle policy, Region; Hint: what to select
	LookAtRun        Action = "look-at-run"       // Policy: ARN of the lifecycle policy, Region, Execution: ID of the run; empty: it has not run
	LookAtAccount    Action = "look-at-account"   // Region: one to enable; empty: the account is not active
	CreateRepository Action = "create-repository" // Repository, Region, Key, Value
	TagRepository    Action = "tag-repository"    // Repository, Region, Key, Value; OldValue: to undo it
	UntagRepository  Action = "untag-repository"  // Repository, Region, Key; OldValue: to undo it

	// EditLifecyclePolicy is a change that a person decides on: Policy: ARN of the lifecycle
	// policy, Region, Hint: what to change.
	EditLifecyclePolicy Action = "edit-lifecycle-policy"

	// Edits of a policy document. Before and After are the document, if iblint found an
	// edit. Otherwise the user edits it as Hint says.
	EditTrust            Action = "edit-trust"             // Role
	EditInlinePolicy     Action = "edit-inline-policy"     // Role, Policy: name
	EditManagedPolicy    Action = "edit-managed-policy"    // Policy: ARN, of an attached policy or a boundary; not AWS managed
	EditRepositoryPolicy Action = "edit-repository-policy" // Repository, Region
	EditRegistryPolicy   Action = "edit-registry-policy"   // Region
	EditGuardrail        Action = "edit-guardrail"         // Policy: ID, or the name of a given file. Account: the management account; empty: not known
)

// Actions are all actions. Every renderer of fixes handles exactly these.
var Actions = []Action{
	CreateRole, DeleteRole, AttachPolicy, DetachPolicy, ReplaceBoundary, ReferToRole, EnablePolicy, IncludeResources, LookAtSelection, LookAtRun, LookAtAccount,
	CreateRepository, TagRepository, UntagRepository, EditLifecyclePolicy, EditTrust, EditInlinePolicy, EditManagedPolicy, EditRepositoryPolicy,
	EditRegistryPolicy, EditGuardrail,
}

// Change is one change in one account.
type Change struct {
	Action    Action `json:"action"`
	Partition string `json:"partition"`
	Account   string `json:"account"`
	Region    string `json:"region,omitempty"`

	Role         string   `json:"role,omitempty"`
	Path         string   `json:"path,omitempty"`
	Document     string   `json:"document,omitempty"`
	Hint         string   `json:"hint,omitempty"`
	Before       string   `json:"before,omitempty"` // a policy document, with each member on a line
	After        string   `json:"after,omitempty"`
	Policy       string   `json:"policy,omitempty"`
	PolicyName   string   `json:"policyName,omitempty"` // if Policy is the ID of a policy with a name
	References   []string `json:"references,omitempty"`
	NewReference string   `json:"newReference,omitempty"`
	Regions      []string `json:"regions,omitempty"`
	Execution    string   `json:"execution,omitempty"`
	Rule         int      `json:"rule,omitempty"`
	Include      []string `json:"include,omitempty"` // amis, snapshots, containers
	Repository   string   `json:"repository,omitempty"`
	Key          string   `json:"key,omitempty"`
	Value        string   `json:"value,omitempty"`
	OldValue     *string  `json:"oldValue,omitempty"` // nil: the tag did not exist
	Planned      bool     `json:"planned,omitempty"`  // the lifecycle policy is to be created: its input file is what to change
}
