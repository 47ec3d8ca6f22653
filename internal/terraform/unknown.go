package terraform

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/iblint/iblint/checks/symbol"
)

// During an evaluation each unknown value, of whatever type, is a string that consists of one
// symbol. So it keeps its identity and its reason wherever it goes. Only the result of Load shows
// values as unknown whose type is known not to be a string.

// unknown returns an unknown value.
func unknown(name, why string) cty.Value { return cty.StringVal(symbol.New(name, why)) }

func stringType(v cty.Value) bool {
	return v.Type() == cty.String && !v.IsNull() && v.IsKnown()
}

// isSymbol reports whether a value is unknown as a whole.
func isSymbol(v cty.Value) bool { return stringType(v) && symbol.Is(v.AsString()) }

// A map of which not all keys are known has one key more, a symbol with this ending, which stands
// for any number of further keys.
const restSuffix = ".*"

func restKey(name, why string) string { return symbol.New(name+restSuffix, why) }

func isRest(key string) bool {
	return symbol.Is(key) && strings.HasSuffix(symbol.First(key).Name, restSuffix)
}

// rest returns the symbol for the further keys of an object or map.
func rest(v cty.Value) (symbol.Part, bool) {
	if v.IsNull() {
		return symbol.Part{}, false
	}
	ty := v.Type()
	switch {
	case ty.IsObjectType():
		for key := range ty.AttributeTypes() {
			if isRest(key) {
				return symbol.First(key), true
			}
		}
	case ty.IsMapType():
		for it := v.ElementIterator(); it.Next(); {
			if k, _ := it.Element(); isRest(k.AsString()) {
				return symbol.First(k.AsString()), true
			}
		}
	}
	return symbol.Part{}, false
}

// firstSymbol returns a symbol in a value, the first in order.
func firstSymbol(v cty.Value) (symbol.Part, bool) {
	if v.IsNull() || !v.IsKnown() {
		return symbol.Part{}, false
	}
	ty := v.Type()
	switch {
	case ty == cty.String:
		if p := symbol.First(v.AsString()); p.IsSymbol() {
			return p, true
		}
	case ty.IsPrimitiveType(), ty.IsCapsuleType():
	case v.CanIterateElements():
		for it := v.ElementIterator(); it.Next(); {
			k, element := it.Element()
			if p, ok := firstSymbol(k); ok && (ty.IsObjectType() || ty.IsMapType()) {
				return p, true
			}
			if p, ok := firstSymbol(element); ok {
				return p, true
			}
		}
	}
	return symbol.Part{}, false
}

func hasSymbol(v cty.Value) bool {
	_, symbolic := measure(v, maxElements)
	return symbolic
}

// because returns the reason of a value that depends on a symbol.
func because(p symbol.Part) string {
	if strings.HasPrefix(p.Why, "depends on ") {
		return p.Why
	}
	return "depends on ${" + strings.TrimSuffix(p.Name, restSuffix) + "}: " + p.Why
}

// derived returns the unknown result of an operation. Equal operations on equal values give equal
// symbols. One of the arguments must contain a symbol.
func derived(operation string, args ...cty.Value) cty.Value {
	var b strings.Builder
	b.WriteString(operation)
	b.WriteByte('(')
	var from symbol.Part
	for i, a := range args {
		if i > 0 {
			b.WriteString(", ")
		}
		describe(&b, a)
		if p, ok := firstSymbol(a); ok && !from.IsSymbol() {
			from = p
		}
	}
	b.WriteByte(')')
	return unknown(short(b.String()), because(from))
}

// infix is derived for an operator between two values.
func infix(operator string, a, b cty.Value) cty.Value {
	var text strings.Builder
	describe(&text, a)
	text.WriteString(" " + operator + " ")
	describe(&text, b)
	from, ok := firstSymbol(a)
	if !ok {
		from, _ = firstSymbol(b)
	}
	return unknown(short(text.String()), because(from))
}

