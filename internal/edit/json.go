package edit

import (
	"bytes"
	"encoding/json"
	"strings"
)

// JSON is a JSON text that is a part of a file.
type JSON struct {
	File       string
	Source     []byte // of the file
	Start, End int    // of the text

	// Opaque are ranges of the file that are not JSON, such as the interpolations of a template.
	Opaque [][2]int
	// Template says that the text is in a template of HCL, in which ${ and %{ are written as
	// $${ and %%{.
	Template bool
	// Sub says that the text is in Fn::Sub of a template, in which ${ is written as ${!.
	Sub bool
}

// Node returns the value that the text writes out; nil if it is no JSON.
func (j *JSON) Node() *Node {
	masked := bytes.Clone(j.Source[:j.End])
	for _, r := range j.Opaque {
		for i := r[0]; i < r[1] && i < len(masked); i++ {
			masked[i] = 'x'
		}
	}
	p := &jsonParser{JSON: j, text: masked, at: j.Start}
	n := p.value(0)
	if p.space(); n == nil || p.at != j.End {
		return nil
	}
	return n
}

type jsonParser struct {
	*JSON
	text []byte // in which opaque ranges are letters
	at   int
}

func (p *jsonParser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *jsonParser) next(c byte) bool {
	p.space()
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

// maxDepth is how deep values are nested at most.
const maxDepth = 100

func (p *jsonParser) value(depth int) *Node {
	p.space()
	if p.at >= len(p.text) || depth > maxDepth {
		return nil
	}
	n := &Node{File: p.File, Start: p.at, source: p.Source, syntax: jsonSyntax{template: p.Template, sub: p.Sub}}
	switch p.text[p.at] {
	case '{':
		n.Kind = Shape
		p.at++
		for !p.next('}') {
			if len(n.Members) > 0 && !p.next(',') {
				return nil
			}
			p.space()
			start := p.at
			key, _, ok := p.string()
			if !ok || !p.next(':') {
				return nil
			}
			v := p.value(depth + 1)
			if v == nil {
				return nil
			}
			n.Members = append(n.Members, Member{key, start, v.End, v})
		}
	case '[':
		n.Kind = List
		p.at++
		for !p.next(']') {
			if len(n.Members) > 0 && !p.next(',') {
				return nil
			}
			v := p.value(depth + 1)
			if v == nil {
				return nil
			}
			n.Members = append(n.Members, Member{"", v.Start, v.End, v})
		}
	case '"':
		text, opaque, ok := p.string()
		if !ok {
			return nil
		}
		if !opaque {
			n.Kind, n.Text, n.IsText = Scalar, text, true
		}
	default:
		for p.at < len(p.text) && strings.IndexByte(" \t\r\n,]}", p.text[p.at]) < 0 {
			p.at++
		}
		if p.at == n.Start {
			return nil
		}
		if !p.opaque(n.Start, p.at) {
			if !json.Valid(p.text[n.Start:p.at]) {
				return nil
			}
			n.Kind = Scalar
		}
	}
	n.End = p.at
	return n
}

func (p *jsonParser) opaque(start, end int) bool {
	for _, r := range p.Opaque {
		if r[0] < end && start < r[1] {
			return true
		}
	}
	return false
}

func (p *jsonParser) string() (text string, opaque, ok bool) {
	start := p.at
	if start >= len(p.text) || p.text[start] != '"' {
		return "", false, false
	}
	for p.at++; p.at < len(p.text); p.at++ {
		switch p.text[p.at] {
		case '\\':
			p.at++
		case '"':
			p.at++
			raw := string(p.text[start:p.at])
			if p.Template {
				raw = strings.NewReplacer("$${", "${", "%%{", "%{").Replace(raw)
			}
			if p.Sub {
				raw = strings.ReplaceAll(raw, "${!", "${")
			}
			opaque = p.opaque(start, p.at)
			err := json.Unmarshal([]byte(raw), &text)
			return text, opaque, err == nil
		}
	}
	return "", false, false
}

// jsonSyntax writes values as JSON.
type jsonSyntax struct {
	template, sub bool
	style         *yamlStyle // how the file is written; nil: as Marshal writes
}

func (s jsonSyntax) value(v any, indent string) string {
	layout := jsonLayout{step: "  "}
	if s.style != nil {
		layout.lists = s.style.jsonLists > 0
		if s.style.jsonStep != "" {
			layout.step = s.style.jsonStep
		}
	}
	return s.escaped(layout.marshal(v, indent))
}

func (s jsonSyntax) member(key string, v any, indent string) string {
	return s.escaped(Marshal(key, "")+": ") + s.value(v, indent)
}

func (s jsonSyntax) escaped(text string) string {
	switch {
	case s.template:
		return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(text)
	case s.sub:
		return strings.ReplaceAll(text, "${", "${!")
	}
	return text
}

func (s jsonSyntax) line(v any) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(Marshal(v, ""))) != nil {
		return "null"
	}
	return s.escaped(b.String())
}

func (s jsonSyntax) key(key string) string { return s.escaped(Marshal(key, "")) + ": " }

func (jsonSyntax) comma(between []byte) bool { return bytes.ContainsRune(between, ',') }

func (jsonSyntax) commas() bool { return true }

func (s jsonSyntax) wrap(expression string, list bool, more []any, indent string) (string, bool) {
	if list {
		return "", false
	}
	parts := []string{expression}
	for _, v := range more {
		parts = append(parts, s.value(v, indent))
	}
	return "[" + strings.Join(parts, ", ") + "]", true
}

// Marshal is a value as JSON: an object has a line for each member.
func Marshal(v any, indent string) string { return jsonLayout{step: "  "}.marshal(v, indent) }

// jsonLayout is how JSON is laid out.
type jsonLayout struct {
	step  string // what members are indented by
	lists bool   // the items of all lists stand on lines of their own
}

func (l jsonLayout) marshal(v any, indent string) string {
	inner := indent + l.step
	if strings.HasSuffix(indent, "\t") {
		inner = indent + "\t"
	}
	switch v := v.(type) {
	case Call:
		return l.marshal(v.long(), indent)
	case Object:
		if len(v) == 0 {
			return "{}"
		}
		var lines []string
		for _, p := range v {
			lines = append(lines, inner+Marshal(p.Key, "")+": "+l.marshal(p.Value, inner))
		}
		return "{\n" + strings.Join(lines, ",\n") + "\n" + indent + "}"
	case []any:
		var items []string
		for _, item := range v {
			items = append(items, l.marshal(item, inner))
		}
		text := "[" + strings.Join(items, ", ") + "]"
		if !strings.Contains(text, "\n") && (!l.lists || len(v) == 0) {
			return text
		}
		return "[\n" + inner + strings.Join(items, ",\n"+inner) + "\n" + indent + "]"
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return "null"
	}
	return strings.TrimSuffix(b.String(), "\n")
}
