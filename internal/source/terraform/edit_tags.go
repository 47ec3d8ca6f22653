package terraform

import (
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/internal/edit"
	"github.com/iblint/iblint/internal/source/declared"
	"github.com/iblint/iblint/internal/terraform"
)

// repositoryTypes are the types of repositories, with the argument for the name.
var repositoryTypes = map[string]string{"aws_ecr_repository": "name", "awscc_ecr_repository": "repository_name"}

// repositoryOf is the resource that declares a repository.
func (w *proposing) repositoryOf(c checks.Change) *terraform.Resource {
	return w.byKey[declared.RepositoryKey(c.Account, c.Region, c.Repository)]
}

// tagRepository sets a tag where the repository is declared. What tags are referred to may be the
// tags of other resources, too: these stay as they are.
func (w *proposing) tagRepository(c checks.Change) bool {
	r := w.repositoryOf(c)
	if r == nil {
		return false
	}
	if r.Type == "awscc_ecr_repository" {
		return w.tagInList(r, c)
	}
	text := edit.Expression(edit.Object{{Key: c.Key, Value: c.Value}}, "  ")
	otherwise := snippet(r, "add this tag to the tags of "+r.Address, "tags = "+edit.Expression(edit.Object{{Key: c.Key, Value: c.Value}}, ""))
	if !editable(r) {
		return w.make(nil, false, otherwise)
	}
	x := argument(r, "tags")
	if x == nil {
		return w.make(w.set(r, r.Block, "tags", text), true, otherwise)
	}
	n := w.owned(x, r)
	if call, ok := x.(*hclsyntax.FunctionCallExpr); ok && call.Name == "merge" && !call.ExpandFinal && len(call.Args) > 0 {
		if last := w.owned(call.Args[len(call.Args)-1], r); last.Kind == edit.Shape {
			n = last
		}
	}
	switch {
	case n.Kind == edit.Shape && n.Member(c.Key) != nil:
		v := n.Member(c.Key)
		return w.make([]edit.Edit{v.Replace(c.Value)}, true, otherwise)
	case n.Kind == edit.Shape && n.Member(w.replacedKey(c)) != nil:
		w.replaced[w.replacedKey(c)] = true
		return w.make(n.Rename(w.replacedKey(c), c.Key, c.Value), true, otherwise)
	case n.Kind == edit.Shape:
		return w.make(n.Add(c.Key, c.Value), true, otherwise)
	}
	return w.make([]edit.Edit{w.replace(x, "merge("+n.Written()+", "+text+")")}, true, otherwise)
}

// replacedKey is the key of a tag that the fix replaces by another one; empty: none.
func (w *proposing) replacedKey(c checks.Change) string {
	for _, other := range w.all {
		if other.Action == checks.UntagRepository && other.Account == c.Account && other.Region == c.Region && other.Repository == c.Repository {
			return other.Key
		}
	}
	return ""
}

// owned is what an expression writes out itself. References are not followed.
func (w *proposing) owned(x hclsyntax.Expression, r *terraform.Resource) *edit.Node {
	h := w.hcl(x.Range().Filename, r.Scope())
	h.Follow = nil
	return h.Node(x)
}

// tagInList sets a tag in a list of objects with key and value.
func (w *proposing) tagInList(r *terraform.Resource, c checks.Change) bool {
	tag := edit.Object{{Key: "key", Value: c.Key}, {Key: "value", Value: c.Value}}
	otherwise := snippet(r, "add this tag to the tags of "+r.Address, "tags = "+edit.Expression([]any{tag}, ""))
	if !editable(r) {
		return w.make(nil, false, otherwise)
	}
	x := argument(r, "tags")
	if x == nil {
		return w.make(w.set(r, r.Block, "tags", edit.Expression([]any{tag}, "  ")), true, otherwise)
	}
	n := w.owned(x, r)
	if n.Kind != edit.List {
		return w.make([]edit.Edit{w.replace(x, "concat("+n.Written()+", "+edit.Expression([]any{tag}, "  ")+")")}, true, otherwise)
	}
	for _, m := range n.Members {
		if key := m.Value.Member("key"); key != nil && key.Text == c.Key && m.Value.Member("value") != nil {
			return w.make([]edit.Edit{m.Value.Member("value").Replace(c.Value)}, true, otherwise)
		}
	}
	return w.make(n.Add("", tag), true, otherwise)
}

// untagRepository removes a tag that the repository is given itself.
func (w *proposing) untagRepository(c checks.Change) bool {
	r := w.repositoryOf(c)
	if r == nil || w.replaced[c.Key] {
		return r != nil
	}
	otherwise := snippet(r, "remove the tag "+edit.Quote(c.Key)+" from "+r.Address, "")
	if x := argument(r, "tags"); x != nil {
		n := w.owned(x, r)
		if n.Kind == edit.Shape && n.Member(c.Key) != nil {
			return w.make(n.RemoveMember(c.Key), true, otherwise)
		}
		for i, m := range n.Members {
			if key := m.Value.Member("key"); key != nil && key.Text == c.Key {
				return w.make(n.Remove(i), true, otherwise)
			}
		}
	}
	return w.make(nil, false, otherwise)
}
