package terraform

import (
	"fmt"
	"strings"
	"testing"
)

// The configuration in which the expressions of TestExpressions are evaluated.
const around = `
variable "unset" {}
variable "other" {}
variable "text"   { type = string }
variable "list"   { type = list(string) }
variable "number" { type = number }
variable "object" {
  type = object({ name = string, size = optional(number, 3) })
}
variable "given" { default = "b" }
locals {
  map  = { a = 1, b = 2 }
  list = ["x", "y", "z"]
  none = null
  role = t_role.one
}
resource "t_role" "one" {
  name = "one"
  rule {
    kind = "a"
  }
  rule {
    kind = "b"
  }
}
resource "t_role" "many" {
  count = 2
  name  = "many-${count.index}"
}
resource "t_role" "each" {
  for_each = { p = "1", q = "2" }
  name     = "each-${each.key}-${each.value}"
}
resource "t_role" "maybe" {
  count = var.unset ? 1 : 0
  name  = "maybe"
}
resource "t_role" "some" {
  for_each = var.list
  name     = "some-${each.key}"
}
`

var expressions = []struct{ expression, want string }{
	// Literals, templates and operators.
	{`"a"`, `"a"`},
	{`1 + 2 * 3`, `7`},
	{`-(4 % 3)`, `-1`},
	{`"5" + 1`, `6`},
	{`7 / 2`, `3.5`},
	{`"v${1 + 1}"`, `"v2"`},
	{`"${var.unset}"`, `"${var.unset}"`},
	{`"a${var.unset}b"`, `"a${var.unset}b"`},
	{`"$${x}"`, `"$${x}"`},
	{"<<EOT\nx ${var.given}\nEOT\n", `"x b\n"`},
	{"<<-EOT\n    x\n      y\n  EOT\n", `"x\n  y\n"`},
	{`"%{ if var.given == "b" }yes%{ else }no%{ endif }"`, `"yes"`},
	{`"%{ for x in local.list }${x},%{ endfor }"`, `"x,y,z,"`},
	{`"%{ if var.unset == "b" }yes%{ else }no%{ endif }"`, `"${var.unset == "b" ? "yes" : "no"}"`},
	{`"%{ for x in ["a", var.unset] }${x},%{ endfor }"`, `"a,${var.unset},"`},
	{`true && false || true`, `true`},
	{`!true`, `false`},
	{`1 < 2`, `true`},
	{`1 >= 2`, `false`},
	{`1 == "1"`, `false`},
	{`"a" != "b"`, `true`},
	{`[1] == [1]`, `true`},
	{`null == null`, `true`},
	{`"a" == null`, `false`},
	{`{ a = 1 } == local.none`, `false`},

	// Comparisons of values that are not known.
	{`var.unset == "prod"`, `?`},
	{`var.unset == var.unset`, `true`},
	{`var.unset != var.unset`, `false`},
	{`var.unset == var.other`, `?`},
	{`var.unset == null`, `?`},
	{`"${var.unset}-a" == null`, `false`},
	{`"${var.unset}-a" == "${var.unset}-a"`, `true`},
	{`"${var.unset}-a" == "${var.unset}-b"`, `false`},
	{`"${var.unset}-a" == "${var.other}-a"`, `?`},
	{`"a-${var.unset}" == "b-${var.other}"`, `false`},
	{`"a-${var.unset}" == "b"`, `false`},
	{`"a${var.unset}" == "ab"`, `?`},
	{`"a${var.unset}" == 5`, `false`},
	{`[var.unset] == ["a"]`, `?`},
	{`[var.unset, "b"] == ["a", "c"]`, `false`},
	{`[var.unset] == ["a", "b"]`, `false`},
	{`{ a = var.unset } == { b = 1 }`, `false`},
	{`{ (var.unset) = 1 } == { b = 1 }`, `?`},
	{`var.number > 3`, `?`},
	{`var.number + 1`, `?`},
	{`"n${var.number + 1}"`, `"n${var.number + 1}"`},
	{`!var.unset`, `?`},
	{`-var.number`, `?`},
	{`false && var.unset`, `false`},
	{`var.unset && false`, `false`},
	{`true || var.unset`, `true`},
	{`var.unset || true`, `true`},
	{`true && var.unset`, `?`},
	{`var.unset && var.other`, `?`},

	// Conditionals.
	{`true ? "a" : "b"`, `"a"`},
	{`false ? local.none.x : "b"`, `"b"`},
	{`true ? 1 : "b"`, `"1"`},
	{`var.unset ? "a" : "b"`, `"${var.unset ? "a" : "b"}"`},
	{`var.unset ? "a" : "a"`, `"a"`},
	{`var.unset ? { a = "1", b = "2" } : { a = "1", b = "3" }`, `{"a" = "1", "b" = var.unset ? "2" : "3"}`},
	{`var.unset ? ["a", "b"] : ["a", "c"]`, `["a", var.unset ? "b" : "c"]`},
	{`length(var.unset ? ["a"] : ["b"])`, `1`},
	{`length(var.unset ? ["a"] : [])`, `?`},
	{`var.unset ? local.none.x : "b"`, `"${var.unset ? … : "b"}"`},

	// Collections and references.
	{`local.list[1]`, `"y"`},
	{`local.list.1`, `"y"`},
	{`local.map["b"]`, `2`},
	{`local.map.a`, `1`},
	{`[for k, v in local.map : "${k}=${v}"]`, `["a=1", "b=2"]`},
	{`[for v in local.list : v if v != "y"]`, `["x", "z"]`},
	{`{ for i, v in local.list : v => i }`, `{"x" = 0, "y" = 1, "z" = 2}`},
	{`{ for v in ["a", "ab", "b"] : substr(v, 0, 1) => v... }`, `{"a" = ["a", "ab"], "b" = ["b"]}`},
	{`[for v in ["a", var.unset] : upper(v)]`, `["A", upper(var.unset)]`},
	{`[for v in ["a", var.unset] : v if v != "b"]`, `"${t_probe.p.x}"`},
	{`[for v in var.list : v]`, `"${t_probe.p.x}"`},
	{`{ for v in [var.unset] : v => 1 }`, `{var.unset = 1}`},
	{`{ for v in [var.unset, var.other] : v => 1 }`, `"${({var.other = 1, var.unset = 1})}"`},
	{`[for r in t_role.one.rule : r.kind]`, `["a", "b"]`},
	{`t_role.one.rule[*].kind`, `["a", "b"]`},
	{`t_role.one.rule[1].other`, `"${t_role.one.rule[1].other}"`},
	{`t_role.one[*].name`, `["one"]`},
	{`local.none[*]`, `[]`},
	{`local.role.name`, `"one"`},
	{`local.role.arn`, `"${t_role.one.arn}"`},
	{`local.role.arn == t_role.one.arn`, `true`},
	{`t_role.many[1].name`, `"many-1"`},
	{`t_role.many[1].arn`, `"${t_role.many[1].arn}"`},
	{`t_role.many[*].name`, `["many-0", "many-1"]`},
	{`t_role.many.*.name`, `["many-0", "many-1"]`},
	{`[for i in range(2) : t_role.many[i].name]`, `["many-0", "many-1"]`},
	{`t_role.each["p"].name`, `"each-p-1"`},
	{`t_role.each["p"].arn`, `"${t_role.each["p"].arn}"`},
	{`values(t_role.each)[*].name`, `["each-p-1", "each-q-2"]`},
	{`{ for k, r in t_role.each : k => r.arn }`, `{"p" = t_role.each["p"].arn, "q" = t_role.each["q"].arn}`},
	{`[for k in ["p", "q"] : t_role.each[k].name]`, `["each-p-1", "each-q-2"]`},
	{`t_role.maybe[0].name`, `"maybe"`},
	{`t_role.maybe[0].arn`, `"${t_role.maybe[0].arn}"`},
	{`t_role.maybe[*].arn`, `"${t_role.maybe[*].arn}"`},
	{`one(t_role.maybe[*].arn)`, `"${one(t_role.maybe[*].arn)}"`},
	{`length(t_role.maybe)`, `?`},
	{`t_role.some["k"].name`, `"some-k"`},
	{`t_role.some["k"].arn == t_role.some["l"].arn`, `?`},
	{`t_role.some["k"].arn == t_role.some["k"].arn`, `true`},
	{`t_role.one.arn == t_role.many[0].arn`, `?`},
	{`data.t_gone.g.list[0].x`, `"${data.t_gone.g.list[0].x}"`},
	{`var.unset.a["b"][0].c`, `"${var.unset.a.b[0].c}"`},
	{`var.unset[*].a`, `"${var.unset[*].a}"`},
	{`var.object.name`, `"${var.object.name}"`},
	{`local.list[var.unset]`, `"${element(["x", "y", "z"], var.unset)}"`},
	{`{ (var.unset) = "a", b = "c" }.b`, `"${({"b" = "c", var.unset = "a"}).b}"`},
	{`{ "${var.unset}:aud" = "a", b = "c" }.b`, `"c"`},
	{`{ "${var.unset}:aud" = "a", "${var.unset}:sub" = "c" }`, `{"${var.unset}:aud" = "a", "${var.unset}:sub" = "c"}`},
	{`terraform.workspace`, `"${terraform.workspace}"`},
	{`path.module`, `"."`},

	// Functions of known values.
	{`abs(-3)`, `3`},
	{`alltrue([true, "true"])`, `true`},
	{`anytrue([])`, `false`},
	{`base64decode(base64encode("é"))`, `"é"`},
	{`base64sha256("a")`, `"ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs="`},
	{`basename("a/b.c")`, `"b.c"`},
	{`can(local.map.z)`, `false`},
	{`can(local.map.a)`, `true`},
	{`ceil(1.2)`, `2`},
	{`chomp("a\n")`, `"a"`},
	{`chunklist([1, 2, 3], 2)`, `[[1, 2], [3]]`},
	{`cidrhost("10.0.0.0/8", 5)`, `"10.0.0.5"`},
	{`cidrnetmask("10.0.0.0/8")`, `"255.0.0.0"`},
	{`cidrsubnet("10.0.0.0/8", 8, 2)`, `"10.2.0.0/16"`},
	{`cidrsubnets("10.0.0.0/8", 8, 8)`, `["10.0.0.0/16", "10.1.0.0/16"]`},
	{`coalesce(null, "", "a")`, `"a"`},
	{`coalesce(1, "a")`, `"1"`},
	{`coalescelist([], ["a"])`, `["a"]`},
	{`compact(["a", "", null, "b"])`, `["a", "b"]`},
	{`concat(["a"], ["b"])`, `["a", "b"]`},
	{`contains(["a", "b"], "b")`, `true`},
	{`contains([1, 2], "2")`, `true`},
	{`csvdecode("a,b\n1,2")`, `[{"a" = "1", "b" = "2"}]`},
	{`dirname("a/b.c")`, `"a"`},
	{`distinct(["a", "b", "a"])`, `["a", "b"]`},
	{`element(["a", "b"], 3)`, `"b"`},
	{`endswith("abc", "bc")`, `true`},
	{`flatten([["a"], [["b"], "c"]])`, `["a", "b", "c"]`},
	{`floor(1.8)`, `1`},
	{`format("%s-%03d", "a", 5)`, `"a-005"`},
	{`formatdate("YYYY", "2020-01-02T03:04:05Z")`, `"2020"`},
	{`formatlist("%s!", ["a", "b"])`, `["a!", "b!"]`},
	{`indent(2, "a\nb")`, `"a\n  b"`},
	{`index(["a", "b"], "b")`, `1`},
	{`join("-", ["a", "b"])`, `"a-b"`},
	{`jsondecode("{\"a\": [1]}")`, `{"a" = [1]}`},
	{`jsonencode({ a = "<&>" })`, `"{\"a\":\"\\u003c\\u0026\\u003e\"}"`},
	{`keys({ b = 1, a = 2 })`, `["a", "b"]`},
	{`length("né")`, `2`},
	{`length([1, 2])`, `2`},
	{`length({ a = 1 })`, `1`},
	{`log(8, 2)`, `3`},
	{`lookup({ a = 1 }, "b", 5)`, `5`},
	{`lookup({ a = 1 }, "a", 5)`, `1`},
	{`lower("A")`, `"a"`},
	{`matchkeys(["a", "b"], ["1", "2"], ["2"])`, `["b"]`},
	{`max(1, 3, 2)`, `3`},
	{`max([1, 3]...)`, `3`},
	{`md5("a")`, `"0cc175b9c0f1b6a831c399e269772661"`},
	{`merge({ a = 1, b = 2 }, { b = 3 }, null)`, `{"a" = 1, "b" = 3}`},
	{`min(2, 1)`, `1`},
	{`nonsensitive(sensitive("a"))`, `"a"`},
	{`issensitive("a")`, `false`},
	{`one(["a"])`, `"a"`},
	{`one([])`, `null`},
	{`parseint("ff", 16)`, `255`},
	{`pow(2, 3)`, `8`},
	{`range(1, 4)`, `[1, 2, 3]`},
	{`regex("a(.)c", "abc")`, `["b"]`},
	{`regexall("b", "abcb")`, `["b", "b"]`},
	{`replace("a.b.c", ".", "-")`, `"a-b-c"`},
	{`replace("abc", "/[ab]/", "x")`, `"xxc"`},
	{`reverse([1, 2])`, `[2, 1]`},
	{`setintersection(["a", "b"], ["b"])`, `["b"]`},
	{`setproduct(["a", "b"], ["c"])`, `[["a", "c"], ["b", "c"]]`},
	{`setsubtract(["a", "b"], ["b"])`, `["a"]`},
	{`setunion(["b"], ["a"])`, `["a", "b"]`},
	{`sha1("a")`, `"86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"`},
	{`signum(-4)`, `-1`},
	{`slice([1, 2, 3], 1, 2)`, `[2]`},
	{`sort(["b", "a"])`, `["a", "b"]`},
	{`split(",", "a,b")`, `["a", "b"]`},
	{`startswith("abc", "ab")`, `true`},
	{`strcontains("abc", "b")`, `true`},
	{`strrev("ab")`, `"ba"`},
	{`substr("abc", 1, -1)`, `"bc"`},
	{`sum([1, 2])`, `3`},
	{`templatestring("a $${x}", { x = "b" })`, `"a b"`},
	{`textdecodebase64(textencodebase64("a", "UTF-16LE"), "UTF-16LE")`, `"a"`},
	{`timeadd("2020-01-01T00:00:00Z", "1h")`, `"2020-01-01T01:00:00Z"`},
	{`timecmp("2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z")`, `-1`},
	{`title("ab cd")`, `"Ab Cd"`},
	{`tobool("true")`, `true`},
	{`tolist(["b", "a"])`, `["b", "a"]`},
	{`tomap({ a = 1 })`, `{"a" = 1}`},
	{`tonumber("5")`, `5`},
	{`toset(["b", "a", "b"])`, `["a", "b"]`},
	{`tostring(5)`, `"5"`},
	{`transpose({ a = ["x", "y"], b = ["x"] })`, `{"x" = ["a", "b"], "y" = ["a"]}`},
	{`trim("xax", "x")`, `"a"`},
	{`trimprefix("xa", "x")`, `"a"`},
	{`trimspace(" a ")`, `"a"`},
	{`trimsuffix("ax", "x")`, `"a"`},
	{`try(local.map.z, "d")`, `"d"`},
	{`try(local.map.a, "d")`, `1`},
	{`upper("a")`, `"A"`},
	{`urlencode("a b")`, `"a+b"`},
	{`uuidv5("dns", "a")`, `"4f3f2898-69e3-5a0d-820a-c4e87987dbce"`},
	{`values({ b = 1, a = 2 })`, `[2, 1]`},
	{`yamldecode("a: [1, x]")`, `{"a" = [1, "x"]}`},
	{`yamlencode({ a = ["b"] })`, `"\"a\":\n- \"b\"\n"`},
	{`zipmap(["a"], [1])`, `{"a" = 1}`},

	// Functions of values that are not known.
	{`timestamp() == timestamp()`, `?`},
	{`uuid()`, `"${t_probe.p.x: uuid()}"`},
	{`abspath("x")`, `"${t_probe.p.x: abspath()}"`},
	{`pathexpand("~/x")`, `"${pathexpand("~/x")}"`},
	{`provider::aws::arn_parse("x").account`, `"${provider::aws::arn_parse("x").account}"`},
	{`upper(var.unset)`, `"${upper(var.unset)}"`},
	{`upper(var.unset) == upper(var.unset)`, `true`},
	{`upper(var.unset) == upper(var.other)`, `?`},
	{`replace(var.unset, "https://", "")`, `"${replace(var.unset, "https://", "")}"`},
	{`length(var.text)`, `?`},
	{`length(var.list)`, `?`},
	{`length([var.unset, "b"])`, `2`},
	{`alltrue([false, var.unset])`, `false`},
	{`alltrue([true, var.unset])`, `?`},
	{`anytrue([true, var.unset])`, `true`},
	{`anytrue([false, var.unset])`, `?`},
	{`chunklist([var.unset, "b", "c"], 2)`, `[[var.unset, "b"], ["c"]]`},
	{`coalesce(null, "a", var.unset)`, `"a"`},
	{`coalesce(var.unset, "a")`, `"${coalesce(var.unset, "a")}"`},
	{`coalesce("a${var.unset}", "b")`, `"a${var.unset}"`},
	{`coalescelist([var.unset], ["a"])`, `[var.unset]`},
	{`coalescelist(var.list, ["a"])`, `?`},
	{`compact(["a", "b${var.unset}", ""])`, `["a", "b${var.unset}"]`},
	{`compact(["a", var.unset])`, `?`},
	{`concat(["a"], [var.unset])`, `["a", var.unset]`},
	{`concat(["a"], var.list)`, `?`},
	{`contains(["a", var.unset], "a")`, `true`},
	{`contains(["b", var.unset], "a")`, `?`},
	{`contains(["b", "c${var.unset}"], "a")`, `false`},
	{`contains(["a", "b"], var.unset)`, `?`},
	{`distinct([var.unset, var.unset])`, `[var.unset]`},
	{`distinct([var.unset, "a"])`, `?`},
	{`distinct(["a${var.unset}", "b"])`, `["a${var.unset}", "b"]`},
	{`element([var.unset, "b"], 1)`, `"b"`},
	{`endswith("${var.unset}-x", "-x")`, `true`},
	{`endswith("${var.unset}-x", "-y")`, `false`},
	{`endswith("${var.unset}-x", "a-x")`, `?`},
	{`flatten([["a${var.unset}"], ["b"]])`, `["a${var.unset}", "b"]`},
	{`flatten([[var.text], ["b"]])`, `[var.text, "b"]`},
	{`flatten([[var.unset], ["b"]])`, `?`},
	{`format("arn:%s:%s", var.unset, "x")`, `"arn:${var.unset}:x"`},
	{`format("%03d", var.number)`, `"${format("%03d", var.number)}"`},
	{`formatlist("%s:root", ["a", "b${var.unset}"])`, `["a:root", "b${var.unset}:root"]`},
	{`formatlist("%s:root", var.list)`, `?`},
	{`index(["a", var.unset], "a")`, `0`},
	{`index([var.unset, "a"], "a")`, `?`},
	{`join("-", ["a", var.unset])`, `"a-${var.unset}"`},
	{`join("-", var.list)`, `"${join("-", var.list)}"`},
	{`join(",", toset(["b${var.unset}", "a${var.unset}"]))`, `"a${var.unset},b${var.unset}"`},
	{`jsondecode(jsonencode({ a = var.unset, b = 1 }))`, `{"a" = var.unset, "b" = 1}`},
	{`jsondecode(jsonencode({ a = "x\"${upper("q\"${var.text}")}" })).a == "x\"${upper("q\"${var.text}")}"`, `true`},
	{`jsondecode(var.unset).a`, `"${jsondecode(var.unset).a}"`},
	{`jsonencode([var.number, "a", var.list])`, `"[\"${var.number}\",\"a\",\"${var.list}\"]"`},
	{`jsonencode(var.unset)`, `"${jsonencode(var.unset)}"`},
	{`keys({ (var.unset) = 1 })`, `[var.unset]`},
	{`keys({ "a${var.unset}" = 1, b = 2 })`, `["a${var.unset}", "b"]`},
	{`keys(var.unset)`, `?`},
	{`lookup({ a = 1 }, var.unset, 2)`, `"${lookup({"a" = 1}, var.unset, 2)}"`},
	{`lookup(var.unset, "a", 2)`, `"${lookup(var.unset, "a", 2)}"`},
	{`lookup({ a = var.unset }, "a", 2)`, `"${var.unset}"`},
	{`lookup({ a = var.unset }, "b", 2)`, `2`},
	{`max(1, var.number)`, `?`},
	{`merge({ a = 1 }, { b = var.unset })`, `{"a" = 1, "b" = var.unset}`},
	{`merge(var.unset, { b = 1 }).b`, `1`},
	{`merge(var.unset, { b = 1 }).c`, `"${var.unset.c}"`},
	{`merge({ b = 1 }, var.unset).b`, `"${merge(1, var.unset.*)}"`},
	{`length(merge(var.unset, { b = 1 }))`, `?`},
	{`one([var.unset])`, `"${var.unset}"`},
	{`regex("a", var.unset)`, `"${regex("a", var.unset)}"`},
	{`reverse(["a", var.unset])`, `[var.unset, "a"]`},
	{`setproduct(["a"], [var.unset])`, `[["a", var.unset]]`},
	{`setsubtract(["a", "b"], ["a${var.unset}"])`, `?`},
	{`setsubtract(["a", "b"], ["c${var.unset}"])`, `["a", "b"]`},
	{`setunion(["a"], ["b${var.unset}"])`, `["a", "b${var.unset}"]`},
	{`setintersection(["a", var.unset], ["a"])`, `?`},
	{`slice(["a", var.unset, "c"], 0, 2)`, `["a", var.unset]`},
	{`sort(["b${var.unset}", "a"])`, `["a", "b${var.unset}"]`},
	{`sort([var.unset, "a"])`, `?`},
	{`split(",", var.unset)`, `?`},
	{`startswith("arn:${var.unset}", "arn:")`, `true`},
	{`startswith("arn:${var.unset}", "x")`, `false`},
	{`startswith("arn:${var.unset}", "arn:aws")`, `?`},
	{`substr(var.unset, 0, 3)`, `"${substr(var.unset, 0, 3)}"`},
	{`tolist([var.unset, "a"])`, `[var.unset, "a"]`},
	{`toset([var.unset])`, `[var.unset]`},
	{`toset([var.unset, "a"])`, `?`},
	{`toset([var.unset, var.unset])`, `[var.unset]`},
	{`tostring(var.unset)`, `"${var.unset}"`},
	{`trimprefix("https://${var.unset}", "https://")`, `"${var.unset}"`},
	{`trimspace("a ${var.unset} b")`, `"a ${var.unset} b"`},
	{`trimspace(" ${var.unset}")`, `"${trimspace(" ${var.unset}")}"`},
	{`try(var.unset.a, "d")`, `"${try(var.unset.a, "d")}"`},
	{`try(t_role.one.arn, "d")`, `"${t_role.one.arn}"`},
	{`try(t_role.many[5].arn, "d")`, `"d"`},
	{`try(t_role.many[0].arn, "d")`, `"${t_role.many[0].arn}"`},
	{`try(upper(var.unset), "d")`, `"${try(upper(var.unset), "d")}"`},
	{`try(local.map[var.unset], local.map.a, 3)`, `"${try(element({"a" = 1, "b" = 2}, var.unset), 1)}"`},
	{`can(var.unset.a)`, `?`},
	{`can(t_role.one.arn)`, `true`},
	{`values({ a = var.unset })`, `[var.unset]`},
	{`yamlencode({ a = var.unset })`, `"${yamlencode({"a" = var.unset})}"`},
	{`zipmap(["a", "b"], [var.unset, 1])`, `{"a" = var.unset, "b" = 1}`},
	{`zipmap([var.unset], [1])`, `{var.unset = 1}`},
	{`sha256(var.unset)`, `"${sha256(var.unset)}"`},
}

