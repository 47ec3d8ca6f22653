package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand"
	"strings"
	"testing"
)

// generator makes random documents out of small stocks, so that matches are
// frequent.
type generator struct {
	*rand.Rand
	operators []string
}

func newGenerator(seed int64) *generator {
	g := &generator{Rand: rand.New(rand.NewSource(seed))}
	for _, op := range operators {
		for _, form := range []string{"%s", "%sIfExists", "ForAllValues:%s", "ForAnyValue:%s"} {
			g.operators = append(g.operators, fmt.Sprintf(form, op.name))
		}
	}
	g.operators = append(g.operators, "Null", "StringEquals", "StringLike", "ArnLike", "StringNotLike", "StringEquals")
	return g
}

func (g *generator) pick(list ...string) string { return list[g.Intn(len(list))] }

var keys = []string{"aws:SourceAccount", "aws:SourceArn", "aws:PrincipalTag/team", "aws:CurrentTime", "aws:SourceIp", "aws:TagKeys"}

func (g *generator) value() string {
	return g.pick("111122223333", "1111*", "a", "A", "a?", "*", "", "true", "false", "5", "2020-01-01", "203.0.113.0/24",
		"arn:aws:imagebuilder:us-east-1:111122223333:image/foo/1.0.0/1", "arn:*:imagebuilder:*:*:image/*/*/*",
		"arn:aws:imagebuilder:*:111122223333:image/f*/1.?.0/*", "arn:aws:imagebuilder:*", "image", "${aws:SourceAccount}", "${aws:PrincipalTag/team, 'a'}", "${*}")
}

// list writes one string, or an array of strings; of one, either.
func (g *generator) list(value func() string) string {
	var quoted []string
	for range 1 + g.Intn(3) {
		quoted = append(quoted, fmt.Sprintf("%q", value()))
	}
	if len(quoted) == 1 && g.Intn(2) == 0 {
		return quoted[0]
	}
	return "[" + strings.Join(quoted, ",") + "]"
}

// conditions writes conditions, each of an operator of its own.
func (g *generator) conditions() []string {
	var list []string
	seen := map[string]bool{}
	for range g.Intn(4) {
		op := g.pick(g.operators...)
		if !seen[op] {
			seen[op] = true
			list = append(list, fmt.Sprintf("%q:{%q:%s}", op, g.pick(keys...), g.list(g.value)))
		}
	}
	return list
}

func (g *generator) statement() string {
	effect := g.pick("Allow", "Allow", "Deny")
	principal := g.pick(`"Principal":{"Service":"imagebuilder.amazonaws.com"}`, `"Principal":{"Service":"imagebuilder.amazonaws.com"}`,
		`"Principal":"*"`, `"Principal":{"AWS":"*"}`, `"Principal":{"Service":["ec2.amazonaws.com"],"AWS":"111122223333"}`)
	action := g.pick("Action", "Action", "Action", "NotAction")
	return fmt.Sprintf(`{"Effect":%q,%s,%q:%s,"Condition":{%s}}`, effect, principal, action,
		g.list(func() string { return g.pick("sts:AssumeRole", "sts:*", "sts:TagSession", "STS:assume*") }), strings.Join(g.conditions(), ","))
}

func (g *generator) statements() []string {
	var list []string
	for range 1 + g.Intn(3) {
		list = append(list, g.statement())
	}
	return list
}

func document(statements []string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// known returns what a key of the stock may hold.
func (g *generator) known() Value {
	switch g.Intn(6) {
	case 0:
		return Absent()
	case 1:
		return Known(g.text(), g.text())
	default:
		return Known(g.text())
	}
}

func (g *generator) text() string {
	return g.pick("111122223333", "111144445555", "a", "A", "ab", "", "true", "5", "2020-01-01", "203.0.113.7",
		"arn:aws:imagebuilder:us-east-1:111122223333:image/foo/1.0.0/1", "arn:aws:imagebuilder:us-east-1:111122223333:image/bar/2.0.0/1")
}

func (g *generator) context() *Context {
	c := NewContext()
	for _, k := range keys {
		c.Set(k, g.known())
	}
	return c
}

func assumeRole(c *Context) *Request {
	return &Request{Principal: imagebuilder, Action: "sts:AssumeRole", Context: c}
}

// Ways to write the same document never change the outcome.
func TestSameMeaning(t *testing.T) {
	g := newGenerator(3)
	for range 1500 {
		list := g.statements()
		r := assumeRole(g.context())
		want := Evaluate(parse(t, document(list)), r)
		same := func(name, text string) {
			t.Helper()
			if got := Evaluate(parse(t, text), r); got.Outcome != want.Outcome || got.Explicit != want.Explicit {
				t.Fatalf("%s: got %v, want %v\n%s\n%s", name, got.Outcome, want.Outcome, document(list), text)
			}
		}
		shuffled := append([]string{}, list...)
		g.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		same("order of statements", document(shuffled))
		same("repeated statements", document(append(shuffled, list...)))
		if len(list) == 1 {
			same("one object", `{"Version":"2012-10-17","Statement":`+list[0]+`}`)
		}
		text := document(list)
		for _, k := range keys {
			text = strings.ReplaceAll(text, fmt.Sprintf("%q", k), fmt.Sprintf("%q", strings.ToUpper(k)))
		}
		same("letter case of keys", text)
		text = document(list)
		for _, op := range g.operators {
			text = strings.ReplaceAll(text, fmt.Sprintf("%q:{", op), fmt.Sprintf("%q:{", strings.ToLower(op)))
		}
		same("letter case of operators", text)
		same("letter case of actions", strings.ReplaceAll(document(list), `"sts:AssumeRole"`, `"STS:ASSUMEROLE"`))
		same("strings as lists", asLists(document(list)))
		var spaced bytes.Buffer
		if err := json.Indent(&spaced, []byte(document(list)), "\t", "\r "); err != nil {
			t.Fatal(err)
		}
		same("white space", spaced.String())
	}
}

// asLists puts each string that is a value of a condition or an action into brackets.
func asLists(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		b.WriteByte(text[i])
		if text[i] == ':' && i+1 < len(text) && text[i+1] == '"' && text[i-1] == '"' {
			end := i + 2 + strings.IndexByte(text[i+2:], '"')
			name := text[strings.LastIndexByte(text[:i-1], '"')+1 : i-1]
			if name != "Effect" && name != "Version" && name != "Principal" {
				b.WriteString("[" + text[i+1:end+1] + "]")
				i = end
			}
		}
	}
	return b.String()
}

