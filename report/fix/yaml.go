package fix

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/report/escape"
)

// writeYAML writes a document in the block style of YAML. It quotes every string value, because YAML
// would read an account ID as a number and a date as a timestamp.
func writeYAML(w io.Writer, depth int, v any) {
	indent := strings.Repeat("  ", depth)
	switch v := v.(type) {
	case object:
		for _, m := range v {
			fmt.Fprintf(w, "%s%s:", indent, yamlKey(m.key))
			writeYAMLValue(w, depth, m.value)
		}
	case []any:
		for _, item := range v {
			fmt.Fprintf(w, "%s-", indent)
			if o, ok := item.(object); ok && len(o) > 0 { // its first member follows the dash
				var members bytes.Buffer
				writeYAML(&members, depth+1, o)
				fmt.Fprint(w, " ", strings.TrimLeft(members.String(), " "))
				continue
			}
			writeYAMLValue(w, depth, item)
		}
	}
}

// writeYAMLValue writes a value after its key or dash.
func writeYAMLValue(w io.Writer, depth int, v any) {
	switch v := v.(type) {
	case object:
		if len(v) == 0 {
			fmt.Fprintln(w, " {}")
			return
		}
	case []any:
		if len(v) == 0 {
			fmt.Fprintln(w, " []")
			return
		}
	case string:
		fmt.Fprintln(w, "", yamlString(v))
		return
	default: // number, bool, null: as in JSON
		text, err := json.Marshal(v)
		if err != nil {
			panic(err) // not reached: the value was read from JSON
		}
		fmt.Fprintln(w, "", string(text))
		return
	}
	fmt.Fprintln(w)
	writeYAML(w, depth+1, v)
}

// plainKey matches keys that YAML reads as strings without quotes.
var plainKey = lazyregexp.New(`^(AWSTemplateFormatVersion|(Fn::)?[A-Z][A-Za-z0-9]{2,})$`)

func yamlKey(key string) string {
	if plainKey().MatchString(key) && !slices.Contains([]string{"YES", "OFF", "TRUE", "FALSE", "NULL"}, strings.ToUpper(key)) {
		return key
	}
	return yamlString(key)
}

// yamlString is a string in double quotes, in ASCII, without commands of CI systems (YAML 1.2,
// "Double-Quoted Style").
func yamlString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r >= ' ' && r < 0x7F:
			b.WriteRune(r)
		case r > 0xFFFF:
			fmt.Fprintf(&b, `\U%08X`, r)
		default:
			fmt.Fprintf(&b, `\u%04X`, r)
		}
	}
	b.WriteByte('"')
	return escape.Markers(b.String(), escape.Unicode)
}
