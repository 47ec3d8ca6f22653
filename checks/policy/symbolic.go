package policy

import (
	"strings"

	"github.com/iblint/iblint/checks/symbol"
)

// A symbol in a document or in a request stands for one text that is not known (package
// symbol). Symbols with the same name stand for the same text.
//
// In a compiled pattern, a symbol is one unit, as a wildcard is: a byte that begins it, its
// name in bytes that valid UTF-8 never contains, and a byte that ends it. So nothing that is
// known can match a part of a symbol, and no colon or wildcard in its name has an effect.
//
//   - match is certain: a symbol matches itself, and * matches it.
//   - overlap is possible: a symbol stands for any text.
//
// A symbol of a document may also stand for text with wildcards and with policy variables, if
// these are whole: a ${ in a symbol has its } in the same symbol. A symbol of a request is a
// value in AWS, so it has no policy variables. In the first five parts of an ARN in a request,
// symbols have no colons, as wildcards there.
const (
	anyInPart   = 0xFC // any text without a colon; only overlap knows it
	symbolBegin = 0xFD
	symbolEnd   = 0xC0

	firstSpecial = anyInPart // the first of the bytes that begin a wildcard or a symbol
)

// symbolDigits write a name in base 8, three digits for each byte.
const symbolDigits = "\xC1\xF5\xF6\xF7\xF8\xF9\xFA\xFB"

// delimiter begins each symbol in a text.
const delimiter = "\uFDD0"

// inText reports whether a text contains a symbol.
func inText(text string) bool {
	// The first byte of the delimiter is rare.
	return strings.IndexByte(text, delimiter[0]) >= 0 && symbol.In(text)
}

// mayHaveSymbols reports whether strings of a JSON text may contain symbols. The delimiter may
// be escaped.
func mayHaveSymbols(text string) bool {
	return strings.Contains(text, delimiter) || strings.Contains(text, `\u`) && strings.Contains(strings.ToLower(text), `\ufdd0`)
}

// compileSymbols replaces the symbols of a text by their compiled form.
func compileSymbols(text string) string {
	if !inText(text) {
		return text
	}
	return mapKnown(text, func(known string) string { return known })
}

// mapKnown changes the known parts of a text, and compiles the symbols between them.
func mapKnown(text string, change func(known string) string) string {
	var b []byte
	for _, part := range symbol.Split(text) {
		if !part.IsSymbol() {
			b = append(b, change(part.Text)...)
			continue
		}
		b = append(b, symbolBegin)
		for _, c := range []byte(part.Name) {
			b = append(b, symbolDigits[c>>6], symbolDigits[c>>3&7], symbolDigits[c&7])
		}
		b = append(b, symbolEnd)
	}
	return string(b)
}

// knownText returns a text without its symbols.
func knownText(text string) string {
	if !inText(text) {
		return text
	}
	var b strings.Builder
	for _, part := range symbol.Split(text) {
		b.WriteString(part.Text)
	}
	return b.String()
}

// lowerKey returns the name of a condition key as a Context looks it up.
func lowerKey(key string) string {
	if !inText(key) {
		return strings.ToLower(key)
	}
	return mapKnown(key, strings.ToLower)
}

// hasSymbol reports whether a compiled pattern contains a symbol.
func hasSymbol(pattern string) bool { return strings.IndexByte(pattern, symbolBegin) >= 0 }

// canBeEmpty reports whether a compiled pattern matches the empty text, for some texts of its
// symbols.
func canBeEmpty(pattern string) bool {
	for i := 0; i < len(pattern); i += width(pattern, i) {
		if pattern[i] != anyText && pattern[i] != symbolBegin {
			return false
		}
	}
	return true
}

// mayMatch reports whether a pattern matches the item for some texts of their symbols.
func mayMatch(want string, it item) bool { return overlap(confine(want, it)) }

// confine returns a pattern and the pattern of an item for overlap, with what is known of their
// symbols and wildcards: in the first five parts of the ARN of a request they contain no colons,
// and in all parts if the item is in parts.
func confine(want string, it item) (wanted, got string) {
	got = it.text
	if !isARN(got) {
		return want, got
	}
	parts := 5
	if it.inParts {
		parts = 1 + strings.Count(got, ":")
	}
	var b strings.Builder
	b.Grow(len(got))
	for i := 0; i < len(got); {
		w := width(got, i)
		switch unit := got[i : i+w]; {
		case parts > 0 && unit[0] == anyText:
			b.WriteByte(anyInPart)
		case parts > 0 && unit[0] == symbolBegin:
			b.WriteByte(anyInPart)
			want = strings.ReplaceAll(want, unit, string([]byte{anyInPart})) // it is the same text
		default:
			if unit == ":" {
				parts--
			}
			b.WriteString(unit)
		}
		i += w
	}
	return want, b.String()
}
