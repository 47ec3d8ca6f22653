package fix

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/iblint/iblint/report/escape"
)

// jsonencode is a document in Terraform's own words, in its order.
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
		if n, err := cty.ParseNumberVal(v.String()); err == nil && shortNumber.MatchString(v.String()) {
			return hclwrite.TokensForValue(n)
		}
		return hclwrite.TokensForValue(cty.StringVal(v.String()))
	case bool:
		return hclwrite.TokensForValue(cty.BoolVal(v))
	}
	return hclwrite.TokensForValue(cty.NullVal(cty.DynamicPseudoType))
}

// hclString is a string as Terraform writes it.
func hclString(s string) string {
	return string(inertHCL(hclwrite.TokensForValue(cty.StringVal(s))).Bytes())
}

// inertHCL writes what could be a command to a CI system, or hides, as HCL's escapes
// ("HCL Native Syntax Specification", "Template Expressions"). All of it stands in
// literals: iblint writes no templates.
func inertHCL(tokens hclwrite.Tokens) hclwrite.Tokens {
	for _, t := range tokens {
		if t.Type == hclsyntax.TokenQuotedLit {
			t.Bytes = []byte(escape.Markers(escapeHidden(string(t.Bytes)), escape.Unicode))
		}
	}
	return tokens
}

// escapeHidden writes characters that hclwrite takes for printable and iblint does not.
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

// shortNumber is one that has no exponent, which would be written out; IAM takes the
// others as strings, too (IAM User Guide, "JSON policy elements: Condition operators").
var shortNumber = regexp.MustCompile(`^-?[0-9.]{1,20}$`)

var notInIdentifier = regexp.MustCompile(`[^A-Za-z0-9_]`)

// identifier makes names into one of Terraform's.
func identifier(parts ...string) string {
	s := strings.Join(parts, "_")
	if s = notInIdentifier.ReplaceAllString(s[:min(len(s), 200)], "_"); s == "" || s[0] >= '0' && s[0] <= '9' {
		return "_" + s
	}
	return s
}

// without is { for key, value in TAGS : key => value if key != "KEY" }, for which
// hclwrite has no function of its own.
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
