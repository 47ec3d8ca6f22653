package fix

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/report/escape"
)

// jsonencode is a document as a call of jsonencode. It keeps the order of the members.
func jsonencode(v any) hclwrite.Tokens {
	return hclwrite.TokensForFunctionCall("jsonencode", expression(v))
}

func expression(v any) hclwrite.Tokens {
	switch v := v.(type) {
	case object:
		var members []hclwrite.ObjectAttrTokens
		for _, m := range v {
			name := hclwrite.TokensForValue(cty.StringVal(m.key))
			if hclsyntax.ValidIdentifier(m.key) && m.key != "for" {
				name = hclwrite.TokensForIdentifier(m.key)
			}
			members = append(members, hclwrite.ObjectAttrTokens{Name: name, Value: expression(m.value)})
		}
		return hclwrite.TokensForObject(members)
	case []any:
		var items []hclwrite.Tokens
		for _, item := range v {
			items = append(items, expression(item))
		}
		return hclwrite.TokensForTuple(items)
	case string:
		return hclwrite.TokensForValue(cty.StringVal(v))
	case json.Number:
		if n, err := cty.ParseNumberVal(v.String()); err == nil && shortNumber().MatchString(v.String()) {
			return hclwrite.TokensForValue(n)
		}
		return hclwrite.TokensForValue(cty.StringVal(v.String()))
	case bool:
		return hclwrite.TokensForValue(cty.BoolVal(v))
	}
	return hclwrite.TokensForValue(cty.NullVal(cty.DynamicPseudoType))
}

// hclString is a string literal of HCL.
func hclString(s string) string {
	return string(inertHCL(hclwrite.TokensForValue(cty.StringVal(s))).Bytes())
}

// inertHCL replaces commands of CI systems and hidden characters by escapes of HCL ("HCL Native
// Syntax Specification", "Template Expressions"). They can occur only in literals, because iblint
// writes no templates.
func inertHCL(tokens hclwrite.Tokens) hclwrite.Tokens {
	for _, t := range tokens {
		if t.Type == hclsyntax.TokenQuotedLit {
			t.Bytes = []byte(escape.Markers(escapeHidden(string(t.Bytes)), escape.Unicode))
		}
	}
	return tokens
}

// escapeHidden escapes the characters that hclwrite considers printable and iblint does not.
func escapeHidden(literal string) string {
	if !strings.ContainsFunc(literal, escape.Unprintable) {
		return literal
	}
	var b strings.Builder
	for _, r := range literal {
		switch {
		case !escape.Unprintable(r) || r == utf8.RuneError:
			b.WriteRune(r)
		case r > 0xFFFF:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// shortNumber matches numbers without an exponent. HCL would expand an exponent, so other numbers are
// written as strings, which IAM also accepts (IAM User Guide, "JSON policy elements: Condition
// operators").
var shortNumber = lazyregexp.New(`^-?[0-9.]{1,20}$`)

var notInIdentifier = lazyregexp.New(`[^A-Za-z0-9_]`)

// identifier joins names to an identifier of Terraform.
func identifier(parts ...string) string {
	s := strings.Join(parts, "_")
	if s = notInIdentifier().ReplaceAllString(s[:min(len(s), 200)], "_"); s == "" || s[0] >= '0' && s[0] <= '9' {
		return "_" + s
	}
	return s
}

// without is { for key, value in TAGS : key => value if key != "KEY" }. hclwrite has no function
// for such an expression.
func without(tags hclwrite.Tokens, key string) hclwrite.Tokens {
	var all hclwrite.Tokens
	add := func(kind hclsyntax.TokenType, text string) {
		all = append(all, &hclwrite.Token{Type: kind, Bytes: []byte(text), SpacesBefore: 1})
	}
	add(hclsyntax.TokenOBrace, "{")
	add(hclsyntax.TokenIdent, "for")
	add(hclsyntax.TokenIdent, "key")
	add(hclsyntax.TokenComma, ",")
	add(hclsyntax.TokenIdent, "value")
	add(hclsyntax.TokenIdent, "in")
	tags[0].SpacesBefore = 1
	all = append(all, tags...)
	add(hclsyntax.TokenColon, ":")
	add(hclsyntax.TokenIdent, "key")
	add(hclsyntax.TokenFatArrow, "=>")
	add(hclsyntax.TokenIdent, "value")
	add(hclsyntax.TokenIdent, "if")
	add(hclsyntax.TokenIdent, "key")
	add(hclsyntax.TokenNotEqual, "!=")
	all = append(all, hclwrite.TokensForValue(cty.StringVal(key))...)
	add(hclsyntax.TokenCBrace, "}")
	return all
}
