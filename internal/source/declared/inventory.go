package declared

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
)

// undeclared is why something that code does not declare is not known.
var undeclared = account.Unread{Reason: account.Undeclared}

// Inventory is what code declares, as checks look at it. Owners are the accounts in which it
// declares resources of Image Builder that lifecycle management is about.
func (c *Code) Inventory() *account.Inventory {
	inv := &account.Inventory{Accounts: map[string]*account.Account{}}
	for _, given := range c.Accounts {
		a := at(inv, given.ID)
		a.Partition = cmp.Or(a.Partition, given.Partition)
	}
	places, apart := map[identity]Place{}, c.apart()
	for _, r := range c.Roles {
		id := identity{"role", r.Account, "", r.Name}
		// A stack set declares a role once, and creates it in several Regions.
		if first, twice := places[id]; twice && first != r.Place && r.Unsure == nil {
			at(inv, r.Account).Roles[r.Name] = account.Unreadable[account.Role](account.Unread{
				Reason: account.Unresolved, Detail: "the code declares a role of this name twice: " + first.String() + " and " + r.String(),
			})
			continue
		}
		places[id] = r.Place
		at(inv, r.Account).Roles[r.Name] = apart.role(r)
	}
	c.repositories(inv)
	c.Removed.mark(inv)
	for _, a := range inv.Accounts {
		a.RoleNames = account.Partial(roleNames(a.Roles), undeclared)
	}
	inv.Owners = c.owners()
	for _, p := range c.LifecyclePolicies {
		ref, _ := account.ParseRoleReference(p.ExecutionRole)
		otherCase(at(inv, p.Account), ref.Name)
	}
	for _, d := range c.Deletions {
		ref, _ := account.ParseRoleReference(d.Value.Role)
		otherCase(at(inv, d.Account), ref.Name)
	}
	for _, a := range inv.Accounts {
		otherCase(a, account.CrossAccountRoleName)
	}
	return inv
}

// at is an account of the inventory. Code may declare only some of its roles and repositories.
func at(inv *account.Inventory, id string) *account.Account {
	if inv.Accounts[id] == nil {
		inv.Accounts[id] = &account.Account{
			Roles:             map[string]account.Read[account.Role]{},
			OtherRoles:        account.Unreadable[account.Role](undeclared),
			OtherRepositories: account.Unreadable[account.Tags](undeclared),
		}
	}
	return inv.Accounts[id]
}

// otherCase notes that a role cannot exist, because the code declares one whose name differs only
// in letter case (IAM API Reference, CreateRole: names are unique within the account, and not
// distinguished by case).
func otherCase(a *account.Account, name string) {
	if _, declared := a.Roles[name]; declared || name == "" {
		return
	}
	for other, read := range a.Roles {
		if _, found, _ := read.Get(); found && strings.EqualFold(other, name) {
			a.Roles[name] = account.Absent[account.Role]()
			return
		}
	}
}

func roleNames(roles map[string]account.Read[account.Role]) []account.RoleName {
	names := []account.RoleName{}
	for _, name := range slices.Sorted(maps.Keys(roles)) {
		if role, found, _ := roles[name].Get(); found {
			names = append(names, account.RoleName{Name: role.Name, Path: role.Path})
		}
	}
	return names
}

// role joins a role with what is declared apart from it.
func (c *apart) role(r Role) account.Read[account.Role] {
	if r.Unsure != nil {
		return account.Unreadable[account.Role](*r.Unsure)
	}
	role := account.Role{
		Name: r.Name, Path: r.Path, ARN: account.RoleARN(r.Partition, r.Account, r.Path, r.Name),
		Trust: r.Trust, Tags: r.Tags, Boundary: r.Boundary,
	}
	if r.Boundary != "" {
		role.BoundaryDocument = c.document(r.Account, r.Boundary)
	}
	attached, inline := c.attached(r), slices.Clone(r.Inline)
	rest, restInline := attached.rest, r.Rest
	for _, i := range c.policies.of(r) {
		switch p := c.RolePolicies[i]; {
		case p.Account != r.Account:
		case p.Role != r.Name:
			if restInline == nil && symbol.MayEqual(p.Role, r.Name) {
				restInline = unresolved(p.Role, "an inline policy is put into the role")
			}
		case p.Unsure != nil:
			restInline = cmp.Or(restInline, p.Unsure)
		default:
			inline = append(inline, p.InlinePolicy)
		}
	}
	if restInline != nil {
		role.Inline = account.Partial(inline, *restInline)
	} else {
		role.Inline = account.Complete(inline)
	}
	if rest = cmp.Or(rest, r.Rest); rest != nil {
		role.Attached = account.Partial(attached.policies, *rest)
	} else {
		role.Attached = account.Complete(attached.policies)
	}
	return account.Present(role)
}

// attachments are the managed policies of a role, and why there may be more.
type attachments struct {
	policies []account.AttachedPolicy
	rest     *account.Unread
}

func (c *apart) attached(r Role) (out attachments) {
	add := func(arn string) {
		switch {
		case symbol.Is(arn):
			out.rest = cmp.Or(out.rest, unresolved(arn, "a policy is attached"))
		case slices.ContainsFunc(out.policies, func(p account.AttachedPolicy) bool { return p.ARN == arn }):
		default:
			if _, declared := c.documents[policyARN{r.Account, arn}]; symbol.In(arn) && !declared { // it may be any policy
				out.rest = cmp.Or(out.rest, unresolved(arn, "a policy is attached"))
			}
			out.policies = append(out.policies, account.AttachedPolicy{Name: arn[strings.LastIndexByte(arn, '/')+1:], ARN: arn, Document: c.document(r.Account, arn)})
		}
	}
	for _, arn := range r.Attached {
		add(arn)
	}
	for _, i := range c.attachments.of(r) {
		switch a := c.Attachments[i]; {
		case a.Account != r.Account:
		case a.Role != r.Name:
			if out.rest == nil && symbol.MayEqual(a.Role, r.Name) {
				out.rest = unresolved(a.Role, "a policy is attached to the role")
			}
		case a.Unsure != nil:
			out.rest = cmp.Or(out.rest, a.Unsure)
		default:
			add(a.Policy)
		}
	}
	return out
}

// document is the document of a managed policy. Those of AWS are in no code.
func (c *apart) document(id, arn string) account.Read[string] {
	if document, declared := c.documents[policyARN{id, arn}]; declared {
		return document
	}
	if strings.Contains(arn, ":iam::aws:policy/") {
		return account.Read[string]{}
	}
	if symbol.In(arn) {
		return account.Unreadable[string](*unresolved(arn, "the policy is"))
	}
	return account.Unreadable[string](undeclared)
}

// unresolved is why a text with a symbol decides nothing. What says what the text is of.
func unresolved(text, what string) *account.Unread {
	s := symbol.First(text)
	return &account.Unread{Reason: account.Unresolved, Detail: what + " by " + symbol.Text(text) + ": " + s.Why}
}
