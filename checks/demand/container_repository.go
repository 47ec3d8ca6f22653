package demand

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
	"github.com/iblint/iblint/checks/symbol"
)

// ContainerRepository is an ECR repository that container images are built into.
type ContainerRepository struct {
	Owner     string
	Partition string
	account.Repository
	From   []string                   // what names it, where that was discovered
	Tags   account.Read[account.Tags] // absent: there is no such repository
	Policy account.Read[string]       // absent: it has none

	// Strength is Certain if the user named the repository, or if a rule deletes container
	// images in it. It is NotNeeded if no rule does: then Unneeded says why. Why is why it
	// is only Possible.
	Strength Strength
	Why      error
	Unneeded string

	// Named says that the user or Image Builder names it: it is not only one of all
	// repositories of the owner.
	Named bool

	// NamingUnread is why an Image Builder resource that is not known may name it; nil:
	// none does.
	NamingUnread error

	view *View
}

// RepositoryRole is an execution role that deletes container images in a repository.
type RepositoryRole struct {
	ExecutionRole
	Strength Strength
	Why      error // why it is only Possible
}

// ExecutionRoles are the roles that lifecycle management uses in the repository. The error
// joins why there may be others.
func (r ContainerRepository) ExecutionRoles() (all []RepositoryRole, err error) {
	roles, err := r.view.ExecutionRoles(r.Owner)
	for _, role := range roles {
		if role.Unneeded != "" {
			continue
		}
		uses := needed{}
		for _, n := range role.Needs() {
			here := n.Repository == r.Repository || n.Repository == account.Repository{} && (n.Region == "" || n.Region == r.Region)
			if n.On == policy.Repository && here {
				uses = uses.or(needed{n.Strength, n.Why})
			}
		}
		if uses.Strength > NotNeeded {
			all = append(all, RepositoryRole{role, uses.Strength, uses.Why})
		}
	}
	return all, err
}

// Subject names the repository.
func (r ContainerRepository) Subject() account.Subject {
	return account.Subject{
		Partition: r.Partition, Account: r.Owner, Region: r.Region, Type: "ecr-repository", Name: r.Name,
		ARN: account.RepositoryARN(r.Partition, r.Owner, r.Repository),
	}
}

// NamedBy returns what names the repository.
func (r ContainerRepository) NamedBy() []string { return r.From }

// ContainerRepositories are the repositories of the owner with this account ID,
// each once. The error joins what could not be discovered.
func (view *View) ContainerRepositories(id string) ([]ContainerRepository, error) {
	var repositories []ContainerRepository
	var gaps []error
	at := map[account.Repository]int{}
	a := view.account(id)
	for _, d := range view.demandsOf(id) {
		add := func(r ContainerRepository) {
			if i, known := at[r.Repository]; known {
				same := &repositories[i]
				if r.Strength > same.Strength {
					same.Strength, same.Why, same.Unneeded = r.Strength, r.Why, ""
				}
				same.From, same.Named = union(same.From, r.From), same.Named || r.Named
				return
			}
			at[r.Repository] = len(repositories)
			r.Owner, r.Partition, r.Tags, r.Policy, r.view = id, view.partition(d.owner), a.Tags(r.Repository), a.Policy(r.Repository), view
			repositories = append(repositories, r)
		}
		for _, r := range d.owner.Repositories {
			add(ContainerRepository{Repository: r, Strength: Certain, Named: true})
		}
		found, more := view.repositories(d)
		var unread error
		for _, gap := range more {
			if _, ok := unreadIn(gap); ok && unread == nil {
				unread = gap
			}
		}
		for _, r := range found {
			if r.Unneeded != "" && d.owner.AllRepositories { // every repository is checked
				r.Strength, r.Unneeded = Certain, ""
			}
			add(r)
		}
		if d.owner.AllRepositories {
			if d.deployed {
				for _, reach := range d.everything() {
					if err := firstRefused(reach.repositoryGaps); err != nil && unread == nil {
						unread = err
					}
				}
			}
			all, unlisted := view.allRepositories(d.owner)
			more = append(more, unlisted...)
			for _, r := range all {
				add(ContainerRepository{Repository: r, Strength: Certain, NamingUnread: unread})
			}
		}
		gaps = append(gaps, more...)
	}
	return repositories, errors.Join(gaps...)
}

