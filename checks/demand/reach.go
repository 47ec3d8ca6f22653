package demand

import (
	"cmp"
	"errors"
	"slices"
	"strconv"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
)

// Spot is an account and a Region that have AMIs. The Region is empty where it is not known.
type Spot struct {
	Account string
	Region  string
}

// reach is where the images are that an asker selects: those that exist, and those to come.
type reach struct {
	amis         discoveries[Spot]
	repositories discoveries[account.Repository]

	tags map[string]account.Tags // of the images, by ARN

	shared discoveries[string] // accounts that get launch permission
	openly discoveries[string] // organizations, units and groups that get launch permission

	// The parts that could not be read whole, which may name more accounts or
	// repositories: an account.Undiscovered each, and once more for each kind. Those that
	// the input cannot hold are not applicable.
	accountGaps, repositoryGaps []error
}

// actedOn are the things among all that a rule acts on: an image that has an excluded tag is left
// alone, with what was distributed of it.
func actedOn[T comparable](r rule, reach *reach, all discoveries[T]) []discovered[T] {
	if len(r.ExcludedTags) == 0 {
		return all.all
	}
	var some []discovered[T]
	for _, one := range all.all {
		kept := slices.DeleteFunc(slices.Clone(one.images), func(arn string) bool { return anyTag(r.ExcludedTags, reach.tags[arn]) })
		if len(kept) == 0 {
			one.needed = one.named
		}
		if one.images = kept; one.Strength > NotNeeded {
			some = append(some, one)
		}
	}
	return some
}

// anyRepository is how surely a rule that deletes container images does so in a repository
// that is not known: because something that names more of them could not be read, or
// because none is known for certain.
func (r *reach) anyRepository(a *asker, known []discovered[account.Repository]) needed {
	if err := cmp.Or(firstRefused(r.repositoryGaps), a.unselected); err != nil {
		return possible(err)
	}
	n := certain
	for _, one := range known {
		if one.Strength == Certain {
			return needed{}
		}
		n = one.needed
	}
	return n
}

// firstRefused is why there may be more accounts, Regions or repositories; nil: there are
// no more.
func firstRefused(gaps []error) error {
	for _, gap := range gaps {
		if err := refused(gap); err != nil {
			return err
		}
	}
	return nil
}

// reaching computes the reach of one asker.
type reaching struct {
	*ownerDemands
	*asker
	out *reach
}

// reachOf is where the images are that an asker selects.
func (d *ownerDemands) reachOf(a *asker) *reach {
	r := reaching{d, a, &reach{tags: map[string]account.Tags{}}}
	o := d.owner
	at := d.view.imageBuilder(o.Account, a.region)
	if a.aboutAMIs() {
		// The rules alone act on AMIs here: images are built in the policy's own Region.
		r.out.amis.add(Spot{o.Account, a.region}, a.needed, a.region, "")
	}
	if a.deletion != nil {
		for _, p := range d.view.planned(o) {
			if p.region == a.region {
				r.deleted(p.ImageBuilder)
			}
		}
		return r.out
	}
	r.selectedImages(at)
	r.distributions(at)
	if a.aboutContainers() {
		r.containerRecipes(at)
	}
	for _, p := range d.view.planned(o) {
		if (p.region == a.region || a.region == "") && (a.planned || a.name == "" || len(p.LifecyclePolicies.Items()) == 0) {
			r.plannedParts(p.ImageBuilder)
		}
	}
	return r.out
}

// isAccount rejects, with a gap, what is not an account ID: these become parts of the
// ARNs of roles to assume.
func (r reaching) isAccount(id, text string) bool {
	if account.IsAccountID(id) || symbol.Is(id) {
		return true
	}
	r.problem(account.DestinationKind, text, text+" names an account as "+strconv.QuoteToASCII(symbol.Text(id))+", which is not an account ID", "names an account by something that is not an account ID")
	return false
}

// problem is a gap for something that was read and does not make sense.
func (r reaching) problem(kind account.Kind, name, message, short string) {
	r.out.accountGaps = append(r.out.accountGaps, &account.Undiscovered{
		Subject: account.Subject{Partition: r.view.partition(r.owner), Account: r.owner.Account, Region: r.region, Type: string(kind), Name: name},
		Message: message, Short: short,
	})
}

// gap adds a gap of a kind for a part that could not be read whole; none, if err is nil,
// if the asker is not about the kind, or if the part was not to be read.
func (r reaching) gap(kind account.Kind, what, message string, err error) {
	if err == nil || refused(err) == nil && !discovers(r.owner, kind) {
		return
	}
	gap := r.view.undiscovered(r.owner, kind, r.region, what, message, err)
	switch {
	case kind == account.DestinationKind && r.aboutAMIs():
		r.out.accountGaps = append(r.out.accountGaps, gap)
	case kind == account.RepositoryKind && r.aboutContainers():
		r.out.repositoryGaps = append(r.out.repositoryGaps, gap)
	}
}

// sameGaps removes gaps that say the same. A repository of another account is one, whatever names it.
func sameGaps(gaps []error) []error {
	type gap struct {
		subject account.Subject
		text    string
	}
	seen := map[gap]bool{}
	return slices.DeleteFunc(gaps, func(err error) bool {
		key := gap{text: err.Error()}
		var undiscovered *account.Undiscovered
		if errors.As(err, &undiscovered) && undiscovered.Short == notOwnRegistry {
			key = gap{undiscovered.Subject, notOwnRegistry}
		}
		again := seen[key]
		seen[key] = true
		return again
	})
}
