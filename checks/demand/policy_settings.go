package demand

import (
	"fmt"
	"slices"

	"github.com/iblint/iblint/checks/account"
)

// SettingsOf are distribution settings with the configuration that they are of, for people.
type SettingsOf struct {
	Configuration string
	account.DistributionSettings
}

// Settings are the distribution settings for images that the policy will select: of the
// pipelines that build them, and those that are given beside a planned policy. The error is why
// there may be more; nil: there are no more, or the input cannot hold them.
func (p OwnedPolicy) Settings() (all []SettingsOf, err error) {
	selects, _, err := p.Selection.Get()
	if err != nil {
		return nil, fmt.Errorf("the selection of lifecycle policy %s: %w", p.Name, err)
	}
	add := func(d account.Distribution, text string) {
		settings, _, unread := d.Settings.Get()
		for _, s := range settings {
			all = append(all, SettingsOf{"distribution configuration " + d.Name + text, s})
		}
		if unread = refused(unread); unread != nil && err == nil {
			err = fmt.Errorf("distribution configuration %s: %w", d.Name, unread)
		}
	}
	if p.Planned && p.At.Planned != nil {
		for _, d := range p.At.Planned.Distributions.Items() {
			add(d, " to be created")
		}
	}
	used := map[string]bool{}
	for _, pipeline := range p.At.Pipelines.Items() {
		if (selection{Selection: selects}).pipeline(pipeline) == Certain {
			used[pipeline.Distribution] = true
		}
	}
	for _, d := range p.At.Distributions.Items() {
		if used[d.ARN] {
			add(d, "")
		}
	}
	for _, unread := range []error{refused(p.At.Pipelines.Err()), refused(p.At.Distributions.Err())} {
		if unread != nil && err == nil {
			err = fmt.Errorf("pipelines and distribution configurations in %s: %w", p.Region, unread)
		}
	}
	return all, err
}

// Covers reports whether the policy selects an image, and whether that is known: false if its
// selection could not be read. A disabled policy covers nothing.
func (p OwnedPolicy) Covers(image account.Image) (covers, known bool) {
	if p.Status == "DISABLED" || !OfType(image, p.ResourceType) {
		return false, true
	}
	selects, _, err := p.Selection.Get()
	return err == nil && Selects(selects, image), err == nil
}

// Recipes are the ARNs of the recipes of the policy's resource type that exist or are to be
// created. Read reports whether they were collected; the error is why there may be more.
func (p OwnedPolicy) Recipes() (arns []string, read bool, err error) {
	for _, ib := range []*account.ImageBuilder{p.At.ImageBuilder, p.At.Planned} {
		if ib == nil {
			continue
		}
		if p.ResourceType != account.ContainerImage {
			for _, r := range ib.ImageRecipes.Items() {
				arns = append(arns, r.ARN)
			}
		}
		if p.ResourceType != account.AMIImage {
			for _, r := range ib.ContainerRecipes.Items() {
				arns = append(arns, r.ARN)
			}
		}
	}
	var errs []error
	if p.ResourceType != account.ContainerImage {
		errs = append(errs, p.At.ImageRecipes.Err())
	}
	if p.ResourceType != account.AMIImage {
		errs = append(errs, p.At.ContainerRecipes.Err())
	}
	read = true
	for _, e := range errs {
		if unread := refused(e); unread != nil {
			err = fmt.Errorf("recipes in %s: %w", p.Region, unread)
		} else if e != nil {
			read = false
		}
	}
	return arns, read && err == nil, err
}

// Pipelines are the pipelines of the policy's resource type, those that exist and those that
// are to be created. Read reports whether they were collected; the error is why there may be
// more.
func (p OwnedPolicy) Pipelines() (all []account.Pipeline, read bool, err error) {
	all = slices.Clone(p.At.Pipelines.Items())
	if p.At.Planned != nil {
		all = append(all, p.At.Planned.Pipelines.Items()...)
	}
	all = slices.DeleteFunc(all, func(one account.Pipeline) bool {
		kind := recipeType(one.Recipe)
		return kind != "" && kind != p.ResourceType && (p.ResourceType == account.AMIImage || p.ResourceType == account.ContainerImage)
	})
	if unread := refused(p.At.Pipelines.Err()); unread != nil {
		return all, false, fmt.Errorf("pipelines in %s: %w", p.Region, unread)
	}
	return all, p.At.Pipelines.Err() == nil, nil
}
