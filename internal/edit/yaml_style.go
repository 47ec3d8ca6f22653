package edit

import (
	"bytes"
	"encoding/json"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/iblint/iblint/internal/lazyregexp"
)

// yamlStyle is how a file is written: new values are written in the same way.
type yamlStyle struct {
	steps  map[int]int // how often mappings are indented by so many columns
	dashes map[int]int // how often lists in mappings are
	single int         // scalars in single quotes
	double int
	spaced int // mappings in braces with a space inside
	tight  int

	step, dash int
	quote      byte

	jsonStep  string // what JSON is indented by
	jsonLists int    // lists of texts whose items stand on lines of their own, less other lists
}

func (s *yamlStyle) mapping(columns int) { s.steps = counted(s.steps, columns) }

func (s *yamlStyle) sequence(columns int) { s.dashes = counted(s.dashes, columns) }

func counted(m map[int]int, columns int) map[int]int {
	if m == nil {
		m = map[int]int{}
	}
	m[columns]++
	return m
}

func (s *yamlStyle) quoted(n *yaml.Node, isJSON bool) {
	switch {
	case isJSON:
	case n.Style&yaml.DoubleQuotedStyle != 0:
		s.double++
	case n.Style&yaml.SingleQuotedStyle != 0:
		s.single++
	}
}

func (s *yamlStyle) braces(source []byte, at int) {
	if at+1 < len(source) && source[at+1] == ' ' {
		s.spaced++
	} else {
		s.tight++
	}
}

// like is the style of a mapping in braces.
func (s *yamlStyle) like(n *Node) *yamlStyle {
	own := *s
	own.spaced, own.tight = 0, 0
	own.braces(n.source, n.Start)
	return &own
}

// jsonLines learns how collections in brackets are laid out.
func (s *yamlStyle) jsonLines(source []byte, n *Node) {
	if len(n.Members) == 0 {
		return
	}
	first := n.Members[0]
	ownLine := strings.TrimSpace(string(source[lineStart(source, first.Start):first.Start])) == ""
	if n.Kind == List && first.Value.Kind == Scalar {
		s.jsonLists += map[bool]int{true: 1, false: -1}[ownLine]
	}
	outer, inner := indentAt(source, n.Start), indentAt(source, first.Start)
	if step, deeper := strings.CutPrefix(inner, outer); deeper && s.jsonStep == "" && ownLine {
		s.jsonStep = step
	}
}

// decide settles for what is most frequent.
func (s *yamlStyle) decide() {
	s.step, s.dash, s.quote = most(s.steps, 2), most(s.dashes, -1), '\''
	if s.step < 1 || s.step > 8 {
		s.step = 2
	}
	if s.dash < 0 || s.dash > 8 {
		s.dash = s.step
	}
	if s.double > s.single {
		s.quote = '"'
	}
}

// most is the key with the highest count, the smaller one of several.
func most(m map[int]int, otherwise int) int {
	best := otherwise
	for k, n := range m {
		if n > m[best] || n == m[best] && k < best {
			best = k
		}
	}
	return best
}

// Call is a call of a function of a CloudFormation template, in place of a value: a tag in YAML,
// and an object in JSON.
type Call struct {
	Function string // Ref, GetAtt or Sub
	Argument string
}

// long is the call without a tag.
func (c Call) long() Object {
	switch c.Function {
	case "Ref":
		return Object{{c.Function, c.Argument}}
	case "GetAtt":
		id, attribute, _ := strings.Cut(c.Argument, ".")
		return Object{{"Fn::GetAtt", []any{id, attribute}}}
	}
	return Object{{"Fn::" + c.Function, c.Argument}}
}

// block is a value in block style. Further lines begin at a column.
func (s *yamlStyle) block(v any, column int) string {
	var lines []string
	switch v := v.(type) {
	case Object:
		for _, p := range v {
			lines = append(lines, s.entry(p.Key, p.Value, column))
		}
	case []any:
		for _, item := range v {
			lines = append(lines, s.item(item, column))
		}
	}
	if len(lines) == 0 {
		return s.flow(v)
	}
	return strings.Join(lines, "\n"+strings.Repeat(" ", column))
}

