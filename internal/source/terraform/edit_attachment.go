package terraform

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/edit"
	"github.com/iblint/iblint/internal/terraform"
)

// attachPolicy attaches a managed policy to a role, in the way in which the code attaches others.
func (w *proposing) attachPolicy(c checks.Change) bool {
	if _, ok := w.created[c.Account+"/"+c.Role]; ok { // with its attachment
		return true
	}
	r := w.roleResource(c.Account, c.Role)
	if r == nil {
		return false
	}
	if w.attached(r, c.Policy) {
		return true
	}
	text := edit.Quote(c.Policy)
	otherwise := snippet(r, "attach the managed policy to the role "+symbol.Text(c.Role), attachmentBlock(r.Name, "", "", "aws_iam_role."+r.Name+".name", c.Policy))
	if r.Type == "awscc_iam_role" {
		otherwise = snippet(r, "attach the managed policy to the role", "managed_policy_arns = ["+text+"]")
	}
	if n := w.misspelled(r, c); n != nil {
		return w.make([]edit.Edit{n.Replace(c.Policy)}, true, otherwise)
	}
	if lists := w.exclusiveLists(r); len(lists) > 0 {
		list := lists[0]
		x := argument(list.resource, list.argument)
		if x == nil {
			return w.make(nil, false, otherwise)
		}
		n := w.owned(x, list.resource)
		if n.Kind == edit.List {
			return w.make(n.Add("", c.Policy), true, otherwise)
		}
		return w.make([]edit.Edit{w.replace(x, "concat("+n.Written()+", ["+text+"])")}, true, otherwise)
	}
	switch {
	case !editable(r):
		return w.make(nil, false, otherwise)
	case r.Type == "awscc_iam_role":
		return w.make(w.set(r, r.Block, "managed_policy_arns", "["+text+"]"), true, otherwise)
	}
	repeat, role := "", "aws_iam_role."+r.Name+".name"
	if argument(r, "count") != nil {
		repeat, role = "  count = length(aws_iam_role."+r.Name+")\n", "aws_iam_role."+r.Name+"[count.index].name"
	}
	if argument(r, "for_each") != nil {
		repeat, role = "  for_each = aws_iam_role."+r.Name+"\n", "each.value.name"
	}
	name := r.Name
	if r.Scope().Declares("aws_iam_role_policy_attachment." + name) {
		name += "_lifecycle"
	}
	name = w.unused(r, "aws_iam_role_policy_attachment", name, r.Name+" "+c.Policy)
	return w.make([]edit.Edit{w.in(r).AddAfter(r.Block, attachmentBlock(name, w.providerArgument(r), repeat, role, c.Policy))}, true, otherwise)
}

// attached reports whether the code attaches a policy to a role already, to which the fix gives
// another name or path.
func (w *proposing) attached(role *terraform.Resource, policy string) bool {
	name, id := valuesOf(role).in(roleTypes[role.Type]).text(), w.targets[role].account
	for _, list := range w.exclusiveLists(role) {
		if items, _ := valuesOf(list.resource).in(list.argument).texts(); slices.Contains(items, policy) {
			return true
		}
	}
	return nil != w.find(func(r *terraform.Resource) bool {
		return !r.Data && r.Type == "aws_iam_role_policy_attachment" && r.Uncertain == "" && w.targets[r].account == id &&
			roleName(valuesOf(r).in("role").text()) == name && valuesOf(r).in("policy_arn").text() == policy
	})
}

// attachmentBlock is the resource that attaches a policy to a role.
func attachmentBlock(label, provider, repeat, role, policy string) string {
	if repeat != "" {
		repeat += "\n"
	}
	return fmt.Sprintf("resource \"aws_iam_role_policy_attachment\" %q {\n%s%s  role       = %s\n  policy_arn = %s\n}\n", label, repeat, provider, role, edit.Quote(policy))
}

// argumentOf is an argument of a resource.
type argumentOf struct {
	resource *terraform.Resource
	argument string
}

// exclusiveLists are the lists of all managed policies of a role: an attachment elsewhere would be
// removed again.
func (w *proposing) exclusiveLists(role *terraform.Resource) (all []argumentOf) {
	id, name := w.targets[role].account, valuesOf(role).in(roleTypes[role.Type]).text()
	for _, r := range w.resources {
		if r.Type == "aws_iam_role_policy_attachments_exclusive" && valuesOf(r).in("role_name").text() == name && w.targets[r].account == id {
			all = append(all, argumentOf{r, "policy_arns"})
		}
	}
	if valuesOf(role).in("managed_policy_arns").given() {
		all = append(all, argumentOf{role, "managed_policy_arns"})
	}
	return all
}

// misspelled is where a managed policy that AWS does not have is attached to a role in place of
// the right one: its name is right, and its path, partition or letter case is not.
func (w *proposing) misspelled(role *terraform.Resource, c checks.Change) *edit.Node {
	id, name := w.targets[role].account, valuesOf(role).in(roleTypes[role.Type]).text()
	wrong := func(x hclsyntax.Expression, r *terraform.Resource) *edit.Node {
		if t := traversal(x); len(t) == 2 && t.RootName() == "each" {
			x = each(argument(r, "for_each"))
		}
		if x == nil {
			return nil
		}
		n := w.node(x, r.Scope())
		for _, one := range append([]edit.Member{{Value: n}}, n.Members...) {
			if v := one.Value; v.IsText && strings.Contains(v.Text, ":aws:policy/") && v.Text != c.Policy && strings.EqualFold(lastPart(v.Text), lastPart(c.Policy)) {
				return v
			}
		}
		return nil
	}
	for _, r := range w.resources {
		v := valuesOf(r)
		switch {
		case r.Data || w.targets[r].account != id:
		case r.Type == "aws_iam_role_policy_attachment" && roleName(v.in("role").text()) == name, r.Type == "aws_iam_policy_attachment" && v.in("roles").has(name):
			if n := wrong(argument(r, "policy_arn"), r); n != nil {
				return n
			}
		}
	}
	for _, list := range w.exclusiveLists(role) {
		if n := wrong(argument(list.resource, list.argument), list.resource); n != nil {
			return n
		}
	}
	return nil
}

// each is the expression with the elements of for_each.
func each(x hclsyntax.Expression) hclsyntax.Expression {
	if call, ok := x.(*hclsyntax.FunctionCallExpr); ok && call.Name == "toset" && len(call.Args) == 1 {
		return call.Args[0]
	}
	return x
}
