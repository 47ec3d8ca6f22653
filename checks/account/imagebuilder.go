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
	Pipelines         List[Pipeline]        `json:"pipelines,omitzero"`
	ImageRecipes      List[ImageRecipe]     `json:"imageRecipes,omitzero"`

	SharedImages List[SharedImage] `json:"sharedImages,omitzero"`

	// Deletions are images that are to be created and that something else than a lifecycle policy
	// will delete, with a role. Only code says so.
	Deletions []ImageDeletion `json:"-"`

	// Unavailable says that the Region does not have the service.
	Unavailable bool `json:"unavailable,omitempty"`

	// LastExecutions are the latest runs of lifecycle policies, by the policy's ARN.
	// Absent: the policy has not run yet.
	LastExecutions map[string]Read[Execution] `json:"lastExecutions,omitempty"`
}

// ImageDeletion is the deletion of an image with what it was distributed as, such as with the
// CloudFormation stack that builds it.
type ImageDeletion struct {
	Image        string  // as the code calls it
	Role         string  // name or ARN
	ResourceType string  // AMIImage or ContainerImage; empty: not known
	Recipe       string  // ARN
	Distribution string  // ARN; empty: it is not distributed
	Unsure       *Unread // why it is not known whether it will be deleted; nil: it will
}

// LifecyclePolicy is a lifecycle policy as ListLifecyclePolicies shows it.
type LifecyclePolicy struct {
	ARN           string `json:"arn"`
	Name          string `json:"name"`
	Status        string `json:"status"`        // ENABLED or DISABLED
	ExecutionRole string `json:"executionRole"` // name or ARN
	ResourceType  string `json:"resourceType"`  // AMI_IMAGE or CONTAINER_IMAGE

	Updated time.Time `json:"updated,omitzero"` // when it was created or last updated; zero: not collected
	LastRun time.Time `json:"lastRun,omitzero"` // zero: it has not run yet, or not collected

	// Absent: the policy does not exist, which contradicts the list (see Reconcile).
	Rules     Read[[]LifecycleRule] `json:"rules,omitzero"`
	Selection Read[Selection]       `json:"selection,omitzero"`

	// Input is what else is known of the input of a policy that is to be created. It is nil
	// for a policy that exists.
	Input *PolicyInput `json:"input,omitempty"`
}

// PolicyInput is what the input of CreateLifecyclePolicy says besides what the policy does. A
// path names a member, such as policyDetails[0].filter.value.
type PolicyInput struct {
	Unknown     []string `json:"unknown,omitempty"`     // paths of members that the operation does not have
	Empty       []string `json:"empty,omitempty"`       // paths of members that are given without content
	Undecided   []string `json:"undecided,omitempty"`   // paths of members whose values are not known yet
	Tags        Tags     `json:"tags,omitempty"`        // of the policy itself
	Description int      `json:"description,omitempty"` // number of characters
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

	// Filter is which of the selected images it acts on. Nil: not collected, and neither
	// are the exclusion rules, except ExcludedRegions and ReadsAttributes.
	Filter *RuleFilter `json:"filter,omitempty"`

	// Images with one of these tags are excluded (exclusionRules.tagMap).
	ExcludedTags Tags `json:"excludedTags,omitempty"`

	// AMIs that are excluded (exclusionRules.amis): public ones, those shared with these
	// accounts, those launched in this period, those with one of these tags, those in
	// these Regions.
	IsPublic        bool     `json:"isPublic,omitempty"`
	SharedAccounts  []string `json:"sharedAccounts,omitempty"`
	LastLaunched    *Period  `json:"lastLaunched,omitempty"`
	AMITags         Tags     `json:"amiTags,omitempty"`
	ExcludedRegions []string `json:"excludedRegions,omitempty"`

	// ReadsAttributes says that attributes of an AMI have to be read: that IsPublic,
	// SharedAccounts or LastLaunched is given. Older recordings have only this.
	ReadsAttributes bool `json:"readsAttributes,omitempty"`
}

