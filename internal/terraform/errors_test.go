package terraform

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/internal/testrun"
)

// Wrong input is one line that names file and line, and says what is wrong.
func TestErrors(t *testing.T) {
	for name, one := range map[string]struct{ archive, want string }{
		"syntax":               {"resource \"a\" \"b\" {\n  name = \"x\n}\n", "main.tf:2: Invalid multi-line string"},
		"not closed":           {"resource \"a\" \"b\" {\n", "main.tf:1: Unclosed configuration block"},
		"not utf-8":            {"# a\n# \xff\n", "main.tf:2: is not UTF-8; save the file as UTF-8"},
		"duplicate resource":   {"resource \"a\" \"b\" {}\nresource \"a\" \"b\" {}\n", `main.tf:2: resource "a" "b" is declared twice, first at main.tf:1; remove one`},
		"duplicate variable":   {"variable \"a\" {}\nvariable \"a\" {}\n", `main.tf:2: variable "a" is declared twice, first at main.tf:1; remove one`},
		"duplicate module":     {"module \"a\" {}\nmodule \"a\" {}\n", `main.tf:2: module "a" is declared twice, first at main.tf:1; remove one`},
		"duplicate output":     {"output \"a\" {}\noutput \"a\" {}\n", `main.tf:2: output "a" is declared twice, first at main.tf:1; remove one`},
		"duplicate local":      {"locals { a = 1 }\nlocals { a = 2 }\n", `main.tf:2: local value "a" is declared twice, first at main.tf:1; remove one`},
		"duplicate provider":   {"provider \"a\" {}\nprovider \"a\" {}\n", `main.tf:2: the configuration of provider a is declared twice, first at main.tf:1; remove one`},
		"duplicate argument":   {"resource \"a\" \"b\" {\n x = 1\n x = 2\n}\n", "main.tf:3: Attribute redefined"},
		"labels":               {"resource \"a\" {}\n", "main.tf:1: a resource block has 1 labels; it must have 2"},
		"undeclared variable":  {"resource \"a\" \"b\" {\n x = var.c\n}\n", "main.tf:2: var.c is not declared; declare it in a variable block"},
		"undeclared in try":    {"resource \"a\" \"b\" {\n x = try(var.c, 1)\n}\n", "main.tf:2: var.c is not declared"},
		"undeclared local":     {"resource \"a\" \"b\" {\n x = local.c\n}\n", "main.tf:2: local.c is not declared; declare it in a locals block"},
		"undeclared name":      {"resource \"a\" \"b\" {\n x = foo\n}\n", "main.tf:2: foo is not declared"},
		"function":             {"resource \"a\" \"b\" {\n x = foo(1)\n}\n", "main.tf:2: there is no function foo"},
		"few arguments":        {"resource \"a\" \"b\" {\n x = replace(\"a\")\n}\n", "main.tf:2: function replace has 1 arguments; it needs 3"},
		"many arguments":       {"resource \"a\" \"b\" {\n x = upper(\"a\", 2)\n}\n", "main.tf:2: function upper has 2 arguments; it needs 1"},
		"unknown and few":      {"variable \"v\" {}\nresource \"a\" \"b\" {\n x = replace(var.v)\n}\n", "main.tf:3: function replace has 1 arguments; it needs 3"},
		"no arguments":         {"resource \"a\" \"b\" {\n x = file()\n}\n", "main.tf:2: function file has 0 arguments; it needs 1"},
		"cyclic locals":        {"locals {\n a = local.b\n b = \"${local.c}-x\"\n c = local.a\n}\nresource \"r\" \"r\" { x = local.a }\n", "main.tf:2: local.a depends on itself; remove the cycle"},
		"cyclic resources":     {"resource \"a\" \"b\" { x = a.c.x }\nresource \"a\" \"c\" { x = a.b.x }\n", "depends on itself; remove the cycle"},
		"cyclic count":         {"resource \"a\" \"b\" { count = length(a.b) }\n", "main.tf:1: a.b depends on itself; remove the cycle"},
		"cyclic for_each":      {"resource \"a\" \"b\" { for_each = { x = a.b[\"x\"].id } }\n", "main.tf:1: a.b depends on itself; remove the cycle"},
		"cyclic module":        {"module \"m\" { source = \"./m\" }\n-- m/main.tf --\nmodule \"n\" { source = \"../m\" }\n", `m/main.tf:1: module "n" calls itself, directly or through others; remove the cycle`},
		"cyclic module values": {"module \"m\" {\n source = \"./m\"\n x = module.m.y\n}\nresource \"r\" \"r\" { x = module.m.y }\n-- m/main.tf --\nvariable \"x\" {}\noutput \"y\" { value = var.x }\n", "depends on itself; remove the cycle"},
		"cyclic module count":  {"module \"m\" {\n source = \"./m\"\n count = length(module.m)\n}\n-- m/main.tf --\nresource \"r\" \"r\" {}\n", "main.tf:1: module.m depends on itself; remove the cycle"},
		"default type":         {"variable \"v\" {\n type = number\n default = \"x\"\n}\nresource \"r\" \"r\" { x = var.v }\n", "main.tf:3: the value of var.v does not have its type"},
		"variable type":        {"variable \"v\" { type = numbre }\nresource \"r\" \"r\" { x = var.v }\n", "main.tf:1: Invalid type specification"},
		"argument type":        {"module \"m\" {\n source = \"./m\"\n v = [1]\n}\n-- m/main.tf --\nvariable \"v\" { type = string }\nresource \"r\" \"r\" { x = var.v }\n", "main.tf:3: the value of var.v does not have its type"},
		"object type":          {"variable \"v\" {\n type = object({ a = string })\n default = {}\n}\nresource \"r\" \"r\" { x = var.v }\n", `main.tf:3: the value of var.v does not have its type: attribute "a" is required`},
		"default reference":    {"variable \"v\" { default = var.w }\nresource \"r\" \"r\" { x = var.v }\n", "main.tf:1: the default of var.v must be a literal: there is no variable \"var\" here"},
		"flag form":            {"-- options --\nvar novalue\n", `--var "novalue": write NAME=VALUE`},
		"flag syntax":          {"variable \"v\" { type = list(string) }\n-- options --\nvar v=[\n", "variable v:1: "},
		"variable file":        {"-- options --\nvarfile gone.tfvars\n-- main.tf --\n", "gone.tfvars: cannot be read: file does not exist"},
		"variable file syntax": {"-- terraform.tfvars --\nx = {\n-- main.tf --\n", "terraform.tfvars:"},
		"count negative":       {"resource \"a\" \"b\" { count = -1 }\n", "main.tf:1: count must be a whole number from 0, and it is -1"},
		"count text":           {"resource \"a\" \"b\" { count = \"x\" }\n", "main.tf:1: count must be a number"},
		"count null":           {"resource \"a\" \"b\" { count = null }\n", "main.tf:1: count must be a number"},
		"count huge":           {"resource \"a\" \"b\" { count = 1000000000 }\n", "main.tf:1: count is 1000000000; more than 100000 instances are not evaluated"},
		"for_each number":      {"resource \"a\" \"b\" { for_each = 1 }\n", "main.tf:1: for_each must be a map or a set of strings, and it is number"},
		"for_each null":        {"resource \"a\" \"b\" { for_each = null }\n", "main.tf:1: for_each must be a map or a set of strings, and it is null"},
		"dynamic":              {"resource \"a\" \"b\" {\n dynamic \"x\" {}\n}\n", "main.tf:2: a dynamic block needs for_each and a content block"},
		"providers":            {"module \"m\" {\n source = \"./m\"\n providers = 1\n}\n-- m/main.tf --\nresource \"r\" \"r\" {}\n", "main.tf:3: providers must be an object"},
		"path":                 {"resource \"a\" \"b\" { x = path.home }\n", "main.tf:1: path.home does not exist; there are path.module, path.root and path.cwd"},
		"template syntax":      {"resource \"a\" \"b\" { x = templatefile(\"t\", {}) }\n-- t --\n${\n", "t:2: Missing expression"},
		"json syntax":          {"-- a.tf.json --\n{\"resource\": {\n", "a.tf.json:"},
		"json labels":          {"-- a.tf.json --\n{\"resource\": {\"a\": 1}}\n", "a.tf.json:1: "},
		"json cut":             {"-- a.tf.json --\n{\"resource\": {\"a\": {\"b\": {\"x\"\n", "a.tf.json:"},
		"no directory":         {"-- options --\nroot gone\n", "gone: cannot be read: file does not exist"},
		"file as directory":    {"-- options --\nroot main.tf\n-- main.tf --\n", "main.tf: cannot be read: is not a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			got := dump(parseArchive(one.archive))
			want := "error: " + one.want
			if !strings.HasPrefix(got, want) && !(strings.HasPrefix(one.want, "depends") && strings.Contains(got, one.want)) {
				t.Errorf("is\n%swant\n%s…", got, want)
			}
			if strings.Count(got, "\n") != 1 {
				t.Errorf("the error has several lines:\n%s", got)
			}
		})
	}
}

