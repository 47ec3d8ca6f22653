package terraform

import (
	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/terraform"
)

// trustArguments are the arguments with the trust policy of a role.
var trustArguments = map[string]string{"aws_iam_role": "assume_role_policy", "awscc_iam_role": "assume_role_policy_document"}

// editTrust changes the trust policy of a role.
func (w *proposing) editTrust(c checks.Change) bool {
	r := w.roleResource(c.Account, c.Role)
	if r == nil {
		return false
	}
	return w.editDocument(place1(r, trustArguments[r.Type], "the trust policy"), c)
}

// place1 is a document that is an argument of a resource.
func place1(r *terraform.Resource, name, what string) documentPlace {
	return documentPlace{r, name, argument(r, name), what}
}

// editInlinePolicy changes an inline policy: a resource, or a part of the role.
func (w *proposing) editInlinePolicy(c checks.Change) bool {
	what := "inline policy " + symbol.Text(c.Policy)
	for _, r := range w.resources {
		v := valuesOf(r)
		if r.Data || w.code.targetOf(r).account != c.Account {
			continue
		}
		switch r.Type {
		case "aws_iam_role_policy":
			if roleName(v.in("role").text()) == c.Role && named(v, "name", "name_prefix") == c.Policy {
				return w.editDocument(place1(r, "policy", what), c)
			}
		case "awscc_iam_role_policy":
			if v.in("role_name").text() == c.Role && v.in("policy_name").text() == c.Policy {
				return w.editDocument(place1(r, "policy_document", what), c)
			}
		}
	}
	r := w.roleResource(c.Account, c.Role)
	if r == nil {
		return false
	}
	if r.Type == "awscc_iam_role" {
		return w.editListedPolicy(r, what, c)
	}
	return w.editNestedPolicy(r, what, c)
}

// editNestedPolicy changes an inline policy in a block of aws_iam_role.
func (w *proposing) editNestedPolicy(r *terraform.Resource, what string, c checks.Change) bool {
	at := documentPlace{resource: r, name: "policy", what: what}
	blocks, _ := valuesOf(r).in("inline_policy").blocks()
	for i, one := range blocks {
		if one.in("name").text() != c.Policy {
			continue
		}
		if editable(r) {
			if b := block(r.Block, "inline_policy", i); b != nil && b.Body.Attributes["policy"] != nil {
				at.x = b.Body.Attributes["policy"].Expr
			}
		}
		return w.editDocument(at, c)
	}
	return false
}

// editListedPolicy changes an inline policy in the list of awscc_iam_role.
func (w *proposing) editListedPolicy(r *terraform.Resource, what string, c checks.Change) bool {
	at := documentPlace{resource: r, name: "policy_document", what: what}
	blocks, _ := valuesOf(r).in("policies").blocks()
	for i, one := range blocks {
		if one.in("policy_name").text() != c.Policy {
			continue
		}
		if x := argument(r, "policies"); x != nil {
			at.x = w.in(r).Item(x, i, at.name)
		}
		return w.editDocument(at, c)
	}
	return false
}

// editManagedPolicy changes a customer managed policy.
func (w *proposing) editManagedPolicy(c checks.Change) bool {
	for _, r := range w.resources {
		what := "policy " + symbol.Text(c.Policy)
		switch {
		case r.Data:
		case r.Type == "aws_iam_policy" && valuesOf(r).in("arn").text() == c.Policy:
			return w.editDocument(place1(r, "policy", what), c)
		case r.Type == "awscc_iam_managed_policy" && valuesOf(r).in("policy_arn").text() == c.Policy:
			return w.editDocument(place1(r, "policy_document", what), c)
		}
	}
	return false
}

// editRepositoryPolicy changes the policy of a repository.
func (w *proposing) editRepositoryPolicy(c checks.Change) bool {
	what := "the policy of repository " + symbol.Text(c.Repository)
	for _, r := range w.resources {
		at := w.code.targetOf(r)
		if !r.Data && r.Type == "aws_ecr_repository_policy" && valuesOf(r).in("repository").text() == c.Repository && at.account == c.Account && at.region == c.Region {
			return w.editDocument(place1(r, "policy", what), c)
		}
	}
	if r := w.repositoryOf(c); r != nil && r.Type == "awscc_ecr_repository" && valuesOf(r).in("repository_policy_text").given() {
		return w.editDocument(place1(r, "repository_policy_text", what), c)
	}
	return false
}

// editRegistryPolicy changes the policy of a registry.
func (w *proposing) editRegistryPolicy(c checks.Change) bool {
	for _, r := range w.resources {
		at := w.code.targetOf(r)
		if r.Data || at.account != c.Account || at.region != c.Region {
			continue
		}
		switch r.Type {
		case "aws_ecr_registry_policy":
			return w.editDocument(place1(r, "policy", "the policy of the registry"), c)
		case "awscc_ecr_registry_policy":
			return w.editDocument(place1(r, "policy_text", "the policy of the registry"), c)
		}
	}
	return false
}
