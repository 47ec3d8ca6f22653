package cloudformation

import (
	"cmp"
	"slices"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source/declared"
)

// distribution is AWS::ImageBuilder::DistributionConfiguration.
func distribution(d declaration) {
	if d.possible("distribution configuration") {
		return
	}
	one := account.Distribution{ARN: d.arn(), Name: d.in("Name").text()}
	list, unread := d.in("Distributions").list()
	settings := []account.DistributionSettings{}
	for _, item := range list {
		if why := item.unread(); why != nil { // perhaps AWS::NoValue
			unread = cmp.Or(unread, why)
			continue
		}
		s, why := settingsOf(item)
		settings, unread = append(settings, s), cmp.Or(unread, why)
	}
	one.Settings = account.Present(settings)
	if unread != nil {
		one.Settings = account.Unreadable[[]account.DistributionSettings](*unread)
	}
	d.Distributions = append(d.Distributions, declared.Located[account.Distribution]{At: d.at(), Value: one})
}

// settingsOf are the settings of one Region. A list that is not known is one account that is not
// known. Unread is why settings are not known that are no list.
func settingsOf(v values) (account.DistributionSettings, *account.Unread) {
	amis := v.in("AmiDistributionConfiguration")
	launch := amis.in("LaunchPermissionConfiguration")
	containers := v.in("ContainerDistributionConfiguration")
	repository := containers.in("TargetRepository")
	s := account.DistributionSettings{
		Region: v.in("Region").text(), TargetAccounts: amis.in("TargetAccountIds").textsOrSymbol(), AMITags: amis.in("AmiTags").tags(),
		SharedAccounts: launch.in("UserIds").textsOrSymbol(), Repository: repository.in("RepositoryName").text(),
	}
	for _, name := range []string{"UserGroups", "OrganizationArns", "OrganizationalUnitArns"} {
		s.Shares = append(s.Shares, launch.in(name).textsOrSymbol()...)
	}
	return s, cmp.Or(amis.unread(), launch.unread(), containers.unread(), repository.unread())
}

// containerRecipe is AWS::ImageBuilder::ContainerRecipe.
func containerRecipe(d declaration) {
	if d.possible("container recipe") {
		return
	}
	one := account.ContainerRecipe{ARN: d.arn(), Name: d.in("Name").text(), ParentImage: d.in("ParentImage").text()}
	repository := d.in("TargetRepository")
	switch name := repository.in("RepositoryName").text(); {
	case repository.unread() != nil:
		one.Repository = account.Unreadable[string](*repository.unread())
	case name == "":
		one.Repository = account.Absent[string]()
	default:
		one.Repository = account.Present(name)
	}
	d.ContainerRecipes = append(d.ContainerRecipes, declared.Located[account.ContainerRecipe]{At: d.at(), Value: one})
}

// imageRecipe is AWS::ImageBuilder::ImageRecipe.
func imageRecipe(d declaration) {
	one := account.ImageRecipe{ARN: d.arn(), Name: d.in("Name").text(), ParentImage: d.in("ParentImage").text()}
	d.ImageRecipes = append(d.ImageRecipes, declared.Located[account.ImageRecipe]{At: d.at(), Value: one})
}

// pipeline is AWS::ImageBuilder::ImagePipeline. Its ExecutionRole runs workflows, and is no
// lifecycle execution role.
func pipeline(d declaration) {
	one := d.builds()
	one.Status = cmp.Or(d.in("Status").text(), "ENABLED")
	one.ImageTags = d.in("ImageTags").tags()
	d.Pipelines = append(d.Pipelines, declared.Located[account.Pipeline]{At: d.at(), Value: one})
}

// image is AWS::ImageBuilder::Image: it builds one image, as a pipeline builds many. With
// DeletionSettings, the deletion of the image deletes what it was distributed as, too, with a role
// as lifecycle policies have one (CloudFormation Template Reference, DeletionSettings). They have no
// effect if CloudFormation never deletes the image.
func image(d declaration) {
	one := d.builds()
	one.Name, one.Status = d.resource.Address(), "ENABLED"
	one.ImageTags = d.in("Tags").tags()
	d.Pipelines = append(d.Pipelines, declared.Located[account.Pipeline]{At: d.at(), Value: one})
	role := d.in("DeletionSettings").in("ExecutionRole")
	if !role.given() || d.resource.Retained {
		return
	}
	deletion := account.ImageDeletion{Image: one.Name, Role: role.text(), Recipe: one.Recipe, Distribution: one.Distribution, Unsure: d.unsure()}
	switch image, container := d.in("ImageRecipeArn").given(), d.in("ContainerRecipeArn").given(); {
	case image && !container:
		deletion.ResourceType = account.AMIImage
	case container && !image:
		deletion.ResourceType = account.ContainerImage
	}
	d.Deletions = append(d.Deletions, declared.Located[account.ImageDeletion]{At: d.at(), Value: deletion})
}

func (d declaration) builds() account.Pipeline {
	one := account.Pipeline{
		ARN: d.arn(), Name: d.in("Name").text(),
		Recipe:       cmp.Or(d.in("ImageRecipeArn").text(), d.in("ContainerRecipeArn").text()),
		Distribution: d.in("DistributionConfigurationArn").text(),
	}
	workflows, _ := d.in("Workflows").list()
	for _, w := range slices.DeleteFunc(workflows, func(w values) bool { return !w.in("WorkflowArn").given() }) {
		one.Workflows = append(one.Workflows, w.in("WorkflowArn").text())
	}
	return one
}

func (d declaration) arn() string { return compute(d.resource)["Arn"] }

// possible notes that it is not known whether the resource will exist, and reports whether that
// is so.
func (d declaration) possible(kind string) bool {
	why := d.unsure()
	if why != nil {
		d.Possible = append(d.Possible, declared.Possible{At: d.at(), Kind: kind, Why: *why})
	}
	return why != nil
}
