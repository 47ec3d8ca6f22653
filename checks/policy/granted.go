package policy

// ResourceType is the type of resource that an action acts on: the service, a
// colon, and the name in the Service Authorization Reference.
type ResourceType string

// The types that lifecycle management acts on.
const (
	NoResource ResourceType = "*" // the action takes no resource
	AMI        ResourceType = "ec2:image"
	Snapshot   ResourceType = "ec2:snapshot"
	Repository ResourceType = "ecr:repository"
	BuiltImage ResourceType = "imagebuilder:image" // the record that Image Builder keeps
)

// Granted is an action that the managed policy grants, on one type of resource.
type Granted struct {
	Action string
	On     ResourceType
}

// ManagedPolicyGrants lists all that EC2ImageBuilderLifecycleExecutionPolicy grants
// (AWS Managed Policy Reference, version 1 of 2023-11-16). No other list of its
// actions exists in iblint.
var ManagedPolicyGrants = []Granted{
	{"ec2:DescribeImages", NoResource},
	{"ec2:DescribeImageAttribute", AMI},
	{"ec2:EnableImageDeprecation", AMI},
	{"ec2:DisableImageDeprecation", AMI},
	{"ec2:DisableImage", AMI},
	{"ec2:EnableImage", AMI},
	{"ec2:DeregisterImage", AMI},
	{"ec2:DeleteSnapshot", Snapshot},
	{"ec2:CreateTags", AMI},
	{"ec2:CreateTags", Snapshot},
	{"ec2:DeleteTags", AMI},
	{"ec2:DeleteTags", Snapshot},
	{"ecr:BatchGetImage", Repository},
	{"ecr:BatchDeleteImage", Repository},
	{"tag:GetResources", NoResource},
	{"imagebuilder:DeleteImage", BuiltImage},
}
