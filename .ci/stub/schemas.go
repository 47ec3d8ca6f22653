package main

var tags = " tags:m:o tags_all:m:oc"

var resources = map[string]spec{
	"aws_iam_role": {attrs: "name:s:oc! name_prefix:s:o! path:s:o=/ description:s:o assume_role_policy:s:r managed_policy_arns:S:oc permissions_boundary:s:o max_session_duration:i:o force_detach_policies:b:o arn:s:c id:s:c unique_id:s:c create_date:s:c" + tags,
		blocks: map[string]blk{"inline_policy": {"set", spec{attrs: "name:s:o policy:s:o"}}}},
	"aws_iam_role_policy":                       {attrs: "name:s:oc! name_prefix:s:o role:s:r! policy:s:r id:s:c"},
	"aws_iam_role_policy_attachment":            {attrs: "role:s:r! policy_arn:s:r! id:s:c"},
	"aws_iam_role_policy_attachments_exclusive": {attrs: "role_name:s:r! policy_arns:S:r"},
	"aws_iam_role_policies_exclusive":           {attrs: "role_name:s:r! policy_names:S:r"},
	"aws_iam_policy_attachment":                 {attrs: "name:s:r! policy_arn:s:r! roles:S:o users:S:o groups:S:o id:s:c"},
	"aws_iam_policy":                            {attrs: "name:s:oc! name_prefix:s:o path:s:o=/ description:s:o policy:s:r arn:s:c id:s:c policy_id:s:c" + tags},
	"aws_iam_instance_profile":                  {attrs: "name:s:oc! role:s:o path:s:o arn:s:c id:s:c" + tags},
	"aws_ecr_repository": {attrs: "name:s:r! image_tag_mutability:s:o=MUTABLE force_delete:b:o region:s:o arn:s:c id:s:c registry_id:s:c repository_url:s:c" + tags,
		blocks: map[string]blk{"image_scanning_configuration": {"list", spec{attrs: "scan_on_push:b:r"}}}},
	"aws_ecr_repository_policy":           {attrs: "repository:s:r! policy:s:r id:s:c registry_id:s:c"},
	"aws_ecr_lifecycle_policy":            {attrs: "repository:s:r! policy:s:r id:s:c registry_id:s:c"},
	"aws_ecr_registry_policy":             {attrs: "policy:s:r id:s:c registry_id:s:c"},
	"aws_organizations_policy":            {attrs: "name:s:r content:s:r type:s:o=SERVICE_CONTROL_POLICY description:s:o arn:s:c id:s:c" + tags},
	"aws_organizations_policy_attachment": {attrs: "policy_id:s:r! target_id:s:r! id:s:c"},
	"aws_s3_bucket":                       {attrs: "bucket:s:oc! force_destroy:b:o arn:s:c id:s:c" + tags},
	"aws_sns_topic":                       {attrs: "name:s:oc! kms_master_key_id:s:o policy:s:oc arn:s:c id:s:c" + tags},
	"aws_sns_topic_policy":                {attrs: "arn:s:r policy:s:r id:s:c"},
	"aws_lambda_function":                 {attrs: "function_name:s:r role:s:r handler:s:o runtime:s:o filename:s:o arn:s:c id:s:c" + tags, blocks: map[string]blk{"environment": {"list", spec{attrs: "variables:m:o"}}}},
	"aws_cloudwatch_event_rule":           {attrs: "name:s:oc description:s:o event_pattern:s:o arn:s:c id:s:c" + tags},
	"aws_imagebuilder_lifecycle_policy": {attrs: "name:s:r! description:s:o execution_role:s:r resource_type:s:r status:s:o=ENABLED region:s:o arn:s:c id:s:c" + tags,
		blocks: map[string]blk{
			"policy_detail": {"set", spec{blocks: map[string]blk{
				"action": {"list", spec{attrs: "type:s:r", blocks: map[string]blk{"include_resources": {"list", spec{attrs: "amis:b:o containers:b:o snapshots:b:o"}}}}},
				"filter": {"list", spec{attrs: "type:s:r value:i:r unit:s:o retain_at_least:i:o"}},
				"exclusion_rules": {"list", spec{attrs: "tag_map:m:o", blocks: map[string]blk{
					"amis": {"list", spec{attrs: "is_public:b:o regions:l:o shared_accounts:l:o tag_map:m:o", blocks: map[string]blk{"last_launched": {"list", spec{attrs: "unit:s:r value:i:r"}}}}}}}},
			}}},
			"resource_selection": {"list", spec{attrs: "tag_map:m:o", blocks: map[string]blk{"recipe": {"set", spec{attrs: "name:s:r semantic_version:s:r"}}}}},
		}},
	"aws_imagebuilder_distribution_configuration": {attrs: "name:s:r! description:s:o region:s:o arn:s:c id:s:c date_created:s:c date_updated:s:c" + tags,
		blocks: map[string]blk{"distribution": {"set", spec{attrs: "region:s:r license_configuration_arns:S:o", blocks: map[string]blk{
			"ami_distribution_configuration": {"list", spec{attrs: "name:s:o description:s:o kms_key_id:s:o ami_tags:m:o target_account_ids:S:o", blocks: map[string]blk{
				"launch_permission": {"list", spec{attrs: "user_ids:S:o user_groups:S:o organization_arns:S:o organizational_unit_arns:S:o"}}}}},
			"container_distribution_configuration": {"list", spec{attrs: "container_tags:S:o description:s:o", blocks: map[string]blk{
				"target_repository": {"list", spec{attrs: "repository_name:s:r service:s:r"}}}}},
		}}}}},
	"aws_imagebuilder_container_recipe": {attrs: "name:s:r! version:s:r! parent_image:s:r! container_type:s:r! dockerfile_template_data:s:o dockerfile_template_uri:s:o description:s:o working_directory:s:o platform_override:s:o kms_key_id:s:o arn:s:c id:s:c date_created:s:c platform:s:c owner:s:c" + tags,
		blocks: map[string]blk{
			"component":         {"list", spec{attrs: "component_arn:s:r", blocks: map[string]blk{"parameter": {"set", spec{attrs: "name:s:r value:s:r"}}}}},
			"target_repository": {"list", spec{attrs: "repository_name:s:r service:s:r"}},
		}},
	"aws_imagebuilder_image_recipe": {attrs: "name:s:r! version:s:r! parent_image:s:r! description:s:o working_directory:s:o arn:s:c id:s:c" + tags,
		blocks: map[string]blk{"component": {"list", spec{attrs: "component_arn:s:r"}}}},
	"aws_imagebuilder_component":                    {attrs: "name:s:r! version:s:r! platform:s:r data:s:o uri:s:o arn:s:c id:s:c" + tags},
	"aws_imagebuilder_infrastructure_configuration": {attrs: "name:s:r! instance_profile_name:s:r instance_types:S:o sns_topic_arn:s:o subnet_id:s:o security_group_ids:S:o terminate_instance_on_failure:b:o arn:s:c id:s:c" + tags},
	"aws_imagebuilder_image_pipeline": {attrs: "name:s:r! status:s:o=ENABLED image_recipe_arn:s:o container_recipe_arn:s:o infrastructure_configuration_arn:s:r distribution_configuration_arn:s:o execution_role:s:o arn:s:c id:s:c" + tags,
		blocks: map[string]blk{"schedule": {"list", spec{attrs: "schedule_expression:s:r timezone:s:o"}}}},
	"aws_imagebuilder_image": {attrs: "image_recipe_arn:s:o container_recipe_arn:s:o infrastructure_configuration_arn:s:r distribution_configuration_arn:s:o execution_role:s:o arn:s:c id:s:c version:s:c" + tags},
	"aws_ssm_parameter":      {attrs: "name:s:r! type:s:r value:s:o arn:s:c id:s:c" + tags},

	"awscc_iam_role": {attrs: "role_name:s:oc! path:s:oc! assume_role_policy_document:s:r managed_policy_arns:S:oc permissions_boundary:s:o description:s:o arn:s:c id:s:c role_id:s:c",
		nested: map[string]nest{"policies": {"list", "oc", spec{attrs: "policy_name:s:o policy_document:s:o"}}, "tags": {"set", "o", spec{attrs: "key:s:o value:s:o"}}}},
	"awscc_organizations_policy": {attrs: "name:s:r content:s:r type:s:r! description:s:o target_ids:S:o arn:s:c id:s:c"},
	"awscc_imagebuilder_container_recipe": {attrs: "name:s:r! version:s:r! parent_image:s:o container_type:s:o dockerfile_template_data:s:o arn:s:c id:s:c",
		nested: map[string]nest{
			"components":        {"list", "o", spec{attrs: "component_arn:s:o"}},
			"target_repository": {"single", "o", spec{attrs: "repository_name:s:o service:s:o"}},
		}},
	"awscc_iam_role_policy": {attrs: "policy_name:s:r! role_name:s:r! policy_document:s:o id:s:c"},
	"awscc_ecr_repository": {attrs: "repository_name:s:oc! arn:s:c id:s:c repository_uri:s:c repository_policy_text:s:o",
		nested: map[string]nest{"tags": {"set", "o", spec{attrs: "key:s:o value:s:o"}}}},
	"awscc_imagebuilder_lifecycle_policy": {attrs: "name:s:r! description:s:o execution_role:s:r resource_type:s:r status:s:oc tags:m:o arn:s:c id:s:c",
		nested: map[string]nest{
			"policy_details": {"list", "r", spec{nested: map[string]nest{
				"action":          {"single", "r", spec{attrs: "type:s:r", nested: map[string]nest{"include_resources": {"single", "o", spec{attrs: "amis:b:o snapshots:b:o containers:b:o"}}}}},
				"filter":          {"single", "r", spec{attrs: "type:s:r value:i:r unit:s:o retain_at_least:i:o"}},
				"exclusion_rules": {"single", "o", spec{attrs: "tag_map:m:o"}},
			}}},
			"resource_selection": {"single", "r", spec{attrs: "tag_map:m:o", nested: map[string]nest{"recipes": {"list", "o", spec{attrs: "name:s:r semantic_version:s:r"}}}}},
		}},
	"random_id":  {attrs: "byte_length:i:r prefix:s:o keepers:m:o hex:s:c id:s:c"},
	"random_pet": {attrs: "length:i:o prefix:s:o id:s:c"},
}

