package demand

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
)

// ContainerRepository is an ECR repository that container images are built into.
type ContainerRepository struct {
	Owner     string
	Partition string
	account.Repository
	From   []string                   // what names it, where that was discovered
	Tags   account.Read[account.Tags] // absent: there is no such repository
	Policy account.Read[string]       // absent: it has none

	// Named says that something names it, a person or Image Builder: it is not only
	// one of all repositories of the owner.
	Named bool

	// NamingUnread is why something may name it that is not known; nil: nothing else does.
	NamingUnread error

	view *View
}

// ExecutionRoles are the roles that lifecycle management uses on container images,
// and those of which it is not known whether it does. The error joins why there
// may be others.
func (r ContainerRepository) ExecutionRoles() (used, maybe []ExecutionRole, err error) {
	roles, err := r.view.ExecutionRoles(r.Owner)
	for _, role := range roles {
		switch u := role.Uses(); {
		case u.Whatever || u.Containers:
			used = append(used, role)
		case u.PoliciesUnread != nil:
			maybe = append(maybe, role)
		}
	}
	return used, maybe, err
}

// MayBeUsed says whether a role is known that works in the owner's repositories. The
// error is why there may be one that is not known.
func (r ContainerRepository) MayBeUsed() (used bool, unread error) {
	roles, err := r.view.ExecutionRoles(r.Owner)
	var why account.Unread
	if errors.As(err, &why) {
		unread = why
	}
	return len(roles) > 0, unread
}

// Subject names the repository.
func (r ContainerRepository) Subject() account.Subject {
	return account.Subject{
		Partition: r.Partition, Account: r.Owner, Region: r.Region, Type: "ecr-repository", Name: r.Name,
		ARN: account.RepositoryARN(r.Partition, r.Owner, r.Repository),
	}
}

// NamedBy tells what names the repository, where that was discovered.
func (r ContainerRepository) NamedBy() []string { return r.From }

// ContainerRepositories are the repositories of the owner with this account ID,
// each once. The error joins what could not be discovered.
func (view *View) ContainerRepositories(id string) ([]ContainerRepository, error) {
	var repositories []ContainerRepository
	var gaps []error
	for _, o := range view.owners(id) {
		var named []discovered[account.Repository]
		for _, r := range o.Repositories {
			named = append(named, discovered[account.Repository]{thing: r})
		}
		found, more := view.repositories(o)
		byName := len(named) + len(found)
		var unread error
		for _, gap := range more {
			if errors.As(gap, new(account.Unread)) && unread == nil {
				unread = gap
			}
		}
		if o.AllRepositories {
			all, unlisted := view.allRepositories(o)
			found, more = append(found, all...), append(more, unlisted...)
		}
		named, gaps = append(named, found...), append(gaps, more...)
		seen := map[account.Repository]bool{}
		a := view.account(o.Account)
		for i, n := range named {
			if seen[n.thing] {
				continue
			}
			seen[n.thing] = true
			repositories = append(repositories, ContainerRepository{
				Owner: o.Account, Partition: view.partition(o), Repository: n.thing, From: n.from, Tags: a.Tags(n.thing), Policy: a.Policy(n.thing),
				Named: i < byName, NamingUnread: unread, view: view,
			})
		}
	}
	return repositories, errors.Join(gaps...)
}

// repositoriesOf are the repositories that are named for an owner, or that Image
// Builder names.
func (view *View) repositoriesOf(o account.Owner) (repositories []account.Repository, unread error) {
	repositories = slices.Clone(o.Repositories)
	found, gaps := view.repositories(o)
	for _, n := range found {
		repositories = union(repositories, []account.Repository{n.thing})
	}
	for _, gap := range gaps {
		var why account.Unread
		if errors.As(gap, &why) && unread == nil {
			unread = gap
		}
	}
	return repositories, unread
}

