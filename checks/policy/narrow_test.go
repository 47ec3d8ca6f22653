package policy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/internal/testrun"
)

// An Allow statement that names values allows nothing if a Deny statement matches all of
// them, whatever other values the request may have.
func TestNarrowed(t *testing.T) {
	t.Parallel()
	const images = "arn:aws:imagebuilder:eu-west-1:111122223333:image/"
	like := func(operator, name string) string { return condition(operator, "aws:SourceArn", images+name) }
	anyImage := ARNPattern(images + "?*/?*.?*.?*/?*")
	for _, test := range []struct {
		allow, deny string
		value       Value // of aws:SourceArn
		want        Outcome
	}{
		{like("ArnLike", "web/*"), like("ArnLike", "w*"), anyImage, Denied},
		{like("StringLike", "web/*"), like("StringLike", "w*"), anyImage, Denied},
		{like("StringEquals", "web/1.0.0/1"), like("ArnLike", "w*"), anyImage, Denied},
		{like("ArnLike", "web/*"), like("ArnLike", "db/*"), anyImage, Undecidable},
		{like("ArnLike", "w*"), like("ArnLike", "web/*"), anyImage, Undecidable}, // others than web stay allowed
		{condition("ArnLike", "aws:SourceArn", images+"web/*", images+"db/*"), like("ArnLike", "w*"), anyImage, Undecidable},
		{condition("ArnLike", "aws:SourceArn", images+"web/*", images+"db/*"), condition("ArnLike", "aws:SourceArn", images+"w*", images+"d*"), anyImage, Denied},
		// The Allow leaves the account open, and the request does not.
		{condition("ArnLike", "aws:SourceArn", "arn:*:imagebuilder:*:*:image/web/*"), like("ArnLike", "w*"), anyImage, Denied},
		{condition("ArnLike", "aws:SourceArn", "arn:*:imagebuilder:*:*:image/web/*"), like("ArnLike", "w*"), Unknown(), Undecidable},
		{like("ArnLike", "web/*"), like("ArnLike", "w*"), Unknown(), Denied},
		{like("ArnLikeIfExists", "web/*"), like("ArnLike", "w*"), Unknown(), Undecidable}, // a request without the key is allowed
		{like("ArnLikeIfExists", "web/*"), like("ArnLikeIfExists", "w*"), Unknown(), Denied},
		{like("ArnLikeIfExists", "web/*"), like("ArnLike", "w*"), anyImage, Denied},
		{like("ArnNotLike", "db/*"), like("ArnLike", "w*"), anyImage, Undecidable},
		{condition("Null", "aws:SourceArn", "false"), like("ArnLike", "*"), anyImage.OrAbsent(), Denied},
		{condition("Null", "aws:SourceArn", "true"), like("ArnLike", "*"), anyImage.OrAbsent(), Undecidable},
		{like("StringEquals", "a"), like("StringEquals", "a"), OneOf(images+"a", images+"b"), Denied},
		{like("StringEquals", "a"), like("StringEquals", "b"), OneOf(images+"a", images+"b"), Undecidable},
		{like("ArnLike", "${aws:Other}/*"), like("ArnLike", "w*"), anyImage, Undecidable},
		{`{"ArnLike":{"aws:SourceArn":"` + images + `web/*"},"StringEquals":{"aws:Unheard":"x"}}`,
			`{"ArnLike":{"aws:SourceArn":"` + images + `w*"},"StringEquals":{"aws:Unheard":"x"}}`, anyImage, Denied},
	} {
		text := document([]string{statement("Allow", test.allow), statement("Deny", test.deny)})
		r := assumeRole(NewContext().Set("aws:SourceArn", test.value))
		got := Evaluate(parse(t, text), r)
		if got.Outcome != test.want {
			t.Errorf("%s\n%s: got %v, want %v: %s", test.allow, test.deny, got.Outcome, test.want, got.Reason())
		}
		if got.Outcome == Denied && (!got.Explicit || got.Statement.Effect != Deny) {
			t.Errorf("%s\n%s: denied by %v, want the Deny: %s", test.allow, test.deny, got.Statement, got.Reason())
		}
	}
}

