package terraform

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/iblint/iblint/internal/source"
)

// Calls leaves out what Load would refuse: it looks at each file of a tree before one is evaluated.
func TestCalls(t *testing.T) {
	dir := t.TempDir()
	const nested = 1000
	write(t, dir, map[string]string{
		"a.tf":      `module "a" { source = "./a" }` + "\n" + `module "x" { source = "example/x" }` + "\n" + `module "y" { source = var.y }`,
		"b.tf.json": `{"module": {"b": {"source": "../b"}}}`,
		"c.tf":      `module "c" {`,
		"d.tf":      "module \"d\" {\n source = \"./d\"\n x = " + strings.Repeat("[", nested) + strings.Repeat("]", nested) + "\n}\n",
		"e.tf.json": `{"module": {"e": {"source": "./e", "x": ` + strings.Repeat("[", nested) + strings.Repeat("]", nested) + `}}}`,
		"f.tf":      `module "f" { source = "./f" }` + strings.Repeat(" ", 500),
		"g.tf":      `module "g" { source = "./g" } #` + strings.Repeat(" a", 100),
		"h.txt":     `module "h" { source = "./h" }`,
	})
	must(t, os.Symlink("/dev/zero", filepath.Join(dir, "device.tf")))
	must(t, syscall.Mkfifo(filepath.Join(dir, "pipe.tf"), 0o666))
	must(t, os.Symlink("loop.tf", filepath.Join(dir, "loop.tf")))
	limits := Options{MaxFile: source.Limit{Bytes: 2500}, MaxTokens: 4500}
	if got, want := Calls(dir, limits), []string{"./a", "../b", "./f", "./g"}; !slices.Equal(got, want) {
		t.Errorf("%q, expected %q", got, want)
	}
	limits.MaxFile.Bytes = 400
	if got, want := Calls(dir, limits), []string{"./a", "../b", "./g"}; !slices.Equal(got, want) {
		t.Errorf("%q, expected %q without the large file", got, want)
	}
	limits.MaxTokens = 100
	if got, want := Calls(dir, limits), []string{"./a", "../b"}; !slices.Equal(got, want) {
		t.Errorf("%q, expected %q without the file with too many words", got, want)
	}
}

// The parser makes about as many tokens as countTokens says, and a rule of signs in a comment is one.
func TestCountTokens(t *testing.T) {
	for src, want := range map[string]int64{
		"":                         0,
		"  \t\r":                   0,
		"a = [1, 2]\n":             8,
		"a-b":                      3,
		"[[[[":                     4,
		"# ###### ü_1\n":           4,
		strings.Repeat("x=1\n", 9): 36,
	} {
		if got := countTokens([]byte(src)); got != want {
			t.Errorf("%q: %d, expected %d", src, got, want)
		}
	}
}

// A configuration and a template that would take too much memory to parse have one line as error,
// which names the flag. Raising the limit of a file raises the number of words.
func TestTooManyTokens(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"main.tf": "locals {\n  x = [" + strings.Repeat("1,", 2_000) + "]\n}\n"})
	_, err := Load(dir, Options{MaxTokens: 4_000, MaxFile: source.Limit{Flag: "--max-input"}})
	if want := filepath.Join(dir, "main.tf") + ": the configuration has more than 4000 words and signs; evaluate a part of it, or raise the limit with --max-input"; err == nil || err.Error() != want {
		t.Errorf("%v, expected %s", err, want)
	}
	if _, err := Load(dir, Options{MaxTokens: 5_000}); err != nil {
		t.Error(err)
	}
	for bytes, want := range map[int64]int64{0: defaultTokens, source.Code: defaultTokens, 4 * source.Code: 3 * source.Code} {
		f, err := newFiles(dir, Options{MaxFile: source.Limit{Bytes: bytes}})
		if err != nil || f.maxTokens != want {
			t.Errorf("with files of %d bytes: %d, expected %d: %v", bytes, f.maxTokens, want, err)
		}
	}
	write(t, dir, map[string]string{"main.tf": "resource \"a\" \"b\" {\n  x = templatefile(\"t\", {})\n}\n", "t": strings.Repeat("${1}", defaultTokens/3)})
	_, err = Load(dir, Options{})
	if err == nil || !strings.HasSuffix(err.Error(), "/t: a template has more than 2000000 words and signs; use a shorter one") {
		t.Errorf("%v", err)
	}
}
