package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/iblint/iblint/internal/edit"
)

// statementArguments are the arguments of a statement block that are lists, by the element of the
// policy language.
var statementArguments = []struct{ element, argument string }{
	{"Action", "actions"}, {"NotAction", "not_actions"}, {"Resource", "resources"}, {"NotResource", "not_resources"},
}

// statementParts are the elements that are blocks.
var statementParts = []struct{ element, block string }{
	{"Principal", "principals"}, {"NotPrincipal", "not_principals"}, {"Condition", "condition"},
}

// changeStatement returns the edits after which a block stands for another statement.
func (w *proposing) changeStatement(b statementBlock, after any) (edits []edit.Edit, ok bool) {
	was, ok1 := b.statement.(edit.Object)
	now, ok2 := after.(edit.Object)
	if !ok1 || !ok2 || !knownElements(now) {
		return nil, false
	}
	for _, one := range []struct{ element, argument string }{{"Sid", "sid"}, {"Effect", "effect"}} {
		before, _ := was.Get(one.element)
		v, _ := now.Get(one.element)
		if edit.Equal(before, v) {
			continue
		}
		text, isText := v.(string)
		if !isText {
			return nil, false
		}
		if a := b.block.Body.Attributes[one.argument]; a != nil && !w.node(a.Expr, b.resource.Scope()).IsText {
			return nil, false
		}
		edits = append(edits, w.set(b.resource, b.block, one.argument, edit.Quote(text))...)
	}
	for _, one := range statementArguments {
		before, _ := was.Get(one.element)
		v, _ := now.Get(one.element)
		some, ok := w.changeList(b, b.block, one.argument, listOf(before), listOf(v))
		if !ok {
			return nil, false
		}
		edits = append(edits, some...)
	}
	for _, one := range statementParts {
		before, _ := was.Get(one.element)
		v, _ := now.Get(one.element)
		some, ok := w.changeParts(b, one.block, partsOf(one.block, before), partsOf(one.block, v))
		if !ok {
			return nil, false
		}
		edits = append(edits, some...)
	}
	return edits, true
}

// knownElements reports whether statement blocks can write all elements of a statement.
func knownElements(o edit.Object) bool {
	for _, p := range o {
		known := p.Key == "Sid" || p.Key == "Effect"
		for _, one := range statementArguments {
			known = known || p.Key == one.element
		}
		for _, one := range statementParts {
			known = known || p.Key == one.element
		}
		if !known {
			return false
		}
	}
	return true
}

// listOf is an element as the list that the data source has in its place: nil if it is not there.
func listOf(v any) []any {
	list, ok := v.([]any)
	if !ok && v != nil {
		list = []any{v}
	}
	out := []any{}
	for _, one := range list {
		if text, ok := one.(string); ok {
			one = strings.ReplaceAll(text, "${", "&{") // as the data source writes policy variables
		}
		out = append(out, one)
	}
	return out
}

// changeList changes an argument that is a list.
func (w *proposing) changeList(b statementBlock, in *hclsyntax.Block, argument string, before, after []any) ([]edit.Edit, bool) {
	if edit.Equal(before, after) {
		return nil, true
	}
	a := in.Body.Attributes[argument]
	switch {
	case a == nil && len(before) == 0:
		return w.in(b.resource).AddArgument(in, argument, edit.Expression(after, w.in(b.resource).IndentIn(in))), true
	case a == nil:
		return nil, false
	case len(after) == 0:
		return []edit.Edit{w.in(b.resource).RemoveArgument(a)}, true
	}
	return edit.Change(w.node(a.Expr, b.resource.Scope()), before, after)
}

// part is a block in a statement block: the values of a type of principals, or of a key of an
// operator.
type part struct {
	names  [2]string // type; or test, variable
	values []any
}

// partsOf are the blocks for an element.
func partsOf(kind string, v any) (all []part) {
	if text, ok := v.(string); ok { // Principal: "*"
		return []part{{[2]string{text}, []any{text}}}
	}
	o, _ := v.(edit.Object)
	for _, p := range o {
		if kind != "condition" {
			all = append(all, part{[2]string{p.Key}, listOf(p.Value)})
			continue
		}
		keys, _ := p.Value.(edit.Object)
		for _, key := range keys {
			all = append(all, part{[2]string{p.Key, key.Key}, listOf(key.Value)})
		}
	}
	return all
}

