package policy

import (
	"strings"
	"testing"
	"time"
)

func TestReason(t *testing.T) {
	sid := func(s string) string { return strings.Replace(s, `{"Effect"`, `{"Sid":"x","Effect"`, 1) }
	one := func(statements ...string) string { return document(statements) }
	long := strings.Repeat("é", 300)
	tests := []struct{ text, reason, element, key string }{
		{one(), `no statement allows sts:AssumeRole for the service imagebuilder.amazonaws.com`, "", ""},
		{one(sid(statement("Allow", ""))), `statement 1 ("x") allows sts:AssumeRole for the service imagebuilder.amazonaws.com`, "Effect", ""},
		{one(statement("Deny", "")), `statement 1 denies sts:AssumeRole for the service imagebuilder.amazonaws.com`, "Effect", ""},
		{one(statement("Deny", condition("StringNotEquals", "aws:SourceAccount", destination))),
			`statement 1 denies sts:AssumeRole for the service imagebuilder.amazonaws.com: StringNotEquals aws:SourceAccount "444455556666" holds for "111122223333"`, "Condition", ""},
		{one(sid(statement("Allow", condition("StringEquals", "aws:SourceAccount", destination)))),
			`statement 1 ("x"): StringEquals aws:SourceAccount "444455556666" does not match "111122223333"`, "Condition", ""},
		{one(statement("Allow", condition("StringNotEquals", "aws:SourceAccount", owner))),
			`statement 1: StringNotEquals aws:SourceAccount "111122223333" does not hold for "111122223333"`, "Condition", ""},
		{one(statement("Allow", condition("Bool", "aws:MultiFactorAuthPresent", "true"))),
			`statement 1: Bool aws:MultiFactorAuthPresent "true" does not match a request without that key`, "Condition", ""},
		{one(statement("Allow", ""), statement("Deny", condition("StringEquals", "aws:SourceOrgID", "o-x"))),
			`statement 2 may deny the request: the value of aws:SourceOrgID is not known`, "Condition", "aws:SourceOrgID"},
		{one(statement("Allow", condition("StringEquals", "AWS:sourceorgid", "o-x"))),
			`statement 1: the value of AWS:sourceorgid is not known`, "Condition", "AWS:sourceorgid"},
		{one(statement("Allow", condition("Null", "aws:SourceOrgID", "perhaps"))),
			`statement 1: the value of aws:SourceOrgID is not known`, "Condition", "aws:SourceOrgID"},
		{one(statement("Allow", `{"StringEquals":{"aws:First":"x","aws:Second":"x"}}`)),
			`statement 1: the value of aws:First is not known`, "Condition", "aws:First"},
		{one(statement("Allow", condition("StringEquals", "aws:SourceAccount", "${aws:Other}"))),
			`statement 1: the value of the policy variable aws:Other in StringEquals aws:SourceAccount "${aws:Other}" is not known`, "Condition", "aws:Other"},
		{one(statement("Allow", condition("StringEquals", "aws:SourceAccount", "${aws:Empty}"))),
			`statement 1: the policy variable aws:Empty in StringEquals aws:SourceAccount "${aws:Empty}" is empty, and AWS does not document whether an empty variable has a value`, "Condition", ""},
		{one(statement("Allow", condition("StringEquals", "aws:SourceAccount", "${x"))),
			`statement 1: the policy variable in the value "${x" of StringEquals aws:SourceAccount "${x" cannot be parsed`, "Condition", ""},
		{one(statement("Allow", condition("NumericEquals", "aws:SourceAccount", "1", "abc"))),
			`statement 1: the value "abc" of NumericEquals aws:SourceAccount "1", "abc" cannot be parsed`, "Condition", ""},
		{one(statement("Allow", condition("DateEquals", "aws:SourceArn", "2020-01-01"))),
			`statement 1: the value "arn:aws:imagebuilder:us-east-1:111122223333:image/foo/1.0.0/1" in the request cannot be parsed for DateEquals aws:SourceArn "2020-01-01"`, "Condition", ""},
		{one(statement("Allow", condition("StringLike", "aws:Pattern", "ab*"))),
			`statement 1: whether StringLike aws:Pattern "ab*" holds depends on the value in the request: any value that matches "a*"`, "Condition", "aws:Pattern"},
		{one(statement("Allow", condition("StringLike", "aws:OneOf", "a*"))),
			`statement 1: whether StringLike aws:OneOf "a*" holds depends on the value in the request: one of "a", "b"`, "Condition", "aws:OneOf"},
		{one(statement("Allow", condition("Bool", "aws:Perhaps", "true"))),
			`statement 1: whether Bool aws:Perhaps "true" holds depends on the value in the request: "true", or absent`, "Condition", "aws:Perhaps"},
		{one(statement("Allow", condition("StringLike", "aws:Many", "a*"))),
			`statement 1: the request has several values for aws:Many, and AWS does not document how StringLike compares them`, "Condition", ""},
		{one(strings.Replace(statement("Allow", ""), "sts:AssumeRole", "*:*", 1)),
			`statement 1: AWS does not document which actions the Action "*:*" includes`, "Action", ""},
		{one(statement("Allow", condition("StringLike", "aws:Patterns", "a*"))),
			`statement 1: whether StringLike aws:Patterns "a*" holds depends on the value in the request: any value that matches one of "a*", "b*"`, "Condition", "aws:Patterns"},
		{one(statement("Allow", condition("DateGreaterThan", "aws:RunTime", "2999-01-01"))),
			`statement 1: whether DateGreaterThan aws:RunTime "2999-01-01" holds depends on the time of the request`, "Condition", ""},
		{one(statement("Allow", condition("DateLessThan", "aws:RunTime", "2020-01-01"))),
			`statement 1: DateLessThan aws:RunTime "2020-01-01" does not match the time of this run or any later time`, "Condition", ""},
		{one(statement("Allow", condition("StringLike", "aws:SourceAccount", "${aws:Many}"))),
			`statement 1: the request has several values for the policy variable aws:Many in StringLike aws:SourceAccount "${aws:Many}"`, "Condition", ""},
		{one(statement("Allow", condition("Null", "aws:Empty", "true"))),
			`statement 1: AWS does not document whether Null aws:Empty "true" holds when the value of aws:Empty is empty`, "Condition", ""},
		{one(statement("Allow", condition("ForAnyValue:StringLikeIfExists", "aws:PrincipalOrgID", "o-*"))),
			`statement 1: AWS does not document whether ForAnyValue:StringLikeIfExists aws:PrincipalOrgID "o-*" holds for a request without aws:PrincipalOrgID`, "Condition", ""},
		{one(statement("Allow", condition("StringEquals", "aws:OneOf", "1", "2", "3", "4", "5", "6", "7"))),
			`statement 1: StringEquals aws:OneOf "1", "2", "3", "4", "5" and 2 more does not match any of "a", "b"`, "Condition", ""},
		{one(statement("Allow", condition("StringEquals", "aws:Unheard"))),
			`statement 1: StringEquals aws:Unheard (no value) does not match any value`, "Condition", ""},
		{one(statement("Allow", condition("StringEquals", "aws:X y\n", "é\n"+long))),
			`statement 1: the value of "aws:X y\n" is not known`, "Condition", "aws:X y\n"},
		{one(statement("Allow", condition("StringEquals", "aws:SourceAccount", "é\n"+long))),
			`statement 1: StringEquals aws:SourceAccount "\u00e9\n` + strings.Repeat(`\u00e9`, 98) + `"... does not match "111122223333"`, "Condition", ""},
		{one(strings.Replace(statement("Allow", ""), "AssumeRole", "TagSession", 1), strings.Replace(statement("Allow", ""), "imagebuilder", "ec2", 1)),
			`no statement allows sts:AssumeRole for the service imagebuilder.amazonaws.com; statement 1 comes closest, but its Action lists "sts:TagSession"`, "Action", ""},
		{one(strings.Replace(statement("Allow", ""), `"Action":"sts:AssumeRole"`, `"NotAction":["*"]`, 1)),
			`no statement allows sts:AssumeRole for the service imagebuilder.amazonaws.com; statement 1 comes closest, but its NotAction lists "*"`, "NotAction", ""},
		{one(strings.Replace(statement("Allow", ""), "imagebuilder", "ec2", 1)),
			`no statement allows sts:AssumeRole for the service imagebuilder.amazonaws.com; statement 1 comes closest, but its Principal lists "ec2.amazonaws.com"`, "Principal", ""},
		{one(strings.Replace(statement("Allow", ""), `"Service":"imagebuilder.amazonaws.com"`, `"AWS":"*"`, 1)),
			`statement 1: AWS does not document whether the principal {"AWS": "*"} includes services`, "Principal", ""},
		{one(strings.Replace(statement("Allow", ""), `"Principal"`, `"NotPrincipal"`, 1)),
			`statement 1: AWS does not document the effect of NotPrincipal with Allow`, "NotPrincipal", ""},
	}
	for _, test := range tests {
		r := request(owner, owner)
		r.Context.Set("aws:Pattern", Pattern("a*")).Set("aws:OneOf", OneOf("a", "b")).Set("aws:Many", Known("a", "b")).Set("aws:Empty", Known("")).
			Set("aws:Patterns", Pattern("a*", "b*")).Set("aws:Perhaps", Known("true").OrAbsent()).Set("aws:RunTime", SinceRun(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)))
		d := Evaluate(parse(t, test.text), r)
		if d.Reason() != test.reason || d.Element != test.element || d.UnknownKey() != test.key {
			t.Errorf("%s\n got %s (%s, key %q)\nwant %s (%s, key %q)", test.text, d.Reason(), d.Element, d.UnknownKey(), test.reason, test.element, test.key)
		}
		if (d.Condition != nil) != (d.Element == "Condition") || (d.Statement != nil) != (d.Element != "") {
			t.Errorf("%s: element %q does not go with statement %v, condition %v", test.text, d.Element, d.Statement, d.Condition)
		}
	}
	r := request(owner, owner)
	r.Principal, r.Action = Principal{"AWS", "111122223333 "}, "sts:\nX"
	if got, want := Evaluate(parse(t, one()), r).Reason(), `no statement allows "sts:\nX" for the principal AWS "111122223333 "`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	r.Action = "sts:AssumeRole"
	if got, want := Evaluate(parse(t, one(statement("Allow", ""))), r).Reason(), `statement 1: iblint evaluates requests from services and roles only, not from AWS "111122223333 "`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := (Decision{}).Reason(); got != "nothing was evaluated" {
		t.Errorf("zero decision: %s", got)
	}
	if Denied.String()+Allowed.String()+Undecidable.String()+Allow.String()+Deny.String() != "deniedallowedundecidableAllowDeny" {
		t.Error("names")
	}
}