// short bounds the name of a symbol, and keeps different names different.
func short(name string) string {
	const most = 160
	if len(name) <= most {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return strings.ToValidUTF8(name[:most], "") + "…#" + hex.EncodeToString(sum[:6])
}

// describe writes a value in about the words of the language.
func describe(b *strings.Builder, v cty.Value) {
	switch ty := v.Type(); {
	case !v.IsKnown():
		b.WriteString("?")
	case v.IsNull():
		b.WriteString("null")
	case ty == cty.String:
		s := v.AsString()
		if symbol.Is(s) {
			b.WriteString(symbol.First(s).Name)
			return
		}
		b.WriteString(quoteParts(s))
	case ty == cty.Number:
		b.WriteString(v.AsBigFloat().Text('g', -1))
	case ty == cty.Bool:
		b.WriteString(strconv.FormatBool(v.True()))
	case ty.IsObjectType() || ty.IsMapType():
		b.WriteByte('{')
		comma := ""
		for it := v.ElementIterator(); it.Next(); {
			k, element := it.Element()
			b.WriteString(comma)
			describe(b, k)
			b.WriteString(" = ")
			describe(b, element)
			comma = ", "
		}
		b.WriteByte('}')
	case v.CanIterateElements():
		b.WriteByte('[')
		comma := ""
		for it := v.ElementIterator(); it.Next(); {
			_, element := it.Element()
			b.WriteString(comma)
			describe(b, element)
			comma = ", "
		}
		b.WriteByte(']')
	default:
		b.WriteString(ty.FriendlyName())
	}
}

// measure returns about how large a value is, and whether it contains symbols. It stops if the
// value is larger than most.
func measure(v cty.Value, most int) (n int, symbolic bool) {
	if v.IsNull() || !v.IsKnown() {
		return 1, false
	}
	ty := v.Type()
	add := func(element cty.Value) bool {
		m, has := measure(element, most-n)
		n += m
		symbolic = symbolic || has
		return n <= most
	}
	n = 1
	switch {
	case ty == cty.String:
		text := v.AsString()
		return 1 + len(text)/16, symbol.In(text)
	case ty.IsPrimitiveType() || ty.IsCapsuleType():
	case ty.IsObjectType():
		for name := range ty.AttributeTypes() {
			symbolic = symbolic || symbol.In(name)
			if !add(v.GetAttr(name)) {
				break
			}
		}
	case v.CanIterateElements():
		for it := v.ElementIterator(); it.Next(); {
			k, element := it.Element()
			symbolic = symbolic || ty.IsMapType() && symbol.In(k.AsString())
			if !add(element) {
				break
			}
		}
	}
	return n, symbolic
}

// normal replaces unknown values in a value from outside, which have no identity, by symbols, and
// removes marks.
func normal(v cty.Value, name, why string) cty.Value {
	if v == cty.NilVal {
		return cty.NullVal(cty.DynamicPseudoType)
	}
	v, _ = v.UnmarkDeep()
	if v.IsWhollyKnown() {
		return v
	}
	return known(v, name, why)
}

func known(v cty.Value, name, why string) cty.Value {
	ty := v.Type()
	switch {
	case !v.IsKnown():
		return unknown(name, why)
	case v.IsNull() || ty.IsPrimitiveType() || !v.CanIterateElements():
		return v
	case ty.IsObjectType() || ty.IsMapType():
		out := map[string]cty.Value{}
		for it := v.ElementIterator(); it.Next(); {
			k, element := it.Element()
			out[k.AsString()] = known(element, name+step(cty.StringVal(k.AsString())), why)
		}
		return cty.ObjectVal(out)
	default:
		var out []cty.Value
		i := 0
		for it := v.ElementIterator(); it.Next(); i++ {
			_, element := it.Element()
			out = append(out, known(element, name+"["+strconv.Itoa(i)+"]", why))
		}
		return cty.TupleVal(out)
	}
}

// step writes an attribute or index as in an address.
func step(key cty.Value) string {
	if stringType(key) {
		if s := key.AsString(); hclIdentifier(s) {
			return "." + s
		}
	}
	return index(key)
}

// index writes an index as Terraform prints it in addresses.
func index(key cty.Value) string {
	switch {
	case key.IsNull() || !key.IsKnown():
		return "[…]"
	case key.Type() == cty.Number:
		return "[" + key.AsBigFloat().Text('f', -1) + "]"
	case stringType(key):
		return "[" + quoteParts(key.AsString()) + "]"
	}
	var b strings.Builder
	describe(&b, key)
	return "[" + b.String() + "]"
}

// quote quotes a string as HCL does.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case (r == '$' || r == '%') && strings.HasPrefix(s[i+1:], "{"):
			b.WriteRune(r)
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// quoteParts quotes a string with symbols, and shows each symbol as ${name}.
func quoteParts(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, p := range symbol.Split(s) {
		if p.IsSymbol() {
			b.WriteString("${" + p.Name + "}")
		} else {
			q := quote(p.Text)
			b.WriteString(q[1 : len(q)-1])
		}
	}
	b.WriteByte('"')
	return b.String()
}

func hclIdentifier(s string) bool {
	if s == "" {
		return false
	}
	for i, r := range s {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r > 127
		if !letter && (i == 0 || r != '-' && (r < '0' || r > '9')) {
			return false
		}
	}
	return true
}

func at(r hcl.Range) string {
	if p := place(r); p != "" {
		return " (" + p + ")"
	}
	return ""
}
