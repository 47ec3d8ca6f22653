package policy

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParse(t *testing.T) {
	got := parse(t, `{
		"Version": "2008-10-17",
		"Id": "one",
		"Statement": [
			{"Sid": "A\u00e9\ud83d\ude00", "Effect": "Allow", "Principal": {"Service": "a.b", "AWS": ["1", "*"]}, "Action": ["sts:X"],
			 "Condition": {"Bool": {"aws:B": true}, "NumericEquals": {"aws:N": [1.50, "2", -0e1, 12345678901234567890]}, "StringEquals": {"aws:k": "", "AWS:K": []}}},
			{"Effect": "Deny", "NotPrincipal": "*", "NotAction": []}
		]
	}`)
	want := &Document{
		Kind: Trust, Version: "2008-10-17", ID: "one",
		Statements: []Statement{
			{
				Line: 5, Sid: "Aé😀", Effect: Allow, Actions: []string{"sts:X"},
				Principals: []Principal{{"Service", "a.b"}, {"AWS", "1"}, {"AWS", "*"}},
				Conditions: []Condition{
					{Operator: "Bool", Key: "aws:B", Values: []string{"true"}},
					{Operator: "NumericEquals", Key: "aws:N", Values: []string{"1.50", "2", "-0e1", "12345678901234567890"}},
					{Operator: "StringEquals", Key: "aws:k", Values: []string{""}},
					{Operator: "StringEquals", Key: "AWS:K", Values: []string{}},
				},
			},
			{Index: 1, Line: 7, Effect: Deny, NotPrincipals: []Principal{{"*", "*"}}, NotActions: []string{}},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Document{}, Statement{}, Condition{})); diff != "" {
		t.Error(diff)
	}
}

