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
		p, err := LifecyclePolicy(data)
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

func distribution(data []byte) (account.Distribution, error) {
	var in struct {
		Name          string
		Distributions []struct {
			Region                       string
			AMIDistributionConfiguration struct {
				TargetAccountIDs []string
				AMITags          account.Tags
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
			AMITags:        one.AMIDistributionConfiguration.AMITags,
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
