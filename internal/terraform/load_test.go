package terraform

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/internal/testrun"
)

// write writes files below a directory.
func write(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Nothing outside of the tree is read, neither by .. nor by an absolute name nor by a link, except
// modules that the code calls by their names.
func TestNothingOutsideOfTheTreeIsRead(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"secret":         "SECRET",
		"out/main.tf":    "resource \"a\" \"outside\" {}\n",
		"lib/main.tf":    "resource \"a\" \"lib\" {\n  own = file(\"${path.module}/own\")\n  up = file(\"${path.module}/../secret\")\n}\n",
		"lib/own":        "own",
		"plain/secret":   "SECRET",
		"tree/near/x.tf": "resource \"a\" \"near\" {}\n",
		"tree/text":      "text",
		"tree/start/main.tf": fmt.Sprintf(`
resource "a" "b" {
  up       = file("../../secret")
  absolute = file(%q)
  link     = file("link")
  folder   = file("folder/main.tf")
  set      = fileset("folder", "*")
  exists   = fileexists("link")
  template = templatefile("link", {})
  pipe     = file("pipe")
  device   = file("/dev/zero")
  inside   = file("../text")
  linked   = file("good")
}
module "lib" { source = "../../lib" }
module "plain" { source = "../../plain" }
module "linked" { source = "./folder" }
module "near" { source = "../near" }
`, filepath.Join(dir, "secret")),
	})
	root := filepath.Join(dir, "tree", "start")
	must(t, os.Symlink("../../secret", filepath.Join(root, "link")))
	must(t, os.Symlink("../../out", filepath.Join(root, "folder")))
	must(t, os.Symlink("../text", filepath.Join(root, "good")))
	must(t, syscall.Mkfifo(filepath.Join(root, "pipe"), 0o666))
	var read []string
	c, err := Load(root, Options{Tree: filepath.Join(dir, "tree"), ReadFile: func(name string) ([]byte, error) {
		read = append(read, name)
		return os.ReadFile(name)
	}})
	must(t, err)
	v := resourceAt(t, c, "a.b").Values
	for name := range v.Type().AttributeTypes() {
		known := v.GetAttr(name).IsKnown() && !isSymbol(v.GetAttr(name))
		if want := name == "inside" || name == "linked"; known != want {
			t.Errorf("%s is %s", name, shownText(v.GetAttr(name)))
		}
	}
	resourceAt(t, c, "module.near.a.near")
	lib := resourceAt(t, c, "module.lib.a.lib").Values
	if isSymbol(lib.GetAttr("own")) || !isSymbol(lib.GetAttr("up")) {
		t.Errorf("a module outside of the tree reads %s", shownText(lib))
	}
	if len(c.Missing) != 2 || !strings.Contains(c.Missing[0].Why, "outside of the directory that is read") {
		t.Errorf("missing %+v", c.Missing)
	}
	for _, name := range read {
		if strings.Contains(name, "secret") || strings.Contains(name, "out/") || strings.HasSuffix(name, "/link") || strings.HasSuffix(name, "pipe") {
			t.Errorf("read %s", name)
		}
	}
	if !slices.Equal(read, c.Files) {
		t.Errorf("read %v, but Files are %v", read, c.Files)
	}
}

// Paths in the result are as the user gave them.
func TestPathsAreThoseOfTheUser(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"infra/main.tf":   "module \"m\" { source = \"../m\" }\nresource \"a\" \"b\" {}\n",
		"m/main.tf":       "resource \"a\" \"c\" { x = path.module }\n",
		"infra/broken.tf": "",
	})
	t.Chdir(dir)
	c, err := Load("infra", Options{Tree: "."})
	must(t, err)
	if got := fmt.Sprint(c.Modules, c.Files); got != "[infra m] [infra/broken.tf infra/main.tf m/main.tf]" {
		t.Error(got)
	}
	r := resourceAt(t, c, "module.m.a.c")
	if r.Range.Filename != "m/main.tf" || r.Values.GetAttr("x").AsString() != "../m" {
		t.Errorf("%v %#v", r.Range, r.Values)
	}
	write(t, dir, map[string]string{"infra/broken.tf": "x = {\n"})
	if _, err = Load("./infra/", Options{}); err == nil || !strings.HasPrefix(err.Error(), "infra/broken.tf:") {
		t.Error(err)
	}
}

