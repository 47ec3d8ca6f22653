package account

import (
	"cmp"
	"slices"
)

// Subject is the thing one would change, as a finding names it.
type Subject struct {
	Partition string `json:"partition"`
	Account   string `json:"account"`
	Region    string `json:"region,omitempty"` // empty for global services
	Type      string `json:"type"`             // execution-role, destination-account or ecr-repository
	Name      string `json:"name"`
	ARN       string `json:"arn"`
}

// ExecutionRole is a role that lifecycle policies of an owner name, and what is known of it.
type ExecutionRole struct {
	Owner     string
	Partition string   // of the owner
	Regions   []string // of the owner's images; none: not known
	Reference RoleReference
	Role      Read[Role] // looked up by Reference.Name in the owner account
	RoleNames List[RoleName]
}

// Subject names the role by what the reference says.
func (r ExecutionRole) Subject() Subject {
	arn := RoleARN(r.Partition, r.Owner, r.Reference.Path, r.Reference.Name)
	if r.Reference.Account != "" {
		arn = r.Reference.Text
	} else if role, found, _ := r.Role.Get(); found && role.Name == r.Reference.Name {
		arn = role.ARN // a bare name does not tell the path
	}
	return Subject{Partition: r.Partition, Account: r.Owner, Type: "execution-role", Name: r.Reference.Name, ARN: arn}
}

// ExecutionRoles are the execution roles of all owners, each once, however often
// and in whichever way it is named.
func (inv *Inventory) ExecutionRoles() ([]ExecutionRole, error) {
	var roles []ExecutionRole
	seen := map[string]bool{}
	for _, o := range inv.Owners {
		for _, text := range o.ExecutionRoles {
			ref, _ := ParseRoleReference(text)
			a := inv.Accounts[o.Account]
			r := ExecutionRole{Owner: o.Account, Partition: inv.partition(o.Account), Regions: o.Regions, Reference: ref, Role: a.Role(ref.Name)}
			if a != nil {
				r.RoleNames = a.RoleNames
			}
			id := o.Account + " " + r.Subject().ARN
			if !seen[id] {
				seen[id] = true
				roles = append(roles, r)
			}
		}
	}
	return roles, nil
}

// Destination is an account that AMIs go to, with all the owners they come from.
type Destination struct {
	Account            string
	Partition          string
	Owners             []Origin // that copy AMIs into it
	Sharers            []Origin // that only share AMIs with it by launch permission
	SourceAccountMeans SourceAccountMeaning
	Role               Read[Role]
	RoleNames          List[RoleName]
}

// Origin is where the AMIs in a destination come from.
type Origin struct {
	Account   string
	Partition string
	Regions   []string // none: not known
}

// Subject names the role that the destination must have.
func (d Destination) Subject() Subject {
	return Subject{
		Partition: d.Partition, Account: d.Account, Type: "destination-account", Name: CrossAccountRoleName,
		ARN: RoleARN(d.Partition, d.Account, "/", CrossAccountRoleName),
	}
}

// Destinations joins the owners' targets: each account once, with everyone who
// needs it inside. An owner is no destination of its own.
func (inv *Inventory) Destinations() ([]Destination, error) {
	byID := map[string]*Destination{}
	for _, o := range inv.Owners {
		origin := Origin{Account: o.Account, Partition: inv.partition(o.Account), Regions: o.Regions}
		for _, t := range o.Destinations {
			if t.Account == o.Account {
				continue
			}
			d := byID[t.Account]
			if d == nil {
				a := inv.Accounts[t.Account]
				d = &Destination{Account: t.Account, SourceAccountMeans: inv.SourceAccountMeans, Partition: inv.partition(t.Account), Role: a.Role(CrossAccountRoleName)}
				if a != nil {
					d.RoleNames = a.RoleNames
				}
				byID[t.Account] = d
			}
			if t.LaunchPermissionOnly {
				d.Sharers = append(d.Sharers, origin)
			} else {
				d.Owners = append(d.Owners, origin)
			}
		}
	}
	destinations := make([]Destination, 0, len(byID))
	for _, d := range byID {
		d.Owners, d.Sharers = unique(d.Owners), unique(d.Sharers)
		destinations = append(destinations, *d)
	}
	slices.SortFunc(destinations, func(a, b Destination) int { return cmp.Compare(a.Account, b.Account) })
	return destinations, nil
}

// unique sorts by account and keeps one origin an account.
func unique(origins []Origin) []Origin {
	byAccount := func(a, b Origin) int { return cmp.Compare(a.Account, b.Account) }
	slices.SortStableFunc(origins, byAccount)
	return slices.CompactFunc(origins, func(a, b Origin) bool { return a.Account == b.Account })
}

// ContainerRepository is an ECR repository that container images are built into.
type ContainerRepository struct {
	Owner     string
	Partition string
	Repository
	Tags Read[Tags] // absent: there is no such repository
}

// Subject names the repository.
func (r ContainerRepository) Subject() Subject {
	return Subject{
		Partition: r.Partition, Account: r.Owner, Region: r.Region, Type: "ecr-repository", Name: r.Name,
		ARN: RepositoryARN(r.Partition, r.Owner, r.Repository),
	}
}

// ContainerRepositories are the repositories of all owners, each once.
func (inv *Inventory) ContainerRepositories() ([]ContainerRepository, error) {
	var repositories []ContainerRepository
	for _, o := range inv.Owners {
		seen := map[Repository]bool{}
		for _, r := range o.Repositories {
			if seen[r] {
				continue
			}
			seen[r] = true
			repositories = append(repositories, ContainerRepository{
				Owner: o.Account, Partition: inv.partition(o.Account), Repository: r, Tags: inv.Accounts[o.Account].Tags(r),
			})
		}
	}
	return repositories, nil
}

// partition of an account: as read, else as its Regions or those of the owners
// that send to it tell, since Image Builder distributes within one partition.
func (inv *Inventory) partition(id string) string {
	if a := inv.Accounts[id]; a != nil && a.Partition != "" {
		return a.Partition
	}
	for _, o := range inv.Owners {
		sends := slices.ContainsFunc(o.Destinations, func(t Target) bool { return t.Account == id })
		if o.Account != id && !sends {
			continue
		}
		if a := inv.Accounts[o.Account]; a != nil && a.Partition != "" {
			return a.Partition
		}
		for _, ref := range o.ExecutionRoles {
			if r, ok := ParseRoleReference(ref); ok && r.Account == o.Account {
				return r.Partition
			}
		}
		for _, region := range o.Regions {
			return PartitionOf(region)
		}
		for _, r := range o.Repositories {
			return PartitionOf(r.Region)
		}
	}
	return "aws"
}
