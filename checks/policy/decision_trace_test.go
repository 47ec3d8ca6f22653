package policy

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The trace names the element of the document that decided, and what the request has
// for it.
func TestTrace(t *testing.T) {
	const asks = `"action":"sts:AssumeRole","principal":"imagebuilder.amazonaws.com"`
	one := func(statements ...string) string { return document(statements) }
	tests := []struct{ text, data, policy, request string }{
		{one(), `{"outcome":"denied",` + asks + `}`,
			`no statement allows the request`,
			`Action "sts:AssumeRole", Principal "imagebuilder.amazonaws.com"`},
		{one(statement("Allow", "")), `{"outcome":"allowed",` + asks + `,"statement":1,"effect":"Allow","line":1,"element":"Effect"}`,
			`statement 1: Allow`,
			`Action "sts:AssumeRole", Principal "imagebuilder.amazonaws.com"`},
		{one(statement("Allow", "") + ",\n\n" + `{"Sid":"No\u001b","Effect":"Deny","Principal":"*","Action":"*","Condition":{"StringNotEquals":{"aws:SourceAccount":["1","2"]}}}`),
			`{"outcome":"denied",` + asks + `,"statement":2,"sid":"No\u001b","effect":"Deny","line":3,"element":"Condition","operator":"StringNotEquals","key":"aws:SourceAccount","policyValues":["1","2"],"requestState":"present","requestValues":["111122223333"]}`,
			`statement 2 ("No\x1b") at line 3: Deny, StringNotEquals aws:SourceAccount "1", "2"`,
			`aws:SourceAccount "111122223333"`},
		{one(statement("Allow", condition("Bool", "aws:MultiFactorAuthPresent", "true"))),
			`{"outcome":"denied",` + asks + `,"statement":1,"effect":"Allow","line":1,"element":"Condition","operator":"Bool","key":"aws:MultiFactorAuthPresent","policyValues":["true"],"requestState":"absent"}`,
			`statement 1: Allow, Bool aws:MultiFactorAuthPresent "true"`,
			`aws:MultiFactorAuthPresent is absent`},
		{one(statement("Allow", condition("StringEquals", "AWS:sourceorgid", "o-x"))),
			`{"outcome":"undecidable",` + asks + `,"statement":1,"effect":"Allow","line":1,"element":"Condition","operator":"StringEquals","key":"AWS:sourceorgid","policyValues":["o-x"],"requestState":"unknown","unknownKey":"AWS:sourceorgid"}`,
			`statement 1: Allow, StringEquals AWS:sourceorgid "o-x"`,
			`AWS:sourceorgid is not known`},
		{one(statement("Allow", condition("StringEquals", "aws:OneOf", "a"))),
			`{"outcome":"undecidable",` + asks + `,"statement":1,"effect":"Allow","line":1,"element":"Condition","operator":"StringEquals","key":"aws:OneOf","policyValues":["a"],"requestState":"oneOf","requestValues":["a","b"],"unknownKey":"aws:OneOf"}`,
			`statement 1: Allow, StringEquals aws:OneOf "a"`,
			`aws:OneOf is one of "a", "b"`},
		{one(statement("Allow", condition("StringLike", "aws:Pattern", "ab*"))),
			`{"outcome":"undecidable",` + asks + `,"statement":1,"effect":"Allow","line":1,"element":"Condition","operator":"StringLike","key":"aws:Pattern","policyValues":["ab*"],"requestState":"pattern","requestValues":["a*"],"unknownKey":"aws:Pattern"}`,
			`statement 1: Allow, StringLike aws:Pattern "ab*"`,
			`aws:Pattern is any value that matches "a*"`},
		{one(statement("Allow", condition("DateLessThan", "aws:CurrentTime", "2020-01-01"))),
			`{"outcome":"denied",` + asks + `,"statement":1,"effect":"Allow","line":1,"element":"Condition","operator":"DateLessThan","key":"aws:CurrentTime","policyValues":["2020-01-01"],"requestState":"since","requestValues":["2026-11-01T06:00:00Z"]}`,
			`statement 1: Allow, DateLessThan aws:CurrentTime "2020-01-01"`,
			`aws:CurrentTime is "2026-11-01T06:00:00Z" or any later time`},
		{one(statement("Allow", condition("StringEquals", "aws:Perhaps", "b"))),
			`{"outcome":"denied",` + asks + `,"statement":1,"effect":"Allow","line":1,"element":"Condition","operator":"StringEquals","key":"aws:Perhaps","policyValues":["b"],"requestState":"present","requestValues":["a"],"requestMayBeAbsent":true}`,
			`statement 1: Allow, StringEquals aws:Perhaps "b"`,
			`aws:Perhaps "a", or absent`},
		{one(statement("Allow", condition("StringEquals", "aws:SourceAccount", "${aws:Other}"))),
			`{"outcome":"undecidable",` + asks + `,"statement":1,"effect":"Allow","line":1,"element":"Condition","operator":"StringEquals","key":"aws:SourceAccount","policyValues":["${aws:Other}"],"requestState":"present","requestValues":["111122223333"],"unknownKey":"aws:Other"}`,
			`statement 1: Allow, StringEquals aws:SourceAccount "${aws:Other}"`,
			`aws:SourceAccount "111122223333"; aws:Other is not known`},
		{one(strings.Replace(statement("Allow", ""), "AssumeRole", "TagSession", 1)),
			`{"outcome":"denied",` + asks + `,"statement":1,"effect":"Allow","line":1,"element":"Action","policyValues":["sts:TagSession"],"requestState":"present","requestValues":["sts:AssumeRole"]}`,
			`statement 1: Allow, Action "sts:TagSession"`,
			`Action "sts:AssumeRole"`},
		{one(strings.Replace(statement("Allow", ""), `"Action":"sts:AssumeRole"`, `"NotAction":["*"]`, 1)),
			`{"outcome":"denied",` + asks + `,"statement":1,"effect":"Allow","line":1,"element":"NotAction","policyValues":["*"],"requestState":"present","requestValues":["sts:AssumeRole"]}`,
			`statement 1: Allow, NotAction "*"`,
			`Action "sts:AssumeRole"`},
		// The same ID of another type is another principal.
		{one(strings.Replace(statement("Allow", ""), `{"Service":"imagebuilder.amazonaws.com"}`, `{"Federated":["imagebuilder.amazonaws.com","x"],"Service":"ec2.amazonaws.com"}`, 1)),
			`{"outcome":"denied",` + asks + `,"statement":1,"effect":"Allow","line":1,"element":"Principal","policyValues":["imagebuilder.amazonaws.com","x","ec2.amazonaws.com"],"policyTypes":["Federated","Federated","Service"],"requestState":"present","requestValues":["imagebuilder.amazonaws.com"],"requestType":"Service"}`,
			`statement 1: Allow, Principal Federated "imagebuilder.amazonaws.com", "x"; Service "ec2.amazonaws.com"`,
			`Principal Service "imagebuilder.amazonaws.com"`},
		{one(strings.Replace(statement("Allow", ""), `"Principal":{"Service":"imagebuilder.amazonaws.com"}`, `"NotPrincipal":"*"`, 1)),
			`{"outcome":"undecidable",` + asks + `,"statement":1,"effect":"Allow","line":1,"element":"NotPrincipal","policyValues":["*"],"policyTypes":["*"],"requestState":"present","requestValues":["imagebuilder.amazonaws.com"],"requestType":"Service"}`,
			`statement 1: Allow, NotPrincipal "*"`,
			`Principal Service "imagebuilder.amazonaws.com"`},
		{one(statement("Allow", condition("StringEquals", "aws:SourceAccount", slices.Repeat([]string{strings.Repeat("é", 300)}, 7)...))), "",
			`statement 1: Allow, StringEquals aws:SourceAccount ` + strings.Repeat(`"`+strings.Repeat(`\u00e9`, 100)+`"..., `, 4) + `"` + strings.Repeat(`\u00e9`, 100) + `"... and 2 more`,
			`aws:SourceAccount "111122223333"`},
	}
	for _, test := range tests {
		r := request(owner, owner)
		r.Context.Set("aws:Pattern", Pattern("a*")).Set("aws:OneOf", OneOf("a", "b")).
			Set("aws:CurrentTime", Since(time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC))).Set("aws:Perhaps", Known("a").OrAbsent())
		trace := Evaluate(parse(t, test.text), r).Trace()
		data, err := json.Marshal(trace)
		if err != nil {
			t.Fatal(err)
		}
		if test.data == "" {
			data = nil // too long to be repeated here
		}
		if diff := cmp.Diff([]string{test.data, test.policy, test.request}, []string{string(data), trace.PolicyLine(), trace.RequestLine()}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.text, diff)
		}
	}
	if got := (Decision{}).Trace(); got.Outcome != "denied" || got.PolicyLine() != "no statement allows the request" {
		t.Errorf("zero decision: %+v", got)
	}
}

