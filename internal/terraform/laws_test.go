package terraform

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function/stdlib"

	"github.com/iblint/iblint/checks/symbol"
)

// generator writes random expressions over the variables of laws.
type generator struct{ *rand.Rand }

func (g generator) one(list ...string) string { return list[g.IntN(len(list))] }

func (g generator) text(depth int) string {
	if depth <= 0 {
		return g.one(`"a"`, `"b"`, `"ab"`, `""`, `"a-b"`, `var.s`, `var.t`, `var.u`, `var.s`, `local.s`, `t_r.r.name`, `t_r.r.id`)
	}
	d := depth - 1
	switch g.IntN(28) {
	case 0:
		return fmt.Sprintf(`"${%s}-${%s}"`, g.text(d), g.text(d))
	case 1:
		return fmt.Sprintf(`(%s ? %s : %s)`, g.flag(d), g.text(d), g.text(d))
	case 2:
		return fmt.Sprintf(`join(%s, %s)`, g.text(0), g.list(d))
	case 3:
		return fmt.Sprintf(`format("%%s/%%s", %s, %s)`, g.text(d), g.text(d))
	case 4:
		return fmt.Sprintf(`coalesce(%s, %s)`, g.text(d), g.text(d))
	case 5:
		return fmt.Sprintf(`replace(%s, %s, %s)`, g.text(d), g.text(0), g.text(0))
	case 6:
		return fmt.Sprintf(`%s(%s)`, g.one("upper", "lower", "trimspace", "chomp", "title", "strrev", "sha1", "base64encode", "urlencode"), g.text(d))
	case 7:
		return fmt.Sprintf(`%s(%s, %s)`, g.one("trimprefix", "trimsuffix", "trim"), g.text(d), g.text(0))
	case 8:
		return fmt.Sprintf(`element(%s, %s)`, g.list(d), g.number(d))
	case 9:
		return fmt.Sprintf(`try(%s[%s], %s)`, g.list(d), g.number(d), g.text(d))
	case 10:
		return fmt.Sprintf(`try(%s.%s, %s)`, g.object(d), g.one("a", "b"), g.text(d))
	case 11:
		return fmt.Sprintf(`lookup(%s, %s, %s)`, g.object(d), g.text(d), g.text(d))
	case 12:
		return fmt.Sprintf(`jsonencode(%s)`, g.any(d))
	case 13:
		return fmt.Sprintf(`%s[%s]`, g.list(d), g.number(d))
	case 14:
		return fmt.Sprintf(`substr(%s, 0, %s)`, g.text(d), g.number(0))
	case 15:
		return fmt.Sprintf(`"%%{ if %s }${%s}%%{ else }x%%{ endif }"`, g.flag(d), g.text(d))
	case 16:
		return fmt.Sprintf(`"%%{ for x in %s }${x},%%{ endfor }"`, g.list(d))
	case 17:
		return fmt.Sprintf(`tostring(%s)`, g.number(d))
	case 18:
		return fmt.Sprintf(`one(slice(%s, 0, 1))`, g.list(d))
	case 19:
		return fmt.Sprintf(`templatestring("$${x}-%%%%{ if x == \"a\" }y%%%%{ endif }", { x = %s })`, g.text(d))
	case 20:
		return fmt.Sprintf(`jsondecode(jsonencode({ k = %s })).k`, g.text(d))
	case 21:
		return fmt.Sprintf(`try(regex("a(.*)", %s)[0], %s)`, g.text(d), g.text(d))
	case 22:
		return fmt.Sprintf(`yamldecode(yamlencode([%s]))[0]`, g.text(d))
	case 23:
		return fmt.Sprintf(`"n${%s}"`, g.number(d))
	default:
		return g.text(0)
	}
}

func (g generator) number(depth int) string {
	if depth <= 0 {
		return g.one(`0`, `1`, `2`, `var.n`)
	}
	d := depth - 1
	switch g.IntN(9) {
	case 0:
		return fmt.Sprintf(`(%s %s %s)`, g.number(d), g.one("+", "-", "*"), g.number(d))
	case 1:
		return fmt.Sprintf(`length(%s)`, g.any(d))
	case 2:
		return fmt.Sprintf(`(%s ? %s : %s)`, g.flag(d), g.number(d), g.number(d))
	case 3:
		return fmt.Sprintf(`max(%s, %s)`, g.number(d), g.number(d))
	case 4:
		return fmt.Sprintf(`try(index(%s, %s), %s)`, g.list(d), g.text(d), g.number(0))
	case 5:
		return fmt.Sprintf(`try(tonumber(%s), 3)`, g.text(d))
	case 6:
		return `length(t_r.c)`
	default:
		return g.number(0)
	}
}

