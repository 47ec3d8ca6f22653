package terraform

import (
	"slices"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/iblint/iblint/internal/edit"
	"github.com/iblint/iblint/internal/terraform"
)

// statementBlock is a statement block of aws_iam_policy_document with the statement that it is.
type statementBlock struct {
	resource  *terraform.Resource
	block     *hclsyntax.Block
	statement any
}

// changeSource changes the document of aws_iam_policy_document: the blocks of the statements that
// differ, also where they stand in a document that this one starts from or adds.
func (w *proposing) changeSource(r *terraform.Resource, before, after any) (edits []edit.Edit, ok bool) {
	was, now := statementsOf(before), statementsOf(after)
	if !edit.Equal(withoutStatements(before), withoutStatements(after)) {
		return nil, false
	}
	head, tail := edit.Common(was, now)
	was, now = was[head:len(was)-tail], now[head:len(now)-tail]
	blocks := w.statementBlocks(r, map[*terraform.Resource]bool{})
	for i, one := range was {
		at := slices.IndexFunc(blocks, func(b statementBlock) bool { return edit.Equal(b.statement, one) })
		if at < 0 {
			return nil, false
		}
		b := blocks[at]
		if i >= len(now) {
			edits = append(edits, w.in(b.resource).RemoveBlock(b.block))
			continue
		}
		changed, ok := w.changeStatement(b, now[i])
		if !ok {
			return nil, false
		}
		edits = append(edits, changed...)
	}
	for i := len(was); i < len(now); i++ {
		indent := w.in(r).IndentIn(r.Block)
		text, ok := statementText(now[i], indent)
		if !ok {
			return nil, false
		}
		edits = append(edits, w.in(r).AddBlock(r.Block, "\n"+text)...)
	}
	return edits, true
}

// statementsOf are the statements of a document.
func statementsOf(document any) []any {
	o, _ := document.(edit.Object)
	v, _ := o.Get("Statement")
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

// withoutStatements is the rest of a document.
func withoutStatements(document any) edit.Object {
	o, _ := document.(edit.Object)
	return slices.DeleteFunc(slices.Clone(o), func(p edit.Pair) bool { return p.Key == "Statement" })
}

// statementBlocks are the blocks of a document, and of the documents that it refers to. Blocks
// between dynamic ones are left out: which of the statements they are is not written in the code.
func (w *proposing) statementBlocks(r *terraform.Resource, seen map[*terraform.Resource]bool) (all []statementBlock) {
	if !editable(r) || seen[r] {
		return nil
	}
	seen[r] = true
	evaluated, _ := valuesOf(r).in("statement").blocks()
	version := valuesOf(r).in("version").text()
	if version == "" {
		version = "2012-10-17"
	}
	var written []*hclsyntax.Block
	first, last := -1, -1 // dynamic blocks
	for _, b := range r.Block.Body.Blocks {
		switch {
		case b.Type == "statement":
			written = append(written, b)
		case b.Type == "dynamic" && len(b.Labels) == 1 && b.Labels[0] == "statement":
			if last = len(written); first < 0 {
				first = last
			}
		}
	}
	for i, b := range written {
		at := i
		if first >= 0 && i >= first {
			if i < last {
				continue
			}
			at = i + len(evaluated) - len(written)
		}
		if at < 0 || at >= len(evaluated) {
			continue
		}
		if v, err := edit.Parse(string(statementOf(evaluated[at], version).text)); err == nil {
			all = append(all, statementBlock{r, b, v})
		}
	}
	for _, name := range []string{"source_json", "source_policy_documents", "override_json", "override_policy_documents"} {
		x := argument(r, name)
		if x == nil {
			continue
		}
		items := []hclsyntax.Expression{x}
		if list, ok := x.(*hclsyntax.TupleConsExpr); ok {
			items = list.Exprs
		}
		for _, item := range items {
			for _, source := range w.sourcesBehind(item, r.Scope()) {
				all = append(all, w.statementBlocks(source, seen)...)
			}
		}
	}
	return all
}