// RuleFilter is the age or the number of images from which on a rule acts
// (policyDetails[].filter of the Image Builder API).
type RuleFilter struct {
	Type          string `json:"type"` // AGE or COUNT; empty: the rule has no filter
	Value         int    `json:"value"`
	Unit          string `json:"unit,omitempty"`          // DAYS, WEEKS, MONTHS or YEARS, of an age
	RetainAtLeast *int   `json:"retainAtLeast,omitempty"` // nil: not given
}

// Period is a length of time, such as 2 WEEKS.
type Period struct {
	Unit  string `json:"unit"` // DAYS, WEEKS, MONTHS or YEARS
	Value int    `json:"value"`
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
	AMITags        Tags     `json:"amiTags,omitempty"`        // of the AMIs; image resources do not get them
}

// ContainerRecipe is a container recipe.
type ContainerRecipe struct {
	ARN         string       `json:"arn"`
	Name        string       `json:"name"`
	ParentImage string       `json:"parentImage,omitempty"` // empty: not collected
	Repository  Read[string] `json:"repository,omitzero"`   // as written: perhaps with registry host
}

// ImageRecipe is an image recipe as ListImageRecipes shows it.
type ImageRecipe struct {
	ARN         string `json:"arn"`
	Name        string `json:"name"`
	ParentImage string `json:"parentImage,omitempty"` // ARN of an image, which may hold x, AMI ID, or ssm: and a parameter
}

// SharedImage is an image that the account shares with others through AWS RAM.
type SharedImage struct {
	Image string `json:"image"` // its ARN
	Share string `json:"share"` // ARN of the resource share
}

// Pipeline is an image pipeline: what builds images of a recipe.
type Pipeline struct {
	ARN          string `json:"arn"`
	Name         string `json:"name"`
	Status       string `json:"status"`                 // ENABLED or DISABLED
	Recipe       string `json:"recipe"`                 // ARN of an image or container recipe; its version may hold x
	Distribution string `json:"distribution,omitempty"` // ARN of a distribution configuration; empty: none
	ImageTags    Tags   `json:"imageTags,omitempty"`    // of the images that scheduled runs build

	// Workflows are the ARNs of its workflows, if it does not use the default ones. A
	// distribution workflow may name another distribution configuration.
	Workflows []string `json:"workflows,omitempty"`
}

// Image is an image build version that is not deleted. One that failed or was cancelled
// is listed without what it was distributed as.
type Image struct {
	ARN        string      `json:"arn"`
	Tags       Tags        `json:"tags,omitempty"`
	AMIs       []AMI       `json:"amis,omitempty"`
	Containers []Container `json:"containers,omitempty"`

	// State is AVAILABLE, DEPRECATED, DISABLED, DELETED, FAILED, CANCELLED, or one of a build in
	// progress. Empty: not collected, and neither are the members below. Such a list
	// holds no image that failed or was cancelled.
	State           string    `json:"state,omitempty"`
	Type            string    `json:"type,omitempty"`      // AMI or DOCKER
	BuildType       string    `json:"buildType,omitempty"` // USER_INITIATED, SCHEDULED, IMPORT or IMPORT_ISO
	Created         time.Time `json:"created,omitzero"`
	DeprecationTime time.Time `json:"deprecationTime,omitzero"` // may be in the future
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
	Resources List[ExecutionResource] `json:"resources,omitzero"` // images, and what was distributed of them; older recordings have none of a run that succeeded
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

	Snapshots []ExecutionSnapshot `json:"snapshots,omitempty"` // of an AMI
}

// ExecutionSnapshot is what became of a snapshot of an AMI in a run.
type ExecutionSnapshot struct {
	ID     string `json:"id"`
	Status string `json:"status"` // SUCCESS, FAILED, SKIPPED or IN_PROGRESS
	Reason string `json:"reason,omitempty"`
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
			Pipelines:         mergeList(o.Pipelines, n.Pipelines),
			ImageRecipes:      mergeList(o.ImageRecipes, n.ImageRecipes),
			SharedImages:      mergeList(o.SharedImages, n.SharedImages),
			Unavailable:       n.Unavailable,
			LastExecutions:    mergeReads(o.LastExecutions, n.LastExecutions),
		}
	}
	return out
}
