package declared

import (
	"slices"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
)

// apart finds what code declares apart from roles: code can have tens of thousands of roles.
type apart struct {
	*Code
	attachments, policies byRole
	documents             map[policyARN]account.Read[string] // of managed policies
}

// policyARN identifies a managed policy as an account declares it.
type policyARN struct{ account, arn string }

func (c *Code) apart() *apart {
	out := &apart{Code: c, attachments: byRole{all: len(c.Attachments)}, policies: byRole{all: len(c.RolePolicies)}, documents: map[policyARN]account.Read[string]{}}
	for i, a := range c.Attachments {
		out.attachments.add(i, a.Account, a.Role)
	}
	for i, p := range c.RolePolicies {
		out.policies.add(i, p.Account, p.Role)
	}
	for _, p := range slices.Backward(c.Policies) { // the first of two wins
		out.documents[policyARN{p.Account, p.ARN}] = p.Document
	}
	return out
}

// byRole are the indexes of declarations that may concern a role, by its name.
type byRole struct {
	all   int
	named map[RoleName][]int
	open  []int // the name has a symbol
}

func (b *byRole) add(index int, id, role string) {
	if symbol.In(role) {
		b.open = append(b.open, index)
		return
	}
	if b.named == nil {
		b.named = map[RoleName][]int{}
	}
	b.named[RoleName{id, role}] = append(b.named[RoleName{id, role}], index)
}

// of are those that may concern a role, in the order of the code.
func (b *byRole) of(r Role) []int {
	if symbol.In(r.Name) {
		every := make([]int, b.all)
		for i := range every {
			every[i] = i
		}
		return every
	}
	found := slices.Concat(b.named[RoleName{r.Account, r.Name}], b.open)
	slices.Sort(found)
	return found
}