func TestLinksInCircles(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"main.tf":   "module \"m\" { source = \"./m\" }\nresource \"a\" \"b\" {\n  set = fileset(path.module, \"**\")\n  loop = file(\"loop\")\n}\n",
		"m/main.tf": "module \"again\" { source = \"./up/m\" }\nresource \"a\" \"c\" {}\n",
	})
	must(t, os.Symlink("loop", filepath.Join(dir, "loop")))
	must(t, os.Symlink("..", filepath.Join(dir, "m", "up")))
	_, err := Load(dir, Options{})
	if err == nil || !strings.Contains(err.Error(), "calls itself") && !strings.Contains(err.Error(), "nested more than") {
		t.Error(err)
	}
}

func TestManyFiles(t *testing.T) {
	testrun.Long(t)
	files := map[string]string{}
	for i := range 2_000 {
		files[fmt.Sprintf("f%d.tf", i)] = fmt.Sprintf("resource \"a\" \"r%d\" {}\n", i)
	}
	dir := t.TempDir()
	write(t, dir, files)
	c, err := Load(dir, Options{})
	must(t, err)
	if len(c.Resources) != 2_000 {
		t.Error(len(c.Resources))
	}
	for _, o := range []Options{{MaxFiles: 1_999}, {MaxBytes: 1000}, {MaxInstances: 500}, {MaxFile: source.Limit{Bytes: 10}}, {MaxTokens: 100}} {
		if _, err := Load(dir, o); err == nil {
			t.Errorf("no error with %+v", o)
		} else if strings.Contains(err.Error(), "\n") {
			t.Error(err)
		}
	}
}

// Compute sees the arguments, once for each instance, and what it returns is what references see.
func TestCompute(t *testing.T) {
	calls := map[string]int{}
	o := Options{
		Types: only1("t_use"),
		Compute: func(r *Resource) map[string]cty.Value {
			calls[r.Address]++
			if r.Provider == nil {
				t.Errorf("%s has no provider", r.Address)
			}
			switch r.Type {
			case "t_role":
				return map[string]cty.Value{
					"arn":    cty.StringVal("arn:" + r.Values.GetAttr("name").AsString()),
					"path":   cty.StringVal("/"),
					"number": cty.UnknownVal(cty.Number),
					"list":   cty.ListVal([]cty.Value{cty.UnknownVal(cty.String)}),
				}
			case "t_caller":
				return map[string]cty.Value{"account_id": cty.StringVal(symbol.New("account", "not given"))}
			}
			return nil
		},
	}
	c := load(t, `
resource "t_role" "r" {
  for_each = toset(["a", "b"])
  name     = each.key
  path     = null
}
data "t_caller" "c" {}
resource "t_use" "u" {
  arn    = t_role.r["a"].arn
  path   = t_role.r["b"].path
  number = "n${t_role.r["a"].number}"
  list   = t_role.r["a"].list[0]
  same   = data.t_caller.c.account_id == data.t_caller.c.account_id
  is     = data.t_caller.c.account_id == "111122223333"
  flat   = flatten([[data.t_caller.c.account_id], ["b"]])
}
resource "t_role" "unused" { name = "x" }
`, o)
	v := resourceAt(t, c, "t_use.u").Values
	want := `{"arn" = "arn:a", "flat" = [account, "b"], "is" = ?, "list" = t_role.r["a"].list[0], "number" = "n${t_role.r["a"].number}", "path" = "/", "same" = true}`
	if got := shownText(v); got != want {
		t.Errorf("is\n%s\nwant\n%s", got, want)
	}
	if len(c.Resources) != 1 {
		t.Errorf("%d resources", len(c.Resources))
	}
	for address, n := range calls {
		if n != 1 || address == "t_role.unused" {
			t.Errorf("Compute was called %d times for %s", n, address)
		}
	}
}

