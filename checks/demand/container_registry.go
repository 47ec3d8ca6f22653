package demand

import (
	"cmp"
	"errors"
	"slices"

	"github.com/iblint/iblint/checks/account"
)

// ContainerRegistry is the ECR registry of an owner in a Region where container images are
// built into repositories.
type ContainerRegistry struct {
	Owner     string
	Partition string
	Region    string
	account.Registry

	// Repositories are those that lifecycle management uses, or may use. If none is known,
	// Unneeded says why.
	Repositories []ContainerRepository
	Unneeded     string
	Gap          error // why there may be more repositories that it uses; nil: these are all
}

// Subject names the registry.
func (r ContainerRegistry) Subject() account.Subject {
	return account.Subject{
		Partition: r.Partition, Account: r.Owner, Region: r.Region, Type: string(account.RegistryKind), Name: r.Region,
		ARN: account.RepositoryARN(r.Partition, r.Owner, account.Repository{Region: r.Region, Name: "*"}), // ECR has no ARNs of registries
	}
}

// NamedBy returns nothing: the repositories in the registry are named, not the registry.
func (r ContainerRegistry) NamedBy() []string { return nil }

// ContainerRegistries are the registries of the owner with this account ID, one for each
// Region with repositories. The error joins what could not be discovered.
func (view *View) ContainerRegistries(id string) ([]ContainerRegistry, error) {
	repositories, err := view.ContainerRepositories(id)
	err = errors.Join(slices.DeleteFunc(slices.Clone(account.Gaps(err)), isForeign)...)
	mayBeUsed := view.MayHaveExecutionRoles(id)
	var gap error
	if mayBeUsed {
		gap = firstRefused(account.Gaps(err))
	}
	var all []ContainerRegistry
	for _, r := range repositories {
		if !r.Named && !mayBeUsed {
			r.Unneeded = cmp.Or(r.Unneeded, "no Image Builder resource names its repositories, and there is no execution role")
		}
		i := slices.IndexFunc(all, func(have ContainerRegistry) bool { return have.Region == r.Region })
		if i < 0 {
			i = len(all)
			all = append(all, ContainerRegistry{Owner: id, Partition: r.Partition, Region: r.Region, Registry: view.account(id).Registry(r.Region), Unneeded: r.Unneeded, Gap: gap})
		}
		if r.Unneeded == "" {
			all[i].Repositories, all[i].Unneeded = append(all[i].Repositories, r), ""
		}
	}
	return all, err
}

// isForeign reports whether a gap only says that a repository is in the registry of another
// account.
func isForeign(gap error) bool {
	var undiscovered *account.Undiscovered
	return errors.As(gap, &undiscovered) && undiscovered.Why == account.Unread{} && !undiscovered.NotApplicable
}

// MayHaveExecutionRoles reports whether an execution role of the owner with this account ID is
// known, or may exist.
func (view *View) MayHaveExecutionRoles(id string) bool {
	roles, err := view.ExecutionRoles(id)
	return len(roles) > 0 || firstRefused(account.Gaps(err)) != nil
}
