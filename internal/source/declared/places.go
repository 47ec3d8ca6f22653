package declared

import (
	"maps"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
)

// Places says where code declares the subjects of findings.
type Places struct {
	declared map[subjectKey]Place // the subjects themselves
	named    map[subjectKey]Place // what names a subject that is not declared
	trust    map[subjectKey]Place // the trust policies of roles

	guardrail Place // the first guardrail; the zero value: none is declared
}

// subjectKey identifies a subject as reports show it.
type subjectKey struct{ kind, account, region, name string }

func key(kind account.Kind, id, region, name string) subjectKey {
	return subjectKey{string(kind), symbol.Text(id), symbol.Text(region), symbol.Text(name)}
}

// Places are the places of what the code declares.
func (c *Code) Places() Places {
	p := Places{declared: map[subjectKey]Place{}, named: map[subjectKey]Place{}, trust: map[subjectKey]Place{}}
	for _, g := range slices.Backward(c.Guardrails) {
		p.guardrail = g.Place
	}
	for _, r := range c.Roles {
		for _, kind := range []account.Kind{account.ExecutionRoleKind, account.DestinationKind} {
			p.declared[key(kind, r.Account, "", r.Name)] = r.Place
			if r.TrustPlace.File != "" {
				p.trust[key(kind, r.Account, "", r.Name)] = r.TrustPlace
			}
		}
	}
	for _, r := range c.Repositories {
		p.declared[key(account.RepositoryKind, r.Account, r.Region, r.Name)] = r.Place
	}
	for _, l := range c.LifecyclePolicies {
		p.declared[key(account.LifecyclePolicyKind, l.Account, l.Region, l.Name)] = l.Place
		name := l.ExecutionRole
		if ref, ok := account.ParseRoleReference(name); ok {
			name = ref.Name
		}
		p.name(key(account.ExecutionRoleKind, l.Account, "", name), l.Place)
		p.name(key(account.ExecutionRoleKind, l.Account, l.Region, "role of lifecycle policy "+l.Name), l.Place)
		p.name(key(account.RepositoryKind, l.Account, l.Region, "repositories of lifecycle policy "+l.Name), l.Place)
	}
	for _, d := range c.Deletions {
		name := d.Value.Role
		if ref, ok := account.ParseRoleReference(name); ok {
			name = ref.Name
		}
		p.name(key(account.ExecutionRoleKind, d.Account, "", name), d.Place)
		p.name(key(account.RepositoryKind, d.Account, d.Region, "repositories of the deletion of image "+d.Value.Image), d.Place)
	}
	for _, r := range c.ContainerRecipes {
		if name, found, _ := r.Value.Repository.Get(); found {
			p.name(key(account.RepositoryKind, r.Account, r.Region, withoutHost(name)), r.Place)
		}
	}
	for _, r := range c.RegistryPolicies {
		p.declared[key(account.RegistryKind, r.Account, r.Region, r.Region)] = r.Place
	}
	for _, d := range c.Distributions {
		p.distribution(d)
	}
	for _, may := range c.Possible {
		switch may.Kind {
		case "lifecycle policy":
			p.name(key(account.LifecyclePolicyKind, may.Account, may.Region, "lifecycle policies"), may.Place)
		case "distribution configuration":
			p.name(key(account.DestinationKind, may.Account, may.Region, "distribution configurations"), may.Place)
			p.name(key(account.RepositoryKind, may.Account, may.Region, "distribution configurations"), may.Place)
		case "container recipe":
			p.name(key(account.RepositoryKind, may.Account, may.Region, "container recipes"), may.Place)
		}
	}
	return p
}

// distribution adds the accounts and repositories that a distribution configuration names.
func (p Places) distribution(d Located[account.Distribution]) {
	settings, _, _ := d.Value.Settings.Get()
	for _, s := range settings {
		for _, id := range slices.Concat(s.TargetAccounts, s.SharedAccounts) {
			p.name(key(account.DestinationKind, id, "", account.CrossAccountRoleName), d.Place)
			p.name(key(account.DestinationKind, id, "", "launch permission from "+d.Account), d.Place)
		}
		p.name(key(account.DestinationKind, d.Account, d.Region, "distribution configuration "+d.Value.Name+" to be created"), d.Place)
		if s.Repository != "" {
			p.name(key(account.RepositoryKind, d.Account, s.Region, withoutHost(s.Repository)), d.Place)
		}
	}
}

// name adds the first place that names a subject.
func (p Places) name(k subjectKey, at Place) {
	if _, known := p.named[k]; !known {
		p.named[k] = at
	}
}

// withoutHost is the name of a repository as ECR knows it.
func withoutHost(text string) string {
	if host, name, ok := strings.Cut(text, "/"); ok && strings.Contains(host, ".dkr.") {
		text = name
	}
	text, _, _ = strings.Cut(text, ":")
	return text
}

// Files are the names of the files with the places, which reports quote.
func (p Places) Files() []string {
	files := map[string]bool{p.guardrail.File: true}
	for _, places := range []map[subjectKey]Place{p.declared, p.named, p.trust} {
		for _, at := range places {
			files[at.File] = true
		}
	}
	delete(files, "") // there is no guardrail
	return slices.Sorted(maps.Keys(files))
}

// Of is where the code declares the subject of a finding of a check, or else what names it. The
// result is false if the code says nothing of it.
func (p Places) Of(check string, s account.Subject) (Place, bool) {
	if s.Type == string(account.OrganizationKind) { // code does not say which one it is
		return p.guardrail, p.guardrail != Place{}
	}
	k := key(account.Kind(s.Type), s.Account, s.Region, s.Name)
	if strings.HasSuffix(check, "-role-trust") {
		if at, ok := p.trust[k]; ok {
			return at, true
		}
	}
	if at, ok := p.declared[k]; ok {
		return at, true
	}
	at, ok := p.named[k]
	return at, ok
}
