package symbol_test

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/symbol"
	_ "github.com/iblint/iblint/internal/testrun" // for -update with checks/...
)

func TestParts(t *testing.T) {
	role := symbol.New("var.role", "variable without a value (main.tf:3)")
	for text, want := range map[string][]symbol.Part{
		"":                        nil,
		"plain":                   {{Text: "plain"}},
		role:                      {{Name: "var.role", Why: "variable without a value (main.tf:3)"}},
		"a-" + role + "-b" + role: {{Text: "a-"}, {Name: "var.role", Why: "variable without a value (main.tf:3)"}, {Text: "-b"}, {Name: "var.role", Why: "variable without a value (main.tf:3)"}},
	} {
		if got := symbol.Split(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, expected %+v", text, got, want)
		}
	}
	if got := symbol.Text("cleanup-" + role); got != "cleanup-${var.role}" {
		t.Errorf("as text: %q", got)
	}
	if !symbol.Is(role) || symbol.Is("x"+role) || !symbol.In("x"+role) || symbol.In("x") || symbol.First("x"+role).Name != "var.role" {
		t.Error("a symbol is not recognized")
	}
	if regexp.MustCompile(`^(?:`+symbol.Expression+`)$`).MatchString("x"+role) || !regexp.MustCompile(`^(?:`+symbol.Expression+`)$`).MatchString(role) {
		t.Error("the expression does not match exactly a symbol")
	}
}

// No text splits into something else than itself, and no name ends a symbol.
func FuzzSplit(f *testing.F) {
	f.Add("a\uFDD0b\uFDD1c\uFDD2d")
	f.Add("\uFDD0\uFDD0b\uFDD1c\uFDD1\uFDD2d\uFDD2")
	f.Add("\uFDD0\uFDD1\uFDD2\xff")
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "\uFFFD")
		var joined strings.Builder
		for _, p := range symbol.Split(text) {
			if p.IsSymbol() {
				joined.WriteString(symbol.New(p.Name, p.Why))
			} else {
				joined.WriteString(p.Text)
			}
		}
		if joined.String() != text {
			t.Errorf("%q splits into %q", text, joined.String())
		}
		if s := symbol.New("n"+text, text); !symbol.Is(s) || len(symbol.Split("a"+s+"b")) != 3 {
			t.Errorf("%q is not one symbol", s)
		}
	})
}
