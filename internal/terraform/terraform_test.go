package terraform

import (
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
	"github.com/zclconf/go-cty/cty"
)

// tree returns the files of a txtar archive. Text in front of the first file is main.tf.
func tree(archive string) fstest.MapFS {
	a := txtar.Parse([]byte(archive))
	files := fstest.MapFS{}
	if strings.TrimSpace(string(a.Comment)) != "" {
		files["main.tf"] = &fstest.MapFile{Data: a.Comment}
	}
	for _, f := range a.Files {
		files[path.Clean(f.Name)] = &fstest.MapFile{Data: f.Data}
	}
	return files
}

// load evaluates the configuration in a txtar archive.
func load(t testing.TB, archive string, o Options) *Configuration {
	t.Helper()
	o.FS = tree(archive)
	c, err := Load(".", o)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return c
}

// shownText writes a value in the words of the language, with ${name} for each symbol.
func shownText(v cty.Value) string {
	if stringType(v) {
		return quoteParts(v.AsString())
	}
	var b strings.Builder
	describe(&b, v)
	return b.String()
}

func resourceAt(t testing.TB, c *Configuration, address string) *Resource {
	t.Helper()
	var have []string
	for _, r := range c.Resources {
		if r.Address == address {
			return r
		}
		have = append(have, r.Address)
	}
	t.Fatalf("no resource %s; there are %s", address, strings.Join(have, ", "))
	return nil
}

// A configuration of one module, with what an attribute of each kind of reference becomes.
func TestReferences(t *testing.T) {
	c := load(t, `
variable "unset" {}
variable "given" { default = "b" }
locals {
  both = "${var.given}-${local.role}"
  role = var.unset
}
resource "a_role" "x" {
  name   = "r"
  policy = jsonencode({ Who = a_role.y.id, Name = local.both })
}
resource "a_role" "y" {}
resource "a_thing" "z" {
  role = a_role.x.name
  arn  = a_role.x.arn
  same = a_role.x.arn == a_role.x.arn
  is   = var.unset == "prod"
  data = data.a_thing.t.value
  gone = a_gone.g.id
  tags = merge({ A = "a" }, var.unset, { B = "b" })
}
data "a_thing" "t" {}
`, Options{})
	want := map[string]string{
		"role": `"r"`,
		"arn":  `"${a_role.x.arn}"`,
		"same": `true`,
		"is":   `?`,
		"data": `"${data.a_thing.t.value}"`,
		"gone": `"${a_gone.g.id}"`,
	}
	z := resourceAt(t, c, "a_thing.z")
	for name, text := range want {
		if got := shownText(z.Values.GetAttr(name)); got != text {
			t.Errorf("%s is %s, want %s", name, got, text)
		}
	}
	if got, want := shownText(resourceAt(t, c, "a_role.x").Values.GetAttr("policy")), `"{\"Name\":\"b-${var.unset}\",\"Who\":\"${a_role.y.id}\"}"`; got != want {
		t.Errorf("policy is %s, want %s", got, want)
	}
	p, ok := z.Unknown("is")
	if !ok || p.Name != `var.unset == "prod"` || p.Why != "depends on ${var.unset}: variable without a value (main.tf:2)" {
		t.Errorf("Unknown is %+v, %v", p, ok)
	}
}