// The closest statement is the first with the most elements that match.
func TestClosest(t *testing.T) {
	two := `{"StringEquals":{"aws:SourceAccount":"111122223333"},"StringLike":{"aws:SourceArn":"x"}}`
	d := parse(t, document([]string{
		strings.Replace(statement("Allow", ""), "imagebuilder", "ec2", 1),
		statement("Allow", condition("StringEquals", "aws:SourceAccount", destination)),
		statement("Allow", two),
		statement("Allow", two),
		statement("Allow", condition("StringEquals", "aws:SourceAccount", destination)),
	}))
	got := Evaluate(d, request(owner, owner))
	if got.Statement.Index != 2 || got.Condition.Key != "aws:SourceArn" {
		t.Errorf("got %s", got.Reason())
	}
}

// Elements other than conditions, and what is not known about them.
func TestReasonOfElements(t *testing.T) {
	role := Principal{"AWS", "arn:aws:iam::" + owner + ":role/R"}
	allow := func(element string) string {
		return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*",` + element + `}}`
	}
	for _, test := range []struct {
		kind      Kind
		text      string
		principal Principal
		want      string
	}{
		{Identity, allow(`"NotResource":["arn:aws:ec2:*::image/*"]`), role, `but its NotResource lists "arn:aws:ec2:*::image/*"`},
		{Identity, allow(`"Resource":"arn:aws:ec2:*::image/${aws:Other}"`), role, `the value of the policy variable "aws:Other" in Resource is not known`},
		{Trust, allow(`"Principal":{"AWS":"arn:aws:iam::` + owner + `:role/R"}`), Principal{"AWS", withSymbols("arn:aws:iam::⟦a⟧:role/R")}, "the principal of the request"},
	} {
		r := &Request{Principal: test.principal, Action: "ec2:DeregisterImage", Resource: Known("arn:aws:ec2:eu-west-1::image/ami-1"), Context: NewContext().Set("aws:Other", Unknown())}
		if got := Evaluate(parseKind(t, test.kind, test.text), r).Reason(); !strings.Contains(got, test.want) {
			t.Errorf("%s\ngot  %s\nwant %s", test.text, got, test.want)
		}
	}
	if got := Since(time.Unix(0, 0)).describe("value"); got != "1970-01-01T00:00:00Z or any later time" {
		t.Error(got)
	}
	if got := (Trace{Element: "Principal", RequestType: "AWS"}).RequestLine(); got != "Principal (no value)" {
		t.Errorf("a principal that is not known: %q", got)
	}
}