// What no wanted resource refers to is not evaluated, so a mistake in it is no error.
func TestEvaluationIsLazy(t *testing.T) {
	c := load(t, `
resource "t_a" "a" { x = local.good }
resource "t_b" "b" { x = var.undeclared }
locals {
  good = 1
  bad  = local.bad
}
output "o" { value = local.nothing }
module "m" {
  source = "./m"
  count  = var.undeclared
}
-- m/main.tf --
resource "t_b" "b" {}
`, Options{Types: only1("t_a")})
	if len(c.Resources) != 1 || len(c.Modules) != 2 {
		t.Errorf("%v %v", c.Resources, c.Modules)
	}
}

func TestExpression(t *testing.T) {
	src := `
locals {
  tags = { Key = "value", "Other Key" = local.text }
  text = "text"
}
variable "v" {}
resource "t_a" "a" {
  name = "n"
  tags = local.tags
  list = ["p", ("q")]
  set  = toset(["r"])
  json = jsonencode({ a = "b" })
  var  = var.v
  rule {
    kind = "first"
    filter {
      type = "AGE"
    }
  }
  dynamic "rule" {
    for_each = ["x"]
    content {
      kind = rule.value
    }
  }
}
`
	c := load(t, src, Options{Types: only1("t_a")})
	r := resourceAt(t, c, "t_a.a")
	for _, one := range []struct {
		path []any
		want string // the text of the expression; empty: none
	}{
		{[]any{"name"}, `"n"`},
		{[]any{"tags"}, `{ Key = "value", "Other Key" = local.text }`},
		{[]any{"tags", "Key"}, `"value"`},
		{[]any{"tags", "Other Key"}, `"text"`},
		{[]any{"tags", "None"}, ``},
		{[]any{"list", 1}, `"q"`},
		{[]any{"list", 2}, ``},
		{[]any{"set", 0}, `"r"`},
		{[]any{"json"}, `jsonencode({ a = "b" })`},
		{[]any{"var"}, `var.v`},
		{[]any{"rule", 0, "kind"}, `"first"`},
		{[]any{"rule", 0, "filter", 0, "type"}, `"AGE"`},
		{[]any{"rule", 0, "filter", "type"}, `"AGE"`},
		{[]any{"rule", 1, "kind"}, `rule.value`},
		{[]any{"rule", 2, "kind"}, ``},
		{[]any{"rule", 0}, ``},
		{[]any{"none"}, ``},
		{[]any{0}, ``},
		{nil, ``},
	} {
		x, at, ok := r.Expression(one.path...)
		got := ""
		if ok {
			got = string(at.SliceBytes(r.Source))
			if x == nil {
				t.Errorf("%v: no expression", one.path)
			}
		}
		if got != one.want {
			t.Errorf("%v is %q, want %q", one.path, got, one.want)
		}
	}
	if at, ok := r.BlockRange("rule", 0, "filter", 0); !ok || at.Start.Line != 16 {
		t.Errorf("the block is at %v", at)
	}
	if at, ok := r.BlockRange(); !ok || at.Start.Line != 7 {
		t.Errorf("the resource is at %v", at)
	}
	if _, ok := r.BlockRange("rule", 2); ok {
		t.Error("there is no third rule")
	}
}