func (g generator) flag(depth int) string {
	if depth <= 0 {
		return g.one(`true`, `false`, `var.f`)
	}
	d := depth - 1
	switch g.IntN(16) {
	case 0:
		return fmt.Sprintf(`(%s %s %s)`, g.text(d), g.one("==", "!="), g.text(d))
	case 1:
		return fmt.Sprintf(`(%s %s %s)`, g.number(d), g.one("<", "<=", ">", "=="), g.number(d))
	case 2:
		return fmt.Sprintf(`(%s %s %s)`, g.flag(d), g.one("&&", "||", "==", "!="), g.flag(d))
	case 3:
		return fmt.Sprintf(`!%s`, g.flag(d))
	case 4:
		return fmt.Sprintf(`contains(%s, %s)`, g.list(d), g.text(d))
	case 5:
		return fmt.Sprintf(`can(%s[%s])`, g.list(d), g.number(d))
	case 6:
		return fmt.Sprintf(`%s(%s, %s)`, g.one("startswith", "endswith", "strcontains"), g.text(d), g.text(d))
	case 7:
		return fmt.Sprintf(`(%s == %s)`, g.list(d), g.list(d))
	case 8:
		return fmt.Sprintf(`(%s == null)`, g.text(d))
	case 9:
		return fmt.Sprintf(`%s([%s, %s])`, g.one("alltrue", "anytrue"), g.flag(d), g.flag(d))
	case 10:
		return fmt.Sprintf(`can(%s.%s)`, g.object(d), g.one("a", "b"))
	case 11:
		return fmt.Sprintf(`(%s == %s)`, g.object(d), g.object(d))
	case 12:
		return fmt.Sprintf(`can(regex("^a", %s))`, g.text(d))
	default:
		return g.flag(0)
	}
}

func (g generator) list(depth int) string {
	if depth <= 0 {
		return g.one(`["a"]`, `["b", "a"]`, `[]`, `var.l`, `[var.s, "b"]`, `[var.u]`, `t_r.c[*].name`, `values(t_r.e)[*].name`)
	}
	d := depth - 1
	switch g.IntN(24) {
	case 0:
		return fmt.Sprintf(`[%s, %s]`, g.text(d), g.text(d))
	case 1:
		return fmt.Sprintf(`concat(%s, %s)`, g.list(d), g.list(d))
	case 2:
		return fmt.Sprintf(`[for x in %s : "${x}!"]`, g.list(d))
	case 3:
		return fmt.Sprintf(`[for x in %s : x if x != %s]`, g.list(d), g.text(d))
	case 4:
		return fmt.Sprintf(`%s(%s)`, g.one("distinct", "compact", "reverse", "sort", "flatten", "tolist"), g.list(d))
	case 5:
		return fmt.Sprintf(`tolist(toset(%s))`, g.list(d))
	case 6:
		return fmt.Sprintf(`keys(%s)`, g.object(d))
	case 7:
		return fmt.Sprintf(`values(%s)`, g.object(d))
	case 8:
		return fmt.Sprintf(`split("-", %s)`, g.text(d))
	case 9:
		return fmt.Sprintf(`(%s ? %s : %s)`, g.flag(d), g.list(d), g.list(d))
	case 10:
		return fmt.Sprintf(`flatten([%s, [%s]])`, g.list(d), g.list(d))
	case 11:
		return fmt.Sprintf(`[for k, v in %s : "${k}=${v}"]`, g.object(d))
	case 12:
		return fmt.Sprintf(`tolist(%s(%s, %s))`, g.one("setunion", "setintersection", "setsubtract"), g.list(d), g.list(d))
	case 13:
		return fmt.Sprintf(`formatlist("%%s.", %s)`, g.list(d))
	case 14:
		return fmt.Sprintf(`coalescelist(%s, ["z"])`, g.list(d))
	case 15:
		return fmt.Sprintf(`[for p in setproduct(%s, %s) : join("", p)]`, g.list(d), g.list(d))
	case 16:
		return fmt.Sprintf(`[for c in chunklist(%s, 2) : join("", c)]`, g.list(d))
	case 17:
		return fmt.Sprintf(`try(%s, ["t"])`, g.list(d))
	case 18:
		return fmt.Sprintf(`[for i, x in %s : "${i}${x}"]`, g.list(d))
	default:
		return g.list(0)
	}
}