// The Deny may be in another policy, and the Allow in a limit.
func TestNarrowedAcrossPolicies(t *testing.T) {
	t.Parallel()
	identity := func(statements ...string) *Document {
		return parseKind(t, Identity, `{"Version":"2012-10-17","Statement":[`+strings.Join(statements, ",")+`]}`)
	}
	on := func(effect, name string) string {
		return `{"Effect":"` + effect + `","Action":"imagebuilder:*","Resource":"arn:aws:imagebuilder:*:*:image/` + name + `"}`
	}
	layer := func(d *Document) Layer { return Layer{Name: "layer", Policies: []Policy{{"policy", d}}} }
	pinned, everything := layer(identity(on("Allow", "web/*"))), layer(identity(on("Allow", "*")))
	denying := layer(identity(on("Allow", "*"), on("Deny", "w*")))
	unread := pinned
	unread.Unread = errors.New("refused")
	r := &Request{Principal: Principal{"AWS", role}, Action: "imagebuilder:DeleteImage", Resource: Pattern("arn:aws:imagebuilder:eu-west-1:111122223333:image/?*/?*"), Context: NewContext()}
	for name, test := range map[string]struct {
		policies Policies
		want     Outcome
	}{
		"a limit denies":                 {Policies{Identity: pinned, Limits: []Layer{everything, denying}}, Denied},
		"the boundary denies":            {Policies{Identity: pinned, Boundary: &denying}, Denied},
		"a limit pins, the role denies":  {Policies{Identity: denying, Limits: []Layer{pinned}}, Denied},
		"the boundary pins":              {Policies{Identity: denying, Boundary: &pinned}, Denied},
		"nothing pins":                   {Policies{Identity: everything, Limits: []Layer{denying}}, Undecidable},
		"nothing denies":                 {Policies{Identity: pinned, Limits: []Layer{everything}}, Undecidable},
		"other policies may allow":       {Policies{Identity: unread, Limits: []Layer{denying}}, Undecidable},
		"the resource's policy allows":   {Policies{Identity: pinned, Resource: &everything, Limits: []Layer{denying}}, Undecidable},
		"the resource's policy pins too": {Policies{Identity: pinned, Resource: &pinned, Limits: []Layer{denying}}, Denied},
	} {
		if got := test.policies.Authorize(r); got.Outcome != test.want {
			t.Errorf("%s: got %v, want %v: %s", name, got.Outcome, test.want, got.Reason())
		}
	}
}

// A document with many statements is not narrowed without end: it stays undecidable.
func TestNarrowedOfManyStatements(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]Outcome{maxDecided: Denied, maxDecided + 1: Undecidable} {
		statements := []string{statement("Deny", condition("ArnLike", "aws:SourceArn", "*:*:*:*:*:image/w*"))}
		for i := range n {
			statements = append(statements, statement("Allow", condition("StringEquals", "aws:SourceArn", fmt.Sprintf("arn:aws:imagebuilder:eu-west-1:111122223333:image/w%d", i))))
		}
		if got := Evaluate(parse(t, document(statements)), assumeRole(NewContext())); got.Outcome != want {
			t.Errorf("%d statements: got %v, want %v", n, got.Outcome, want)
		}
	}
}

// What narrowing denies is denied for every request that the vague one stands for.
func TestNarrowedLaw(t *testing.T) {
	t.Parallel()
	g := newGenerator(6)
	rounds, narrowed, denied := 30000/testrun.Thin(), 0, 0
	for i := range rounds {
		kind := kinds[i%len(kinds)]
		random := g.request(kind)
		d := g.document(kind)
		allow := g.statement(kind)
		allow.effect, allow.principal = "Allow", strings.TrimPrefix(allow.principal, "Not")
		// A Deny with the same conditions or fewer, and with wider values.
		deny := allow
		deny.effect, deny.conditions = "Deny", nil
		for _, c := range allow.conditions {
			if g.percent(70) {
				c.values = slices.Clone(c.values)
				for i, v := range c.values {
					if at := strings.LastIndexAny(v, "/:"); at > 0 && g.percent(50) {
						c.values[i] = v[:at] + "*"
					}
				}
				deny.conditions = append(deny.conditions, c)
			}
		}
		d.statements = []randomStatement{allow, deny}
		if g.percent(30) {
			d.statements = append(d.statements, g.statement(kind))
		}
		text := d.write(plainStyle)
		parsed := parseKind(t, kind, text)
		vague := random.known()
		if kind != Trust && g.percent(50) {
			at := strings.LastIndexAny(random.resource, ":/") + 1
			vague.Resource = Pattern(random.resource[:at] + "*")
		}
		for k, key := range keys {
			vague.Context.Set(key.name, g.blur(k, random.context[key.name]))
		}
		before := Evaluate(parsed, vague)
		if evaluate(parsed, vague).Outcome != Undecidable || before.Outcome == Undecidable {
			continue
		}
		narrowed++
		after := Evaluate(parsed, random.known())
		if after.Outcome == Allowed || before.Outcome == Allowed {
			t.Fatalf("%v becomes %v: %s allows %s\n%s\n%s", before.Outcome, after.Outcome, after.Statement, random, text, before.Reason())
		}
		if after.Explicit {
			denied++
		}
	}
	if narrowed < rounds/200 || denied < rounds/1000 {
		t.Errorf("%d narrowed of %d, %d explicitly denied", narrowed, rounds, denied)
	}
	t.Logf("%d narrowed of %d, %d explicitly denied", narrowed, rounds, denied)
}