// entry is a member of a mapping whose keys stand at a column.
func (s *yamlStyle) entry(key string, v any, column int) string {
	return s.scalar(key) + ":" + s.afterKey(v, column)
}

// afterKey is what follows the colon of a key at a column.
func (s *yamlStyle) afterKey(v any, column int) string {
	if !lines(v) {
		return " " + s.flow(v)
	}
	if _, list := v.([]any); list {
		column += s.dash
	} else {
		column += s.step
	}
	return "\n" + strings.Repeat(" ", column) + s.block(v, column)
}

// item is an item of a list whose dashes stand at a column.
func (s *yamlStyle) item(v any, column int) string {
	if !lines(v) {
		return "- " + s.flow(v)
	}
	return "- " + s.block(v, column+2)
}

// lines reports whether a value takes lines of its own in block style.
func lines(v any) bool {
	switch v := v.(type) {
	case Object:
		return len(v) > 0
	case []any:
		return len(v) > 0
	}
	return false
}

// flow is a value on one line.
func (s *yamlStyle) flow(v any) string {
	switch v := v.(type) {
	case Object:
		var members []string
		for _, p := range v {
			members = append(members, s.scalar(p.Key)+": "+s.flow(p.Value))
		}
		if len(members) > 0 && s.spaced > s.tight {
			return "{ " + strings.Join(members, ", ") + " }"
		}
		return "{" + strings.Join(members, ", ") + "}"
	case []any:
		var items []string
		for _, item := range v {
			items = append(items, s.flow(item))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case Call:
		return "!" + v.Function + " " + s.scalar(v.Argument)
	case string:
		return s.scalar(v)
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return "null"
}

var (
	// plain are texts that need no quotes, in no place and for no version of YAML.
	plain = lazyregexp.New(`^[A-Za-z/_][A-Za-z0-9 ./_:+*@=-]*$`)
	// otherwise are texts that YAML may read as something else.
	otherwise = lazyregexp.New(`(?i)^(?:y|n|yes|no|on|off|true|false|null)$|: |:$| $`)
)

// scalar is a text that YAML reads as this text.
func (s *yamlStyle) scalar(text string) string {
	switch {
	case plain().MatchString(text) && !otherwise().MatchString(text):
		return text
	case s.quote == '"' || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r >= 0x7F }):
		return doubleQuoted(text)
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

// doubleQuoted is a text as JSON, which YAML reads, too. Only what can be seen is left as it is.
func doubleQuoted(text string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(text) != nil {
		return `""`
	}
	return strings.NewReplacer("\x7f", `\x7F`, "\u0085", `\N`, "\ufeff", `\uFEFF`).Replace(strings.TrimSuffix(b.String(), "\n"))
}

// yamlFlow writes values in flow style, which is on one line.
type yamlFlow struct{ *yamlStyle }

func (s yamlFlow) value(v any, _ string) string { return s.flow(v) }

func (s yamlFlow) line(v any) string { return s.flow(v) }

func (s yamlFlow) key(key string) string { return s.scalar(key) + ": " }

func (s yamlFlow) member(key string, v any, _ string) string { return s.key(key) + s.flow(v) }

func (yamlFlow) comma(between []byte) bool {
	for line := range bytes.Lines(between) {
		before, _, _ := bytes.Cut(line, []byte("#"))
		if bytes.ContainsRune(before, ',') {
			return true
		}
	}
	return false
}

func (yamlFlow) commas() bool { return true }

func (s yamlFlow) wrap(expression string, list bool, more []any, _ string) (string, bool) {
	if list || strings.Contains(expression, "\n") {
		return "", false
	}
	parts := []string{expression}
	for _, v := range more {
		parts = append(parts, s.flow(v))
	}
	return "[" + strings.Join(parts, ", ") + "]", true
}

// Text is how members of an object are written in the language of the file, for people.
func (y *YAML) Text(o Object) string {
	if !y.IsJSON {
		s := yamlStyle{quote: '\'', step: 2, dash: 2}
		return s.block(o, 0)
	}
	var members []string
	for _, p := range o {
		members = append(members, Marshal(p.Key, "")+": "+Marshal(p.Value, ""))
	}
	return strings.Join(members, ",\n")
}