// changeParts changes the blocks of a kind in a statement block.
func (w *proposing) changeParts(b statementBlock, kind string, before, after []part) (edits []edit.Edit, ok bool) {
	find := func(all []part, names [2]string) (part, bool) {
		for _, p := range all {
			if p.names == names {
				return p, true
			}
		}
		return part{}, false
	}
	for _, was := range before {
		now, stays := find(after, was.names)
		if stays && edit.Equal(was.values, now.values) {
			continue
		}
		at, ok := w.partBlock(b, kind, was.names)
		if !ok {
			return nil, false
		}
		if !stays {
			edits = append(edits, w.in(b.resource).RemoveBlock(at))
			continue
		}
		some, ok := w.changeList(b, at, partArguments(kind)[len(partArguments(kind))-1], was.values, now.values)
		if !ok {
			return nil, false
		}
		edits = append(edits, some...)
	}
	for _, now := range after {
		if _, was := find(before, now.names); !was {
			indent := w.in(b.resource).IndentIn(b.block)
			edits = append(edits, w.in(b.resource).AddBlock(b.block, "\n"+partText(kind, now, indent))...)
		}
	}
	return edits, true
}

// partArguments are the arguments of a block: the names of a part, then its values.
func partArguments(kind string) []string {
	if kind == "condition" {
		return []string{"test", "variable", "values"}
	}
	return []string{"type", "identifiers"}
}

// partBlock is the only block of a part that is written out.
func (w *proposing) partBlock(b statementBlock, kind string, names [2]string) (found *hclsyntax.Block, ok bool) {
	arguments := partArguments(kind)
	if len(dynamic(b.block, kind)) > 0 {
		return nil, false
	}
	for _, inside := range b.block.Body.Blocks {
		if inside.Type != kind {
			continue
		}
		same := true
		for i, name := range arguments[:len(arguments)-1] {
			a := inside.Body.Attributes[name]
			if a == nil {
				return nil, false
			}
			n := w.node(a.Expr, b.resource.Scope())
			if !n.IsText {
				return nil, false
			}
			same = same && n.Text == names[i]
		}
		if same && found != nil {
			return nil, false
		}
		if same {
			found = inside
		}
	}
	return found, found != nil
}

// partText is the block of a part.
func partText(kind string, p part, indent string) string {
	arguments := partArguments(kind)
	inner := indent + "  "
	var b strings.Builder
	b.WriteString(kind + " {\n")
	for i, name := range arguments[:len(arguments)-1] {
		b.WriteString(inner + name + " = " + edit.Quote(p.names[i]) + "\n")
	}
	b.WriteString(inner + arguments[len(arguments)-1] + " = " + edit.Expression(p.values, inner) + "\n")
	return b.String() + indent + "}"
}

// statementText is a statement as a block. The result is false if a block cannot say it.
func statementText(v any, indent string) (string, bool) {
	o, ok := v.(edit.Object)
	if !ok || !knownElements(o) {
		return "", false
	}
	inner := indent + "  "
	var b strings.Builder
	b.WriteString("statement {\n")
	for _, one := range []struct{ element, argument string }{{"Sid", "sid"}, {"Effect", "effect"}} {
		if text, ok := o.Get(one.element); ok && !edit.Equal(text, "Allow") {
			b.WriteString(inner + one.argument + " = " + edit.Expression(text, inner) + "\n")
		}
	}
	for _, one := range statementArguments {
		if list, ok := o.Get(one.element); ok {
			b.WriteString(inner + one.argument + " = " + edit.Expression(listOf(list), inner) + "\n")
		}
	}
	for _, one := range statementParts {
		v, _ := o.Get(one.element)
		for _, p := range partsOf(one.block, v) {
			b.WriteString("\n" + inner + partText(one.block, p, inner) + "\n")
		}
	}
	return b.String() + indent + "}", true
}
