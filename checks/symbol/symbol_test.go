package symbol_test

import (
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/symbol"
	_ "github.com/iblint/iblint/internal/testrun" // for -update with checks/...
)

var role = symbol.New("var.role", "variable without a value (main.tf:3)")

func TestParts(t *testing.T) {
	part := symbol.Part{Name: "var.role", Why: "variable without a value (main.tf:3)"}
	for text, want := range map[string][]symbol.Part{
		"":                        nil,
		"plain":                   {{Text: "plain"}},
		role:                      {part},
		"a-" + role + "-b" + role: {{Text: "a-"}, part, {Text: "-b"}, part},
		"\uFDD0aaaa\uFDD1":        {{Text: "\uFDD0aaaa\uFDD1"}}, // not what New returns
	} {
		if got := symbol.Split(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, expected %+v", text, got, want)
		}
	}
	if got := symbol.Text(symbol.New("\x00", "")); got != "an unnamed value" {
		t.Errorf("without a name: %q", got)
	}
	if got := symbol.Text("cleanup-" + role); got != "cleanup-${var.role}" {
		t.Errorf("as text: %q", got)
	}
	if got := symbol.Text("arn:aws:iam::" + symbol.New("this account", "") + ":role/x"); got != "arn:aws:iam::this account:role/x" {
		t.Errorf("as text: %q", got)
	}
	if !symbol.Is(role) || symbol.Is("x"+role) || !symbol.In("x"+role) || symbol.In("x") || symbol.First("x"+role) != part {
		t.Error("a symbol is not recognized")
	}
	if regexp.MustCompile(`^(?:`+symbol.Expression+`)$`).MatchString("x"+role) || !regexp.MustCompile(`^(?:`+symbol.Expression+`)$`).MatchString(role) {
		t.Error("the expression does not match exactly a symbol")
	}
}

// What takes names and ARNs apart, or ignores their case, leaves symbols whole.
func TestSurvives(t *testing.T) {
	if strings.ContainsAny(role, `:/.*?-_ "\`) || strings.ToLower(role) != role {
		t.Errorf("%q", role)
	}
}

func TestMayEqual(t *testing.T) {
	stage := symbol.New("var.stage", "")
	for _, one := range []struct {
		a, b string
		want bool
	}{
		{"a", "a", true},
		{"a", "b", false},
		{role, role, true},
		{role, stage, true},
		{role, "anything", true},
		{"expiry-" + stage, "expiry-prod", true},
		{"expiry-" + stage, "expiry-", true},
		{"expiry-" + stage, "purge-prod", false},
		{stage + "-expiry", "prod-expiry", true},
		{stage + "-expiry", "prod-purge", false},
		{"a-" + stage + "-b-" + role, "a-x-b-y", true},
		{"a-" + stage + "-b-" + role, "a-x-c-y", false},
		{"a-" + stage, "b-" + role, false},
		{"a-" + stage, "a-" + role, true},
		{stage + "-a", role + "-b", false},
	} {
		if got := symbol.MayEqual(one.a, one.b); got != one.want {
			t.Errorf("%s, %s: %v", symbol.Text(one.a), symbol.Text(one.b), got)
		}
		if got := symbol.MayEqual(one.b, one.a); got != one.want {
			t.Errorf("%s, %s: %v", symbol.Text(one.b), symbol.Text(one.a), got)
		}
	}
}

// No text splits into something else than itself, and no name ends a symbol. What a string with
// a symbol becomes may equal it.
func FuzzSplit(f *testing.F) {
	f.Add("a\uFDD0b\uFDD1c", "x")
	f.Add(role+"\uFDD0"+role, "-")
	f.Add("\uFDD0aaaa\uFDD1\xff\x00", "")
	f.Fuzz(func(t *testing.T, text, value string) {
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
		if s := symbol.New(text, text); !symbol.Is(s) || len(symbol.Split("a"+s+"b")) != 3 {
			t.Errorf("%q is not one symbol", s)
		}
		if !symbol.In(text) && !symbol.In(value) && !symbol.In(text+value+text) && !symbol.MayEqual(text+role+text, text+value+text) {
			t.Errorf("%q, %q", text, value)
		}
	})
}
