// Package declared turns what infrastructure as code declares into an inventory, whichever
// language it is written in. A source reads its language and adds one declaration for each
// resource; the package joins them: attachments and documents with their roles, policies with
// their repositories.
//
// Names, ARNs and documents may contain symbols (package symbol). Code need not declare
// everything: what it only refers to is not known, and never missing.
package declared

import (
	"strconv"

	"github.com/iblint/iblint/checks/account"
)

// Place is where code declares something.
type Place struct {
	File    string // as the user gave it
	Line    int    // from 1
	Column  int    // from 1, in bytes
	Address string // as the language names it, such as module.x.aws_iam_role.y["k"]
}

// String is the place as compilers write it.
func (p Place) String() string { return p.File + ":" + strconv.Itoa(p.Line) }

// Role is an IAM role.
type Role struct {
	Place
	Unsure *account.Unread // why it is not known whether the role will exist; nil: it will

	Account, Partition, Name, Path string
	Trust                          account.Read[string]
	TrustPlace                     Place
	Boundary                       string // ARN; empty: none
	Tags                           account.Tags
	Attached                       []string // ARNs of managed policies
	Inline                         []account.InlinePolicy
	Rest                           *account.Unread // why there may be more policies; nil: only what other declarations add
}

// Attachment is a managed policy that is attached to a role, apart from the role.
type Attachment struct {
	Unsure        *account.Unread
	Account, Role string // the role's name
	Policy        string // its ARN
}

// RolePolicy is an inline policy that is declared apart from its role.
type RolePolicy struct {
	Unsure        *account.Unread
	Account, Role string
	account.InlinePolicy
}

// Exclusive says that the code lists all managed policies of a role.
type Exclusive struct{ Account, Role string }

// Policy is a customer managed policy.
type Policy struct {
	Account, ARN string
	Document     account.Read[string]
}

// Repository is an ECR repository.
type Repository struct {
	Place
	Unsure                           *account.Unread
	Account, Partition, Region, Name string
	Tags                             account.Read[account.Tags]
	Policy                           account.Read[string] // not collected: a RepositoryPolicy may declare it
}

// RepositoryPolicy is the policy of a repository that is declared apart from it.
type RepositoryPolicy struct {
	Unsure                *account.Unread
	Account, Region, Name string
	Document              account.Read[string]
}

// RegistryPolicy is the policy of an account's ECR registry in a Region.
type RegistryPolicy struct {
	Place
	Unsure          *account.Unread
	Account, Region string
	Document        account.Read[string]
}

// At is where an Image Builder resource will be.
type At struct {
	Place
	Account, Partition, Region string
}

// LifecyclePolicy is a lifecycle policy.
type LifecyclePolicy struct {
	At
	account.LifecyclePolicy
}

// Code is what code declares. The zero value declares nothing.
type Code struct {
	Roles              []Role
	Attachments        []Attachment
	Exclusive          []Exclusive
	RolePolicies       []RolePolicy
	Policies           []Policy
	Repositories       []Repository
	RepositoryPolicies []RepositoryPolicy
	RegistryPolicies   []RegistryPolicy

	LifecyclePolicies []LifecyclePolicy
	Distributions     []Located[account.Distribution]
	ContainerRecipes  []Located[account.ContainerRecipe]
	ImageRecipes      []Located[account.ImageRecipe]
	Pipelines         []Located[account.Pipeline]

	Guardrails           []Guardrail
	GuardrailAttachments []GuardrailAttachment

	// Deletions are images that are deleted with their stack.
	Deletions []Located[account.ImageDeletion]

	// Possible are lifecycle policies, distribution configurations and recipes of which it is
	// not known whether they will exist.
	Possible []Possible

	// Removed is what the deployment deletes, as plans say.
	Removed Removed

	// Accounts are the accounts that code was given of.
	Accounts []Account
}

// Located is an Image Builder resource.
type Located[T any] struct {
	At
	Value T
}

// Possible is an Image Builder resource that may exist.
type Possible struct {
	At
	Kind string // for people, such as lifecycle policy
	Why  account.Unread
}

// Account is an account that code is deployed to.
type Account struct {
	ID        string // perhaps a symbol
	Partition string // empty: not known
	Path      string // of the code, as the user gave it
}

// Add adds the declarations of other code.
func (c *Code) Add(other Code) {
	c.Roles = append(c.Roles, other.Roles...)
	c.Attachments = append(c.Attachments, other.Attachments...)
	c.Exclusive = append(c.Exclusive, other.Exclusive...)
	c.RolePolicies = append(c.RolePolicies, other.RolePolicies...)
	c.Policies = append(c.Policies, other.Policies...)
	c.Repositories = append(c.Repositories, other.Repositories...)
	c.RepositoryPolicies = append(c.RepositoryPolicies, other.RepositoryPolicies...)
	c.RegistryPolicies = append(c.RegistryPolicies, other.RegistryPolicies...)
	c.LifecyclePolicies = append(c.LifecyclePolicies, other.LifecyclePolicies...)
	c.Distributions = append(c.Distributions, other.Distributions...)
	c.ContainerRecipes = append(c.ContainerRecipes, other.ContainerRecipes...)
	c.ImageRecipes = append(c.ImageRecipes, other.ImageRecipes...)
	c.Pipelines = append(c.Pipelines, other.Pipelines...)
	c.Deletions = append(c.Deletions, other.Deletions...)
	c.Guardrails = append(c.Guardrails, other.Guardrails...)
	c.GuardrailAttachments = append(c.GuardrailAttachments, other.GuardrailAttachments...)
	c.Possible = append(c.Possible, other.Possible...)
	c.Accounts = append(c.Accounts, other.Accounts...)
	c.Removed.add(other.Removed)
}
