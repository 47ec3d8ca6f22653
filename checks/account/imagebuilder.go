package account

import (
	"maps"
	"time"
)

// ImageBuilder is what was read of EC2 Image Builder in one Region of an owner.
type ImageBuilder struct {
	LifecyclePolicies List[LifecyclePolicy] `json:"lifecyclePolicies,omitzero"`
	Distributions     List[Distribution]    `json:"distributions,omitzero"`
	ContainerRecipes  List[ContainerRecipe] `json:"containerRecipes,omitzero"`
	Images            List[Image]           `json:"images,omitzero"`

	// Unavailable says that the Region does not have the service.
	Unavailable bool `json:"unavailable,omitempty"`

	// LastExecutions are the latest runs of lifecycle policies, by the policy's ARN.
	// Absent: the policy has not run yet.
	LastExecutions map[string]Read[Execution] `json:"lastExecutions,omitempty"`
}

// LifecyclePolicy is a lifecycle policy as ListLifecyclePolicies shows it.
type LifecyclePolicy struct {
	ARN           string `json:"arn"`
	Name          string `json:"name"`
	Status        string `json:"status"`        // ENABLED or DISABLED
	ExecutionRole string `json:"executionRole"` // name or ARN
	ResourceType  string `json:"resourceType"`  // AMI_IMAGE or CONTAINER_IMAGE

	// Absent: the policy does not exist, which contradicts the list (see Reconcile).
	Rules     Read[[]LifecycleRule] `json:"rules,omitzero"`
	Selection Read[Selection]       `json:"selection,omitzero"`
}

// Selection is which images a lifecycle policy acts on: those of the recipes, or
// those that carry the tags (resourceSelection of the Image Builder API).
type Selection struct {
	Recipes []Recipe `json:"recipes,omitempty"`
	Tags    Tags     `json:"tags,omitempty"`
}

// Recipe names versions of a recipe; x in the version stands for any number.
type Recipe struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// LifecycleRule is what one rule of a lifecycle policy does, and to what besides
// the image resource itself (policyDetails[].action of the Image Builder API).
type LifecycleRule struct {
	Action     string `json:"action"` // DEPRECATE, DISABLE or DELETE
	AMIs       bool   `json:"amis,omitempty"`
	Snapshots  bool   `json:"snapshots,omitempty"`
	Containers bool   `json:"containers,omitempty"`

	// What its exclusion rules for AMIs say: Regions whose AMIs stay, and whether
	// attributes of an AMI have to be read (isPublic, sharedAccounts, lastLaunched).
	ExcludedRegions []string `json:"excludedRegions,omitempty"`
	ReadsAttributes bool     `json:"readsAttributes,omitempty"`
}

// The resource types of lifecycle policies.
const (
	ContainerImage = "CONTAINER_IMAGE" // such a policy never touches an AMI
	AMIImage       = "AMI_IMAGE"
)

// Distribution is a distribution configuration: where images are to go.
type Distribution struct {
	ARN      string                       `json:"arn"`
	Name     string                       `json:"name"`
	Settings Read[[]DistributionSettings] `json:"settings,omitzero"`
}

// DistributionSettings are what a distribution configuration says about one Region.
type DistributionSettings struct {
	Region         string   `json:"region"`
	TargetAccounts []string `json:"targetAccounts,omitempty"` // AMIs are copied to them
	SharedAccounts []string `json:"sharedAccounts,omitempty"` // may launch the AMIs (launchPermission.userIds)
	Shares         []string `json:"shares,omitempty"`         // organizations and units, by ARN, and groups ("all") that may launch them
	Repository     string   `json:"repository,omitempty"`     // of container images, as written: perhaps with registry host
}

// ContainerRecipe is a container recipe, of which only the target repository matters.
type ContainerRecipe struct {
	ARN        string       `json:"arn"`
	Name       string       `json:"name"`
	Repository Read[string] `json:"repository,omitzero"` // as written: perhaps with registry host
}

// Image is an image build version that exists: not deleted, failed or cancelled.
type Image struct {
	ARN        string      `json:"arn"`
	Tags       Tags        `json:"tags,omitempty"`
	AMIs       []AMI       `json:"amis,omitempty"`
	Containers []Container `json:"containers,omitempty"`
}

// AMI is an AMI that an image was distributed as.
type AMI struct {
	ID      string `json:"id"`
	Region  string `json:"region"`
	Account string `json:"account"`
}

// Container is a container image that an image was distributed as.
type Container struct {
	Region string   `json:"region"`
	URIs   []string `json:"uris"`
}

// Execution is one run of a lifecycle policy.
type Execution struct {
	ID        string                  `json:"id"`
	Status    string                  `json:"status"` // IN_PROGRESS, SUCCESS, FAILED, …
	Reason    string                  `json:"reason,omitempty"`
	Started   time.Time               `json:"started,omitzero"`
	Resources List[ExecutionResource] `json:"resources,omitzero"` // of a run that did not succeed: images, and what was distributed of them
}

// ExecutionResource is what became of one resource in a run.
type ExecutionResource struct {
	ID      string   `json:"id"` // of an image, its ARN; of an AMI, its ID; of a container image, URI or digest
	Account string   `json:"account,omitempty"`
	Region  string   `json:"region,omitempty"`
	Image   string   `json:"image,omitempty"` // ARN of the image that it is of; empty: it is one
	URIs    []string `json:"uris,omitempty"`  // of a container image
	Status  string   `json:"status"`          // SUCCESS, FAILED, SKIPPED or IN_PROGRESS
	Reason  string   `json:"reason,omitempty"`
}

// mergeImageBuilder joins two readings of one Region.
func mergeImageBuilder(older, newer map[string]*ImageBuilder) map[string]*ImageBuilder {
	out := maps.Clone(older)
	if out == nil && newer != nil {
		out = map[string]*ImageBuilder{}
	}
	for region, n := range newer {
		o := out[region]
		if o == nil {
			o = &ImageBuilder{}
		}
		out[region] = &ImageBuilder{
			LifecyclePolicies: mergeList(o.LifecyclePolicies, n.LifecyclePolicies),
			Distributions:     mergeList(o.Distributions, n.Distributions),
			ContainerRecipes:  mergeList(o.ContainerRecipes, n.ContainerRecipes),
			Images:            mergeList(o.Images, n.Images),
			Unavailable:       n.Unavailable,
			LastExecutions:    mergeReads(o.LastExecutions, n.LastExecutions),
		}
	}
	return out
}
