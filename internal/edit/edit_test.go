package edit_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/iblint/iblint/internal/edit"
)

// A value that is written out is changed in place; everything else stays as it is.
func TestChangeKeepsTheRest(t *testing.T) {
	for _, test := range []struct{ name, source, before, after, want string }{
		{
			"an item after the last", `["a"] # why`, `["a"]`, `["a","b"]`, `["a", "b"] # why`,
		},
		{
			"a list that becomes longer than one value", `"a"`, `"a"`, `["a","b"]`, `["a", "b"]`,
		},
		{
			"an item on its own line, without a comma after the last",
			"[\n  \"a\", # first\n  \"b\" # second\n]", `["a","b"]`, `["a","b","c"]`,
			"[\n  \"a\", # first\n  \"b\", # second\n  \"c\",\n]",
		},
		{
			"an item on its own line, with a comma after the last",
			"[\n  \"a\",\n  \"b\", # second\n]", `["a","b"]`, `["a","b","c"]`,
			"[\n  \"a\",\n  \"b\", # second\n  \"c\",\n]",
		},
		{
			"an item that goes", "[\n  \"a\",\n  \"b\", # second\n]", `["a","b"]`, `["b"]`, "[\n  \"b\", # second\n]",
		},
		{
			"the only item that goes", `["a"]`, `["a"]`, `[]`, `[]`,
		},
		{
			"a member in one line", `{ a = 1 }`, `{"a":1}`, `{"a":1,"b":"x"}`, `{ a = 1, b = "x" }`,
		},
		{
			"a member in an empty object", `{}`, `{}`, `{"b":"x"}`, "{\n  b = \"x\"\n}",
		},
		{
			"a member in its own line, with a comment before the end",
			"{\n  a = 1 # one\n  # more to come\n}", `{"a":1}`, `{"a":1,"b":["x"]}`,
			"{\n  a = 1 # one\n  # more to come\n  b = [\"x\"]\n}",
		},
		{
			"a reference that gets company", `{ Service = var.who }`, `{"Service":"x"}`, `{"Service":["x","y"]}`, `{ Service = [var.who, "y"] }`,
		},
		{
			"a reference to a list that gets company", `{ Service = var.who }`, `{"Service":["x"]}`, `{"Service":["x","y"]}`, `{ Service = concat(var.who, ["y"]) }`,
		},
		{
			"what must be escaped", `{ a = "x" }`, `{"a":"x"}`, `{"a":"${x} %{y} \"q\"\n` + "`" + `"}`, `{ a = "$${x} %%{y} \"q\"\n` + "`" + `" }`,
		},
		{
			"a key that is no identifier", `{ "aws:x" = "y" }`, `{"aws:x":"y"}`, `{"aws:x":"y","aws:z":"1"}`, `{ "aws:x" = "y", "aws:z" = "1" }`,
		},
		{
			"a reference that would have to change", `{ a = var.x }`, `{"a":"x"}`, `{"a":"y"}`, `no`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			x, diags := hclsyntax.ParseExpression([]byte(test.source), "f", hcl.InitialPos)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			file := edit.HCL{File: "f", Source: []byte(test.source)}
			check(t, file.Node(x), test.source, test.before, test.after, test.want)
		})
	}
}

func TestChangeJSON(t *testing.T) {
	for _, test := range []struct{ name, source, before, after, want string }{
		{"an item", `{"a": ["b"]}`, `{"a":["b"]}`, `{"a":["b","c"]}`, `{"a": ["b", "c"]}`},
		{"a member in one line", `{"a": 1}`, `{"a":1}`, `{"a":1,"b":"${x}"}`, `{"a": 1, "b": "$${x}"}`},
		{"a member on its own line", "{\n\t\"a\": 1\n}", `{"a":1}`, `{"a":1,"b":2}`, "{\n\t\"a\": 1,\n\t\"b\": 2\n}"},
		{"the last member goes", "{\n  \"a\": 1,\n  \"b\": 2\n}", `{"a":1,"b":2}`, `{"a":1}`, "{\n  \"a\": 1\n}"},
		{"the first member goes", "{\n  \"a\": 1,\n  \"b\": 2\n}", `{"a":1,"b":2}`, `{"b":2}`, "{\n  \"b\": 2\n}"},
		{"an interpolation stays", `{"a": ["@@@@@@"], "b": 1}`, `{"a":["x"],"b":1}`, `{"a":["x"],"b":2}`, `{"a": ["@@@@@@"], "b": 2}`},
		{"an interpolation would change", `{"a": ["@@@@@@"]}`, `{"a":["x"]}`, `{"a":["y"]}`, `no`},
		{"no JSON", `{"a": }`, `{}`, `{"a":1}`, `no`},
	} {
		t.Run(test.name, func(t *testing.T) {
			j := edit.JSON{File: "f", Source: []byte(test.source), End: len(test.source), Template: true}
			if i := strings.Index(test.source, "@"); i >= 0 {
				j.Opaque = [][2]int{{i, i + 6}}
			}
			check(t, j.Node(), test.source, test.before, test.after, test.want)
		})
	}
}

func check(t *testing.T, n *edit.Node, source, before, after, want string) {
	t.Helper()
	b, err := edit.Parse(before)
	if err != nil {
		t.Fatal(err)
	}
	a, err := edit.Parse(after)
	if err != nil {
		t.Fatal(err)
	}
	edits, ok := edit.Change(n, b, a)
	got := "no"
	if ok {
		got = string(edit.Apply("f", []byte(source), edits))
	}
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestApplyKeepsLineEnds(t *testing.T) {
	got := string(edit.Apply("f", []byte("a\r\nb\r\n"), []edit.Edit{{File: "f", Start: 3, End: 3, Text: "x\n"}, {File: "other", Start: 0, End: 3}}))
	if want := "a\r\nx\r\nb\r\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestConflict(t *testing.T) {
	at := func(start, end int, text string) edit.Edit {
		return edit.Edit{File: "f", Start: start, End: end, Text: text}
	}
	apart := func(start int, text string) edit.Edit {
		return edit.Edit{File: "f", Start: start, End: start, Text: text, Apart: true}
	}
	for _, test := range []struct {
		a, b edit.Edit
		want bool
	}{
		{at(1, 5, "x"), at(4, 6, "y"), true},
		{at(1, 5, "x"), at(1, 5, "x"), false},
		{at(1, 5, "x"), at(1, 5, "y"), true},
		{at(1, 5, "x"), at(5, 6, "y"), false},
		{at(3, 3, "x"), at(1, 5, "y"), true},
		{at(1, 1, "x"), at(1, 5, "y"), false},
		{at(1, 1, "x"), at(1, 1, "y"), true},
		{apart(1, "x"), apart(1, "y"), false},
		{apart(1, "x"), at(1, 1, "y"), true},
		{at(1, 5, "x"), edit.Edit{File: "g", Start: 2, End: 3}, false},
	} {
		if edit.Conflict(test.a, test.b) != test.want || edit.Conflict(test.b, test.a) != test.want {
			t.Errorf("Conflict(%v, %v) is not %v", test.a, test.b, test.want)
		}
	}
}