// Hostile input ends soon, with an error or without one, and does not panic.
func TestHostileInput(t *testing.T) {
	repeat := strings.Repeat
	double := func(first, each string) string {
		var b strings.Builder
		b.WriteString("locals {\n  l0 = " + first + "\n")
		for i := range 60 {
			fmt.Fprintf(&b, "  l%d = %s\n", i+1, strings.ReplaceAll(each, "@", fmt.Sprintf("local.l%d", i)))
		}
		b.WriteString("}\nresource \"a\" \"b\" { x = local.l60 }\n")
		return b.String()
	}
	in := func(x string) string { return "resource \"a\" \"b\" {\n  x = " + x + "\n}\n" }
	modules := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "-- m%d/main.tf --\n", i)
			for k := range 2 {
				fmt.Fprintf(&b, "module \"m%d\" { source = \"../m%d\" }\n", k, i+1)
			}
		}
		fmt.Fprintf(&b, "-- m%d/main.tf --\nresource \"a\" \"b\" {}\n", n)
		return "module \"m\" { source = \"./m0\" }\n" + b.String()
	}
	for name, one := range testrun.SomeOf(map[string]struct{ archive, want string }{
		"parentheses":         {in(repeat("(", 100_000) + "1" + repeat(")", 100_000)), "main.tf:2: the source is nested more than 500 levels deep"},
		"brackets":            {in(repeat("[", 100_000)), "main.tf:2: the source is nested more than 500 levels deep"},
		"braces":              {in(repeat("{a=", 100_000)), "main.tf:2: the source is nested more than 500 levels deep"},
		"blocks":              {repeat("a {\n", 100_000), "the source is nested more than 500 levels deep"},
		"not":                 {in(repeat("!", 100_000) + "true"), "main.tf:2: the source is nested more than 500 levels deep"},
		"minus with comments": {in(repeat("-/**/", 50_000) + "1"), "main.tf:2: the source is nested more than 500 levels deep"},
		"minus with lines":    {in("(" + repeat("-#\n", 50_000) + "1)"), "the source is nested more than 500 levels deep"},
		"conditions":          {in(repeat("true ? 1 : ", 100_000) + "1"), "main.tf:2: the source is nested more than 500 levels deep"},
		"templates":           {in(repeat(`"${`, 100_000)), "main.tf:2: the source is nested more than 500 levels deep"},
		"template ifs":        {in(`"` + repeat(`%{ if true }`, 100_000) + `"`), "main.tf:2: the source is nested more than 500 levels deep"},
		"index":               {in("a.b" + repeat("[0]", 100_000)), ""},
		"index of call":       {in("f()" + repeat("[0][a]", 50_000)), ""},
		"sum":                 {in("1" + repeat("+1", 20_000)), "main.tf:2: expressions or references are nested more than 10000 levels deep"},
		"splats":              {in("a.b" + repeat("[*]", 20_000)), ""},
		"json":                {"-- a.tf.json --\n" + repeat("[", 100_000), "a.tf.json:1: the source is nested more than 500 levels deep"},
		"json objects":        {"-- a.tf.json --\n" + repeat(`{"a":`, 100_000), "a.tf.json:1: the source is nested more than 500 levels deep"},
		"json template":       {"-- a.tf.json --\n" + `{"locals":{"a":"` + repeat("${[", 10_000) + `"}}`, "a.tf.json:1: the source is nested more than 500 levels deep"},
		"template file":       {in(`templatefile("t", {})`) + "-- t --\n" + repeat("${[", 10_000), "t:1: the source is nested more than 500 levels deep"},
		"template file ifs":   {in(`templatefile("t", {})`) + "-- t --\n" + repeat("%{ if true }", 10_000), "t:1: the source is nested more than 500 levels deep"},
		"template recursion":  {in(`templatefile("t", {})`) + "-- t --\n${templatefile(\"t\", {})}", "t:1: expressions or references are nested more than 10000 levels deep"},
		"double text":         {double(`"0123456789"`, `"${@}${@}"`), "main.tf:"},
		"double symbols":      {"variable \"v\" {}\n" + double(`var.v`, `"${@}${@}"`), "main.tf:"},
		"double derived":      {"variable \"v\" {}\n" + double(`var.v`, `upper("${@}${@}")`), ""},
		"double list":         {double(`["a"]`, `[@, @]`), "main.tf:"},
		"double concat":       {double(`["a"]`, `concat(@, @)`), "main.tf:"},
		"double object":       {double(`{ a = 1 }`, `{ a = @, b = @ }`), "main.tf:"},
		"double for":          {double(`["a"]`, `flatten([for x in @ : [x, x]])`), "main.tf:"},
		"double json":         {double(`"a"`, `jsonencode([@, @])`), "main.tf:"},
		"double join":         {double(`["a"]`, `[join("", concat(@, @)), join("", concat(@, @))]`), "main.tf:"},
		"double condition":    {"variable \"v\" {}\n" + double(`"a"`, `var.v ? "${@}a" : "${@}b"`), ""},
		"range":               {in("range(100000000)"), ""},
		"nested for":          {in("[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a]]]"), "main.tf:"},
		"format width":        {in(`format("%1000000000d", 1)`), ""},
		"indent":              {in(`indent(1000000000, "a\nb")`), ""},
		"pow":                 {in(`pow(10, 1000000000)`), ""},
		"number":              {in("1e1000000000"), ""},
		"setproduct":          {in("setproduct(range(1000), range(1000), range(1000))"), ""},
		"modules":             {modules(40), "m"},
		"module depth":        {modules(3), ""},
		"count":               {"resource \"a\" \"b\" { count = 99999 }\nresource \"a\" \"c\" { count = 99999 }\n", "main.tf:2: the configuration has more than 100000 instances"},
		"yaml":                {in(`yamldecode(file("y"))`) + "-- y --\na: &a [x,x,x,x,x,x,x,x,x]\n" + yamlBomb(), ""},
		"replace":             {in(`replace(` + `"` + repeat("a", 100_000) + `", "a", "` + repeat("b", 100_000) + `")`), ""},
		"replace pattern":     {in(`replace(` + `"` + repeat("a", 100_000) + `", "/a/", "` + repeat("b", 100_000) + `")`), ""},
		"regex":               {in(`regex("(a+)+b", "` + repeat("a", 100_000) + `")`), ""},
		"cidr":                {in(`cidrsubnets("10.0.0.0/8", ` + repeat("16, ", 10_000) + `16)`), ""},
	}) {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			got := dump(parseArchive(one.archive))
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %v", took)
			}
			if len(got) > 10_000 && one.want != "" {
				got = got[:10_000]
			}
			if one.want != "" && (!strings.HasPrefix(got, "error: ") || !strings.Contains(got, one.want)) {
				t.Errorf("is\n%.2000s\nwant\nerror: %s…", got, one.want)
			}
		})
	}
}

func yamlBomb() string {
	var b strings.Builder
	for c := 'b'; c <= 'k'; c++ {
		fmt.Fprintf(&b, "%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat("*"+string(c-1)+",", 9), ","))
	}
	return b.String()
}

// Errors are of the type that means wrong input.
func TestErrorsAreInputErrors(t *testing.T) {
	for _, archive := range []string{"resource {\n", "locals { a = local.a }\nresource \"a\" \"b\" { x = local.a }\n"} {
		_, err := Load(".", Options{FS: tree(archive)})
		var input *source.InputError
		if !errors.As(err, &input) {
			t.Errorf("%v is %T", err, err)
		}
	}
}
