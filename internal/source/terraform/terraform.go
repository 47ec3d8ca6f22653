// Package terraform reads Terraform configurations: what they declare of IAM, ECR and Image
// Builder. One table maps types of resources to declarations.
package terraform

import (
	"cmp"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source/declared"
	"github.com/iblint/iblint/internal/terraform"
	"github.com/iblint/iblint/internal/terraform/plan"
)

// Code is a Terraform configuration.
type Code struct {
	Directory string // of the root module
	Account   string // that it is deployed to; empty: not given
	Region    string // where the provider says none; empty: not known
	Partition string // empty: that of the Region

	Options terraform.Options // variables, and what may be read

	// Plans are given with the code. What a plan of this configuration declares is not declared
	// by the configuration again: the plan knows more.
	Plans []Plan

	observed observed // of a plan or a state
}

func (c Code) account() string { return cmp.Or(c.Account, declared.ThisAccount) }

// Read returns what the configuration declares, and the directories of its modules. Errors are
// *source.InputError.
func (c Code) Read() (declared.Code, *terraform.Configuration, error) {
	o := c.Options
	o.Types = func(kind string) bool { return types[kind] != nil }
	o.Compute = c.compute
	cfg, err := terraform.Load(c.Directory, o)
	if err != nil {
		return declared.Code{}, nil, err
	}
	out := declared.Code{Accounts: []declared.Account{{ID: c.account(), Partition: c.Partition, Path: c.Directory}}}
	planned := c.planned(cfg)
	for _, r := range cfg.Resources {
		if declare := types[r.Type]; declare != nil && !r.Data && !planned[plan.ResourceOf(r.Address)] {
			declare(declaration{values: valuesOf(r), target: c.targetOf(r), Code: &out})
		}
	}
	return out, cfg, nil
}

// declaration is a resource to be declared.
type declaration struct {
	values
	target
	*declared.Code
}

// at is where an Image Builder resource is.
func (d declaration) at() declared.At {
	return declared.At{Place: place(d.resource), Account: d.account, Partition: d.partition, Region: d.region}
}

// unsure is why it is not known whether the resource will exist; nil: it will.
func (d declaration) unsure() *account.Unread {
	if d.resource.Uncertain == "" {
		return nil
	}
	return &account.Unread{Reason: account.Unresolved, Detail: "whether " + d.resource.Address + " is created: " + d.resource.Uncertain}
}

// types are the types of resources that are read.
var types = map[string]func(declaration){
	"aws_iam_role":                                role,
	"aws_iam_role_policy":                         rolePolicy,
	"aws_iam_role_policies_exclusive":             nothing, // it creates no policy
	"aws_iam_role_policy_attachment":              attachment,
	"aws_iam_role_policy_attachments_exclusive":   exclusiveAttachments,
	"aws_iam_policy_attachment":                   attachmentToRoles,
	"aws_iam_policy":                              managedPolicy,
	"aws_ecr_repository":                          repository,
	"aws_ecr_repository_policy":                   repositoryPolicy,
	"aws_ecr_registry_policy":                     registryPolicy,
	"aws_organizations_policy":                    guardrail,
	"aws_organizations_policy_attachment":         guardrailAttachment,
	"aws_imagebuilder_lifecycle_policy":           lifecyclePolicy,
	"aws_imagebuilder_distribution_configuration": distribution,
	"aws_imagebuilder_container_recipe":           containerRecipe,
	"aws_imagebuilder_image_recipe":               imageRecipe,
	"aws_imagebuilder_image_pipeline":             pipeline,
	"aws_imagebuilder_image":                      image,

	"awscc_iam_role":                                cloudControlRole,
	"awscc_iam_role_policy":                         cloudControlRolePolicy,
	"awscc_iam_managed_policy":                      cloudControlManagedPolicy,
	"awscc_ecr_repository":                          cloudControlRepository,
	"awscc_ecr_registry_policy":                     registryPolicy,
	"awscc_organizations_policy":                    cloudControlGuardrail,
	"awscc_imagebuilder_lifecycle_policy":           lifecyclePolicy,
	"awscc_imagebuilder_distribution_configuration": distribution,
	"awscc_imagebuilder_container_recipe":           containerRecipe,
	"awscc_imagebuilder_image_recipe":               imageRecipe,
	"awscc_imagebuilder_image_pipeline":             pipeline,
	"awscc_imagebuilder_image":                      image,
}

func nothing(declaration) {}
