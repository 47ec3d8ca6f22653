package fix

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/iblint/iblint/report/escape"
)

// writeYAML writes a document in YAML's block style. Every string value is quoted:
// an account ID is no number, and a date no time.
func writeYAML(w io.Writer, depth int, v any) {
	indent := strings.Repeat("  ", depth)
	switch v := v.(type) {
	case object:
		for _, m := range v {
			fmt.Fprintf(w, "%s%s:", indent, yamlKey(m.key))
			writeYAMLBehind(w, depth, m.value)
		}
	case []any:
		for _, item := range v {
			fmt.Fprintf(w, "%s-", indent)
			if o, ok := item.(object); ok && len(o) > 0 { // its first member stands behind the dash
				var members bytes.Buffer
				writeYAML(&members, depth+1, o)
				fmt.Fprint(w, " ", strings.TrimLeft(members.String(), " "))
				continue
			}
			writeYAMLBehind(w, depth, item)
		}
	}
}

// writeYAMLBehind writes a value behind its key or dash.
func writeYAMLBehind(w io.Writer, depth int, v any) {
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
			panic(err) // it was read from JSON
		}
		fmt.Fprintln(w, "", string(text))
		return
	}
	fmt.Fprintln(w)
	writeYAML(w, depth+1, v)
}

// plainKey is a key that YAML takes for nothing but a string.
var plainKey = regexp.MustCompile(`^(AWSTemplateFormatVersion|(Fn::)?[A-Z][A-Za-z0-9]{2,})$`)

func yamlKey(key string) string {
	if plainKey.MatchString(key) && !slices.Contains([]string{"YES", "OFF", "TRUE", "FALSE", "NULL"}, strings.ToUpper(key)) {
		return key
	}
	return yamlString(key)
}

// yamlString is a string in double quotes, in ASCII, without markers (YAML 1.2, "Double-Quoted Style").
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
