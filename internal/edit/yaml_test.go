package edit_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/iblint/iblint/internal/edit"
)

// odd are documents that are written in odd ways, all of which are edited.
var odd = map[string]string{
	"plain":           "a: 1\nb:\n  c: x\n  d:\n    - e\n    - f: g\n      h: i\n",
	"comments":        "# top\n\na: 1 # one\n# between\nb: # of b\n  # first\n  - x # of x\n\n  # before y\n  - y\n# end\n",
	"list at key":     "a:\n- x\n- y: 1\n  z: 2\nb: c\n",
	"four spaces":     "a:\n    b:\n        - c\n        - d\n    e: f\n",
	"markers":         "--- # start\na: b\nc:\n  - d\n...\n",
	"flow":            "a: {b: c, d: [e, f]}\ng: [ ]\nh: {}\ni: { j: k }\n",
	"flow over lines": "a: {\n    b: c, # first\n    d: [\n      e,\n      f # last\n    ],\n  }\ng: [h,\n  i]\n",
	"trailing comma":  "a: [b, c,]\nd: {e: f,}\n",
	"nulls":           "a:\nb: ~\nc: null\nd:\n  - \n  - e\n  -\nf: {g, h: , i: j}\n",
	"quotes":          "'a': \"b \\\" c\"\n\"d\": 'e''f'\ng: \"h\n  i\"\n",
	"block scalars":   "a: |\n  b\n\n  c\n\nd: >-\n  e\n  f\ng:\n  - |2\n      h\n  - i\nj: |+\n  k\n\nl: m\n",
	"many lines":      "a: b c\n  d e\nf: g\n",
	"tabs":            "a: b\t\nc:\t\n  - d\t# e\n",
	"CRLF":            "a: b\r\nc:\r\n  - d\r\n  - e: |\r\n      f\r\n",
	"no last line":    "a:\n  - b\n  - c: d",
	"byte order mark": "\xEF\xBB\xBFa: b\nc: [d]\n",
	"nested lists":    "a:\n  - - b\n    - c\n  - - - d\n  -\n    - e\n",
	"JSON, tight":     "{\"a\":[],\"b\":{\"c\":\"d\"},\"e\":\"f\"}\n",
	"JSON in YAML":    "{\"a\": [1, 2], \"b\": {\"c\": \"d\"}}\n",
	"indented":        "  a: b\n  c:\n   - d\n",
	"not ASCII":       "ä: ö\nü:\n  - {é: ß, x: [y]}\n",
	"empty lines":     "\n\na:\n\n  b: c\n\n  d: e\n\n\nf: g\n\n",
}

func parsed(t *testing.T, text string) *edit.YAML {
	t.Helper()
	y := &edit.YAML{File: "x.yaml", Source: []byte(text)}
	body := strings.TrimPrefix(text, "\xEF\xBB\xBF")
	y.Offset = len(text) - len(body)
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(body), &root); err != nil {
		t.Fatalf("%v: %q", err, text)
	}
	lines := strings.Split(body, "\n")
	var bytes func(*yaml.Node)
	bytes = func(n *yaml.Node) {
		if n.Line > 0 && n.Line <= len(lines) {
			runes := []rune(lines[n.Line-1])
			n.Column = len(string(runes[:min(n.Column-1, len(runes))])) + 1
		}
		for _, c := range n.Content {
			bytes(c)
		}
	}
	bytes(&root)
	y.Root = root.Content[0]
	return y
}

func edited(text string, edits []edit.Edit) []byte {
	f := edit.NewFile("x.yaml", []byte(text))
	f.Check = func([]byte) bool { return true }
	return f.Edited(edits)
}

// model is a document as values.
func model(n *yaml.Node) any {
	switch n.Kind {
	case yaml.MappingNode:
		o := edit.Object{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			o = append(o, edit.Pair{Key: n.Content[i].Value, Value: model(n.Content[i+1])})
		}
		return o
	case yaml.SequenceNode:
		list := []any{}
		for _, c := range n.Content {
			list = append(list, model(c))
		}
		return list
	}
	switch n.Tag {
	case "!!null":
		return nil
	case "!!int":
		return json.Number(n.Value)
	}
	return n.Value
}

// each calls a function for each value, with a function that sets it in the model.
func each(n *yaml.Node, set func(any) any, f func(n *yaml.Node, set func(any) any)) {
	f(n, set)
	for i, c := range n.Content {
		switch {
		case n.Kind == yaml.SequenceNode:
			each(c, func(v any) any {
				list := model(n).([]any)
				list[i] = v
				return set(list)
			}, f)
		case i%2 == 1:
			each(c, func(v any) any {
				o := model(n).(edit.Object)
				o[i/2].Value = v
				return set(o)
			}, f)
		}
	}
}

// values are what the tests write.
var values = []any{
	"x", "111122223333", "yes", "", "a: b", "- c", "it's", "# d", "e\nf", "ü", "2012-10-17", "null", "arn:aws:iam::aws:policy/service-role/X", "*", "${aws:username}", "a ", "\u0085", "1e3", "0x1", "=", "a:",
	json.Number("7"), true, nil, []any{}, edit.Object{},
	[]any{"x", "y", edit.Object{{Key: "k", Value: "v"}}},
	edit.Object{{Key: "Key", Value: "0123"}, {Key: "aws:SourceAccount", Value: []any{"1", "2"}}, {Key: "o", Value: edit.Object{{Key: "p", Value: "q"}}}},
}

