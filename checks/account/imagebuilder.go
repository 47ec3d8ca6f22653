package account

import "maps"

// ImageBuilder is what was read of EC2 Image Builder in one Region of an owner.
type ImageBuilder struct {
	LifecyclePolicies List[LifecyclePolicy] `json:"lifecyclePolicies,omitzero"`
	Distributions     List[Distribution]    `json:"distributions,omitzero"`
	ContainerRecipes  List[ContainerRecipe] `json:"containerRecipes,omitzero"`
	Images            List[Image]           `json:"images,omitzero"`
}

// LifecyclePolicy is a lifecycle policy as ListLifecyclePolicies shows it.
type LifecyclePolicy struct {
	ARN           string `json:"arn"`
	Name          string `json:"name"`
	Status        string `json:"status"`        // ENABLED or DISABLED
	ExecutionRole string `json:"executionRole"` // name or ARN
	ResourceType  string `json:"resourceType"`  // AMI_IMAGE or CONTAINER_IMAGE

	Rules Read[[]LifecycleRule] `json:"rules,omitzero"` // absent: the policy was deleted since it was listed
}

// LifecycleRule is what one rule of a lifecycle policy does, and to what besides
// the image resource itself (policyDetails[].action of the Image Builder API).
type LifecycleRule struct {
	Action     string `json:"action"` // DEPRECATE, DISABLE or DELETE
	AMIs       bool   `json:"amis,omitempty"`
	Snapshots  bool   `json:"snapshots,omitempty"`
	Containers bool   `json:"containers,omitempty"`
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
		}
	}
	return out
}
