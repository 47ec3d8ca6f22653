package policy

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

var seeds = []string{
	allow(""),
	allow(`{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:*:imagebuilder:*:*:image/*/*/*"}}`),
	allow(`{"ForAllValues:StringLike":{"aws:TagKeys":["a*","${aws:SourceAccount}"]},"Null":{"aws:TagKeys":false},"NumericLessThan":{"aws:N":-1.5e3}}`),
	`{"Version":"2008-10-17","Id":"\u00e9\ud83d\ude00","Statement":{"Sid":"x","Effect":"Deny","NotPrincipal":{"AWS":["*"]},"NotAction":["sts:Tag*"]}}`,
	`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`,
	`{"Statement":{"Effect":"Allow","Action":[],"Resource":["arn:aws:s3:::${aws:username}"]},"Statement":[]}`,
	`{"Id":"\ud83d"}`, `[[[[`, `{"Id":"`, "\xff", "{\"Id\":\"\x00\"}", ``,
	allow(`{"StringLike":{"aws:SourceArn":"*a*a*a*a*a*b?${*}"},"DateLessThan":{"aws:CurrentTime":"2030-01-01"},"IpAddress":{"aws:SourceIp":"::/0"}}`),
	withSymbols(`"⟦a⟧"`), withSymbols(`{"⟦a⟧":[],"Version":"⟦a⟧","Statement":"⟦a⟧"}`), withSymbols(`{"Statement":["⟦a⟧",{"⟦a⟧":{}},{"Effect":"⟦a⟧","Principal":"⟦a⟧","Action":"⟦a⟧"}]}`),
	withSymbols(`{"Statement":{"Effect":"D⟦a⟧","NotPrincipal":{"⟦a⟧":"⟦b⟧","AWS":["arn:⟦a⟧:iam::⟦b⟧:role/⟦c⟧","⟦d⟧"]},"NotAction":["s⟦a⟧s:Assume?⟦b⟧*"]}}`),
	allow(withSymbols(`"⟦a⟧"`)), allow(withSymbols(`{"Bool":"⟦a⟧","⟦b⟧":{"aws:TagKeys":"x"},"StringLike":{"aws:⟦c⟧":"x","aws:SourceArn":["arn:aws:⟦a⟧","${aws:⟦b⟧}","⟦c⟧${aws:SourceAccount}"]}}`)),
	allow(`{"ArnNotLike":{"aws:SourceArn":"\ufdd0a\ufdd1\ufdd2"},"Null":{"aws:TagKeys":"\ufdd0\ufdd0a\ufdd1\ufdd1\ufdd2"},"StringEquals":{"\ufdd2":"\ufdd0"}}`),
}

// A text is either refused with a position in it, or it is JSON with the content that
// encoding/json finds.
func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, text string, trust bool) {
		kind := Identity
		if trust {
			kind = Trust
		}
		d, err := Parse(kind, text)
		if err != nil {
			var e *SyntaxError
			if d != nil || !errors.As(err, &e) {
				t.Fatalf("%v, %T", d, err)
			}
			lines := strings.Split(text, "\n")
			if e.Line < 1 || e.Line > len(lines) || e.Column < 1 || e.Column > utf8.RuneCountInString(lines[e.Line-1])+1 {
				t.Errorf("position is outside the text: %v", e)
			}
			checkLine(t, e.Error())
			return
		}
		if !json.Valid([]byte(text)) || !utf8.ValidString(text) {
			t.Fatal("a parsed text is not JSON")
		}
		if d.HasSymbols() { // which may stand for other structures than encoding/json finds
			for i := range d.Statements {
				checkLine(t, d.Statements[i].String())
			}
			return
		}
		var reference struct {
			Version   string
			ID        string          `json:"Id"`
			Statement json.RawMessage // numbers in it may be larger than a float64
		}
		if err := json.Unmarshal([]byte(text), &reference); err != nil {
			t.Fatal(err)
		}
		count := 1
		var list []json.RawMessage
		if json.Unmarshal(reference.Statement, &list) == nil && list != nil {
			count = len(list)
		}
		if d.Version != reference.Version || d.ID != reference.ID || len(d.Statements) != count || d.Kind != kind {
			t.Errorf("got %+v, encoding/json has %+v", d, reference)
		}
		for i := range d.Statements {
			checkLine(t, d.Statements[i].String())
			if lines := strings.Split(text, "\n"); !strings.Contains(lines[d.Statements[i].Line-1], "{") {
				t.Errorf("statement %d does not begin at line %d", i+1, d.Statements[i].Line)
			}
		}
	})
}

func checkLine(t *testing.T, text string) {
	t.Helper()
	for _, c := range []byte(text) {
		if c < ' ' || c > '~' {
			t.Errorf("not one line of ASCII: %q", text)
			return
		}
	}
}

// Every decision has a reason. The order of statements does not change a decision. A
// decision that does not need a key does not change when the key is known.
func FuzzEvaluate(f *testing.F) {
	for _, s := range seeds {
		f.Add(s, "111122223333", "arn:aws:imagebuilder:us-east-1:111122223333:image/foo/1.0.0/1", "aws:TagKeys")
		f.Add(s, withSymbols("⟦a⟧"), withSymbols("arn:⟦a⟧:imagebuilder:⟦b⟧:111122223333:⟦c⟧/*"), withSymbols("aws:⟦c⟧"))
	}
	f.Fuzz(func(t *testing.T, text, account, arn, key string) {
		if len(text) > 4096 || len(arn) > 256 || len(account) > 256 {
			return // hostile sizes are tested elsewhere
		}
		d, err := Parse(Trust, text)
		if err != nil {
			return
		}
		known := func() *Context {
			return NewContext().SetPrefix("aws:Principal", Absent()).Set("aws:SourceAccount", Known(account))
		}
		var before Decision
		for i, c := range []*Context{
			known(),
			known().Set("aws:SourceArn", Pattern(arn)).Set(key, OneOf(account, arn)),
			known().Set("aws:SourceArn", Known(arn)).Set(key, Known(account)),
		} {
			got := Evaluate(d, assumeRole(c))
			checkLine(t, got.Reason())
			checkLine(t, got.Trace().PolicyLine())
			checkLine(t, got.Trace().RequestLine())
			if got.Outcome == Undecidable && got.Statement == nil {
				t.Errorf("undecidable without a reason")
			}
			// SourceAccount and SourceArn already had another value.
			if i > 0 && before.Outcome != Undecidable && got.Outcome != Undecidable && before.Outcome != got.Outcome &&
				!strings.EqualFold(key, "aws:SourceAccount") && !strings.EqualFold(key, "aws:SourceArn") && !strings.HasPrefix(strings.ToLower(key), "aws:principal") {
				t.Errorf("%v becomes %v: %s; %s", before.Outcome, got.Outcome, before.Reason(), got.Reason())
			}
			before = got
			reversed := *d
			reversed.Statements = nil
			for i := range d.Statements {
				reversed.Statements = append(reversed.Statements, d.Statements[len(d.Statements)-1-i])
			}
			if again := Evaluate(&reversed, assumeRole(c)); again.Outcome != got.Outcome || again.Explicit != got.Explicit {
				t.Errorf("in reverse order %v becomes %v", got.Outcome, again.Outcome)
			}
		}
	})
}
