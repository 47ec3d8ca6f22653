package escape

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// escapeControls escapes the unprintable characters of a JSON text that encoding/json does not
// escape. They occur only in strings, so the meaning of the text stays the same.
func escapeControls(text string) string {
	if !strings.ContainsFunc(text, func(c rune) bool { return c != '\n' && (c < ' ' || c > '~') }) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || r == utf8.RuneError || !Unprintable(r):
			b.WriteRune(r)
		default:
			b.WriteString(Rune(r))
		}
	}
	return b.String()
}

// Rune returns the JSON escape of a character, as a surrogate pair if it needs more than 16 bits.
func Rune(r rune) string {
	if r > 0xFFFF {
		high, low := utf16.EncodeRune(r)
		return fmt.Sprintf(`\u%04x\u%04x`, high, low)
	}
	return fmt.Sprintf(`\u%04x`, r)
}
