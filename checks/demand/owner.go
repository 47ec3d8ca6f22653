package demand

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
)

// regionsRead are the Regions of an owner in which Image Builder is read.
func (view *View) regionsRead(o account.Owner) []string {
	regions := slices.Clone(o.Regions)
	if a := view.account(o.Account); a != nil {
		if o.AllRegions {
			regions = union(regions, a.Regions.Items())
		}
		regions = union(regions, slices.Collect(maps.Keys(a.ImageBuilder)))
	}
	slices.Sort(regions)
	return regions
}

// regionsGap says that the Regions of an owner could not all be listed.
func (view *View) regionsGap(o account.Owner, kind account.Kind) error {
	var regions account.List[string]
	if a := view.account(o.Account); a != nil {
		regions = a.Regions
	}
	if err := regions.Err(); o.AllRegions && err != nil {
		var why account.Unread
		errors.As(err, &why)
		return &account.Undiscovered{
			Subject: account.Subject{Partition: view.partition(o), Account: o.Account, Type: string(kind), Name: "Regions"},
			Message: "the Regions that are enabled for the account could not all be listed, so that there may be more in others", Why: why,
		}
	}
	return nil
}

// imageBuilder is what was read in a Region; never nil.
func (view *View) imageBuilder(id, region string) *account.ImageBuilder {
	if a := view.account(id); a != nil && a.ImageBuilder[region] != nil {
		return a.ImageBuilder[region]
	}
	return &account.ImageBuilder{}
}

func discovers(o account.Owner, kind account.Kind) bool { return slices.Contains(o.Discover, kind) }

// undiscovered stands for the subjects of a kind that something unread in a Region may
// name. What the input cannot hold is not applicable, unless nothing was given of the account.
func (view *View) undiscovered(o account.Owner, kind account.Kind, region, what, message string, err error) error {
	var why account.Unread
	errors.As(err, &why)
	return &account.Undiscovered{
		Subject: account.Subject{Partition: view.partition(o), Account: o.Account, Region: region, Type: string(kind), Name: what},
		Message: what + " in " + region + message, Why: why, NotApplicable: why.Reason == account.NotCollected && view.account(o.Account) != nil,
	}
}

// imageName is the part of an image's ARN that people know: name, version and build.
func imageName(arn string) string {
	_, name, _ := strings.Cut(arn, ":image/")
	return cmp.Or(name, arn)
}

func lastOf(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// nothingDeployed says that an account of the organization has no lifecycle policy.
func (view *View) nothingDeployed(o account.Owner) error {
	return &account.Undiscovered{
		Subject: account.Subject{Partition: view.partition(o), Account: o.Account, Type: string(account.OrganizationKind), Name: "lifecycle policies"},
		Message: "there is no lifecycle policy in " + cmp.Or(strings.Join(view.regionsRead(o), ", "), "any Region") +
			", so lifecycle management does nothing here; name the account as an owner to audit it before one is deployed",
		Short: "no lifecycle policy, so lifecycle management does nothing", NotApplicable: true,
	}
}

// nothingDeclared says that code declares nothing that lifecycle management is about.
func (view *View) nothingDeclared(o account.Owner) error {
	return &account.Undiscovered{
		Subject:       account.Subject{Partition: view.partition(o), Account: o.Account, Type: string(account.CodeKind), Name: o.Code},
		Message:       "the code in " + o.Code + " declares no lifecycle policy, no distribution to other accounts and no container recipe, so there is nothing to check",
		Short:         "declares nothing that lifecycle management is about",
		NotApplicable: true,
	}
}

// RegionsLookedAt are the Regions in which subjects of a kind are looked for in an
// account; the empty one stands for the account as a whole.
func (view *View) RegionsLookedAt(id string, kind account.Kind) []string {
	for _, o := range view.owners(id) {
		switch kind {
		case account.ExecutionRoleKind:
			return []string{""}
		case account.LifecyclePolicyKind:
			if discovers(o, kind) {
				return view.regionsOffering(o)
			}
		case account.RepositoryKind:
			if o.AllRepositories { // ECR is there where Image Builder is not
				return view.regionsRead(o)
			}
			if discovers(o, kind) {
				return view.regionsOffering(o)
			}
		}
	}
	return nil
}

// regionsOffering are the Regions of an owner that have Image Builder.
func (view *View) regionsOffering(o account.Owner) []string {
	return slices.DeleteFunc(view.regionsRead(o), func(region string) bool { return view.imageBuilder(o.Account, region).Unavailable })
}

// regionsUnread is why the Regions of an owner could not all be listed; nil: they are
// known.
func (view *View) regionsUnread(o account.Owner) error {
	if !o.AllRegions {
		return nil
	}
	if a := view.account(o.Account); a != nil {
		return a.Regions.Err()
	}
	return account.Unread{Reason: account.NotCollected}
}

// policyGaps are the gaps of a kind of subject that lifecycle policies decide about: lists
// of policies that could not be read whole, Regions that could not be listed, and Regions
// that have no Image Builder.
func (view *View) policyGaps(o account.Owner, kind account.Kind, what, message string) (gaps []error) {
	for _, region := range view.regionsRead(o) {
		ib := view.imageBuilder(o.Account, region)
		if ib.Unavailable {
			gaps = append(gaps, &account.Undiscovered{
				Subject: account.Subject{Partition: view.partition(o), Account: o.Account, Region: region, Type: string(account.RegionKind), Name: region},
				Message: "EC2 Image Builder is not offered in " + region, Short: "EC2 Image Builder is not offered here", NotApplicable: true,
			})
		} else if err := ib.LifecyclePolicies.Err(); err != nil {
			gaps = append(gaps, view.undiscovered(o, kind, region, what, message, err))
		}
	}
	if gap := view.regionsGap(o, kind); gap != nil {
		gaps = append(gaps, gap)
	}
	return gaps
}
