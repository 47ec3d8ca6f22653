package policy

import (
	"strconv"
	"strings"

	"github.com/iblint/iblint/checks/symbol"
)

// maxQuoted is the number of bytes of one text that a message repeats.
const maxQuoted = 200

// maxListed is the number of values that a message repeats.
const maxListed = 5

// quote returns text from a document in a form that is safe to print: one line of
// ASCII, quoted, and of limited length. A symbol is ${name}.
func quote(text string) string {
	if inText(text) {
		text = symbol.Text(text)
	}
	if len(text) > maxQuoted {
		return strconv.QuoteToASCII(strings.ToValidUTF8(text[:maxQuoted], "")) + "..."
	}
	return strconv.QuoteToASCII(text)
}

// quoteList quotes at most maxListed values and counts the others.
func quoteList(values []string) string {
	if len(values) == 0 {
		return "(no value)"
	}
	var b strings.Builder
	for i, v := range values {
		if i == maxListed {
			b.WriteString(" and " + strconv.Itoa(len(values)-i) + " more")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quote(v))
	}
	return b.String()
}

// quoteAlternatives quotes the values of which one applies.
func quoteAlternatives(values []string) string {
	if len(values) == 1 {
		return quote(values[0])
	}
	return "one of " + quoteList(values)
}

// quoteSymbol returns the name of a symbol and why its value is not known, in a form that is
// safe to print.
func quoteSymbol(p symbol.Part) string {
	safe := func(text string) string {
		quoted := quote(text)
		return strings.ReplaceAll(quoted[1:strings.LastIndexByte(quoted, '"')], `\"`, `"`)
	}
	text := "${" + safe(p.Name) + "}"
	if p.Why != "" {
		text += ": " + safe(p.Why)
	}
	return text
}

// quoteName quotes the name of a condition key or an action unless it is plain.
func quoteName(name string) string {
	if isPlain(name) {
		return name
	}
	return quote(name)
}

// isPlain reports whether a message can contain a name without quotes.
func isPlain(name string) bool {
	if name == "" || len(name) > maxQuoted {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if !isDigit(c) && !('a' <= c|0x20 && c|0x20 <= 'z') && strings.IndexByte(":/_.+=@-", c) < 0 {
			return false
		}
	}
	return true
}

// clip shortens ASCII text to about maxQuoted bytes.
func clip(text string) string {
	if len(text) > maxQuoted+10 {
		return text[:maxQuoted+10] + "..."
	}
	return text
}
