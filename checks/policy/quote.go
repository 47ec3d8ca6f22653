package policy

import (
	"strconv"
	"strings"
)

// maxQuoted is the number of bytes of one text that a message repeats.
const maxQuoted = 200

// maxListed is the number of values that a message repeats.
const maxListed = 5

// quote returns text from a document in a form that is safe to print: one line of
// ASCII, quoted, and of limited length.
func quote(text string) string {
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
