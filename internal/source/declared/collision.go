package declared

import "iter"

// identity is what must be unique in an account, or in a Region of it.
type identity struct{ kind, account, region, name string }

// identities are those of what the code declares for certain.
func (c *Code) identities() iter.Seq[identity] {
	return func(yield func(identity) bool) {
		for _, r := range c.Roles {
			if r.Unsure == nil && !yield(identity{"role", r.Account, "", r.Name}) {
				return
			}
		}
		for _, r := range c.Repositories {
			if r.Unsure == nil && !yield(identity{"repository", r.Account, r.Region, r.Name}) {
				return
			}
		}
		for _, p := range c.LifecyclePolicies {
			if !yield(identity{"lifecycle policy", p.Account, p.Region, p.Name}) {
				return
			}
		}
	}
}

// Collides reports whether other code declares a role, a repository or a lifecycle policy of the
// same name in the same place, so that not both can be deployed.
func (c *Code) Collides(other Code) bool {
	own := map[identity]bool{}
	for one := range c.identities() {
		own[one] = true
	}
	for one := range other.identities() {
		if own[one] {
			return true
		}
	}
	return false
}
