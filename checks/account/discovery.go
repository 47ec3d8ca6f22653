package account

import (
	"cmp"
	"errors"
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
)

// Undiscovered says that subjects of a kind may exist that nobody knows of,
// since what would tell of them could not be read.
type Undiscovered struct {
	Subject Subject // stands for those that are not known
	Message string
	Why     Unread // zero where everything was read, and yet does not tell
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
	if a := inv.Accounts[o.Account]; a != nil {
		for region := range a.ImageBuilder {
			if !slices.Contains(regions, region) {
				regions = append(regions, region)
			}
		}
	}
	slices.Sort(regions)
	return regions
}

// imageBuilder is what was read in a Region; never nil.
func (inv *Inventory) imageBuilder(account, region string) *ImageBuilder {
	if a := inv.Accounts[account]; a != nil && a.ImageBuilder[region] != nil {
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

// places are all that is looked at for subjects of a kind.
func (inv *Inventory) places(o Owner, kind Kind) []place {
	var places []place
	regions := inv.regionsRead(o)
	if o.discovers(kind) {
		for _, region := range regions {
			places = append(places, place{region, "in " + region, inv.imageBuilder(o.Account, region)})
		}
	}
	if o.Planned != nil {
		region := ""
		if len(regions) > 0 {
			region = regions[0]
		}
		places = append(places, place{region, "to be created", o.Planned})
	}
	return places
}

func (o Owner) discovers(kind Kind) bool { return slices.Contains(o.Discover, kind) }

// discovered is something that Image Builder names, with who names it.
type discovered[T comparable] struct {
	thing T
	from  []string
}

// collect adds a thing once, and each place that names it.
func collect[T comparable](all []discovered[T], thing T, from string) []discovered[T] {
	i := slices.IndexFunc(all, func(d discovered[T]) bool { return d.thing == thing })
	if i < 0 {
		return append(all, discovered[T]{thing, []string{from}})
	}
	if !slices.Contains(all[i].from, from) {
		all[i].from = append(all[i].from, from)
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
	for _, at := range inv.places(o, ExecutionRoleKind) {
		for _, p := range at.LifecyclePolicies.Items() {
			if _, ok := ParseRoleReference(p.ExecutionRole); !ok {
				gaps = append(gaps, &Undiscovered{
					Subject: Subject{Partition: inv.partition(o), Account: o.Account, Region: at.region, Type: string(ExecutionRoleKind), Name: "role of lifecycle policy " + p.Name},
					Message: "lifecycle policy " + p.Name + " " + at.where + " names its role as " + strconv.QuoteToASCII(p.ExecutionRole) + ", which is neither a role name nor a role ARN",
				})
				continue
			}
			roles = collect(roles, p.ExecutionRole, "named by lifecycle policy "+p.Name+" ("+strings.ToLower(p.Status)+") "+at.where)
		}
		if err := at.LifecyclePolicies.Err(); err != nil {
			gaps = append(gaps, inv.undiscovered(o, ExecutionRoleKind, at.region, "lifecycle policies", ", which name the execution roles, could not all be read", err))
		}
	}
	if len(roles) == 0 && len(gaps) == 0 && o.discovers(ExecutionRoleKind) {
		gaps = append(gaps, &Undiscovered{
			Subject: Subject{Partition: inv.partition(o), Account: o.Account, Type: string(ExecutionRoleKind), Name: "(none)"},
			Message: "there is no lifecycle policy in " + cmp.Or(strings.Join(inv.regionsRead(o), ", "), "any Region") + ": nothing is deployed yet; name the execution role to audit it",
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
	var shared []discovered[Target]
	places := inv.places(o, DestinationKind)
	matters, gaps := inv.matters(o, DestinationKind, places, aboutAMIs)
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
					targets = collect(targets, Target{Account: id}, "a target of distribution configuration "+d.Name+" "+at.where)
				}
				for _, id := range s.SharedAccounts {
					shared = collect(shared, Target{Account: id, LaunchPermissionOnly: true}, "given launch permission by distribution configuration "+d.Name+" "+at.where)
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
				} else {
					targets = collect(targets, Target{Account: ami.Account}, "holds AMIs of image "+imageName(image.ARN))
				}
			}
		}
		if err := at.Images.Err(); err != nil {
			gaps = append(gaps, inv.undiscovered(o, DestinationKind, at.region, "images", ", which tell the accounts that AMIs were distributed to, could not all be read", err))
		}
	}
	for _, s := range shared {
		switch {
		case slices.ContainsFunc(targets, func(t discovered[Target]) bool { return t.thing.Account == s.thing.Account }):
		case len(gaps) == 0:
			targets = append(targets, s)
		default:
			// "Only" launch permission is not known while anything is unread.
			var why Unread
			errors.As(gaps[0], &why)
			gaps = append(gaps, &Undiscovered{
				Subject: Subject{Partition: inv.partition(o), Account: s.thing.Account, Type: string(DestinationKind), Name: "launch permission from " + o.Account},
				Message: "account " + s.thing.Account + " was " + s.from[0] + "; whether AMIs were copied into it as well is not known", Why: why,
			})
		}
	}
	return slices.DeleteFunc(targets, func(t discovered[Target]) bool { return t.thing.Account == o.Account }), gaps
}

// repositories are the repositories that an owner's container images go to. They
// matter only where a lifecycle policy acts on container images.
func (inv *Inventory) repositories(o Owner) (repositories []discovered[Repository], _ []error) {
	places := inv.places(o, RepositoryKind)
	matters, gaps := inv.matters(o, RepositoryKind, places, aboutContainers)
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
			repositories = collect(repositories, r, from)
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
					add(c.Region, uri, "holds image "+imageName(image.ARN))
				}
			}
		}
		if err := at.Images.Err(); err != nil {
			gaps = append(gaps, inv.undiscovered(o, RepositoryKind, at.region, "images", ", which tell the repositories that they are in, could not all be read", err))
		}
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