// Whatever is changed where: YAML reads what was meant to be written.
func TestYAMLEdits(t *testing.T) {
	for name, text := range odd {
		t.Run(name, func(t *testing.T) {
			if nodes := tryEdits(t, text, values); nodes < 3 {
				t.Errorf("%d nodes are edited", nodes)
			}
		})
	}
}

func FuzzYAMLEdits(f *testing.F) {
	for _, text := range odd {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "|>") { // line breaks and spaces after a block scalar may become a part of it
			if strings.Contains(text, "+") {
				return
			}
			text = strings.TrimRight(regexp.MustCompile(`(?m)^[ \t]+$`).ReplaceAllString(text, ""), "\n") + "\n"
		}
		var root yaml.Node
		if err := yaml.Unmarshal([]byte(strings.TrimPrefix(text, "\xEF\xBB\xBF")), &root); err != nil || root.Kind != yaml.DocumentNode || len(root.Content) != 1 || !plainTree(root.Content[0], true) || len(text) > 500 {
			return
		}
		tryEdits(t, text, []any{"x", "0123", []any{"x"}, edit.Object{{Key: "k", Value: "v"}}})
	})
}

// plainTree reports whether a document has only what the model has, as templates do.
func plainTree(n *yaml.Node, root bool) bool {
	if n.Anchor != "" || n.Kind == yaml.AliasNode || n.Style&yaml.TaggedStyle != 0 || root && n.Kind != yaml.MappingNode {
		return false
	}
	seen := map[string]bool{}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			if c.Kind != yaml.ScalarNode || c.Value == "<<" || seen[c.Value] || c.Value == "no" || c.Value == "new" {
				return false
			}
			seen[c.Value] = true
		}
		if !plainTree(c, false) {
			return false
		}
	}
	return true
}

// tryEdits tries all kinds of edits of all values, and returns how many values can be edited.
func tryEdits(t *testing.T, text string, values []any) (nodes int) {
	t.Helper()
	y := parsed(t, text)
	if y.Node(y.Root) == nil {
		return 0
	}
	check := func(what string, edits []edit.Edit, want any) {
		t.Helper()
		after := string(edited(text, edits))
		var root yaml.Node
		if err := yaml.Unmarshal([]byte(strings.TrimPrefix(after, "\xEF\xBB\xBF")), &root); err != nil || len(root.Content) == 0 {
			t.Errorf("%s: %v\n%s\n%q", what, err, after, text)
			return
		}
		if got := model(root.Content[0]); !edit.Equal(plain(got), plain(want)) {
			t.Errorf("%s:\n%s\ngot  %q\nwant %q\n%q", what, after, got, want, text)
		}
	}
	each(y.Root, func(v any) any { return v }, func(n *yaml.Node, set func(any) any) {
		node := y.Node(n)
		nodes++
		if n != y.Root {
			for _, v := range values {
				check(fmt.Sprintf("replace %v by %v", model(n), v), []edit.Edit{node.Replace(v)}, set(v))
			}
			if _, list := model(n).([]any); !list && model(n) != nil {
				after := []any{model(n), "111122223333", edit.Object{{Key: "a", Value: "b"}}}
				if edits, ok := edit.Change(node, model(n), after); ok {
					check(fmt.Sprintf("wrap %v", model(n)), edits, set(after))
				}
			}
		}
		switch m := model(n).(type) {
		case edit.Object:
			for _, v := range values {
				check(fmt.Sprintf("add %v to %v", v, m), node.Add("no", v), set(append(m[:len(m):len(m)], edit.Pair{Key: "no", Value: v})))
			}
			for i, p := range m {
				left := append(m[:i:i], m[i+1:]...)
				if n != y.Root || len(left) > 0 {
					check(fmt.Sprintf("remove %s of %v", p.Key, m), node.RemoveMember(p.Key), set(left))
				}
				renamed := append(append(m[:i:i], edit.Pair{Key: "new", Value: "v"}), m[i+1:]...)
				check(fmt.Sprintf("rename %s of %v", p.Key, m), node.Rename(p.Key, "new", "v"), set(renamed))
			}
		case []any:
			for _, v := range values {
				check(fmt.Sprintf("add %v to %v", v, m), node.Add("", v), set(append(m[:len(m):len(m)], v)))
			}
			for i := range m {
				check(fmt.Sprintf("remove %d of %v", i, m), node.Remove(i), set(append(m[:i:i], m[i+1:]...)))
			}
		}
	})
	return nodes
}

// plain is a value as YAML gives it: bools as text.
func plain(v any) any {
	switch v := v.(type) {
	case edit.Object:
		o := edit.Object{}
		for _, p := range v {
			o = append(o, edit.Pair{Key: p.Key, Value: plain(p.Value)})
		}
		return o
	case []any:
		list := []any{}
		for _, one := range v {
			list = append(list, plain(one))
		}
		return list
	case bool:
		return fmt.Sprint(v)
	}
	return v
}