func TestTraceOfResources(t *testing.T) {
	const arn = "arn:aws:ec2:eu-west-1::image/ami-1"
	for _, test := range []struct {
		statement, policy, request string
		resource                   Value
	}{
		{`"Resource":"arn:aws:ec2:*::snapshot/*"`, `statement 1: Allow, Resource "arn:aws:ec2:*::snapshot/*"`, `Resource "` + arn + `"`, Known(arn)},
		{`"NotResource":"*"`, `statement 1: Allow, NotResource "*"`, `Resource is not known`, Unknown()},
		{`"Resource":"x"`, `statement 1: Allow, Resource "x"`, `Resource is any value that matches "a*"`, Pattern("a*")},
		{`"Resource":"x"`, `statement 1: Allow, Resource "x"`, `Resource is any value that matches one of "a*", "b*"`, Pattern("a*", "b*")},
		{`"Resource":"x"`, `statement 1: Allow, Resource "x"`, `Resource is one of "a", "b"`, Pattern("a", "b")},
	} {
		d, err := Parse(Identity, `{"Statement":{"Effect":"Allow","Action":"ec2:*",`+test.statement+`}}`)
		if err != nil {
			t.Fatal(err)
		}
		trace := Evaluate(d, &Request{Principal: imagebuilder, Action: "ec2:DeregisterImage", Resource: test.resource}).Trace()
		if trace.PolicyLine() != test.policy || trace.RequestLine() != test.request {
			t.Errorf("got  %s\n     %s\nwant %s\n     %s", trace.PolicyLine(), trace.RequestLine(), test.policy, test.request)
		}
	}
}

// The line of a statement is that of its opening brace.
func TestLines(t *testing.T) {
	d := parse(t, "\n{\"Statement\":\n["+statement("Allow", "")+",\n\n\n"+strings.ReplaceAll(statement("Allow", ""), ",", ",\n")+","+statement("Deny", "")+"]}")
	var got []int
	for _, s := range d.Statements {
		got = append(got, s.Line)
	}
	if want := []int{3, 6, 8}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A trace does not contain the time at which iblint ran, so that the next run has the same.
func TestTraceOfTheTimeOfTheRun(t *testing.T) {
	text := allow(condition("DateLessThan", "aws:CurrentTime", "2020-01-01"))
	trace := Evaluate(parse(t, text), assumeRole(NewContext().Set("aws:CurrentTime", SinceRun(time.Now())))).Trace()
	if got, want := trace.RequestLine(), "aws:CurrentTime is the time of this run or any later time"; got != want || trace.RequestValues != nil {
		t.Errorf("got %s and %q, want %s", got, trace.RequestValues, want)
	}
}