// In JSON syntax the expressions are those of the native syntax.
func TestExpressionInJSON(t *testing.T) {
	c := load(t, `-- main.tf.json --
{"resource": {"t_a": {"a": {"tags": {"Key": "v"}, "rule": {"kind": "x"}}}}}
`, Options{})
	r := resourceAt(t, c, "t_a.a")
	if r.Block != nil {
		t.Error("there is a block")
	}
	if x, at, ok := r.Expression("tags", "Key"); !ok || at.Start.Line != 1 {
		t.Error(at, ok)
	} else if _, ok := x.(hclsyntax.Expression); !ok {
		t.Errorf("%T", x)
	}
	if _, _, ok := r.Expression("rule", 0, "kind"); !ok {
		t.Error("a block in JSON is one object")
	}
	if list, ok := Blocks(r.Values, "rule"); !ok || len(list) != 1 || list[0].GetAttr("kind").AsString() != "x" {
		t.Errorf("%v %v", list, ok)
	}
}

func TestBlocks(t *testing.T) {
	c := load(t, `
variable "v" {}
resource "t_a" "a" {
  one {}
  one {}
  dynamic "open" {
    for_each = var.v
    content {}
  }
  attr = [{ x = 1 }]
  text = "x"
}
`, Options{})
	v := resourceAt(t, c, "t_a.a").Values
	for kind, want := range map[string]string{"one": "2 true", "open": "0 false", "attr": "1 true", "none": "0 true", "text": "0 true"} {
		list, ok := Blocks(v, kind)
		if got := fmt.Sprint(len(list), ok); got != want {
			t.Errorf("%s: %s, want %s", kind, got, want)
		}
	}
}

// The same files give the same result in the same order, with and without a cache.
func TestSameResult(t *testing.T) {
	files := thousand()
	for name := range files {
		if strings.HasPrefix(name, "modules/") && !strings.HasPrefix(name, "modules/m1") {
			files[name].Data = []byte("resource \"x\" \"y\" {}\n" + strings.Repeat("# \n", len(name)))
			if !strings.HasSuffix(name, "f0.tf") {
				files[name].Data = nil
			}
		}
	}
	var results []string
	cache := &Cache{}
	for i := range 3 {
		o := Options{FS: files}
		if i > 0 {
			o.Cache = cache
		}
		c, err := Load(".", o)
		must(t, err)
		var b strings.Builder
		for _, r := range c.Resources {
			fmt.Fprintf(&b, "%s %s\n", r.Address, shownText(r.Values))
		}
		fmt.Fprint(&b, c.Modules, c.Files, c.Missing)
		results = append(results, b.String())
	}
	if results[0] != results[1] || results[1] != results[2] {
		t.Error("the results differ")
	}
}

// FuzzLoad evaluates a root module, a module that it may call as ./m, and a file that both may read.
// It must end, without a panic.
func FuzzLoad(f *testing.F) {
	names, _ := filepath.Glob("testdata/*.txtar")
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, one := range parseArchive(string(data)).Files {
			f.Add(string(one.Data), around, "text")
		}
	}
	for _, one := range expressions {
		f.Add(around+"resource \"t_probe\" \"p\" {\n  x = "+one.expression+"\n}\n", "", `{"a": ["b"]}`)
	}
	f.Fuzz(func(t *testing.T, root, called, data string) {
		if len(root)+len(called)+len(data) > 1<<16 {
			return
		}
		name := "main.tf"
		if strings.HasPrefix(strings.TrimSpace(root), "{") {
			name = "main.tf.json"
		}
		files := fstest.MapFS{name: {Data: []byte(root)}, "m/main.tf": {Data: []byte(called)}, "data": {Data: []byte(data)}}
		c, err := Load(".", Options{FS: files, MaxSteps: 1 << 20, MaxInstances: 1000, Compute: func(r *Resource) map[string]cty.Value {
			return map[string]cty.Value{"arn": cty.StringVal("arn:" + r.Address), "unknown": cty.DynamicVal}
		}})
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("an error of several lines: %v", err)
			}
			return
		}
		for _, r := range c.Resources {
			if r.Provider == nil || r.Values == cty.NilVal || r.Values.ContainsMarked() {
				t.Errorf("%s is not complete", r.Address)
			}
			for name := range r.Values.Type().AttributeTypes() {
				r.Unknown(name)
				r.Expression(name, 0, "x")
			}
		}
	})
}
