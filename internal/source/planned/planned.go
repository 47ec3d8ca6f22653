// Package planned reads lifecycle policies and distribution configurations before they are
// created, from input files of the AWS CLI.
package planned

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source"
)

// Files are input files; "-" is standard input.
type Files struct {
	LifecyclePolicies []string // of aws imagebuilder create-lifecycle-policy --cli-input-json
	Distributions     []string // of aws imagebuilder create-distribution-configuration --cli-input-json
	Stdin             io.Reader
	Limit             source.Limit
	Inputs            *source.Inputs // of the run; may be nil
}

// Read reads all files. It returns nil if there are none. Errors are *source.InputError.
func (f Files) Read() (*account.ImageBuilder, error) {
	if len(f.LifecyclePolicies)+len(f.Distributions) == 0 {
		return nil, nil
	}
	policies, distributions := []account.LifecyclePolicy{}, []account.Distribution{}
	for _, name := range f.LifecyclePolicies {
		data, err := f.Inputs.ReadFile(name, f.Stdin, f.Limit.Small())
		if err != nil {
			return nil, err
		}
		p, err := lifecyclePolicy(data)
		if err != nil {
			return nil, source.DecodeError(name, `the input of "aws imagebuilder create-lifecycle-policy"`, data, err)
		}
		policies = append(policies, p)
	}
	for _, name := range f.Distributions {
		data, err := f.Inputs.ReadFile(name, f.Stdin, f.Limit.Small())
		if err != nil {
			return nil, err
		}
		d, err := distribution(data)
		if err != nil {
			return nil, source.DecodeError(name, `the input of "aws imagebuilder create-distribution-configuration"`, data, err)
		}
		distributions = append(distributions, d)
	}
	return &account.ImageBuilder{
		LifecyclePolicies: account.Complete(policies), Distributions: account.Complete(distributions),
		// The files contain neither recipes, pipelines nor images, so these lists are complete and empty.
		ContainerRecipes: account.Complete([]account.ContainerRecipe{}), ImageRecipes: account.Complete([]account.ImageRecipe{}),
		Pipelines: account.Complete([]account.Pipeline{}), Images: account.Complete([]account.Image{}),
	}, nil
}

func lifecyclePolicy(data []byte) (account.LifecyclePolicy, error) {
	var in struct {
		Name, Status, ExecutionRole, ResourceType string
		PolicyDetails                             []struct {
			Action struct {
				Type             string
				IncludeResources struct{ AMIs, Snapshots, Containers bool }
			}
			Filter         account.RuleFilter
			ExclusionRules struct {
				TagMap account.Tags
				AMIs   struct {
					IsPublic                bool
					Regions, SharedAccounts []string
					LastLaunched            *account.Period
					TagMap                  account.Tags
				}
			}
		}
		ResourceSelection struct {
			Recipes []struct{ Name, SemanticVersion string }
			TagMap  account.Tags
		}
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return account.LifecyclePolicy{}, err
	}
	p := account.LifecyclePolicy{Name: in.Name, Status: in.Status, ExecutionRole: in.ExecutionRole, ResourceType: in.ResourceType}
	if p.Status == "" {
		p.Status = "ENABLED" // CreateLifecyclePolicy's default
	}
	_, ok := account.ParseRoleReference(p.ExecutionRole)
	switch {
	case p.Name == "":
		return p, errors.New(`it has no "name"`)
	case !ok:
		return p, fmt.Errorf(`"executionRole" is %q, neither a role name nor a role ARN`, p.ExecutionRole)
	case p.ResourceType != account.AMIImage && p.ResourceType != account.ContainerImage:
		return p, fmt.Errorf(`"resourceType" is %q, neither AMI_IMAGE nor CONTAINER_IMAGE`, p.ResourceType)
	case len(in.PolicyDetails) == 0:
		return p, errors.New(`it has no "policyDetails"`)
	case len(in.ResourceSelection.Recipes)+len(in.ResourceSelection.TagMap) == 0:
		return p, errors.New(`its "resourceSelection" has neither "recipes" nor "tagMap"`)
	}
	var rules []account.LifecycleRule
	for _, detail := range in.PolicyDetails {
		include, exclude := detail.Action.IncludeResources, detail.ExclusionRules.AMIs
		rules = append(rules, account.LifecycleRule{
			Action: detail.Action.Type, AMIs: include.AMIs, Snapshots: include.Snapshots, Containers: include.Containers,
			Filter: &detail.Filter, ExcludedTags: detail.ExclusionRules.TagMap,
			IsPublic: exclude.IsPublic, SharedAccounts: exclude.SharedAccounts, LastLaunched: exclude.LastLaunched, AMITags: exclude.TagMap,
			ExcludedRegions: exclude.Regions, ReadsAttributes: exclude.IsPublic || len(exclude.SharedAccounts) > 0 || exclude.LastLaunched != nil,
		})
	}
	p.Rules = account.Present(rules)
	selection := account.Selection{Tags: in.ResourceSelection.TagMap}
	for _, r := range in.ResourceSelection.Recipes {
		selection.Recipes = append(selection.Recipes, account.Recipe{Name: r.Name, Version: r.SemanticVersion})
	}
	p.Selection = account.Present(selection)
	return p, nil
}

func distribution(data []byte) (account.Distribution, error) {
	var in struct {
		Name          string
		Distributions []struct {
			Region                       string
			AMIDistributionConfiguration struct {
				TargetAccountIDs []string
				LaunchPermission struct{ UserIDs, UserGroups, OrganizationARNs, OrganizationalUnitARNs []string }
			}
			ContainerDistributionConfiguration struct {
				TargetRepository struct{ RepositoryName string }
			}
		}
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return account.Distribution{}, err
	}
	d := account.Distribution{Name: in.Name}
	if in.Name == "" || len(in.Distributions) == 0 {
		return d, errors.New(`it has no "name" or no "distributions"`)
	}
	var settings []account.DistributionSettings
	for _, one := range in.Distributions {
		s := account.DistributionSettings{
			Region:         one.Region,
			TargetAccounts: one.AMIDistributionConfiguration.TargetAccountIDs,
			SharedAccounts: one.AMIDistributionConfiguration.LaunchPermission.UserIDs,
			Shares: slices.Concat(one.AMIDistributionConfiguration.LaunchPermission.UserGroups,
				one.AMIDistributionConfiguration.LaunchPermission.OrganizationARNs, one.AMIDistributionConfiguration.LaunchPermission.OrganizationalUnitARNs),
			Repository: one.ContainerDistributionConfiguration.TargetRepository.RepositoryName,
		}
		if !account.IsRegion(s.Region) {
			return d, fmt.Errorf(`"region" is %q, which is not a Region such as eu-west-1`, s.Region)
		}
		for _, id := range append(append([]string{}, s.TargetAccounts...), s.SharedAccounts...) {
			if !account.IsAccountID(id) {
				return d, fmt.Errorf("%q is not an account ID (12 digits)", id)
			}
		}
		settings = append(settings, s)
	}
	d.Settings = account.Present(settings)
	return d, nil
}
