package terraform

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/edit"
	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/internal/source/declared"
	"github.com/iblint/iblint/internal/terraform"
)

// roleTypes are the types of roles, with the argument for the name.
var roleTypes = map[string]string{"aws_iam_role": "name", "awscc_iam_role": "role_name"}

// roleResource is the resource that declares a role.
func (w *proposing) roleResource(id, name string) *terraform.Resource {
	if r := w.renamed[id+"/"+name]; r != nil {
		return r
	}
	return w.byKey[declared.RoleKey(id, name)]
}

// createdRole is a role that a fix adds to the code.
type createdRole struct {
	module string // address of the module instance
	label  string
}

// renameRole gives a role the name and the path that it should have, if the fix deletes it and
// creates one whose name differs at most in letter case.
func (w *proposing) renameRole(c checks.Change) bool {
	r := w.roleResource(c.Account, c.Role)
	i := slices.IndexFunc(w.all, func(other checks.Change) bool {
		return other.Action == checks.CreateRole && other.Account == c.Account && strings.EqualFold(other.Role, c.Role)
	})
	if r == nil || i < 0 {
		return false
	}
	made := w.all[i]
	w.renamed[c.Account+"/"+made.Role] = r
	if made.Role != c.Role {
		w.setName(r, made.Role)
	}
	if path := cmp.Or(valuesOf(r).in("path").text(), "/"); path != cmp.Or(made.Path, "/") {
		w.setPath(r, cmp.Or(made.Path, "/"))
	}
	return true
}

// setName sets the name of a role where it is written, also where other resources write it.
func (w *proposing) setName(r *terraform.Resource, name string) {
	key := roleTypes[r.Type]
	before := valuesOf(r).in(key).text()
	otherwise := snippet(r, "give the role the name "+name, key+" = "+edit.Quote(name))
	x := argument(r, key)
	if x == nil {
		w.make(nil, false, otherwise)
		return
	}
	n := w.node(x, r.Scope())
	w.make([]edit.Edit{n.Replace(name)}, n.IsText, otherwise)
	for _, other := range w.resources {
		argumentOfRole := map[string]string{"aws_iam_role_policy_attachment": "role", "aws_iam_role_policy": "role", "aws_iam_role_policy_attachments_exclusive": "role_name", "awscc_iam_role_policy": "role_name"}[other.Type]
		if x := argument(other, argumentOfRole); x != nil && !other.Data && w.targets[other].account == w.targets[r].account {
			if n := w.node(x, other.Scope()); n.IsText && n.Text == before {
				w.make([]edit.Edit{n.Replace(name)}, true, snippet(other, "refer to the role", argumentOfRole+" = "+edit.Quote(name)))
			}
		}
	}
}

// setPath sets the path of a role.
func (w *proposing) setPath(r *terraform.Resource, path string) {
	otherwise := snippet(r, "give the role the path "+path, "path = "+edit.Quote(path))
	switch x := argument(r, "path"); {
	case !editable(r):
		w.make(nil, false, otherwise)
	case x == nil:
		w.make(w.set(r, r.Block, "path", edit.Quote(path)), true, otherwise)
	default:
		n := w.node(x, r.Scope())
		w.make([]edit.Edit{n.Replace(path)}, n.IsText, otherwise)
	}
}

// createRole adds a role: next to the lifecycle policy that the fix makes refer to it, or else at
// the end of the code of the account. Without a place, the role is shown as code to add.
func (w *proposing) createRole(c checks.Change) bool {
	if w.roleResource(c.Account, c.Role) != nil { // renamed, or there already
		return true
	}
	trust, err := edit.Parse(c.Document)
	if err != nil || symbol.In(c.Document) || symbol.In(c.Role) {
		return false
	}
	near, policy := w.near(c)
	if near == nil {
		return false
	}
	label := w.unused(near, "aws_iam_role", label(c.Role), c.Account+"/"+c.Role)
	body := edit.Expression(trust, "  ")
	path := ""
	if c.Path != "" && c.Path != "/" {
		path = "  path = " + edit.Quote(c.Path) + "\n"
	}
	provider := ""
	if policy {
		provider = w.providerArgument(near)
	}
	text := fmt.Sprintf("resource \"aws_iam_role\" %q {\n%s  name = %s\n%s  assume_role_policy = jsonencode(%s)\n}\n", label, provider, edit.Quote(c.Role), path, body)
	for _, other := range w.all {
		if other.Action == checks.AttachPolicy && other.Account == c.Account && other.Role == c.Role {
			text += "\n" + attachmentBlock(w.unused(near, "aws_iam_role_policy_attachment", label, c.Account+"/"+c.Role+" "+other.Policy), provider, "", "aws_iam_role."+label+".name", other.Policy)
		}
	}
	w.created[c.Account+"/"+c.Role] = createdRole{module: near.Scope().Module(), label: label}
	// A module that is called several times would create the role several times.
	once := !slices.ContainsFunc(w.resources, func(r *terraform.Resource) bool {
		return r.Range == near.Range && r.Scope().Module() != near.Scope().Module()
	})
	file := w.in(near)
	otherwise := edit.Snippet{Note: "add the role " + c.Role + " to the code of account " + symbol.Text(c.Account), Text: formatted(strings.TrimSuffix(text, "\n"))}
	if policy {
		otherwise.File, otherwise.Line, otherwise.Address = near.Range.Filename, near.Range.Start.Line, near.Address
		return w.make([]edit.Edit{file.AddAfter(near.Block, text)}, once, otherwise)
	}
	return w.make([]edit.Edit{file.AddLast(text)}, true, otherwise)
}

