package policy

import (
	"bytes"
	"encoding/json"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/internal/testrun"
)

var kinds = []Kind{Trust, Identity, Resource}

// The style of a document does not change the outcome.
func TestSameMeaning(t *testing.T) {
	t.Parallel()
	g := newGenerator(3)
	changed := map[string]int{} // how often a way to write made another text
	for i := range 6000 / testrun.Thin() {
		kind := kinds[i%len(kinds)]
		d, r := g.document(kind), g.request(kind).known()
		text := d.write(plainStyle)
		want := Evaluate(parseKind(t, kind, text), r)
		same := func(name, other string) {
			t.Helper()
			if other != text {
				changed[name]++
			}
			if got := Evaluate(parseKind(t, kind, other), r); got.Outcome != want.Outcome || got.Explicit != want.Explicit {
				t.Fatalf("%s: got %v, want %v\n%s\n%s", name, got.Outcome, want.Outcome, text, other)
			}
		}
		shuffled := d
		shuffled.statements = slices.Clone(d.statements)
		g.Shuffle(len(shuffled.statements), func(i, j int) {
			shuffled.statements[i], shuffled.statements[j] = shuffled.statements[j], shuffled.statements[i]
		})
		same("order of statements", shuffled.write(plainStyle))
		shuffled.statements = append(shuffled.statements, d.statements...)
		same("repeated statements", shuffled.write(plainStyle))
		for name, split := range map[string]func(randomStatement) []randomStatement{
			"a statement for each action":    splitActions,
			"a statement for each principal": splitPrincipals,
			"a statement for each resource":  splitResources,
			"a statement for each value":     splitValues,
		} {
			apart := d
			apart.statements = nil
			for _, s := range d.statements {
				apart.statements = append(apart.statements, split(s)...)
			}
			same(name, apart.write(plainStyle)) // read backwards, this is merging
		}
		for name, s := range map[string]style{
			"lists of one":              {lists: true, key: asIs, operator: asIs, action: asIs},
			"one object":                {object: true, key: asIs, operator: asIs, action: asIs},
			"bare booleans and numbers": {bare: true, key: asIs, operator: asIs, action: asIs},
			"letter case of keys":       {key: strings.ToUpper, operator: asIs, action: asIs},
			"letter case of operators":  {key: asIs, operator: strings.ToLower, action: asIs},
			"letter case of actions":    {key: asIs, operator: asIs, action: strings.ToUpper},
			"several at once":           g.style(),
		} {
			same(name, d.write(s))
		}
		var spaced bytes.Buffer
		if err := json.Indent(&spaced, []byte(text), "\t", "\r "); err != nil {
			t.Fatal(err)
		}
		same("white space", spaced.String())
	}
	for _, name := range []string{"order of statements", "repeated statements", "a statement for each action", "a statement for each principal",
		"a statement for each resource", "a statement for each value", "lists of one", "one object", "bare booleans and numbers",
		"letter case of keys", "letter case of operators", "letter case of actions", "several at once", "white space"} {
		if changed[name] < 500/testrun.Thin() {
			t.Errorf("%s: only %d other texts", name, changed[name])
		}
	}
}

// Each split function splits a statement into several that together have the same
// meaning. It returns the statement itself if there is nothing to split.

func splitActions(s randomStatement) []randomStatement {
	if s.action != "Action" || len(s.actions) < 2 {
		return []randomStatement{s}
	}
	var out []randomStatement
	for _, action := range s.actions {
		s.actions = []string{action}
		out = append(out, s)
	}
	return out
}

func splitPrincipals(s randomStatement) []randomStatement {
	if s.principal != "Principal" || len(s.principals) < 2 {
		return []randomStatement{s}
	}
	var out []randomStatement
	for _, p := range s.principals {
		s.principals = []Principal{p}
		out = append(out, s)
	}
	return out
}

func splitResources(s randomStatement) []randomStatement {
	if s.resource != "Resource" || len(s.resources) < 2 {
		return []randomStatement{s}
	}
	var out []randomStatement
	for _, resource := range s.resources {
		s.resources = []string{resource}
		out = append(out, s)
	}
	return out
}

// splitValues splits the values of the first condition, of which one must match, unless
// the operator is negated or requires all values of the request.
func splitValues(s randomStatement) []randomStatement {
	if len(s.conditions) == 0 || len(s.conditions[0].values) < 2 {
		return []randomStatement{s}
	}
	c := s.conditions[0]
	if op, _ := parseOperator(c.operator); op.negated || op.set == forAllValues {
		return []randomStatement{s}
	}
	var out []randomStatement
	for _, value := range c.values {
		s.conditions = slices.Clone(s.conditions)
		s.conditions[0].values = []string{value}
		out = append(out, s)
	}
	return out
}

// A decision does not change when more is known of the request.
func TestKnowingMoreDoesNotChangeADecision(t *testing.T) {
	t.Parallel()
	g := newGenerator(4)
	rounds, decided, undecided := 20000/testrun.Thin(), 0, 0
	for i := range rounds {
		kind := kinds[i%len(kinds)]
		text := g.document(kind).write(plainStyle)
		d := parseKind(t, kind, text)
		random := g.request(kind)
		exact, vague := random.known(), random.known()
		for k, key := range keys {
			vague.Context.Set(key.name, g.blur(k, random.context[key.name]))
		}
		before, after := Evaluate(d, vague), Evaluate(d, exact)
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
	if min(decided, undecided) < rounds/10 {
		t.Errorf("%d decided, %d undecided", decided, undecided)
	}
}

// blur returns a Value with the same or less knowledge of a key with these values.
func (g *generator) blur(key int, values []string) Value {
	switch {
	case g.IntN(3) == 0:
		return Known(values...)
	case len(values) != 1 || g.IntN(4) == 0:
		return Unknown()
	case g.IntN(2) == 0:
		return OneOf(pick(g, keys[key].values...), values[0], pick(g, keys[key].values...))
	case g.IntN(2) == 0:
		return Known(values...).OrAbsent()
	}
	text := values[0]
	from := g.IntN(len(text) + 1)
	if i := strings.LastIndexByte(text, ':'); i >= 0 && g.IntN(2) == 0 {
		from = i + 1 + g.IntN(len(text)-i)
	}
	to := from + g.IntN(len(text)-from+1)
	if isARN(text) && strings.Count(text[:to], ":") < 5 && strings.Contains(text[from:to], ":") {
		to = from // in these parts a wildcard does not match a colon
	}
	return Pattern(strings.ToValidUTF8(text[:from], "") + pick(g, "*", "**") + strings.ToValidUTF8(text[to:], ""))
}

// A decision for a pattern holds for each text that the pattern matches.
func TestPatternLaw(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewSource(5))
	rounds, tests := 20000/testrun.Thin(), map[string]int{}
	for range rounds {
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
	if min(tests["T"], tests["F"], tests["?"]) < rounds/20 {
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