func TestExpressions(t *testing.T) {
	for _, one := range expressions {
		c := load(t, fmt.Sprintf("%s\nresource \"t_probe\" \"p\" {\n  x = %s\n}\n", around, one.expression), Options{Types: only1("t_probe")})
		got := shownText(resourceAt(t, c, "t_probe.p").Values.GetAttr("x"))
		if got != one.want {
			t.Errorf("%s\n  is   %s\n  want %s", one.expression, got, one.want)
		}
	}
}

// Each function of the language has a case.
func TestEachFunctionIsTested(t *testing.T) {
	var all strings.Builder
	for _, one := range expressions {
		all.WriteString(one.expression + "\n")
	}
	elsewhere := "file filebase64 filemd5 filesha1 filesha256 filesha512 filebase64sha256 filebase64sha512 fileexists fileset templatefile plantimestamp bcrypt rsadecrypt type list ephemeralasnull base64gzip urldecode base64sha512 sha512"
	names := strings.Fields(elsewhere)
	for name := range builtins {
		if !strings.Contains(all.String(), name+"(") && !contains(names, name) {
			t.Errorf("no case calls %s", name)
		}
	}
	for name := range specials {
		if !strings.Contains(all.String(), name+"(") && !contains(names, name) {
			t.Errorf("no case calls %s", name)
		}
	}
}

func contains(list []string, s string) bool {
	for _, one := range list {
		if one == s {
			return true
		}
	}
	return false
}

// only1 selects one type.
func only1(kind string) func(string) bool { return func(k string) bool { return k == kind } }