func TestParseIdentity(t *testing.T) {
	d, err := Parse(Identity, `{"Statement":{"Effect":"Allow","Action":"a:b","Resource":["x","y"]}}`)
	if err != nil || len(d.Statements) != 1 || len(d.Statements[0].Resources) != 2 {
		t.Errorf("%v, %v", d, err)
	}
	for text, problem := range map[string]string{
		`{"Statement":{"Effect":"Allow","Action":"a:b","Resource":"x","Principal":"*"}}`:  "must not have Principal",
		`{"Statement":{"Effect":"Allow","Action":"a:b"}}`:                                 "neither Resource",
		`{"Statement":{"Effect":"Allow","Action":"a:b","Resource":"x","NotResource":[]}}`: "both Resource",
	} {
		if _, err := Parse(Identity, text); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// starred are the elements that a statement needs besides its Effect.
const starred = `"Principal":"*","Action":"*"`

// syntaxErrors are texts with a ^ where the error is.
var syntaxErrors = []struct{ text, path, problem string }{
	{"^", "", "the text is empty"},
	{" \n\t^", "", "the text is empty"},
	{`^hello`, "", `unexpected character "h"`},
	{`^é`, "", `unexpected character "\u00e9"`},
	{"^\uFEFF{}", "", `unexpected character "\ufeff"`},
	{`^[]`, "", "expected an object, found an array"},
	{`^null`, "", "expected an object, found null"},
	{`^"x"`, "", `expected an object, found the string "x"`},
	{`^{}`, "", "the document has no Statement"},
	{`{"Statement":[]}^,`, "", "unexpected text after the end"},
	{`{"Statement":[]} ^{"Statement":[]}`, "", "unexpected text after the end"},
	{`{"Statement":[]^`, "", `expected "," or "}", found the end of the text`},
	{`{"Statement":[^`, "Statement[0]", "expected an object, found the end"},
	{`{"Statement":[],^}`, "", "expected a member name"},
	{`{"Statement" ^[]}`, "Statement", `expected ":", found an array`},
	{`{^1:2}`, "", "expected a member name, found 1"},
	{`{"Statement":^null}`, "Statement", "expected an object, found null"},
	{`{"Statement":[^[]]}`, "Statement[0]", "expected an object, found an array"},
	{`{"Statement":[],^"Statement":[]}`, "Statement", `"Statement" appears twice in one object; the first is at line 1, column 2`},
	{`{"Statement":[],"Version":^"2012-10-18"}`, "Version", `Version "2012-10-18" is not valid`},
	{`{"Statement":[],"Version":^20121017}`, "Version", "expected a string, found 20121017"},
	{`{"Statement":[],"Version":"2012-10-17",^"version":"2012-10-17"}`, "version", `element "version" is not valid here`},
	{`{"Statement":[],"Id":^null}`, "Id", "expected a string, found null"},
	{`{"Statement":[^{"Effect":"Allow","Action":"*"}]}`, "Statement[0]", "the statement has neither Principal nor NotPrincipal"},
	{`{"Statement":[^{"Effect":"Allow","Action":"*","Principal":"*","NotPrincipal":"*"}]}`, "Statement[0]", "both Principal and NotPrincipal"},
	{`{"Statement":[^{"Effect":"Allow","Principal":"*"}]}`, "Statement[0]", "neither Action nor NotAction"},
	{`{"Statement":[^{"Effect":"Allow","Principal":"*","Action":[],"NotAction":[]}]}`, "Statement[0]", "both Action and NotAction"},
	{`{"Statement":^{` + starred + `}}`, "Statement", "has no Effect"},
	{`{"Statement":^{"Effect":"Allow",` + starred + `,"Resource":"*"}}`, "Statement", "must not have Resource"},
	{`{"Statement":{"Effect":^"allow",` + starred + `}}`, "Statement.Effect", `Effect "allow" is not valid`},
	{`{"Statement":{"Effect":^true,` + starred + `}}`, "Statement.Effect", "expected a string"},
	{`{"Statement":{"Effect":"Allow",` + starred + `,^"Effect":"Deny"}}`, "Statement.Effect", "appears twice in one object; the first is at line 1, column 15"},
	{`{"Statement":{"Effect":"Allow",` + starred + `,^"effect":"Deny"}}`, "Statement.effect", "is not valid here"},
	{`{"Statement":{"Sid":^1}}`, "Statement.Sid", "expected a string, found 1"},
	{`{"Statement":[{"Effect":"Allow",` + starred + `},{"Action":["*",^null]}]}`, "Statement[1].Action[1]", "expected a string, found null"},
	{`{"Statement":{"Action":^"AssumeRole"}}`, "Statement.Action", `action "AssumeRole" is not valid`},
	{`{"Statement":{"Action":^"*:AssumeRole"}}`, "Statement.Action", `action "*:AssumeRole" is not valid`},
	{`{"Statement":{"NotAction":[^":AssumeRole"]}}`, "Statement.NotAction[0]", "is not valid"},
	{`{"Statement":{"Action":["a:b" ^"c:d"]}}`, "Statement.Action", `expected "," or "]", found the string "c:d"`},
	{`{"Statement":{"Action":["a:b",^]}}`, "Statement.Action[1]", "expected a string"},
	{`{"Statement":{"Action":[^{}]}}`, "Statement.Action[0]", "expected a string, found an object"},
	{`{"Statement":{"Principal":^"imagebuilder.amazonaws.com"}}`, "Statement.Principal", "is not valid"},
	{`{"Statement":{"Principal":^["*"]}}`, "Statement.Principal", "expected an object, found an array"},
	{`{"Statement":{"Principal":{^"service":"x"}}}`, "Statement.Principal.service", `principal type "service" is not valid`},
	{`{"Statement":{"Principal":{"Service":^"*"}}}`, "Statement.Principal.Service", "contains a wildcard"},
	{`{"Statement":{"Principal":{"Service":["a",^"image*.amazonaws.com"]}}}`, "Statement.Principal.Service[1]", "contains a wildcard"},
	{`{"Statement":{"NotPrincipal":{"AWS":^"arn:aws:iam::111122223333:role/*"}}}`, "Statement.NotPrincipal.AWS", "contains a wildcard"},
	{`{"Statement":{"Principal":{"AWS":"1",^"AWS":"2"}}}`, "Statement.Principal.AWS", "appears twice"},
	{`{"Statement":{"Condition":{^"StringMatches":{}}}}`, "Statement.Condition.StringMatches", `condition operator "StringMatches" does not exist`},
	{`{"Statement":{"Condition":{^"NullIfExists":{}}}}`, "Statement.Condition.NullIfExists", "Null cannot be combined with"},
	{`{"Statement":{"Condition":{"Null":^[]}}}`, "Statement.Condition.Null", "expected an object"},
	{`{"Statement":{"Condition":^"x"}}`, "Statement.Condition", "expected an object"},
	{`{"Statement":{"Condition":{"Null":{^"":true}}}}`, `Statement.Condition.Null[""]`, "key is empty"},
	{`{"Statement":{"Condition":{"Null":{"a:b":^null}}}}`, "Statement.Condition.Null.a:b", "expected a string, a number or a boolean, found null"},
	{`{"Statement":{"Condition":{"Null":{"a b\n":[true,^[]]}}}}`, `Statement.Condition.Null["a b\n"][1]`, "found an array"},
	{`{"Statement":{"Condition":{"StringEquals":{"aws:X":"1",^"aws:X":"2"}}}}`, "Statement.Condition.StringEquals.aws:X", "appears twice"},
	{`{"Statement":{"Condition":{"StringEquals":{},^"StringEquals":{}}}}`, "Statement.Condition.StringEquals", "appears twice"},
	{`{"Statement":{"Condition":{"StringEquals":{},^"String\u0045quals":{}}}}`, "Statement.Condition.StringEquals", "appears twice"},
	{`{"Statement":{"Condition":{"Null":{"a:b":0^1}}}}`, "Statement.Condition.Null", `expected "," or "}", found 1`},
	{`{"Id":"a^` + "\n" + `"}`, "Id", "control character"},
	{`{"Id":"a^` + "\x00" + `"}`, "Id", "control character"},
	{`{"Id":"é^\u0000"}`, "Id", "NUL"},
	{`{"Id":"^\ud83d"}`, "Id", "surrogate"},
	{`{"Id":"^\ude00\ud83d"}`, "Id", "surrogate"},
	{`{"Id":"^\ud83d\u0041"}`, "Id", "surrogate"},
	{`{"Id":"^\x"}`, "Id", "escape"},
	{`{"Id":"^\u12g4"}`, "Id", "hexadecimal"},
	{`{"Id":"^\u12`, "Id", "incomplete"},
	{`{"Id":^"abc`, "Id", "not terminated"},
	{`{"Id":"^\`, "Id", "not terminated"},
	{`{"Id":^-}`, "Id", "number is malformed"},
	{`{"Id":^1.}`, "Id", "number is malformed"},
	{`{"Id":^1e+}`, "Id", "number is malformed"},
	{`{"Id":^nul}`, "Id", `unexpected character "n"`},
	{"{\n  \"Id\":\r\n \"é\", ^nope}", "", "unexpected character"},
	{"{\"Id\":\"é^\xff\"}", "", "not valid UTF-8"},
	{"{\"Id\":\"\uFFFD^\xed\xa0\x80\"}", "", "not valid UTF-8"},
	{"^" + strings.Repeat(" ", maxSize+1), "", "longer than"},
	{"{\"Statement\":" + "^" + strings.Repeat("[", 100000), "", ""},
}

// In each text, ^ marks the position of the error and is not part of the text.
func TestSyntaxError(t *testing.T) {
	for _, test := range syntaxErrors {
		before, after, ok := strings.Cut(test.text, "^")
		if !ok {
			t.Fatalf("no mark in %q", test.text)
		}
		d, err := Parse(Trust, before+after)
		var e *SyntaxError
		if d != nil || !errors.As(err, &e) {
			t.Errorf("%.200q: %v, %v", test.text, d, err)
			continue
		}
		if strings.ContainsAny(e.Error(), "\r\n\x00") || len(e.Error()) > 1000 {
			t.Errorf("%.200q: not one short line: %q", test.text, e.Error())
		}
		if test.problem == "" { // the place is that of what the first reader of it trips over
			continue
		}
		lines := strings.Split(before, "\n")
		column := len([]rune(lines[len(lines)-1])) + 1
		if e.Line != len(lines) || e.Column != column || e.Path != test.path || !strings.Contains(e.Problem, test.problem) {
			t.Errorf("%.200q: got %q at %d:%d; want %s: %s at %d:%d", test.text, e.Error(), e.Line, e.Column, test.path, test.problem, len(lines), column)
		}
	}
}

// The work for a large hostile text is bounded: a quadratic search for duplicates would
// take minutes.
func TestParseManyKeys(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Condition":{"Null":{"a:0":1`)
	for i := 1; i < 60000; i++ {
		fmt.Fprintf(&b, `,"a:%d":1`, i)
	}
	b.WriteString(`}}}}`)
	if d := parse(t, b.String()); len(d.Statements[0].Conditions) != 60000 {
		t.Errorf("got %d conditions", len(d.Statements[0].Conditions))
	}
}
