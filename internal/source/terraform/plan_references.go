package terraform

import "github.com/iblint/iblint/internal/terraform/plan"

// What an argument whose value is known only after apply can be, by its name. A plan says only
// what an argument refers to, and not how. Names, ARNs and documents are hardly ever used in an
// argument that takes such a name, ARN or document in another way than as they are.
var (
	roleARN    = &plan.Target{Types: []string{"aws_iam_role", "awscc_iam_role", "data.aws_iam_role"}, Attributes: []string{"arn", "name", "role_name", "id"}}
	roleByName = &plan.Target{Types: roleARN.Types, Attributes: []string{"name", "role_name", "id"}}
	anyARN     = &plan.Target{Types: roleARN.Types, Attributes: []string{"arn"}}
	policyARN  = &plan.Target{Types: []string{"aws_iam_policy", "awscc_iam_managed_policy", "data.aws_iam_policy"}, Attributes: []string{"arn", "policy_arn", "id"}}
	asDocument = &plan.Target{Types: []string{"data.aws_iam_policy_document"}, Attributes: []string{"json", "minified_json"}}
	ecrByName  = &plan.Target{Types: []string{"aws_ecr_repository", "awscc_ecr_repository", "data.aws_ecr_repository"}, Attributes: []string{"name", "repository_name", "id"}}
)

func imageBuilder(kind string) *plan.Target {
	return &plan.Target{Types: []string{"aws_imagebuilder_" + kind, "awscc_imagebuilder_" + kind}, Attributes: []string{"arn", "id"}}
}

var argumentTargets = map[string]*plan.Target{
	"execution_role": roleARN,
	"role":           roleByName,
	"roles":          roleByName,
	"identifiers":    anyARN,

	"policy_arn":           policyARN,
	"policy_arns":          policyARN,
	"managed_policy_arns":  policyARN,
	"permissions_boundary": policyARN,

	"assume_role_policy":          asDocument,
	"assume_role_policy_document": asDocument,
	"policy":                      asDocument,
	"policy_document":             asDocument,
	"policy_text":                 asDocument,
	"repository_policy_text":      asDocument,
	"content":                     asDocument,
	"source_policy_documents":     asDocument,
	"override_policy_documents":   asDocument,

	"repository": ecrByName,

	"image_recipe_arn":               imageBuilder("image_recipe"),
	"container_recipe_arn":           imageBuilder("container_recipe"),
	"distribution_configuration_arn": imageBuilder("distribution_configuration"),

	"policy_id": {Types: []string{"aws_organizations_policy", "awscc_organizations_policy"}, Attributes: []string{"id", "policy_id"}},
}

func targets(kind, argument string) *plan.Target {
	switch {
	case argument == "role_name" && kind != "awscc_iam_role": // there it is its own name
		return roleByName
	case argument == "repository_name" && kind != "awscc_ecr_repository":
		return ecrByName
	}
	return argumentTargets[argument]
}

// collections are the arguments and blocks that are lists, sets, maps or objects.
var collections = func() map[string]bool {
	all := map[string]bool{}
	for _, name := range []string{
		"tags", "tags_all", "tag_map", "ami_tags", "image_tags",
		"managed_policy_arns", "inline_policy", "policies", "roles", "policy_arns", "target_ids",
		"policy_detail", "policy_details", "action", "include_resources", "filter", "exclusion_rules", "last_launched", "regions", "shared_accounts",
		"resource_selection", "recipe", "recipes",
		"distribution", "distributions", "ami_distribution_configuration", "container_distribution_configuration",
		"launch_permission", "launch_permission_configuration", "target_repository", "target_account_ids",
		"user_ids", "user_groups", "organization_arns", "organizational_unit_arns",
		"workflow", "workflows",
		"statement", "principals", "not_principals", "condition", "identifiers", "actions", "not_actions", "resources", "not_resources", "values",
		"source_policy_documents", "override_policy_documents",
	} {
		all[name] = true
	}
	return all
}()
