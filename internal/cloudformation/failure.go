package cloudformation

import (
	"errors"
	"fmt"
	"strings"

	"github.com/iblint/iblint/internal/source"
)

// failure is a message of one line about a place in a template.
func failure(at Position, format string, args ...any) error {
	say := strings.Join(strings.Fields(fmt.Sprintf(format, args...)), " ")
	return errors.New(at.String() + ": " + source.Cut(say))
}

// quoted shortens a text of a template for a message.
func quoted(text string) string {
	if len(text) > 80 {
		text = strings.ToValidUTF8(text[:80], "") + "…"
	}
	return fmt.Sprintf("%q", text)
}
