package cloudformation

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"golang.org/x/text/encoding/unicode"

	"github.com/iblint/iblint/internal/lazyregexp"
)

// document parses YAML or JSON to nodes whose columns are bytes.
func document(name string, data []byte) (*yaml.Node, error) {
	data, err := utf8Text(data)
	if err != nil {
		return nil, failed(Position{name, 1, 1}, "the file is no UTF-16 as its byte order mark says; save it as UTF-8")
	}
	if at := firstInvalid(data); at >= 0 {
		return nil, failed(Position{name, 1 + bytes.Count(data[:at], []byte("\n")), 1}, "the file is not UTF-8; save it as UTF-8")
	}
	root, err := parse(name, data)
	if err != nil {
		return nil, err
	}
	m := measure{name: name, sizes: map[*yaml.Node]int{}}
	if !ascii(data) {
		m.lines = bytes.Split(data, []byte("\n"))
	}
	if _, err := m.size(root, 0); err != nil {
		return nil, err
	}
	return root, nil
}

// parse reads JSON and YAML. Braces with keys without quotes are YAML.
func parse(name string, data []byte) (*yaml.Node, error) {
	first := bytes.TrimLeft(data, " \t\r\n")
	if !bytes.HasPrefix(first, []byte("{")) {
		return parseYAML(name, data)
	}
	root, err := parseJSON(name, data)
	if err == nil {
		return root, nil
	}
	if bytes.HasPrefix(bytes.TrimLeft(first[1:], " \t\r\n"), []byte(`"`)) {
		return nil, err
	}
	return parseYAML(name, data)
}

func parseYAML(name string, data []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var root, second yaml.Node
	switch err := decoder.Decode(&root); {
	case errors.Is(err, io.EOF):
		return nil, failed(Position{name, 1, 1}, "the file is empty; expected a template with Resources")
	case err != nil:
		return nil, yamlError(name, err)
	}
	switch err := decoder.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return nil, yamlError(name, err)
	default:
		return nil, failed(Position{name, second.Line, 1}, "a second document begins here; a template is one document: remove it")
	}
	if root.Kind == yaml.DocumentNode && len(root.Content) == 1 {
		return root.Content[0], nil
	}
	return &root, nil
}

var yamlLine = lazyregexp.New(`^(?:yaml: )?(?:.*?\bline (\d+)(?:, column \d+)?: )?(.*)$`)

// yamlError is an error of the YAML library with the file and the line.
func yamlError(name string, err error) error {
	line, say := 1, err.Error()
	if m := yamlLine().FindStringSubmatch(strings.Join(strings.Fields(say), " ")); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			line = n
		}
		say = m[2]
	}
	return failed(Position{name, line, 1}, "not YAML: %s; correct the syntax", say)
}

// utf8Text removes a byte order mark, and converts UTF-16 that has one.
func utf8Text(data []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return data[3:], nil
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(data)
	}
	return data, nil
}

func firstInvalid(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return -1
}

func ascii(data []byte) bool {
	for _, b := range data {
		if b >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// measure bounds a document, with what its aliases repeat, and checks what all evaluation relies
// on: keys are scalars and stand once in a mapping.
type measure struct {
	name  string
	lines [][]byte           // nil: all characters are ASCII
	sizes map[*yaml.Node]int // of nodes with an anchor; -1: being measured
}

func (m *measure) at(n *yaml.Node) Position { return Position{m.name, n.Line, n.Column} }

func (m *measure) size(n *yaml.Node, depth int) (int, error) {
	if n.Kind == yaml.AliasNode {
		size, known := m.sizes[n.Alias]
		if !known || size < 0 {
			return 0, failed(m.at(n), "the alias *%s contains itself; write the value out", quotedName(n.Value))
		}
		return size, nil
	}
	if depth > maxNesting {
		return 0, failed(m.at(n), "values are nested more than %d levels deep; simplify them", maxNesting)
	}
	if strings.ContainsRune(n.Value, '\uFDD0') {
		return 0, failed(m.at(n), "the text contains the noncharacter U+FDD0; remove it")
	}
	m.column(n)
	if n.Anchor != "" {
		m.sizes[n] = -1
	}
	total := 1
	for i, child := range n.Content {
		size, err := m.size(child, depth+1)
		if err != nil {
			return 0, err
		}
		total += size
		if total > maxNodes {
			return 0, failed(m.at(child), "the document has more than %d values, with what aliases repeat; CloudFormation takes no aliases: write values out", maxNodes)
		}
		if n.Kind == yaml.MappingNode && i%2 == 0 && resolved(child).Kind != yaml.ScalarNode {
			return 0, failed(m.at(child), "a key is no text; write a name before the colon")
		}
	}
	if n.Anchor != "" {
		m.sizes[n] = total
	}
	return total, m.unique(n)
}

// unique returns an error for a key that stands twice in a mapping: which value counts is not
// defined.
func (m *measure) unique(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode || len(n.Content) < 4 {
		return nil
	}
	seen := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := resolved(n.Content[i]).Value
		if line, again := seen[key]; again && key != "<<" {
			return failed(m.at(n.Content[i]), "the key %s is already on line %d; remove one of them", quoted(key), line)
		}
		seen[key] = n.Content[i].Line
	}
	return nil
}

// column turns a column that the YAML library counts in characters into bytes.
func (m *measure) column(n *yaml.Node) {
	if m.lines == nil || n.Line < 1 || n.Line > len(m.lines) {
		return
	}
	line, column := m.lines[n.Line-1], 1
	for range n.Column - 1 {
		_, size := utf8.DecodeRune(line[min(column-1, len(line)):])
		column += max(size, 1)
	}
	n.Column = column
}

// resolved follows aliases.
func resolved(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return n
}

func quotedName(name string) string {
	text := quoted(name)
	return fmt.Sprint(text[1 : len(text)-1])
}
