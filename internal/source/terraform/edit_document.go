package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/edit"
	"github.com/iblint/iblint/internal/source/declared"
	"github.com/iblint/iblint/internal/terraform"
)

// documentPlace is where a resource gives a policy document.
type documentPlace struct {
	resource *terraform.Resource
	name     string               // of the argument
	x        hclsyntax.Expression // nil: the resource is not written in the native syntax
	what     string               // for people
}

// editDocument changes a policy document where the code writes it out.
func (w *proposing) editDocument(at documentPlace, c checks.Change) bool {
	if c.After == "" {
		return w.make(nil, false, snippet(at.resource, c.Hint, ""))
	}
	before, err := edit.Parse(c.Before)
	if err != nil {
		return w.make(nil, false, snippet(at.resource, c.Hint, ""))
	}
	after, err := edit.Parse(c.After)
	if err != nil {
		return w.make(nil, false, snippet(at.resource, c.Hint, ""))
	}
	otherwise := snippet(at.resource, "change "+at.what+" to this document", at.name+" = jsonencode("+edit.Expression(shown(after), "")+")")
	if at.x == nil {
		return w.make(nil, false, otherwise)
	}
	edits, ok := w.changeDocument(at.x, at.resource.Scope(), before, after)
	return w.make(edits, ok, otherwise)
}

// changeDocument returns the edits of a policy document that an expression gives. What other
// resources refer to, too, stays as it is: they would change with it.
func (w *proposing) changeDocument(x hclsyntax.Expression, s terraform.Scope, before, after any) ([]edit.Edit, bool) {
	x, s = s.FollowOwn(x)
	switch one := x.(type) {
	case *hclsyntax.FunctionCallExpr:
		if one.Name == "file" && len(one.Args) == 1 && !one.ExpandFinal {
			return w.changeFile(one.Args[0], s, before, after)
		}
		if one.Name == "jsonencode" && len(one.Args) == 1 && !one.ExpandFinal {
			return edit.Change(w.ownNode(one.Args[0], s), before, after)
		}
	case *hclsyntax.ObjectConsExpr:
		return edit.Change(w.ownNode(one, s), before, after)
	case *hclsyntax.TemplateExpr:
		return w.changeText(one, before, after)
	}
	for _, r := range w.sourcesBehind(x, s) {
		if have, err := edit.Parse(valuesOf(r).in("json").text()); err == nil && edit.Equal(have, before) {
			return w.changeSource(r, before, after)
		}
	}
	return nil, false
}

// changeText changes a document that is a heredoc with JSON. Other strings hold escaped JSON, which
// is replaced as a whole.
func (w *proposing) changeText(x *hclsyntax.TemplateExpr, before, after any) ([]edit.Edit, bool) {
	c := w.content(x.SrcRange.Filename)
	if c.closed {
		return nil, false
	}
	h := &edit.HCL{File: x.SrcRange.Filename, Source: c.source, Offset: c.offset}
	if j, ok := h.Heredoc(x); ok {
		return edit.Change(j.Node(), before, after)
	}
	if _, literal := edit.Literal(x); !literal {
		return nil, false
	}
	return []edit.Edit{w.replace(x, "jsonencode("+edit.Expression(after, h.Indent(x))+")")}, true
}

// changeFile changes a document that is a file of its own.
func (w *proposing) changeFile(x hclsyntax.Expression, s terraform.Scope, before, after any) ([]edit.Edit, bool) {
	name, ok := s.FileName(x)
	if !ok {
		return nil, false
	}
	c := w.content(name)
	have, err := edit.Parse(string(c.source[c.offset:]))
	if c.closed || err != nil || !edit.Equal(have, before) {
		return nil, false
	}
	j := &edit.JSON{File: name, Source: c.source, Start: c.offset, End: len(c.source)}
	return edit.Change(j.Node(), before, after)
}

// shown is a value as a person has to write it: references stand in place of symbols.
func shown(v any) any {
	switch v := v.(type) {
	case edit.Object:
		out := edit.Object{}
		for _, p := range v {
			out = append(out, edit.Pair{Key: p.Key, Value: shown(p.Value)})
		}
		return out
	case []any:
		out := []any{}
		for _, one := range v {
			out = append(out, shown(one))
		}
		return out
	case string:
		return shownText(v)
	}
	return v
}

func shownText(text string) any {
	if !symbol.In(text) {
		return text
	}
	var b strings.Builder
	for _, p := range symbol.Split(text) {
		switch {
		case !p.IsSymbol():
			b.WriteString(strings.Trim(edit.Quote(p.Text), `"`))
		case symbol.New(p.Name, p.Why) == declared.ThisAccount:
			b.WriteString("${data.aws_caller_identity.current.account_id}")
		case symbol.New(p.Name, p.Why) == declared.ThisRegion:
			b.WriteString("${data.aws_region.current.region}")
		default:
			b.WriteString("${" + p.Name + "}")
		}
	}
	return edit.Raw(`"` + b.String() + `"`)
}

// sourcesBehind are the instances of aws_iam_policy_document that an expression refers to, if no
// other expression does. They share their block.
func (w *proposing) sourcesBehind(x hclsyntax.Expression, s terraform.Scope) (all []*terraform.Resource) {
	x, s = s.FollowOwn(x)
	steps := traversal(x)
	if len(steps) < 4 || steps.RootName() != "data" {
		return nil
	}
	kind, ok1 := steps[1].(hcl.TraverseAttr)
	name, ok2 := steps[2].(hcl.TraverseAttr)
	last, ok3 := steps[len(steps)-1].(hcl.TraverseAttr)
	if !ok1 || !ok2 || !ok3 || kind.Name != "aws_iam_policy_document" || last.Name != "json" && last.Name != "minified_json" || s.Uses("data."+kind.Name+"."+name.Name) > 1 {
		return nil
	}
	for _, r := range w.resources {
		if r.Data && r.Type == kind.Name && r.Name == name.Name && r.Scope().Module() == s.Module() && editable(r) {
			all = append(all, r)
		}
	}
	return all
}

// traversal is the reference that an expression is, with a computed index left out.
func traversal(x hclsyntax.Expression) hcl.Traversal {
	switch x := x.(type) {
	case *hclsyntax.ScopeTraversalExpr:
		return x.Traversal
	case *hclsyntax.RelativeTraversalExpr:
		if before := traversal(x.Source); before != nil {
			return append(append(hcl.Traversal{}, before...), x.Traversal...)
		}
	case *hclsyntax.IndexExpr:
		return traversal(x.Collection)
	case *hclsyntax.ParenthesesExpr:
		return traversal(x.Expression)
	}
	return nil
}
