package edit

import (
	"encoding/json"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
)

// HCL is a file in HCL.
type HCL struct {
	File   string
	Source []byte
	Offset int // of the first byte that was parsed: 3 after a byte order mark

	Closed bool // nothing in the file is edited

	// Follow returns the expression that another one stands for, and its file. Nil: itself.
	Follow func(hclsyntax.Expression) (hclsyntax.Expression, *HCL)
}

// Range returns the bytes of a range.
func (h *HCL) Range(r hcl.Range) (start, end int) {
	return r.Start.Byte + h.Offset, r.End.Byte + h.Offset
}

// Node returns the value that an expression writes out.
func (h *HCL) Node(x hclsyntax.Expression) *Node {
	if h.Follow != nil {
		if y, file := h.Follow(x); file != nil && file != h {
			return file.Node(y)
		} else if file == h {
			x = y
		}
	}
	start, end := h.Range(x.Range())
	n := &Node{File: h.File, Start: start, End: end, source: h.Source, syntax: hclSyntax{}}
	if h.Closed {
		n.Start, n.End, n.source = 0, 0, nil
		return n
	}
	switch x := x.(type) {
	case *hclsyntax.ParenthesesExpr:
		return h.Node(x.Expression)
	case *hclsyntax.TupleConsExpr:
		n.Kind = List
		for _, item := range x.Exprs {
			from, to := h.Range(item.Range())
			n.Members = append(n.Members, Member{"", from, to, h.Node(item)})
		}
	case *hclsyntax.ObjectConsExpr:
		n.Kind = Shape
		for _, item := range x.Items {
			key, ok := Key(item.KeyExpr)
			if !ok {
				n.Kind, n.Members = Opaque, nil
				return n
			}
			from, _ := h.Range(item.KeyExpr.Range())
			value := h.Node(item.ValueExpr)
			_, to := h.Range(item.ValueExpr.Range())
			n.Members = append(n.Members, Member{key, from, to, value})
		}
	case *hclsyntax.LiteralValueExpr:
		n.Kind = Scalar
	case *hclsyntax.TemplateExpr:
		if text, ok := Literal(x); ok {
			n.Kind, n.Text, n.IsText = Scalar, text, true
			if h.heredoc(n) { // a heredoc ends with its line
				n.End = start + len(strings.TrimRight(string(h.Source[start:end]), "\r\n"))
			}
		}
	}
	return n
}

func (h *HCL) heredoc(n *Node) bool { return strings.HasPrefix(string(h.Source[n.Start:]), "<<") }

// Literal returns the text of a string that is written out.
func Literal(x hclsyntax.Expression) (string, bool) {
	t, ok := x.(*hclsyntax.TemplateExpr)
	if !ok {
		return "", false
	}
	var b strings.Builder
	for _, p := range t.Parts {
		v, ok := p.(*hclsyntax.LiteralValueExpr)
		if !ok || v.Val.Type() != cty.String || v.Val.IsNull() {
			return "", false
		}
		b.WriteString(v.Val.AsString())
	}
	return b.String(), true
}

// Key returns the key of an item of an object that is written out.
func Key(x hclsyntax.Expression) (string, bool) {
	k, ok := x.(*hclsyntax.ObjectConsKeyExpr)
	if !ok {
		return Literal(x)
	}
	if word := hcl.ExprAsKeyword(k.Wrapped); word != "" && !k.ForceNonLiteral {
		return word, true
	}
	return Literal(k.Wrapped)
}

// hclSyntax writes values as expressions of HCL.
type hclSyntax struct{}

func (s hclSyntax) value(v any, indent string) string { return Expression(v, indent) }

func (s hclSyntax) member(key string, v any, indent string) string {
	return hclKey(key) + " = " + Expression(v, indent)
}

func (s hclSyntax) line(v any) string { return Line(v) }

func (s hclSyntax) key(key string) string { return hclKey(key) + " = " }

func (hclSyntax) comma(between []byte) bool {
	tokens, _ := hclsyntax.LexConfig(between, "", hcl.InitialPos)
	for _, t := range tokens {
		if t.Type == hclsyntax.TokenComma {
			return true
		}
	}
	return false
}

func (hclSyntax) commas() bool { return false }

func (hclSyntax) wrap(expression string, list bool, more []any, indent string) (string, bool) {
	if strings.HasPrefix(expression, "<<") {
		return "", false
	}
	if list {
		return "concat(" + expression + ", " + Expression(more, indent) + ")", true
	}
	parts := []string{expression}
	for _, v := range more {
		parts = append(parts, Expression(v, indent))
	}
	return "[" + strings.Join(parts, ", ") + "]", true
}

func hclKey(key string) string {
	if hclsyntax.ValidIdentifier(key) && key != "for" {
		return key
	}
	return Quote(key)
}

// Quote is a text as a string literal of HCL. Nothing in it is a template.
func Quote(text string) string {
	return string(hclwrite.TokensForValue(cty.StringVal(text)).Bytes())
}

// Raw is an expression of HCL in place of a value.
type Raw string

// Line is a value as an expression of HCL on one line.
func Line(v any) string {
	switch v := v.(type) {
	case Object:
		var members []string
		for _, p := range v {
			members = append(members, hclKey(p.Key)+" = "+Line(p.Value))
		}
		if len(members) == 0 {
			return "{}"
		}
		return "{ " + strings.Join(members, ", ") + " }"
	case []any:
		var items []string
		for _, item := range v {
			items = append(items, Line(item))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return Expression(v, "")
}

// Expression is a value as an expression of HCL: an object has a line for each member.
func Expression(v any, indent string) string {
	switch v := v.(type) {
	case Raw:
		return string(v)
	case Object:
		if len(v) == 0 {
			return "{}"
		}
		inner := indent + "  "
		var b strings.Builder
		b.WriteString("{\n")
		width := 0
		for _, p := range v {
			width = max(width, len(hclKey(p.Key)))
		}
		for _, p := range v {
			key := hclKey(p.Key)
			b.WriteString(inner + key + strings.Repeat(" ", width-len(key)) + " = " + Expression(p.Value, inner) + "\n")
		}
		return b.String() + indent + "}"
	case []any:
		var items []string
		lines := false
		for _, item := range v {
			text := Expression(item, indent)
			lines = lines || strings.Contains(text, "\n")
			items = append(items, text)
		}
		if !lines {
			return "[" + strings.Join(items, ", ") + "]"
		}
		if len(items) == 1 {
			return "[" + items[0] + "]"
		}
		inner := indent + "  "
		var b strings.Builder
		b.WriteString("[\n")
		for _, item := range v {
			b.WriteString(inner + Expression(item, inner) + ",\n")
		}
		return b.String() + indent + "]"
	case string:
		return Quote(v)
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return "null"
}
