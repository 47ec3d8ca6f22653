package account

// Part is a part of an account that a source can read.
type Part string

// The parts. The source that reads them says which IAM actions each requires.
const (
	RolePart             Part = "role"              // one role: path, trust policy, permissions boundary
	AttachedPoliciesPart Part = "attached-policies" // the managed policies attached to it
	InlinePoliciesPart   Part = "inline-policies"   // its inline policies
	PolicyDocumentsPart  Part = "policy-documents"  // what the attached policies and the permissions boundary say
	SimulationPart       Part = "simulation"        // what IAM's own simulator says of the role
	RoleNamesPart        Part = "role-names"        // the names of all roles of the account
	RepositoryTagsPart   Part = "repository-tags"   // the tags of an ECR repository
	RepositoryPolicyPart Part = "repository-policy" // the policy of an ECR repository
	RegistryPolicyPart   Part = "registry-policy"   // the policy of an ECR registry in a Region, and its scope
	RepositoryNamesPart  Part = "repository-names"  // the names of all repositories of a Region
	TaggedPart           Part = "tagged-resources"  // the tagged ones among them, many at a time

	LifecyclePoliciesPart Part = "lifecycle-policies" // an owner's lifecycle policies in a Region
	LifecycleRulesPart    Part = "lifecycle-rules"    // what each of them does
	DistributionsPart     Part = "distributions"      // its distribution configurations
	ContainerRecipesPart  Part = "container-recipes"  // its container recipes
	ImagesPart            Part = "images"             // its images, and where they were distributed to
	PipelinesPart         Part = "pipelines"          // its image pipelines
	ImageRecipesPart      Part = "image-recipes"      // its image recipes
	SharedImagesPart      Part = "shared-images"      // its images that AWS RAM shares
	ExecutionsPart        Part = "executions"         // the last run of each lifecycle policy

	RegionsPart Part = "regions" // the Regions that are enabled for an account
	MembersPart Part = "members" // the accounts of the organization

	MembershipPart Part = "membership" // the organization that an account belongs to
	GuardrailsPart Part = "guardrails" // its service and resource control policies
)

// Use says what becomes of a verdict when a part could not be read.
type Use string

// The uses.
const (
	Required Use = "required"       // the verdict becomes unknown
	Fallback Use = "has a fallback" // the verdict stays; more calls are made for it
	Evidence Use = "evidence only"  // the verdict stays; its explanation is poorer
)

// Need is a part that a check looks at, and what for.
type Need struct {
	Part Part
	Use  Use
}

// Parts are what says which subjects of the kind there are, if the user named none.
func (k Kind) Parts() []Part {
	switch k {
	case ExecutionRoleKind, LifecyclePolicyKind:
		return []Part{LifecyclePoliciesPart}
	case DestinationKind:
		return []Part{LifecyclePoliciesPart, LifecycleRulesPart, DistributionsPart, ImagesPart, PipelinesPart}
	case RepositoryKind:
		return []Part{LifecyclePoliciesPart, LifecycleRulesPart, ContainerRecipesPart, DistributionsPart, ImagesPart, PipelinesPart}
	}
	return nil
}
