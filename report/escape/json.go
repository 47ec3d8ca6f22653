package escape

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// escapeControls writes what could steer a terminal as JSON escapes too, beyond
// the ASCII controls that encoding/json escapes itself. Such characters stand in
// strings only, so the document means the same.
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

// Rune writes a character as JSON escapes it: beyond 16 bits as two.
func Rune(r rune) string {
	if r > 0xFFFF {
		high, low := utf16.EncodeRune(r)
		return fmt.Sprintf(`\u%04x\u%04x`, high, low)
	}
	return fmt.Sprintf(`\u%04x`, r)
}
