package edit_test

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/iblint/iblint/internal/edit"
)

// templateOf is a document in which Ref stands for the value of a key at the top, and If for its
// second item.
func templateOf(t *testing.T, text string) *edit.YAML {
	y := parsed(t, text)
	y.Function = func(n *yaml.Node) bool {
		return strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") || n.Kind == yaml.MappingNode && len(n.Content) == 2 && (n.Content[0].Value == "Ref" || strings.HasPrefix(n.Content[0].Value, "Fn::"))
	}
	y.Follow = func(n *yaml.Node) *yaml.Node {
		switch n.Tag {
		case "!If":
			return n.Content[1]
		case "!Ref":
			for i := 0; i+1 < len(y.Root.Content); i += 2 {
				if y.Root.Content[i].Value == n.Value {
					return y.Root.Content[i+1]
				}
			}
		}
		return nil
	}
	return y
}

// Functions are kept. What they stand for is changed where it is written.
func TestYAMLFunctions(t *testing.T) {
	for name, test := range map[string]struct {
		text, key     string
		before, after any
		want          string // empty: it is not edited
	}{
		"part":           {"a: !If [c, x, z]\n", "a", "x", "w", "a: !If [c, w, z]\n"},
		"part in part":   {"a: !If\n  - c\n  - !If [d, {k: x}, z]\n  - z\n", "a", edit.Object{{Key: "k", Value: "x"}}, edit.Object{{Key: "k", Value: "w"}}, "a: !If\n  - c\n  - !If [d, {k: w}, z]\n  - z\n"},
		"elsewhere":      {"p: x # c\na: !Ref p\n", "a", "x", "w", "p: w # c\na: !Ref p\n"},
		"more than one":  {"p: x\na: !Ref p # c\n", "a", "x", []any{"x", "y"}, "p: x\na:\n  - !Ref p # c\n  - 'y'\n"},
		"long":           {"a:\n  Ref: b\n", "a", "x", []any{"x", "z"}, "a:\n  - Ref: b\n  - z\n"},
		"long in braces": {"a: {Ref: b}\n", "a", "x", []any{"x", "z"}, "a:\n  - {Ref: b}\n  - z\n"},
		"tag over lines": {"a: !Join\n- ''\n- [b]\n", "a", "x", []any{"x", "z"}, "a:\n- !Join\n  - ''\n  - [b]\n- z\n"},
		"in brackets":    {"a: [!Ref b]\n", "a", []any{"x"}, []any{"x", "y"}, "a: [!Ref b, 'y']\n"},
		"list":           {"a: !Split [',', b]\n", "a", []any{"x"}, []any{"x", "y"}, ""},
		"unknown":        {"a: !Sub b\n", "a", "x", "y", ""},
		"unknown part":   {"a: [!Ref b, c]\n", "a", []any{"x", "c"}, []any{"y"}, ""},
		"anchor":         {"a: &b {c: d}\ne: *b\n", "a", edit.Object{{Key: "c", Value: "d"}}, edit.Object{{Key: "c", Value: "e"}}, ""},
		"alias":          {"a: &b {c: d}\ne: *b\n", "e", edit.Object{{Key: "c", Value: "d"}}, edit.Object{{Key: "c", Value: "e"}}, ""},
		"merge":          {"a: &b {c: d}\ne:\n  <<: *b\n", "e", edit.Object{{Key: "c", Value: "d"}}, edit.Object{{Key: "c", Value: "e"}}, ""},
		"same":           {"a: b\n", "a", "b", "b", "a: b\n"},
	} {
		t.Run(name, func(t *testing.T) {
			y := templateOf(t, test.text)
			n := y.Node(y.Root).Member(test.key)
			edits, ok := edit.Change(n, test.before, test.after)
			if ok != (test.want != "") {
				t.Fatal(ok, edits)
			}
			if got := string(edited(test.text, edits)); ok && got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
}

// Documents of which parsers do not agree are not edited at all.
func TestYAMLThatIsNotEdited(t *testing.T) {
	for name, text := range map[string]string{
		"explicit key":           "? a\n: b\n",
		"carriage return":        "a: b\rc: d\n",
		"next line":              "a: b\u0085c: d\n",
		"pairs in a list":        "a: [b: c]\n",
		"tag without name":       "a: ! b\n",
		"brackets at the margin": "a:\n  b: [\nc]\n",
	} {
		y := parsed(t, text)
		if n := y.Node(y.Root); n != nil {
			t.Errorf("%s: it is edited: %q", name, text)
		}
	}
	for name, y := range map[string]*edit.YAML{
		"no document":   {Source: []byte("a: b")},
		"other text":    {Source: []byte("x"), Root: parsed(t, "a: {b: c}\nd: [e]\n").Root},
		"no text":       {Root: parsed(t, "a: b\n").Root},
		"beyond":        {Source: []byte("a: b\n"), Offset: 100, Root: parsed(t, "a: b\n").Root},
		"not that JSON": {Source: []byte("a:\n  - b\n"), IsJSON: true, Root: parsed(t, "a:\n  - b\n").Root},
	} {
		if n := y.Node(y.Root); n != nil {
			t.Errorf("%s: it is edited", name)
		}
	}
}

// JSON in a literal scalar is edited as JSON, even if it contains variables.
func TestJSONInYAML(t *testing.T) {
	for _, test := range []struct {
		text, want string
		sub        bool
	}{
		{"a: |\n  {\n    \"b\": [\"c\"]\n  }\nd: e\n", "a: |\n  {\n    \"b\": [\"c\", \"${d}\"]\n  }\nd: e\n", false},
		{"a: !Sub |-\n  {\"b\": [\"${c}\"]}\n", "a: !Sub |-\n  {\"b\": [\"${c}\", \"${!d}\"]}\n", true},
		{"a: |\n  not JSON\n", "", false},
		{"a: '{}'\n", "", false},
		{"a: !Sub |\n  {\"b\": [\"${c\"]}\n", "", true},
	} {
		y := templateOf(t, test.text)
		n := y.Node(y.Root).Member("a")
		if function, argument := n.Function(); function != "" {
			n = argument
		}
		j, ok := n.Literal(test.sub)
		ok = ok && j.Node() != nil
		if ok != (test.want != "") {
			t.Errorf("%q: %v", test.text, ok)
		}
		if ok {
			edits := j.Node().Member("b").Add("", "${d}")
			if got := string(edited(test.text, edits)); got != test.want {
				t.Errorf("got %q", got)
			}
		}
	}
}

// Of edits at one place, the deeper one comes first.
func TestDepth(t *testing.T) {
	text := "a:\n  b:\n    - c\n"
	y := parsed(t, text)
	root := y.Node(y.Root)
	edits := append(append(root.AddEntry("x", "1"), root.Member("a").Add("y", "2")...), root.Member("a").Member("b").Add("", "z")...)
	if edit.Overlap(edits) || edit.Conflicts(edits[:1], edits[1:]) {
		t.Error("they conflict")
	}
	if got := string(edited(text, edits)); got != "a:\n  b:\n    - c\n    - z\n  'y': '2'\nx: '1'\n" {
		t.Errorf("got\n%s", got)
	}
	again := root.Member("a").Add("w", "3")
	if !edit.Conflicts(again, edits) {
		t.Error("two members at one place do not conflict")
	}
}
