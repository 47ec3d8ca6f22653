package policy

import (
	"errors"
	"strings"
	"testing"
)

// outline returns a tree with the text of each value and name in brackets.
func (n *node) outline(text string) string {
	switch n.kind {
	case '{', '[':
		var b strings.Builder
		b.WriteByte(byte(n.kind))
		for i := range n.entries {
			e := &n.entries[i]
			if n.kind == '{' {
				b.WriteString("<" + text[e.start:e.nameEnd] + ">=" + e.name + ":")
			} else if e.start != e.value.start {
				b.WriteString("!")
			}
			b.WriteString(e.value.outline(text))
		}
		return b.String() + "<" + text[n.start:n.end] + ">"
	default:
		return "<" + text[n.start:n.end] + ">=" + n.text + ","
	}
}

func TestTree(t *testing.T) {
	text := " { \"a\\u0062\" : [ 1.50e3 , true,{},[] ] ,\n\"x\":null, \"x\" :\"\\\"y\" } "
	root, err := parseTree(text)
	if err != nil {
		t.Fatal(err)
	}
	want := `{<"a\u0062">=ab:[<1.50e3>=1.50e3,<true>=true,{<{}>[<[]><[ 1.50e3 , true,{},[] ]>` +
		`<"x">=x:<null>=null,<"x">=x:<"\"y">="y,<` + strings.TrimSpace(text) + `>`
	if got := root.outline(text); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if m := root.member("x"); m == nil || m.text != "null" || root.member("y") != nil {
		t.Errorf("member: %v", m)
	}
	if root.member("ab").member("") != nil {
		t.Error("an element of an array is no member")
	}
}

func TestTreeDepth(t *testing.T) {
	deep := func(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }
	if _, err := parseTree(deep(maxDepth)); err != nil {
		t.Error(err)
	}
	_, err := parseTree(deep(maxDepth + 1))
	var e *SyntaxError
	if !errors.As(err, &e) || e.Column != maxDepth+1 || !strings.Contains(e.Problem, "nested deeper") {
		t.Errorf("got %v", err)
	}
	for _, text := range []string{"", "{", `{"a":}`, `{"a" 1}`, `[1,]`, `[] []`, "\xff", strings.Repeat(" ", maxSize+1)} {
		if _, err := parseTree(text); !errors.As(err, &e) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}