func (g generator) object(depth int) string {
	if depth <= 0 {
		return g.one(`{ a = "a" }`, `{}`, `var.m`, `{ a = var.s }`, `{ (var.s) = "a" }`, `{ "${var.s}-x" = "y", b = "b" }`)
	}
	d := depth - 1
	switch g.IntN(11) {
	case 0:
		return fmt.Sprintf(`merge(%s, %s)`, g.object(d), g.object(d))
	case 1:
		return fmt.Sprintf(`{ a = %s, b = %s }`, g.text(d), g.text(d))
	case 2:
		return fmt.Sprintf(`{ for x in %s : x => "${x}v" }`, g.list(d))
	case 3:
		return fmt.Sprintf(`{ for k, v in %s : k => "${v}w" if v != %s }`, g.object(d), g.text(d))
	case 4:
		return fmt.Sprintf(`zipmap(%s, %s)`, g.list(d), g.list(d))
	case 5:
		return fmt.Sprintf(`(%s ? %s : %s)`, g.flag(d), g.object(d), g.object(d))
	case 6:
		return fmt.Sprintf(`tomap(%s)`, g.object(d))
	case 7:
		return fmt.Sprintf(`{ for k, v in { for x in %s : x => x... } : k => join("", v) }`, g.list(d))
	default:
		return g.object(0)
	}
}

func (g generator) any(depth int) string {
	switch g.IntN(6) {
	case 0:
		return g.number(depth)
	case 1:
		return g.flag(depth)
	case 2:
		return g.list(depth)
	case 3:
		return g.object(depth)
	default:
		return g.text(depth)
	}
}

// laws is the configuration around the random expressions.
const laws = `
variable "s" { type = string }
variable "t" { type = string }
variable "u" {}
variable "n" { type = number }
variable "f" { type = bool }
variable "l" { type = list(string) }
variable "m" { type = map(string) }
locals { s = "${var.t}a" }
resource "t_r" "r" { name = "r-${var.s}" }
resource "t_r" "c" {
  count = var.n
  name  = "c${count.index}"
}
resource "t_r" "e" {
  for_each = var.m
  name     = "${each.key}${each.value}"
}
module "typed" {
  source = "./typed"
  s      = var.u
  l      = [var.s, var.u]
  set    = [var.s, "b"]
  o      = { a = var.s, b = var.u }
}
resource "t_dynamic" "d" {
  dynamic "block" {
    for_each = var.l
    content { v = block.value }
  }
  dynamic "one" {
    for_each = var.f ? [1] : []
    content { v = var.s }
  }
}
`

const typed = `
variable "s" { type = string }
variable "l" { type = list(string) }
variable "set" { type = set(string) }
variable "o" { type = object({ a = string, b = optional(string, "d"), c = optional(number, 7) }) }
resource "t_typed" "t" {
  s   = var.s
  l   = var.l
  set = var.set
  o   = var.o
}
`

// setting gives values to all variables.
func (g generator) setting() map[string]string {
	text := func() string { return g.one("a", "b", "ab", "", "a-b", "c") }
	return map[string]string{
		"s": text(), "t": text(), "u": text(),
		"n": g.one("0", "1", "2"),
		"f": g.one("true", "false"),
		"l": g.one(`[]`, `["a"]`, `["b","a"]`, `["a","a"]`),
		"m": g.one(`{}`, `{a="a"}`, `{b="a",a="b"}`),
	}
}