// repositories are the repositories that an owner's container images go to. They
// matter only where a lifecycle policy acts on container images.
func (view *View) repositories(o account.Owner) ([]discovered[account.Repository], []error) {
	var repositories discoveries[account.Repository]
	places, told := view.places(o, account.RepositoryKind)
	matters, gaps := view.matters(o, account.RepositoryKind, places, aboutContainers)
	gaps = append(told, gaps...)
	for i, at := range places {
		if !matters[i] {
			continue
		}
		add := func(inRegion, text, from string) {
			r, foreign := repositoryOf(inRegion, text, o.Account)
			if foreign {
				gaps = append(gaps, &account.Undiscovered{
					Subject: account.Subject{Partition: view.partition(o), Account: o.Account, Region: inRegion, Type: string(account.RepositoryKind), Name: text},
					Message: "repository " + text + ", " + from + ", is not in the owner's own registry, and is not looked at",
				})
				return
			}
			repositories.named(r, at.region, from)
		}
		for _, recipe := range at.ContainerRecipes.Items() {
			text, found, err := recipe.Repository.Get()
			if err != nil {
				gaps = append(gaps, view.undiscovered(o, account.RepositoryKind, at.region, "container recipe "+recipe.Name, ", which may name a further repository, could not be read", err))
			} else if found {
				add(at.region, text, "the target of container recipe "+recipe.Name+" "+at.where)
			}
		}
		if err := at.ContainerRecipes.Err(); err != nil {
			gaps = append(gaps, view.undiscovered(o, account.RepositoryKind, at.region, "container recipes", ", which name the repositories, could not all be read", err))
		}
		for _, d := range at.Distributions.Items() {
			settings, _, err := d.Settings.Get()
			if err != nil {
				gaps = append(gaps, view.undiscovered(o, account.RepositoryKind, at.region, "distribution configuration "+d.Name, ", which may name a further repository, could not be read", err))
			}
			for _, s := range settings {
				if s.Repository != "" {
					add(s.Region, s.Repository, "a target of distribution configuration "+d.Name+" "+at.where)
				}
			}
		}
		if err := at.Distributions.Err(); err != nil {
			gaps = append(gaps, view.undiscovered(o, account.RepositoryKind, at.region, "distribution configurations", ", which may name repositories, could not all be read", err))
		}
		for _, image := range at.Images.Items() {
			for _, c := range image.Containers {
				for _, uri := range c.URIs {
					if r, foreign := repositoryOf(c.Region, uri, o.Account); foreign {
						add(c.Region, uri, "which holds image "+imageName(image.ARN))
					} else {
						repositories.holds(r, at.region, image.ARN)
					}
				}
			}
		}
		if err := at.Images.Err(); err != nil {
			gaps = append(gaps, view.undiscovered(o, account.RepositoryKind, at.region, "images", ", which tell the repositories that they are in, could not all be read", err))
		}
		for _, line := range at.executionResources(func(r account.ExecutionResource) string {
			if len(r.URIs) == 0 {
				return ""
			}
			repository, _ := repositoryOf(r.Region, r.URIs[0], o.Account)
			return repository.Region + "/" + repository.Name
		}) {
			var r account.Repository
			if r.Region, r.Name, _ = strings.Cut(line.of, "/"); repositories.has(r) {
				repositories.named(r, at.region, line.text)
			}
		}
	}
	repositories.tellImages("holds image ")
	return repositories.all, gaps
}

// allRepositories are all repositories of an owner in its Regions.
func (view *View) allRepositories(o account.Owner) (repositories []discovered[account.Repository], gaps []error) {
	names := map[string]account.List[string]{}
	if a := view.account(o.Account); a != nil {
		names = a.RepositoryNames
	}
	for _, region := range view.regionsRead(o) {
		for _, name := range names[region].Items() {
			repositories = append(repositories, discovered[account.Repository]{thing: account.Repository{Region: region, Name: name}})
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
// account is another than the owner.
func repositoryOf(region, text, owner string) (r account.Repository, foreign bool) {
	r.Region, r.Name = region, text
	if host, rest, ok := strings.Cut(text, "/"); ok && registryHost.MatchString(host) {
		// ACCOUNT.dkr.ecr.REGION.amazonaws.com, or ACCOUNT.dkr-ecr.REGION.on.aws
		parts := strings.Split(strings.Replace(host, ".dkr-ecr", ".dkr.ecr", 1), ".")
		if len(parts) < 5 || parts[0] != owner || parts[1] != "dkr" {
			return r, true
		}
		r.Region, r.Name = parts[3], rest
	}
	r.Name, _, _ = strings.Cut(r.Name, "@")
	r.Name, _, _ = strings.Cut(r.Name, ":")
	return r, !account.IsRepositoryName(r.Name) || !account.IsRegion(r.Region)
}
