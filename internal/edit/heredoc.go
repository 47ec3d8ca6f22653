package edit

import (
	"bytes"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// Heredoc returns the text of a heredoc as JSON in the file. The result is false if the template is
// no heredoc, or has directives such as %{ if }.
func (h *HCL) Heredoc(x *hclsyntax.TemplateExpr) (*JSON, bool) {
	start, end := h.Range(x.SrcRange)
	if end > len(h.Source) || !bytes.HasPrefix(h.Source[start:end], []byte("<<")) {
		return nil, false
	}
	first := lineEnd(h.Source, start)
	last := lineStart(h.Source, start+len(bytes.TrimRight(h.Source[start:end], "\r\n"))) // of the end marker
	if first > last {
		return nil, false
	}
	j := &JSON{File: h.File, Source: h.Source, Start: first, End: last, Template: true}
	for _, p := range x.Parts {
		if _, literal := p.(*hclsyntax.LiteralValueExpr); literal {
			continue
		}
		from, to := h.Range(p.Range())
		from, to, ok := interpolation(h.Source, from, to)
		if !ok {
			return nil, false
		}
		j.Opaque = append(j.Opaque, [2]int{from, to})
	}
	return j, true
}

// interpolation widens the range of an expression to the ${ and } around it.
func interpolation(source []byte, from, to int) (start, end int, ok bool) {
	before := bytes.TrimSuffix(bytes.TrimRight(source[:from], " \t\r\n"), []byte("~"))
	after := bytes.TrimPrefix(bytes.TrimLeft(source[to:], " \t\r\n"), []byte("~"))
	ok = bytes.HasSuffix(before, []byte("${")) && bytes.HasPrefix(after, []byte("}"))
	return len(before) - 2, len(source) - len(after) + 1, ok
}

// Indent is the white space at the beginning of the line in which an expression begins.
func (h *HCL) Indent(x hclsyntax.Expression) string {
	start, _ := h.Range(x.Range())
	return indentAt(h.Source, start)
}

// Item returns the expression of a member of an item of a list that is written out; nil: it is not.
func (h *HCL) Item(x hclsyntax.Expression, i int, key string) hclsyntax.Expression {
	list, ok := x.(*hclsyntax.TupleConsExpr)
	if !ok || i >= len(list.Exprs) {
		return nil
	}
	o, ok := list.Exprs[i].(*hclsyntax.ObjectConsExpr)
	if !ok {
		return nil
	}
	for _, item := range o.Items {
		if k, ok := Key(item.KeyExpr); ok && k == key {
			return item.ValueExpr
		}
	}
	return nil
}
