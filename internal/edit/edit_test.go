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
		got = applied(source, edits)
	}
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// applied is a text after edits of it. It is no file of a known language, so nothing is formatted.
func applied(source string, edits []edit.Edit) string {
	for i := range edits {
		edits[i].File = "f.json"
	}
	return string(edit.NewFile("f.json", []byte(source)).Edited(edits))
}

func TestEditedKeepsLineEnds(t *testing.T) {
	got := applied("a\r\nb\r\n", []edit.Edit{{Start: 3, End: 3, Text: "x\n"}})
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

// The JSON of a heredoc is edited in place. Interpolations stay, also where they are no strings.
func TestHeredoc(t *testing.T) {
	for _, test := range []struct{ name, source, before, after, want string }{
		{"a value", "<<E\n{\"a\": 1}\nE\n", `{"a":1}`, `{"a":2}`, "<<E\n{\"a\": 2}\nE\n"},
		{"an interpolation in a string", "<<-E\n  {\"a\": [\"x${var.x}\"]}\n  E\n", `{"a":["xy"]}`, `{"a":["xy","z"]}`, "<<-E\n  {\"a\": [\"x${var.x}\", \"z\"]}\n  E\n"},
		{"an interpolation as a value", "<<E\n{\"a\": ${ jsonencode(\"}\") ~}, \"b\": 1}\nE\n", `{"a":"}","b":1}`, `{"a":"}","b":2}`, "<<E\n{\"a\": ${ jsonencode(\"}\") ~}, \"b\": 2}\nE\n"},
		{"what must be escaped", "<<E\n{\"a\": 1}\nE\n", `{"a":1}`, `{"a":"${aws:x}"}`, "<<E\n{\"a\": \"$${aws:x}\"}\nE\n"},
		{"a directive", "<<E\n{\"a\": %{ if true }1%{ endif }}\nE\n", `{"a":1}`, `{"a":2}`, "no"},
		{"no heredoc", `"{\"a\": 1}"`, `{"a":1}`, `{"a":2}`, "no"},
		{"nothing in it", "<<E\nE\n", `{}`, `{"a":2}`, "no"},
	} {
		t.Run(test.name, func(t *testing.T) {
			x, diags := hclsyntax.ParseExpression([]byte(test.source), "f", hcl.InitialPos)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			file := edit.HCL{File: "f", Source: []byte(test.source)}
			var n *edit.Node
			if template, ok := x.(*hclsyntax.TemplateExpr); ok {
				if j, ok := file.Heredoc(template); ok {
					n = j.Node()
				}
			}
			check(t, n, test.source, test.before, test.after, test.want)
		})
	}
}

// Blocks and arguments are added and removed with their lines.
func TestBlocks(t *testing.T) {
	for _, test := range []struct {
		name, source, want string
		edit               func(*edit.HCL, *hclsyntax.Block) []edit.Edit
	}{
		{"an argument in an empty block", "a {}\n", "a {\n  x = 1\n}\n", add},
		{"an argument in a line", "a { y = 1 }\n", "a {\n  y = 1\n  x = 1\n}\n", add},
		{"an argument before a block", "a {\n  y = 1 # y\n\n  b {}\n}\n", "a {\n  y = 1 # y\n  x = 1\n\n  b {}\n}\n", add},
		{"an argument after a heredoc", "a {\n  y = <<E\nz\nE\n}\n", "a {\n  y = <<E\nz\nE\n  x = 1\n}\n", add},
		{"an argument after a comment", "a {\n  # later\n}\n", "a {\n  x = 1\n  # later\n}\n", add},
		{"an argument goes", "a {\n  # why\n  y = 1 # y\n  z = 2\n}\n", "a {\n  # why\n  z = 2\n}\n", remove},
		{"a heredoc goes", "a {\n  y = <<E\nz\nE\n  z = 2\n}\n", "a {\n  z = 2\n}\n", remove},
		{"an argument in a line goes", "a { y = 1 }\n", "a {  }\n", remove},
		{"a block after the last", "a {\n  y = 1\n}", "a {\n  y = 1\n  b {}\n}", func(h *edit.HCL, b *hclsyntax.Block) []edit.Edit { return h.AddBlock(b, "b {}") }},
		{"a block after the file", "a {}", "a {}\n\nb {}\n", func(h *edit.HCL, b *hclsyntax.Block) []edit.Edit { return []edit.Edit{h.AddAfter(b, "b {}\n")} }},
	} {
		t.Run(test.name, func(t *testing.T) {
			parsed, diags := hclsyntax.ParseConfig([]byte(test.source), "f", hcl.InitialPos)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			h := &edit.HCL{File: "f", Source: []byte(test.source)}
			got := applied(test.source, test.edit(h, parsed.Body.(*hclsyntax.Body).Blocks[0]))
			if got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}

func add(h *edit.HCL, b *hclsyntax.Block) []edit.Edit { return h.AddArgument(b, "x", "1") }

func remove(h *edit.HCL, b *hclsyntax.Block) []edit.Edit {
	return []edit.Edit{h.RemoveArgument(b.Body.Attributes["y"])}
}

// Only blocks that were formatted before are formatted.
func TestEditedFormatsWhatWasFormatted(t *testing.T) {
	before := "a {\n  x = 1\n}\nb {\n x=1\n}\n"
	at := strings.Index(before, "}\nb")
	last := len(before) - 2
	got := string(edit.NewFile("f.tf", []byte(before)).Edited([]edit.Edit{
		{File: "f.tf", Start: at, End: at, Text: "  long = 2\n"},
		{File: "f.tf", Start: last, End: last, Text: " long=2\n"},
		{File: "f.tf", Start: len(before), End: len(before), Text: "c {\n  x = 1\n}\n", Apart: true},
	}))
	if want := "a {\n  x    = 1\n  long = 2\n}\nb {\n x=1\n long=2\n}\nc {\n  x = 1\n}\n"; got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestValid(t *testing.T) {
	for _, test := range []struct {
		name, file, source string
		edits, others      []edit.Edit
		want               bool
	}{
		{"a value", "f.tf", "a {\n  x = 1\n}\n", at(10, 11, "2"), nil, true},
		{"an argument that is there", "f.tf", "a {\n  x = 1\n}\n", at(12, 12, "  x = 2\n"), nil, false},
		{"the end of a block", "f.tf", "a {\n  x = 1\n}\n", at(10, 11, "2 }\nb {"), nil, false},
		{"an argument that another edit adds", "f.tf", "a {\n  x = 1\n}\n", at(12, 12, "  y = 2\n"), at(12, 12, "  y = 3\n"), false},
		{"a resource", "f.tf", "a {}\n", apart(5, "resource \"a\" \"b\" {}\n"), nil, true},
		{"a resource after the last line", "f.tf", "a {}", apart(4, "\n\nresource \"a\" \"b\" {}\n"), nil, true},
		{"a resource that is there", "f.tf", "resource \"a\" \"b\" {}\n", apart(20, "resource \"a\" \"b\" {}\n"), nil, false},
		{"a resource that another edit adds", "f.tf", "a {}\n", apart(5, "resource \"a\" \"b\" {}\n"), apart(5, "resource \"a\" \"b\" {\n}\n"), false},
		{"a variable", "f.tfvars", "x = 1\n", at(4, 5, "2"), nil, true},
		{"no variable", "f.tfvars", "x = 1\n", at(4, 5, "["), nil, false},
		{"JSON", "f.json", "[1]", at(1, 2, "2"), nil, true},
		{"no JSON", "f.json", "[1]", at(1, 2, ","), nil, false},
	} {
		for _, edits := range [][]edit.Edit{test.edits, test.others} {
			for i := range edits {
				edits[i].File = test.file
			}
		}
		if edit.NewFile(test.file, []byte(test.source)).Valid(test.edits, test.others) != test.want {
			t.Errorf("%s: not %v", test.name, test.want)
		}
	}
}

func at(start, end int, text string) []edit.Edit {
	return []edit.Edit{{Start: start, End: end, Text: text}}
}

func apart(start int, text string) []edit.Edit {
	return []edit.Edit{{Start: start, End: start, Text: text, Apart: true}}
}

func TestDiff(t *testing.T) {
	f := edit.NewFile("a \"b\"/é.tf", []byte("x = 1\r\na {\r\n  y = 1\r\n}"))
	edits := []edit.Edit{{File: f.Name, Start: 14, End: 15, Text: "z"}, {File: f.Name, Start: 22, End: 22, Text: "\n\nb {}\n", Apart: true}}
	got, err := f.Diff(edits)
	want := `diff --git "a/a \042b\042/\303\251.tf" "b/a \042b\042/\303\251.tf"` + "\n" +
		`--- "a/a \042b\042/\303\251.tf"` + "\t\n" + `+++ "b/a \042b\042/\303\251.tf"` + "\t\n" +
		"@@ -1,4 +1,6 @@\n x = 1\r\n a {\r\n-  y = 1\r\n-}\n\\ No newline at end of file\n+  z = 1\r\n+}\r\n+\r\n+b {}\r\n"
	if got != want || err != nil {
		t.Errorf("%v: got:\n%q\nwant:\n%q", err, got, want)
	}
	if got, err := f.Diff(nil); got != "" || err != nil {
		t.Errorf("without a change: %s %v", got, err)
	}
}

// Whatever the files and values are, edits stay inside of the file.
func FuzzChange(f *testing.F) {
	f.Add(`{ a = ["b", var.c], d = <<E
{"x": ${y}}
E
}`, `{"a":["b"]}`, `{"a":["b","c"],"e":{"f":null}}`)
	f.Add(`["a" /* b */, # c
]`, `["a"]`, `["a","b"]`)
	f.Fuzz(func(t *testing.T, source, before, after string) {
		x, diags := hclsyntax.ParseExpression([]byte(source), "f", hcl.InitialPos)
		if diags.HasErrors() {
			return
		}
		b, err := edit.Parse(before)
		if err != nil {
			return
		}
		a, err := edit.Parse(after)
		if err != nil {
			return
		}
		h := &edit.HCL{File: "f", Source: []byte(source)}
		nodes := []*edit.Node{h.Node(x)}
		if template, ok := x.(*hclsyntax.TemplateExpr); ok {
			if j, ok := h.Heredoc(template); ok {
				nodes = append(nodes, j.Node())
			}
		}
		for _, n := range nodes {
			edits, _ := edit.Change(n, b, a)
			for _, e := range edits {
				if e.Start < 0 || e.Start > e.End || e.End > len(source) {
					t.Fatalf("%q: %+v", source, e)
				}
			}
			applied(source, edits)
		}
	})
}