// If a variable is not set, each value is what it is with any setting, or leaves open what it
// depends on: known text in it is there with any setting, and only symbols stand for the rest.
func TestUnknownsDecideNothing(t *testing.T) {
	rounds := 400
	if testing.Short() {
		rounds = 60
	}
	for round := range rounds {
		g := generator{rand.New(rand.NewPCG(uint64(round), 2))}
		var probe strings.Builder
		var expressions []string
		for i := range 12 {
			x := g.any(1 + g.IntN(4))
			expressions = append(expressions, x)
			fmt.Fprintf(&probe, "  x%d = %s\n", i, x)
		}
		files := tree(laws + "resource \"t_probe\" \"p\" {\n" + probe.String() + "}\n-- typed/main.tf --\n" + typed)
		evaluate := func(setting map[string]string) map[string]*Resource {
			o := Options{FS: files}
			for name, v := range setting {
				o.Variables = append(o.Variables, name+"="+v)
			}
			c, err := Load(".", o)
			if err != nil {
				t.Fatalf("round %d: %v\n%s", round, err, probe.String())
			}
			out := map[string]*Resource{}
			for _, r := range c.Resources {
				out[r.Address] = r
			}
			return out
		}
		all := g.setting()
		unset := g.one("s", "t", "u", "n", "f", "l", "m")
		some := map[string]string{}
		for name, v := range all {
			if name != unset && !(g.IntN(4) == 0) {
				some[name] = v
			}
		}
		open := evaluate(some)
		for range 3 {
			full := g.setting()
			for name, v := range some {
				full[name] = v
			}
			closed := evaluate(full)
			for address, o := range open {
				c, ok := closed[address]
				if !ok {
					if o.Uncertain == "" {
						t.Fatalf("round %d: %s is certain without %v, and is not there with %v", round, address, unset, full)
					}
					continue
				}
				if why := covers(o.raw, c.raw); why != "" {
					t.Fatalf("round %d: %s does not cover what it is with %v: %s\nopen   %s\nclosed %s\n%s",
						round, address, full, why, shownText(o.raw), shownText(c.raw), strings.Join(expressions, "\n"))
				}
			}
			for address := range closed {
				if _, ok := open[address]; !ok && !uncertainLike(open, address) {
					t.Fatalf("round %d: %s is there with %v, and nothing stands for it", round, address, full)
				}
			}
		}
	}
}

// uncertainLike reports whether an uncertain instance stands for an address.
func uncertainLike(all map[string]*Resource, address string) bool {
	base, _, _ := strings.Cut(address, "[")
	_, ok := all[base+"[…]"]
	return ok
}

// covers returns "" if a value with symbols stands for a value among others.
func covers(open, closed cty.Value) string {
	if isSymbol(open) {
		return "" // anything
	}
	if p, ok := firstSymbol(closed); ok && strings.Contains(p.Why, "cannot be evaluated") {
		return "" // a setting with which Terraform fails
	}
	if stringType(open) && stringType(closed) {
		// The order of keys in JSON depends on what symbols in them stand for.
		a, errA := stdlib.JSONDecode(open)
		b, errB := stdlib.JSONDecode(closed)
		if errA == nil && errB == nil && (isKeyed(a.Type()) || isListed(a.Type())) {
			return covers(a, b)
		}
		pattern := "^"
		for _, p := range symbol.Split(open.AsString()) {
			if p.IsSymbol() {
				pattern += "(?s:.*)"
			} else {
				pattern += regexp.QuoteMeta(p.Text)
			}
		}
		if !regexp.MustCompile(pattern + "$").MatchString(closed.AsString()) {
			return fmt.Sprintf("%s is not %s", shownText(open), shownText(closed))
		}
		return ""
	}
	if open.IsNull() || closed.IsNull() {
		if open.IsNull() && closed.IsNull() {
			return ""
		}
		return "null"
	}
	ot, ct := open.Type(), closed.Type()
	switch {
	case isKeyed(ot) && isKeyed(ct):
		om, cm := open.AsValueMap(), closed.AsValueMap()
		symbolic := symbolicKeys(om)
		for key, v := range om {
			if symbol.In(key) {
				continue
			}
			other, ok := cm[key]
			if !ok {
				return "key " + key + " is not there"
			}
			if why := covers(v, other); why != "" {
				return key + ": " + why
			}
		}
		for key := range cm {
			if _, ok := om[key]; !ok && !symbolic {
				return "key " + key + " is new"
			}
		}
		return ""
	case isListed(ot) && isListed(ct):
		ol, cl := open.AsValueSlice(), closed.AsValueSlice()
		if len(ol) != len(cl) {
			return "another length"
		}
		for i := range ol {
			if why := covers(ol[i], cl[i]); why != "" {
				return fmt.Sprintf("%d: %s", i, why)
			}
		}
		return ""
	}
	if equal(open, closed) != yes {
		return fmt.Sprintf("%s is not %s", shownText(open), shownText(closed))
	}
	return ""
}
