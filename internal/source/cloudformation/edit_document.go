package cloudformation

import (
	"fmt"
	"slices"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/cloudformation"
	"github.com/iblint/iblint/internal/edit"
)

// documentPlace is where a resource gives a policy document.
type documentPlace struct {
	resource *cloudformation.Resource
	name     string     // of the property
	node     *edit.Node // nil: it is not written out
	what     string     // for people
	within   string     // the property that it is in; empty: it is one of the resource
}

// editDocument changes a policy document where the template writes it out.
func (w *proposing) editDocument(at documentPlace, c checks.Change) bool {
	s := at.resource.Stack()
	before, err := edit.Parse(c.Before)
	after, err2 := edit.Parse(c.After)
	if c.After == "" || err != nil || err2 != nil {
		return w.make(nil, false, manual{resource: at.resource, note: c.Hint})
	}
	otherwise := manual{resource: at.resource, note: "change " + at.what + " to this document", properties: edit.Object{{Key: at.name, Value: after}}, within: at.within}
	if c.Action == checks.EditTrust {
		otherwise.cdk = cdkTrust(after)
	}
	edits, ok := w.changeDocument(at.node, s, before, after)
	return w.make(edits, ok, otherwise)
}

// changeDocument returns the edits of a policy document: a map, or JSON text.
func (w *proposing) changeDocument(n *edit.Node, s *cloudformation.Stack, before, after any) ([]edit.Edit, bool) {
	if n == nil {
		return nil, false
	}
	switch name, argument := n.Function(); {
	case name == "ToJsonString":
		n = argument
	case name == "Sub":
		// The document has the values of variables, which the text does not have.
		if j, ok := argument.Literal(true); ok && j.Node() != nil {
			return edit.Change(j.Node(), before, after)
		}
		return nil, false
	case n.IsText:
		have, err := edit.Parse(n.Text)
		if err != nil || !edit.Equal(have, before) {
			return nil, false
		}
		if j, ok := n.Literal(false); ok && j.Node() != nil {
			return edit.Change(j.Node(), before, after)
		}
		return []edit.Edit{n.Replace(w.portable(after, s))}, true
	}
	return edit.Change(n, w.portable(before, s), w.portable(after, s))
}

// portable is a value as a template writes it. If the template is deployed to several accounts, as by
// a stack set, the ID of the account of the stack is the pseudo parameter.
func (w *proposing) portable(v any, s *cloudformation.Stack) any {
	own := targetOf(s).account
	if !slices.ContainsFunc(w.stacks, func(other *cloudformation.Stack) bool {
		return other.Template().Name == s.Template().Name && targetOf(other).account != own
	}) {
		own = ""
	}
	return templated(v, s, own)
}

// editTrust changes the trust policy of a role.
func (w *proposing) editTrust(c checks.Change) bool {
	r := w.roleResource(c.Account, c.Role)
	if r == nil {
		return false
	}
	return w.editDocument(w.documentOf(r, "AssumeRolePolicyDocument", "the trust policy"), c)
}

// documentOf is a document that is a property of a resource.
func (w *proposing) documentOf(r *cloudformation.Resource, name, what string) documentPlace {
	return documentPlace{resource: r, name: name, node: w.property(r, name), what: what}
}

// editInlinePolicy changes an inline policy: a resource, or a part of the role.
func (w *proposing) editInlinePolicy(c checks.Change) bool {
	what := "inline policy " + symbol.Text(c.Policy)
	for _, r := range w.resources {
		v := values{r.Properties}
		if accountOf(r) != c.Account || v.in("PolicyName").text() != c.Policy {
			continue
		}
		switch r.Type {
		case "AWS::IAM::Policy":
			if roles, _ := v.in("Roles").texts(); slices.Contains(roles, c.Role) {
				return w.editDocument(w.documentOf(r, "PolicyDocument", what), c)
			}
		case "AWS::IAM::RolePolicy":
			if v.in("RoleName").text() == c.Role {
				return w.editDocument(w.documentOf(r, "PolicyDocument", what), c)
			}
		}
	}
	r := w.roleResource(c.Account, c.Role)
	if r == nil {
		return false
	}
	policies, _ := values{r.Properties}.in("Policies").list()
	for i, one := range policies {
		if one.in("PolicyName").text() != c.Policy {
			continue
		}
		at := documentPlace{resource: r, name: "PolicyDocument", what: what, within: fmt.Sprintf("Policies.%d", i)}
		if n := w.property(r, "Policies"); n != nil && n.Kind == edit.List && len(n.Members) == len(policies) {
			at.node = n.Members[i].Value.Member("PolicyDocument")
		}
		return w.editDocument(at, c)
	}
	return false
}

// editManagedPolicy changes a customer managed policy.
func (w *proposing) editManagedPolicy(c checks.Change) bool {
	r := w.find(func(r *cloudformation.Resource) bool {
		return r.Type == "AWS::IAM::ManagedPolicy" && compute(r)["Ref"] == c.Policy
	})
	return r != nil && w.editDocument(w.documentOf(r, "PolicyDocument", "policy "+symbol.Text(c.Policy)), c)
}

// editRepositoryPolicy changes the policy of a repository.
func (w *proposing) editRepositoryPolicy(c checks.Change) bool {
	r := w.repositoryOf(c)
	if r == nil || !(values{r.Properties}).in("RepositoryPolicyText").given() {
		return false
	}
	return w.editDocument(w.documentOf(r, "RepositoryPolicyText", "the policy of repository "+symbol.Text(c.Repository)), c)
}

// editRegistryPolicy changes the policy of a registry.
func (w *proposing) editRegistryPolicy(c checks.Change) bool {
	r := w.find(func(r *cloudformation.Resource) bool {
		t := targetOf(r.Stack())
		return r.Type == "AWS::ECR::RegistryPolicy" && t.account == c.Account && t.region == c.Region
	})
	return r != nil && w.editDocument(w.documentOf(r, "PolicyText", "the policy of the registry"), c)
}