// What is decided while little is known stays so when more is known.
func TestKnowingMoreDoesNotChangeADecision(t *testing.T) {
	g := newGenerator(4)
	decided, undecided := 0, 0
	for range 10000 {
		text := document(g.statements())
		d := parse(t, text)
		vague, exact := NewContext(), NewContext()
		for _, k := range keys {
			v := g.known()
			exact.Set(k, v)
			vague.Set(k, g.blur(v))
		}
		before, after := Evaluate(d, assumeRole(vague)), Evaluate(d, assumeRole(exact))
		switch {
		case before.Outcome == Undecidable:
			undecided++
		case after.Outcome == Undecidable: // several values, or one that cannot be read
		case before.Outcome != after.Outcome:
			t.Fatalf("%v becomes %v\n%s\nbefore: %s\nafter: %s", before.Outcome, after.Outcome, text, before.Reason(), after.Reason())
		default:
			decided++
		}
	}
	if min(decided, undecided) < 1000 {
		t.Errorf("%d decided, %d undecided", decided, undecided)
	}
}

// blur returns less than what v says.
func (g *generator) blur(v Value) Value {
	switch {
	case g.Intn(3) == 0:
		return v
	case v.kind == absent || len(v.texts) > 1 || g.Intn(4) == 0:
		return Unknown()
	case g.Intn(2) == 0:
		return OneOf(g.text(), v.texts[0], g.text())
	}
	text := v.texts[0]
	from := g.Intn(len(text) + 1)
	if i := strings.LastIndexByte(text, ':'); i >= 0 && g.Intn(2) == 0 {
		from = i + 1 + g.Intn(len(text)-i)
	}
	to := from + g.Intn(len(text)-from+1)
	if isARN(text) && strings.Count(text[:to], ":") < 5 && strings.Contains(text[from:to], ":") {
		to = from // in these parts a wildcard stands for no colon
	}
	return Pattern(text[:from] + g.pick("*", "**") + text[to:])
}

// A decision for a pattern is the decision for each text it stands for.
func TestPatternLaw(t *testing.T) {
	r := rand.New(rand.NewSource(5))
	tests := map[string]int{}
	for range 20000 {
		glob, value := randomText(r, "aé:**?", 6), randomText(r, "aé:**?", 6)
		if r.Intn(2) == 0 {
			glob, value = "arn:"+arnParts(r, "ab*?")+randomText(r, "a:*?", 4), "arn:"+arnParts(r, "ab*?")+randomText(r, "a:*?", 4)
		}
		op := operators[r.Intn(6)]
		if r.Intn(2) == 0 {
			op = operators[len(operators)-1-r.Intn(4)]
		}
		want := decide(t, op.name, Pattern(glob), value)
		tests[want]++
		if want == "?" {
			continue
		}
		for range 5 {
			text := instance(r, glob)
			if got := decide(t, op.name, Known(text), value); got != want {
				t.Fatalf("%s %q: %s for all of %q, %s for %q", op.name, value, want, glob, got, text)
			}
		}
	}
	if min(tests["T"], tests["F"], tests["?"]) < 1000 {
		t.Errorf("%v", tests)
	}
}

func arnParts(r *rand.Rand, alphabet string) string {
	parts := ""
	for range 4 {
		parts += randomText(r, alphabet, 2) + ":"
	}
	return parts
}

// instance returns a text that a glob matches.
func instance(r *rand.Rand, glob string) string {
	var b strings.Builder
	colons := 0
	for _, c := range glob {
		alphabet := "aéb:"
		if strings.HasPrefix(glob, "arn:") && strings.Count(glob, ":") >= 5 && colons < 5 {
			alphabet = "aéb"
		}
		switch c {
		case '*':
			b.WriteString(randomText(r, alphabet, 3))
		case '?':
			b.WriteRune([]rune(alphabet)[r.Intn(len([]rune(alphabet)))])
		default:
			if c == ':' {
				colons++
			}
			b.WriteRune(c)
		}
	}
	return b.String()
}