// repositories are those that lifecycle rules delete container images in, and those that
// images of the owner are in or go to, where no rule does.
func (view *View) repositories(d *ownerDemands) (all []ContainerRepository, gaps []error) {
	o := d.owner
	discovers := discovers(o, account.RepositoryKind)
	if o.Code != "" {
		gaps = append(gaps, view.nothingDeclared(o))
	}
	var used, rest discoveries[account.Repository]
	active := false
	for _, a := range d.active {
		if !a.aboutContainers() || !discovers && !a.planned && len(o.PlannedIn) == 0 {
			continue
		}
		active = true
		deletes, reach := false, d.reach(a)
		a.eachRule(func(r rule, n needed) {
			if !deletesContainers(r) {
				return
			}
			deletes = true
			for _, one := range actedOn(r, reach, reach.repositories) {
				one.needed = n.and(one.needed)
				if r.alternative == "" {
					one.rules = []string{r.text}
				}
				used.join(one)
			}
		})
		if deletes && !a.hidden() { // that it may exist is a gap already
			gaps = append(gaps, reach.repositoryGaps...)
		}
		if deletes && a.planned && len(o.PlannedIn) > 0 && len(reach.repositories.all)+len(reach.repositoryGaps) == 0 {
			gaps = append(gaps, view.noRepositoryDeclared(o, a))
		}
	}
	if discovers {
		gaps = append(gaps, view.policyGaps(o, account.RepositoryKind, "lifecycle policies", ", which say what lifecycle management acts on, could not all be read")...)
		if !d.deployed && d.complete && o.Listed && len(view.regionsOffering(o)) > 0 {
			gaps = append(gaps, view.nothingDeployed(o))
		}
	}
	if discovers && d.deployed {
		for _, reach := range d.everything() {
			for _, one := range reach.repositories.all {
				if !used.has(one.thing) {
					rest.join(one)
				}
			}
		}
	}
	used.compact()
	rest.compact()
	lines := view.repositoryLines(o)
	for _, one := range used.all {
		all = append(all, ContainerRepository{Repository: one.thing, Strength: one.Strength, Why: one.Why, Named: true, From: slices.Concat(one.lines("holds image ", " deletes container images in it"), lines[one.thing])})
	}
	why := "no enabled lifecycle policy is about container images"
	if active {
		why = "no rule of an enabled lifecycle policy deletes container images in it"
	}
	for _, one := range rest.all {
		all = append(all, ContainerRepository{Repository: one.thing, Unneeded: why, Named: true, From: one.lines("holds image ", "")})
	}
	return all, sameGaps(gaps)
}

// noRepositoryDeclared says that code with a policy that deletes container images does not say
// which repositories they are in.
func (view *View) noRepositoryDeclared(o account.Owner, a *asker) error {
	return &account.Undiscovered{
		Subject: account.Subject{Partition: view.partition(o), Account: o.Account, Region: a.region, Type: string(account.RepositoryKind), Name: "repositories of " + a.called()},
		Message: a.called() + " deletes container images, and no container recipe or distribution configuration beside it names their repository",
		Short:   "not declared: the repositories of its container images",
		Why:     account.Unread{Reason: account.Undeclared},
	}
}

// repositoryLines are lines of evidence about repositories from the last lifecycle
// executions.
func (view *View) repositoryLines(o account.Owner) map[account.Repository][]string {
	lines := map[account.Repository][]string{}
	for _, region := range view.regionsRead(o) {
		ib := view.imageBuilder(o.Account, region)
		for _, line := range executionResources(ib, "in "+region, func(r account.ExecutionResource) string {
			if len(r.URIs) == 0 {
				return ""
			}
			repository, _ := repositoryOf(r.Region, r.URIs[0], o.Account)
			return repository.Region + "/" + repository.Name
		}) {
			var r account.Repository
			r.Region, r.Name, _ = strings.Cut(line.subject, "/")
			lines[r] = append(lines[r], line.text)
		}
	}
	return lines
}

// allRepositories are all repositories of an owner in its Regions.
func (view *View) allRepositories(o account.Owner) (repositories []account.Repository, gaps []error) {
	names := map[string]account.List[string]{}
	if a := view.account(o.Account); a != nil {
		names = a.RepositoryNames
	}
	for _, region := range view.regionsRead(o) {
		for _, name := range names[region].Items() {
			repositories = append(repositories, account.Repository{Region: region, Name: name})
		}
		if err := names[region].Err(); err != nil {
			gaps = append(gaps, view.undiscovered(o, account.RepositoryKind, region, "repositories", " could not all be listed", err))
		}
	}
	if gap := view.regionsGap(o, account.RepositoryKind); gap != nil {
		gaps = append(gaps, gap)
	}
	return repositories, gaps
}

// registryHost knows the hosts of ECR's registries; the first part of a
// repository's own name may have dots as well. Each partition has its own domains,
// so that a host is known by how it begins.
var registryHost = regexp.MustCompile(`^[0-9]{12}\.dkr[.-]ecr(-fips)?\.|\.amazonaws\.com(\.cn)?$|\.on\.aws$|\.ecr\.aws$`)

// repositoryOf takes registry host, tag and digest off a repository as Image
// Builder names it. A host tells account and Region; foreign says that the
// account is another than the owner, and the name is then the one with the host.
func repositoryOf(region, text, owner string) (r account.Repository, foreign bool) {
	text, _, _ = strings.Cut(text, "@")
	if colon := strings.LastIndexByte(text, ':'); colon > strings.LastIndexByte(text, '/') {
		text = text[:colon]
	}
	r.Region, r.Name = region, text
	if host, rest, ok := strings.Cut(text, "/"); ok && registryHost.MatchString(host) {
		// ACCOUNT.dkr.ecr.REGION.amazonaws.com, or ACCOUNT.dkr-ecr.REGION.on.aws
		parts := strings.Split(strings.Replace(host, ".dkr-ecr", ".dkr.ecr", 1), ".")
		if len(parts) < 5 || parts[0] != owner || parts[1] != "dkr" {
			return r, true
		}
		r.Region, r.Name = parts[3], rest
	}
	if symbol.In(r.Name) { // a name, or a part of one, that code leaves open
		return r, false
	}
	return r, !account.IsRepositoryName(r.Name) || !account.IsRegion(r.Region) && r.Region != "" && !symbol.In(r.Region)
}
