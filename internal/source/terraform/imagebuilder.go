package terraform

import (
	"cmp"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source/declared"
)

// distribution is aws_imagebuilder_distribution_configuration, and its awscc twin.
func distribution(d declaration) {
	if d.possible("distribution configuration") {
		return
	}
	one := account.Distribution{ARN: d.in("arn").text(), Name: d.in("name").text()}
	blocks, unread := d.in("distribution").blocks()
	if !d.in("distribution").given() {
		blocks, unread = d.in("distributions").blocks()
	}
	settings := []account.DistributionSettings{}
	for _, block := range blocks {
		s, why := settingsOf(block)
		settings, unread = append(settings, s), cmp.Or(unread, why)
	}
	one.Settings = account.Present(settings)
	if unread != nil && len(settings) == 0 {
		one.Settings = account.Unreadable[[]account.DistributionSettings](*unread)
	}
	d.Distributions = append(d.Distributions, declared.Located[account.Distribution]{At: d.at(), Value: one})
}

// settingsOf are the settings of one Region. A list that is not known is one account that is not
// known. Unread is why the block is not known.
func settingsOf(v values) (account.DistributionSettings, *account.Unread) {
	s := account.DistributionSettings{Region: v.in("region").text()}
	amis, unread := v.block("ami_distribution_configuration")
	s.TargetAccounts = accountsIn(amis.in("target_account_ids"))
	s.AMITags = amis.in("ami_tags").tags()
	launch, why := amis.block("launch_permission")
	if !launch.given() {
		launch, why = amis.block("launch_permission_configuration")
	}
	unread = cmp.Or(unread, why)
	s.SharedAccounts = accountsIn(launch.in("user_ids"))
	for _, name := range []string{"user_groups", "organization_arns", "organizational_unit_arns"} {
		s.Shares = append(s.Shares, accountsIn(launch.in(name))...)
	}
	containers, why := v.block("container_distribution_configuration")
	unread = cmp.Or(unread, why)
	repository, why := containers.block("target_repository")
	s.Repository = repository.in("repository_name").text()
	return s, cmp.Or(unread, why)
}

func accountsIn(v values) []string {
	items, more := v.texts()
	if more != nil {
		return []string{v.text()}
	}
	return items
}

// containerRecipe is aws_imagebuilder_container_recipe, and its awscc twin.
func containerRecipe(d declaration) {
	if d.possible("container recipe") {
		return
	}
	one := account.ContainerRecipe{ARN: d.in("arn").text(), Name: d.in("name").text(), ParentImage: d.in("parent_image").text()}
	repository, unread := d.block("target_repository")
	switch name := repository.in("repository_name").text(); {
	case unread != nil:
		one.Repository = account.Unreadable[string](*unread)
	case name == "":
		one.Repository = account.Absent[string]()
	default:
		one.Repository = account.Present(name)
	}
	d.ContainerRecipes = append(d.ContainerRecipes, declared.Located[account.ContainerRecipe]{At: d.at(), Value: one})
}

// imageRecipe is aws_imagebuilder_image_recipe, and its awscc twin.
func imageRecipe(d declaration) {
	one := account.ImageRecipe{ARN: d.in("arn").text(), Name: d.in("name").text(), ParentImage: d.in("parent_image").text()}
	d.ImageRecipes = append(d.ImageRecipes, declared.Located[account.ImageRecipe]{At: d.at(), Value: one})
}

// pipeline is aws_imagebuilder_image_pipeline, and its awscc twin.
func pipeline(d declaration) {
	one := d.builds()
	one.Status = cmp.Or(d.in("status").text(), "ENABLED")
	one.ImageTags = d.in("image_tags").tags()
	d.Pipelines = append(d.Pipelines, declared.Located[account.Pipeline]{At: d.at(), Value: one})
}

// image is aws_imagebuilder_image, and its awscc twin: it builds one image, as a pipeline builds
// many.
func image(d declaration) {
	one := d.builds()
	one.Name, one.Status = cmp.Or(one.Name, d.resource.Address), "ENABLED"
	one.ImageTags = d.in("tags").tags()
	d.Pipelines = append(d.Pipelines, declared.Located[account.Pipeline]{At: d.at(), Value: one})
}

func (d declaration) builds() account.Pipeline {
	one := account.Pipeline{
		ARN: d.in("arn").text(), Name: d.in("name").text(),
		Recipe:       cmp.Or(d.in("image_recipe_arn").text(), d.in("container_recipe_arn").text()),
		Distribution: d.in("distribution_configuration_arn").text(),
	}
	workflows, _ := d.in("workflow").blocks()
	if !d.in("workflow").given() {
		workflows, _ = d.in("workflows").blocks()
	}
	for _, w := range workflows {
		one.Workflows = append(one.Workflows, w.in("workflow_arn").text())
	}
	return one
}

// possible notes that it is not known whether the resource will exist, and reports whether that
// is so.
func (d declaration) possible(kind string) bool {
	why := d.unsure()
	if why != nil {
		d.Possible = append(d.Possible, declared.Possible{At: d.at(), Kind: kind, Why: *why})
	}
	return why != nil
}
