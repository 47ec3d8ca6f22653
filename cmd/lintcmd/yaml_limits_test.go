package lintcmd

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/internal/testrun"
)

// Every configuration is read or refused in time and memory proportional to its size. The error
// is one short line.
func TestConfigurationIsBounded(t *testing.T) {
	testrun.Long(t)
	fill := func(text string) string { return strings.Repeat(text, source.Small/8/len(text)) }
	laughs := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 20; i++ {
		laughs += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	long := "roleName: &long " + fill("x") + "\nowners:\n  - account: \"111122223333\"\n    regions: [" + strings.TrimSuffix(strings.Repeat("*long, ", 10000), ", ") + "]\n"
	var staircase strings.Builder
	for i := range 500 {
		staircase.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	for name, test := range map[string]struct{ text, want string }{
		"brackets":           {strings.Repeat("[", 100000), "line 1, column 101: nested deeper than 100 levels"},
		"closed brackets":    {strings.Repeat("[", 100000) + strings.Repeat("]", 100000), "nested deeper than 100 levels"},
		"braces":             {strings.Repeat("{a: ", 50000), "nested deeper than 100 levels"},
		"dashes":             {fill("- "), "nested deeper than 100 levels"},
		"question marks":     {fill("? "), "nested deeper than 100 levels"},
		"keys in a row":      {fill("a: "), "nested deeper than 100 levels"},
		"keys in brackets":   {"[" + fill("a: "), "nested deeper than 100 levels"},
		"staircase":          {staircase.String(), "nested deeper than 100 levels"},
		"a billion laughs":   {laughs, "the aliases up to here expand to more than 4 MiB of text"},
		"a long anchor":      {long, "the aliases up to here expand to more than 4 MiB of text"},
		"an alias of itself": {"owners: &a [*a]", ""},
		"blank lines":        {"roleName: |\n" + fill("  \n") + "  x", "line 1002, column 1: more than 1000 blank lines in a row"},
		"a long key":         {fill("x") + ": 1", "unknown field"},
		"a long value":       {"sourceAccountMeans: " + fill("x"), "sourceAccountMeans: "},
		"comments":           {fill("#\n"), ""},
		"anchors":            {"[" + fill("&a "), ""},
		"tags":               {"[" + fill("!a "), ""},
		"documents":          {fill("---\n"), ""},
		"a list":             {fill("- a\n"), ""},
		"lines":              {"a:\n" + fill(" b\n"), ""},
		"the same key":       {fill("a:\n"), ""},
		"escapes":            {"roleName: \"" + fill(`\n`), ""},
		"quotes":             {fill("\"\" "), ""},
		"percent":            {fill("%"), ""},
		"tabs":               {fill("\t"), ""},
		"literals":           {fill("a: |\n"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := parseConfiguration("c.yaml", []byte(test.text), nil)
			runtime.ReadMemStats(&after)
			if used, most := after.TotalAlloc-before.TotalAlloc, uint64(2000*len(test.text)+1<<20); used > most {
				t.Errorf("%d bytes took %d bytes of memory, at most %d are allowed", len(test.text), used, most)
			}
			if err != nil && (len(err.Error()) > 1000 || !strings.HasPrefix(err.Error(), "c.yaml: ")) {
				t.Errorf("the error is long: %.200s", err)
			}
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%v, expected %s", err, test.want)
			}
		})
	}
}

// Usual configurations are not refused as nested too deep.
func TestConfigurationOfManyOwners(t *testing.T) {
	var b strings.Builder
	b.WriteString("# [[[ not a bracket\nroleName: &role Audit\nowners:\n")
	for i := range 2000 {
		fmt.Fprintf(&b, "- account: \"1%011d\"\n  regions: [eu-west-1, us-east-1]\n  executionRoles:\n  - *role\n  destinations: [{account: \"222233334444\", launchPermissionOnly: true}]\n", i)
	}
	c, err := parseConfiguration("c.yaml", []byte(b.String()), nil)
	if err != nil || len(c.Owners) != 2000 || c.Owners[1999].ExecutionRoles[0] != "Audit" {
		t.Errorf("%d owners, %v", len(c.Owners), err)
	}
}