var statement = blk{"list", spec{attrs: "sid:s:o effect:s:o actions:S:o not_actions:S:o resources:S:o not_resources:S:o", blocks: map[string]blk{
	"principals":     {"set", spec{attrs: "type:s:r identifiers:S:r"}},
	"not_principals": {"set", spec{attrs: "type:s:r identifiers:S:r"}},
	"condition":      {"set", spec{attrs: "test:s:r variable:s:r values:l:r"}},
}}}

var data = map[string]spec{
	"aws_caller_identity":               {attrs: "account_id:s:c arn:s:c id:s:c user_id:s:c"},
	"aws_partition":                     {attrs: "partition:s:c dns_suffix:s:c reverse_dns_prefix:s:c id:s:c"},
	"aws_region":                        {attrs: "name:s:oc region:s:oc id:s:c description:s:c"},
	"aws_iam_policy":                    {attrs: "arn:s:oc name:s:oc path_prefix:s:o policy:s:c id:s:c path:s:c"},
	"aws_iam_role":                      {attrs: "name:s:r arn:s:c id:s:c assume_role_policy:s:c path:s:c"},
	"aws_iam_policy_document":           {attrs: "version:s:oc policy_id:s:o source_policy_documents:l:o override_policy_documents:l:o json:s:c minified_json:s:c id:s:c", blocks: map[string]blk{"statement": statement}},
	"aws_ssm_parameter":                 {attrs: "name:s:r value:s:c insecure_value:s:c arn:s:c id:s:c"},
	"aws_secretsmanager_secret_version": {attrs: "secret_id:s:r secret_string:s:c id:s:c arn:s:c"},
	"aws_organizations_organization":    {attrs: "id:s:c arn:s:c master_account_id:s:c", nested: map[string]nest{"accounts": {"list", "c", spec{attrs: "id:s:c name:s:c arn:s:c email:s:c status:s:c"}}}},
}
