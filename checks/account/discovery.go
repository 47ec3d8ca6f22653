package account

import (
	"cmp"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Kind is a kind of subject.
type Kind string

// The kinds of subjects, as findings name them.
const (
	ExecutionRoleKind   Kind = "execution-role"
	DestinationKind     Kind = "destination-account"
	RepositoryKind      Kind = "ecr-repository"
	LifecyclePolicyKind Kind = "lifecycle-policy" // asked for together with the execution roles

	RegionKind       Kind = "region"       // where a whole Region, or Image Builder in it, is what is told of
	OrganizationKind Kind = "organization" // where its list of accounts is
)

// Undiscovered says that subjects of a kind may exist that nobody knows of,
// since what would tell of them could not be read; or, when NotApplicable, that
// there are none where some might have been expected.
type Undiscovered struct {
	Subject       Subject // stands for those that are not known
	Message       string
	Why           Unread // zero where everything was read, and yet does not tell
	NotApplicable bool
}

// Error is one line.
func (u *Undiscovered) Error() string {
	if u.Why == (Unread{}) {
		return u.Message
	}
	return u.Message + ": " + u.Why.Error()
}

// Unwrap is the Unread, if there is one.
func (u *Undiscovered) Unwrap() error {
	if u.Why == (Unread{}) {
		return nil
	}
	return u.Why
}

// regionsRead are the Regions of an owner in which Image Builder is looked at.
func (inv *Inventory) regionsRead(o Owner) []string {
	regions := slices.Clone(o.Regions)
	if a := inv.account(o.Account); a != nil {
		if o.AllRegions {
			regions = union(regions, a.Regions.Items())
		}
		regions = union(regions, slices.Collect(maps.Keys(a.ImageBuilder)))
	}
	slices.Sort(regions)
	return regions
}

// imageBuilder is what was read in a Region; never nil.
func (inv *Inventory) imageBuilder(account, region string) *ImageBuilder {
	if a := inv.account(account); a != nil && a.ImageBuilder[region] != nil {
		return a.ImageBuilder[region]
	}
	return &ImageBuilder{}
}

// place is where Image Builder says what an owner needs: a Region of it, or what
// is to be created.
type place struct {
	region string
	where  string // for people
	*ImageBuilder
}

// places are all that is looked at for subjects of a kind. The gaps are Regions
// that may hold more, and Regions that have no Image Builder.
func (inv *Inventory) places(o Owner, kind Kind) (places []place, gaps []error) {
	regions := inv.regionsRead(o)
	if o.discovers(kind) {
		for _, region := range regions {
			ib := inv.imageBuilder(o.Account, region)
			if ib.Unavailable {
				gaps = append(gaps, &Undiscovered{
					Subject: Subject{Partition: inv.partition(o), Account: o.Account, Region: region, Type: string(RegionKind), Name: region},
					Message: "EC2 Image Builder is not offered in " + region, NotApplicable: true,
				})
				continue
			}
			places = append(places, place{region, "in " + region, ib})
		}
		if gap := inv.regionsGap(o, kind); gap != nil {
			gaps = append(gaps, gap)
		}
	}
	if o.Planned != nil {
		region := ""
		if len(regions) > 0 {
			region = regions[0]
		}
		places = append(places, place{region, "to be created", o.Planned})
	}
	return places, gaps
}

// regionsGap says that the Regions of an owner could not all be listed.
func (inv *Inventory) regionsGap(o Owner, kind Kind) error {
	var regions List[string]
	if a := inv.account(o.Account); a != nil {
		regions = a.Regions
	}
	if err := regions.Err(); o.AllRegions && err != nil {
		var why Unread
		errors.As(err, &why)
		return &Undiscovered{
			Subject: Subject{Partition: inv.partition(o), Account: o.Account, Type: string(kind), Name: "Regions"},
			Message: "the Regions that are enabled for the account could not all be listed, so that there may be more in others", Why: why,
		}
	}
	return nil
}

func (o Owner) discovers(kind Kind) bool { return slices.Contains(o.Discover, kind) }

// discovered is something that Image Builder names, with who names it and where.
type discovered[T comparable] struct {
	thing   T
	from    []string
	regions []string // of Image Builder; none: all of the owner's
	images  []string // ARNs of the images in it
}

// collect adds a thing once, and each place that names it.
func collect[T comparable](all []discovered[T], thing T, region, from string) []discovered[T] {
	i := slices.IndexFunc(all, func(d discovered[T]) bool { return d.thing == thing })
	if i < 0 {
		all = append(all, discovered[T]{thing: thing})
		i = len(all) - 1
	}
	if !slices.Contains(all[i].from, from) {
		all[i].from = append(all[i].from, from)
	}
	if region != "" && !slices.Contains(all[i].regions, region) {
		all[i].regions = append(all[i].regions, region)
	}
	return all
}

// hold adds a thing that holds what an image was distributed as.
func hold[T comparable](all []discovered[T], thing T, region, image string) []discovered[T] {
	i := slices.IndexFunc(all, func(d discovered[T]) bool { return d.thing == thing })
	if i < 0 {
		all = append(all, discovered[T]{thing: thing})
		i = len(all) - 1
	}
	d := &all[i]
	if !slices.Contains(d.regions, region) {
		d.regions = append(d.regions, region)
	}
	if n := len(d.images); n == 0 || d.images[n-1] != image {
		d.images = append(d.images, image)
	}
	return all
}

// tellImages tells of the images that things hold: the first, and how many more.
func tellImages[T comparable](all []discovered[T], holds string) []discovered[T] {
	for i := range all {
		d := &all[i]
		switch n := len(d.images); {
		case n == 1:
			d.from = append(d.from, holds+imageName(d.images[0]))
		case n > 1:
			d.from = append(d.from, holds+imageName(d.images[0])+" and of "+strconv.Itoa(n-1)+" more")
		}
	}
	return all
}

// undiscovered stands for the subjects of a kind that something unread in a Region may name.
func (inv *Inventory) undiscovered(o Owner, kind Kind, region, what, message string, err error) error {
	var why Unread
	errors.As(err, &why)
	return &Undiscovered{
		Subject: Subject{Partition: inv.partition(o), Account: o.Account, Region: region, Type: string(kind), Name: what},
		Message: what + " in " + region + message, Why: why,
	}
}

// executionRoles are the roles that an owner's lifecycle policies name.
func (inv *Inventory) executionRoles(o Owner) (roles []discovered[string], gaps []error) {
	places, gaps := inv.places(o, ExecutionRoleKind)
	known := true
	for _, at := range places {
		for _, p := range at.LifecyclePolicies.Items() {
			if _, ok := ParseRoleReference(p.ExecutionRole); !ok {
				known = false
				gaps = append(gaps, &Undiscovered{
					Subject: Subject{Partition: inv.partition(o), Account: o.Account, Region: at.region, Type: string(ExecutionRoleKind), Name: "role of lifecycle policy " + p.Name},
					Message: "lifecycle policy " + p.Name + " " + at.where + " names its role as " + strconv.QuoteToASCII(p.ExecutionRole) + ", which is neither a role name nor a role ARN",
				})
				continue
			}
			roles = collect(roles, p.ExecutionRole, at.region, "named by lifecycle policy "+p.Name+" ("+strings.ToLower(p.Status)+") "+at.where)
			if line := at.lastExecution(p); line != "" {
				roles = collect(roles, p.ExecutionRole, at.region, line)
			}
		}
		if err := at.LifecyclePolicies.Err(); err != nil {
			known = false
			gaps = append(gaps, inv.undiscovered(o, ExecutionRoleKind, at.region, "lifecycle policies", ", which name the execution roles, could not all be read", err))
		}
	}
	known = known && inv.regionsGap(o, ExecutionRoleKind) == nil
	switch where := cmp.Or(strings.Join(inv.regionsRead(o), ", "), "any Region"); {
	case len(roles) > 0 || !known || !o.discovers(ExecutionRoleKind) || len(places) == 0 && len(gaps) > 0:
	case o.Listed: // nobody said that it builds images
		gaps = append(gaps, &Undiscovered{
			Subject: Subject{Partition: inv.partition(o), Account: o.Account, Type: string(ExecutionRoleKind), Name: "(none)"},
			Message: "there is no lifecycle policy in " + where + ", so lifecycle management does nothing here; name the execution role to audit it before one is deployed", NotApplicable: true,
		})
	default:
		gaps = append(gaps, &Undiscovered{
			Subject: Subject{Partition: inv.partition(o), Account: o.Account, Type: string(ExecutionRoleKind), Name: "(none)"},
			Message: "there is no lifecycle policy in " + where + ": nothing is deployed yet; name the execution role to audit it",
		})
	}
	return roles, gaps
}

// matters says of each place whether lifecycle management reaches what the kind is
// about there: a policy acts on the images of its own Region. Where nothing is
// deployed yet, everything matters; and what a planned policy will act on is not
// told, so that it does everywhere. The gaps are why it is not known.
func (inv *Inventory) matters(o Owner, kind Kind, places []place, about func(LifecyclePolicy) bool) (matters []bool, gaps []error) {
	deployed, known, planned := false, true, false
	for _, at := range places {
		policies := at.LifecyclePolicies
		deployed = deployed || len(policies.Items()) > 0
		known = known && policies.Err() == nil
		planned = planned || o.Planned != nil && slices.ContainsFunc(policies.Items(), about)
	}
	for _, at := range places {
		policies := at.LifecyclePolicies
		matter := planned || slices.ContainsFunc(policies.Items(), about)
		if err := policies.Err(); err != nil && !matter {
			gaps = append(gaps, inv.undiscovered(o, kind, at.region, "lifecycle policies", ", which tell what lifecycle management acts on, could not all be read", err))
		}
		matters = append(matters, matter || !deployed && known)
	}
	return matters, gaps
}

func aboutAMIs(p LifecyclePolicy) bool       { return p.ResourceType != ContainerImage }
func aboutContainers(p LifecyclePolicy) bool { return p.ResourceType != AMIImage }

// targets are the accounts that an owner's AMIs are to go to, or are in already:
// a target that was taken out of the settings still holds AMIs (user guide,
// "Manage AMI distribution settings").
func (inv *Inventory) targets(o Owner) (targets []discovered[Target], _ []error) {
	var shared, openly []discovered[Target]
	places, told := inv.places(o, DestinationKind)
	matters, gaps := inv.matters(o, DestinationKind, places, aboutAMIs)
	gaps = append(told, gaps...)
	for i, at := range places {
		if !matters[i] {
			continue
		}
		for _, d := range at.Distributions.Items() {
			settings, _, err := d.Settings.Get()
			if err != nil {
				gaps = append(gaps, inv.undiscovered(o, DestinationKind, at.region, "distribution configuration "+d.Name, ", which may name further accounts, could not be read", err))
			}
			for _, s := range settings {
				for _, id := range s.TargetAccounts {
					targets = collect(targets, Target{Account: id}, at.region, "a target of distribution configuration "+d.Name+" "+at.where)
				}
				for _, id := range s.SharedAccounts {
					shared = collect(shared, Target{Account: id, LaunchPermissionOnly: true}, at.region, "given launch permission by distribution configuration "+d.Name+" "+at.where)
				}
				for _, who := range s.Shares {
					openly = collect(openly, Target{Account: who}, at.region, "distribution configuration "+d.Name+" "+at.where)
				}
			}
		}
		if err := at.Distributions.Err(); err != nil {
			gaps = append(gaps, inv.undiscovered(o, DestinationKind, at.region, "distribution configurations", ", which name the destination accounts, could not all be read", err))
		}
		for _, image := range at.Images.Items() {
			for _, ami := range image.AMIs {
				if ami.Account == "" {
					gaps = append(gaps, &Undiscovered{
						Subject: Subject{Partition: inv.partition(o), Account: o.Account, Region: at.region, Type: string(DestinationKind), Name: "image " + imageName(image.ARN)},
						Message: "image " + imageName(image.ARN) + " does not tell in which account its AMI " + ami.ID + " is",
					})
					continue
				}
				if ami.Account == o.Account {
					continue
				}
				targets = hold(targets, Target{Account: ami.Account}, at.region, image.ARN)
			}
		}
		if err := at.Images.Err(); err != nil {
			gaps = append(gaps, inv.undiscovered(o, DestinationKind, at.region, "images", ", which tell the accounts that AMIs were distributed to, could not all be read", err))
		}
		for _, line := range at.executionResources(func(r ExecutionResource) string {
			if r.Image == "" || len(r.URIs) > 0 {
				return ""
			}
			return r.Account
		}) {
			if slices.ContainsFunc(targets, func(t discovered[Target]) bool { return t.thing.Account == line.of }) {
				targets = collect(targets, Target{Account: line.of}, at.region, line.text)
			}
		}
	}
	unread := slices.IndexFunc(gaps, func(err error) bool {
		var gap *Undiscovered
		return !errors.As(err, &gap) || !gap.NotApplicable
	})
	for _, s := range shared {
		switch {
		case slices.ContainsFunc(targets, func(t discovered[Target]) bool { return t.thing.Account == s.thing.Account }):
		case unread < 0:
			targets = append(targets, s)
		default:
			// "Only" launch permission is not known while anything is unread.
			var why Unread
			errors.As(gaps[unread], &why)
			gaps = append(gaps, &Undiscovered{
				Subject: Subject{Partition: inv.partition(o), Account: s.thing.Account, Type: string(DestinationKind), Name: "launch permission from " + o.Account},
				Message: "account " + s.thing.Account + " was " + s.from[0] + "; whether AMIs were copied into it as well is not known", Why: why,
			})
		}
	}
	for _, s := range openly {
		gaps = append(gaps, &Undiscovered{
			Subject: Subject{Partition: inv.partition(o), Account: o.Account, Type: string(DestinationKind), Name: s.thing.Account, ARN: arnOrNone(s.thing.Account)},
			Message: strings.Join(s.from, ", ") + " gives launch permission to " + sharedWith(s.thing.Account) +
				": no role is needed for it, since with launch permission all of the AMI resources remain in the owner's account", NotApplicable: true,
		})
	}
	targets = slices.DeleteFunc(targets, func(t discovered[Target]) bool { return t.thing.Account == o.Account })
	return tellImages(targets, "holds AMIs of image "), gaps
}

// sharedWith is who has a launch permission that is not given to one account
// (LaunchPermissionConfiguration of the Image Builder API).
func sharedWith(who string) string {
	switch {
	case who == "all":
		return "everybody (the AMIs are public)"
	case strings.Contains(who, ":ou/"):
		return "organizational unit " + lastOf(who)
	case strings.Contains(who, ":organization/"):
		return "organization " + lastOf(who)
	}
	return who
}

func arnOrNone(text string) string {
	if strings.HasPrefix(text, "arn:") {
		return text
	}
	return ""
}

func lastOf(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// repositories are the repositories that an owner's container images go to. They
// matter only where a lifecycle policy acts on container images.
func (inv *Inventory) repositories(o Owner) (repositories []discovered[Repository], _ []error) {
	places, told := inv.places(o, RepositoryKind)
	matters, gaps := inv.matters(o, RepositoryKind, places, aboutContainers)
	gaps = append(told, gaps...)
	for i, at := range places {
		if !matters[i] {
			continue
		}
		add := func(inRegion, text, from string) {
			r, foreign := repositoryOf(inRegion, text, o.Account)
			if foreign {
				gaps = append(gaps, &Undiscovered{
					Subject: Subject{Partition: inv.partition(o), Account: o.Account, Region: inRegion, Type: string(RepositoryKind), Name: text},
					Message: "repository " + text + ", " + from + ", is not in the owner's own registry, and is not looked at",
				})
				return
			}
			repositories = collect(repositories, r, at.region, from)
		}
		for _, recipe := range at.ContainerRecipes.Items() {
			text, found, err := recipe.Repository.Get()
			if err != nil {
				gaps = append(gaps, inv.undiscovered(o, RepositoryKind, at.region, "container recipe "+recipe.Name, ", which may name a further repository, could not be read", err))
			} else if found {
				add(at.region, text, "the target of container recipe "+recipe.Name+" "+at.where)
			}
		}
		if err := at.ContainerRecipes.Err(); err != nil {
			gaps = append(gaps, inv.undiscovered(o, RepositoryKind, at.region, "container recipes", ", which name the repositories, could not all be read", err))
		}
		for _, d := range at.Distributions.Items() {
			settings, _, err := d.Settings.Get()
			if err != nil {
				gaps = append(gaps, inv.undiscovered(o, RepositoryKind, at.region, "distribution configuration "+d.Name, ", which may name a further repository, could not be read", err))
			}
			for _, s := range settings {
				if s.Repository != "" {
					add(s.Region, s.Repository, "a target of distribution configuration "+d.Name+" "+at.where)
				}
			}
		}
		if err := at.Distributions.Err(); err != nil {
			gaps = append(gaps, inv.undiscovered(o, RepositoryKind, at.region, "distribution configurations", ", which may name repositories, could not all be read", err))
		}
		for _, image := range at.Images.Items() {
			for _, c := range image.Containers {
				for _, uri := range c.URIs {
					if r, foreign := repositoryOf(c.Region, uri, o.Account); foreign {
						add(c.Region, uri, "which holds image "+imageName(image.ARN))
					} else {
						repositories = hold(repositories, r, at.region, image.ARN)
					}
				}
			}
		}
		if err := at.Images.Err(); err != nil {
			gaps = append(gaps, inv.undiscovered(o, RepositoryKind, at.region, "images", ", which tell the repositories that they are in, could not all be read", err))
		}
		for _, line := range at.executionResources(func(r ExecutionResource) string {
			if len(r.URIs) == 0 {
				return ""
			}
			repository, _ := repositoryOf(r.Region, r.URIs[0], o.Account)
			return repository.Region + "/" + repository.Name
		}) {
			i := slices.IndexFunc(repositories, func(r discovered[Repository]) bool { return r.thing.Region+"/"+r.thing.Name == line.of })
			if i >= 0 {
				repositories = collect(repositories, repositories[i].thing, at.region, line.text)
			}
		}
	}
	return tellImages(repositories, "holds image "), gaps
}

// allRepositories are all repositories of an owner in its Regions.
func (inv *Inventory) allRepositories(o Owner) (repositories []discovered[Repository], gaps []error) {
	names := map[string]List[string]{}
	if a := inv.account(o.Account); a != nil {
		names = a.RepositoryNames
	}
	for _, region := range inv.regionsRead(o) {
		for _, name := range names[region].Items() {
			repositories = append(repositories, discovered[Repository]{thing: Repository{Region: region, Name: name}})
		}
		if err := names[region].Err(); err != nil {
			gaps = append(gaps, inv.undiscovered(o, RepositoryKind, region, "repositories", " could not all be listed", err))
		}
	}
	if gap := inv.regionsGap(o, RepositoryKind); gap != nil {
		gaps = append(gaps, gap)
	}
	return repositories, gaps
}

// registryHost knows the hosts of ECR's registries; the first part of a
// repository's own name may have dots as well.
var registryHost = regexp.MustCompile(`\.amazonaws\.com(\.cn)?$|\.on\.aws$|\.ecr\.aws$`)

// repositoryOf takes registry host, tag and digest off a repository as Image
// Builder names it. A host tells account and Region; foreign says that the
// account is another than the owner.
func repositoryOf(region, text, owner string) (r Repository, foreign bool) {
	r.Region, r.Name = region, text
	if host, rest, ok := strings.Cut(text, "/"); ok && registryHost.MatchString(host) {
		// ACCOUNT.dkr.ecr.REGION.amazonaws.com, or ACCOUNT.dkr-ecr.REGION.on.aws
		parts := strings.Split(strings.Replace(host, ".dkr-ecr.", ".dkr.ecr.", 1), ".")
		if len(parts) < 5 || parts[0] != owner || parts[1] != "dkr" {
			return r, true
		}
		r.Region, r.Name = parts[3], rest
	}
	r.Name, _, _ = strings.Cut(r.Name, "@")
	r.Name, _, _ = strings.Cut(r.Name, ":")
	return r, !IsRepositoryName(r.Name) || !IsRegion(r.Region)
}

// imageName is the part of an image's ARN that people know: name, version and build.
func imageName(arn string) string {
	_, name, _ := strings.Cut(arn, ":image/")
	return cmp.Or(name, arn)
}