// near is the resource next to which a new role belongs: the lifecycle policy that the fix makes
// refer to it, or else a resource of the root module in the account, with the default provider.
func (w *proposing) near(c checks.Change) (r *terraform.Resource, policy bool) {
	for _, other := range w.all {
		if other.Action == checks.ReferToRole && other.Account == c.Account {
			for _, r := range w.policiesWith(other) {
				if editable(r) && !w.content(r.Range.Filename).closed {
					return r, true
				}
			}
		}
	}
	return w.find(func(r *terraform.Resource) bool {
		return editable(r) && !r.Data && strings.HasPrefix(r.Type, "aws_") && r.Scope().Module() == "" && !w.content(r.Range.Filename).closed &&
			w.targets[r].account == c.Account && argument(r, "provider") == nil
	}), false
}

var (
	newWord    = lazyregexp.New(`([a-z0-9])([A-Z])`)
	notInLabel = lazyregexp.New(`[^A-Za-z0-9]+`)
)

// label is a name for a resource, in the style of Terraform.
func label(name string) string {
	text := newWord().ReplaceAllString(name, "${1}_${2}")
	text = strings.ToLower(strings.Trim(notInLabel().ReplaceAllString(text, "_"), "_"))
	if text == "" || text[0] >= '0' && text[0] <= '9' {
		text = "role_" + text
	}
	return text
}

// unused is a label that no resource of the type has in the module of another resource, and that
// no other fix gives to a resource. The same fix gets the same label again.
func (w *proposing) unused(near *terraform.Resource, kind, name, what string) string {
	free := name
	for i := 2; ; i++ {
		address := near.Scope().Address(kind + "." + free)
		if had, given := w.labels[address]; !near.Scope().Declares(kind+"."+free) && (!given || had == what) {
			w.labels[address] = what
			return free
		}
		free = fmt.Sprintf("%s_%d", name, i)
	}
}

// providerArgument is the line that selects the provider of a resource of aws; empty: the default.
func (w *proposing) providerArgument(r *terraform.Resource) string {
	if x := argument(r, "provider"); x != nil && strings.HasPrefix(r.Type, "aws_") {
		return "  provider = " + w.owned(x, r).Written() + "\n"
	}
	return ""
}

// policiesWith are the lifecycle policies that name the roles that a change is about.
func (w *proposing) policiesWith(c checks.Change) (all []*terraform.Resource) {
	for _, r := range w.resources {
		if isLifecyclePolicy(r) && w.targets[r].account == c.Account && slices.Contains(c.References, valuesOf(r).in("execution_role").text()) {
			all = append(all, r)
		}
	}
	return all
}

// referToRole sets the execution role of lifecycle policies: by reference, if the code declares the
// role in the same module, and else by its ARN, where the former one is written.
func (w *proposing) referToRole(c checks.Change) bool {
	policies := w.policiesWith(c)
	for _, r := range policies {
		expression, literal := w.roleReference(r, c), false
		if expression == "" {
			expression, literal = edit.Quote(c.NewReference), true
		}
		otherwise := snippet(r, "set the execution role", "execution_role = "+expression)
		x := argument(r, "execution_role")
		if x == nil || symbol.In(c.NewReference) && literal {
			w.make(nil, false, otherwise)
			continue
		}
		// A role that the fix adds has to be there before the policy, which takes a reference.
		ref, _ := account.ParseRoleReference(c.NewReference)
		_, added := w.created[c.Account+"/"+ref.Name]
		_, refers := x.(*hclsyntax.ScopeTraversalExpr)
		if n := w.node(x, r.Scope()); (literal || refers && !added && !symbol.In(c.NewReference)) && n.IsText {
			w.make([]edit.Edit{n.Replace(c.NewReference)}, true, otherwise)
			continue
		}
		w.make([]edit.Edit{w.replace(x, expression)}, isReference(x), otherwise)
	}
	return len(policies) > 0
}

// isReference reports whether an expression is one reference, or a text with references. What it
// refers to is the same for all instances of a resource.
func isReference(x hclsyntax.Expression) bool {
	_, text := x.(*hclsyntax.TemplateExpr)
	root := ""
	if t, ok := x.(*hclsyntax.ScopeTraversalExpr); ok {
		root = t.Traversal.RootName()
	}
	for _, t := range x.Variables() {
		text = text && t.RootName() != "each" && t.RootName() != "count"
	}
	return text || root != "" && root != "each" && root != "count"
}

// roleReference is the reference to a role in the module of a resource; empty: the module does not
// declare it.
func (w *proposing) roleReference(r *terraform.Resource, c checks.Change) string {
	ref, ok := account.ParseRoleReference(c.NewReference)
	if !ok {
		return ""
	}
	if made, ok := w.created[c.Account+"/"+ref.Name]; ok && made.module == r.Scope().Module() {
		return "aws_iam_role." + made.label + ".arn"
	}
	role := w.roleResource(c.Account, ref.Name)
	if role == nil || role.Scope().Module() != r.Scope().Module() || valuesOf(role).in("arn").text() != c.NewReference || role.Uncertain != "" {
		return ""
	}
	return strings.TrimPrefix(strings.TrimPrefix(role.Address, role.Scope().Module()), ".") + ".arn"
}

// has reports whether a list of roles has one with this name.
func (v values) has(name string) bool {
	all, _ := v.texts()
	return slices.ContainsFunc(all, func(role string) bool { return roleName(role) == name })
}

func lastPart(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// isLifecyclePolicy reports whether a resource is a lifecycle policy.
func isLifecyclePolicy(r *terraform.Resource) bool {
	return !r.Data && (r.Type == "aws_imagebuilder_lifecycle_policy" || r.Type == "awscc_imagebuilder_lifecycle_policy")
}
