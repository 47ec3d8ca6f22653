package policy

import (
	"testing"
	"time"
)

func parseKind(t *testing.T, kind Kind, text string) *Document {
	t.Helper()
	d, err := Parse(kind, text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return d
}

func TestResource(t *testing.T) {
	image := Known("arn:aws:ec2:eu-west-1::image/ami-1")
	anyImage := Pattern("arn:aws:ec2:eu-west-1::image/ami-?*")
	for _, test := range []struct {
		element  string
		resource Value
		want     Outcome
	}{
		{`"Resource":"*"`, image, Allowed},
		{`"Resource":["arn:aws:s3:::b","arn:aws:ec2:*::image/*"]`, image, Allowed},
		{`"Resource":"arn:aws:ec2:*:111122223333:image/*"`, image, Denied}, // an image's ARN has no account
		{`"Resource":"arn:aws:ec2:*:*:image/*"`, image, Allowed},
		{`"Resource":"arn:aws:ec2:*::snapshot/*"`, image, Denied},
		{`"Resource":"ARN:aws:ec2:*::image/*"`, image, Denied},
		{`"Resource":"arn:aws:ec2:*"`, image, Allowed},       // the last * of a segment goes on
		{`"Resource":"arn:aws:*/ami-1"`, image, Undecidable}, // this one is not the last
		{`"Resource":"arn:aws:ec2:eu-*-1::image/ami-?"`, image, Allowed},
		{`"Resource":"arn:aws:ec2:eu-west-1::image/ami-??"`, image, Denied},
		{`"Resource":[]`, image, Denied},
		{`"NotResource":"arn:aws:ec2:*::snapshot/*"`, image, Allowed},
		{`"NotResource":"arn:aws:ec2:*::image/*"`, image, Denied},

		{`"Resource":"arn:aws:ec2:*::image/*"`, anyImage, Allowed},
		{`"Resource":"arn:aws:ec2:*::image/ami-1"`, anyImage, Undecidable},
		{`"NotResource":"arn:aws:ec2:*::image/ami-1"`, anyImage, Undecidable},
		{`"Resource":"arn:aws:ec2:*:111122223333:image/*"`, anyImage, Denied},
		{`"Resource":"arn:aws:ec2:us-*::image/*"`, anyImage, Denied},
		{`"Resource":"*"`, anyImage, Allowed},

		{`"Resource":"*"`, Known("*"), Allowed},
		{`"Resource":"arn:aws:ec2:*::image/*"`, Known("*"), Denied},
		{`"Resource":"arn:aws:ec2:*::image/*"`, Unknown(), Undecidable},
		{`"Resource":"*"`, Unknown(), Allowed},
		{`"Resource":"arn:aws:ec2:*::image/*"`, Pattern("arn:aws:ec2:eu-west-1::image/a*", "arn:aws:ec2:us-east-1::image/b*"), Allowed},
		{`"Resource":"arn:aws:ec2:eu-west-1::image/*"`, Pattern("arn:aws:ec2:eu-west-1::image/a*", "arn:aws:ec2:us-east-1::image/b*"), Undecidable},
		{`"Resource":"arn:aws:ec2:us-west-2::image/*"`, Pattern("arn:aws:ec2:eu-west-1::image/a*", "arn:aws:ec2:us-east-1::image/b*"), Denied},
		{`"Resource":"arn:aws:ec2:*::image/ami-1"`, OneOf("arn:aws:ec2:eu-west-1::image/ami-1", "arn:aws:ec2:eu-west-1::image/ami-2"), Undecidable},
		{`"Resource":"arn:aws:ec2:*::image/ami-?"`, OneOf("arn:aws:ec2:eu-west-1::image/ami-1", "arn:aws:ec2:eu-west-1::image/ami-2"), Allowed},

		{`"Resource":"arn:aws:ec2:${aws:RequestedRegion}::image/*"`, image, Undecidable}, // a variable before the fifth colon
		{`"NotResource":"arn:aws:ec2:${aws:RequestedRegion}::image/*"`, image, Undecidable},
		{`"Resource":["arn:aws:ec2:${aws:RequestedRegion}::image/*","arn:aws:ec2:*::image/*"]`, image, Allowed},
		{`"Resource":"arn:aws:ec2:us-${aws:RequestedRegion}::image/*"`, image, Denied},
		{`"Resource":"arn:aws:ec2:${*}::image/*"`, image, Denied}, // an escape, not a variable
		{`"Resource":"arn:aws:ec2:${aws:PrincipalTag/none, 'eu-west-1'}::image/${aws:PrincipalTag/none, 'ami-1'}"`, image, Undecidable},
		{`"Resource":"arn:aws:ec2:${aws:RequestedRegion}::snapshot/*"`, image, Denied},
		{`"Resource":"arn:aws:ec2:*::image/${aws:PrincipalTag/none, 'ami-1'}"`, image, Allowed},
		{`"Resource":"arn:aws:ec2:*::image/${aws:PrincipalTag/none}"`, image, Denied},
		{`"NotResource":"arn:aws:ec2:*::image/${aws:PrincipalTag/none}"`, image, Allowed},
		{`"Resource":"arn:aws:ec2:*::image/${unknown:Key}"`, image, Undecidable},
		{`"Resource":"arn:aws:ec2:*::image/${"`, image, Undecidable},
	} {
		d := parseKind(t, Identity, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:*",`+test.element+`}}`)
		r := &Request{
			Principal: Principal{"AWS", role}, Action: "ec2:DeregisterImage", Resource: test.resource,
			Context: NewContext().Set("aws:RequestedRegion", Known("eu-west-1")).SetPrefix("aws:PrincipalTag/", Absent()),
		}
		if got := Evaluate(d, r); got.Outcome != test.want {
			t.Errorf("%s for %s: got %v, want %v (%s)", test.element, test.resource.describe("resource"), got.Outcome, test.want, got.Reason())
		}
	}
}

// A policy variable is literal text in a document of Version 2008-10-17.
func TestVariableInResourceOfTheOldVersion(t *testing.T) {
	d := parseKind(t, Identity, `{"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:ec2:${aws:RequestedRegion}::image/*"}}`)
	r := &Request{Principal: Principal{"AWS", role}, Action: "ec2:DeregisterImage", Resource: Known("arn:aws:ec2:eu-west-1::image/ami-1"),
		Context: NewContext().Set("aws:RequestedRegion", Known("eu-west-1"))}
	if got := Evaluate(d, r); got.Outcome != Denied {
		t.Errorf("got %v", got.Outcome)
	}
}

func TestValueThatMayBeAbsent(t *testing.T) {
	for condition, want := range map[string]Outcome{
		`{"Bool":{"k":"true"}}`:          Denied, // false or absent: neither is true
		`{"BoolIfExists":{"k":"true"}}`:  Undecidable,
		`{"BoolIfExists":{"k":"false"}}`: Allowed,
		`{"Bool":{"k":"false"}}`:         Undecidable,
		`{"Null":{"k":"true"}}`:          Undecidable,
		`{"StringNotEquals":{"k":"x"}}`:  Allowed,
		`{"StringEquals":{"x":"${k}"}}`:  Undecidable,
	} {
		d := parseKind(t, Identity, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":`+condition+`}}`)
		r := byRole()
		r.Context.Set("k", Known("false").OrAbsent()).Set("x", Known("x"))
		if got := Evaluate(d, r); got.Outcome != want {
			t.Errorf("%s: got %v, want %v (%s)", condition, got.Outcome, want, got.Reason())
		}
	}
}

// A decision for the first possible time of a request holds for all later times, or it
// is undecidable.
func TestValueSinceATime(t *testing.T) {
	for condition, want := range map[string]Outcome{
		`{"DateGreaterThan":{"k":"2026-01-01T00:00:00Z"}}`:              Allowed,
		`{"DateGreaterThan":{"k":"2026-11-01T00:00:00Z"}}`:              Undecidable,
		`{"DateGreaterThanEquals":{"k":"2026-11-01T00:00:00Z"}}`:        Allowed,
		`{"DateGreaterThanEquals":{"k":"2027-11-01T00:00:00Z"}}`:        Undecidable,
		`{"DateLessThan":{"k":"2026-01-01T00:00:00Z"}}`:                 Denied,
		`{"DateLessThan":{"k":"2026-11-01T00:00:00Z"}}`:                 Denied,
		`{"DateLessThanEquals":{"k":"2026-11-01T00:00:00Z"}}`:           Undecidable,
		`{"DateLessThan":{"k":"2027-01-01T00:00:00Z"}}`:                 Undecidable,
		`{"DateEquals":{"k":"2026-01-01T00:00:00Z"}}`:                   Denied,
		`{"DateNotEquals":{"k":"2026-01-01T00:00:00Z"}}`:                Allowed,
		`{"DateNotEquals":{"k":"2027-01-01T00:00:00Z"}}`:                Undecidable,
		`{"NumericGreaterThan":{"k":"1"}}`:                              Allowed,
		`{"NumericLessThan":{"k":"99999999999"}}`:                       Undecidable,
		`{"StringLike":{"k":"2026*"}}`:                                  Undecidable,
		`{"DateLessThan":{"k":"soon"}}`:                                 Undecidable,
		`{"Null":{"k":"false"}}`:                                        Allowed,
		`{"ForAllValues:DateGreaterThan":{"k":"2026-01-01T00:00:00Z"}}`: Allowed,
	} {
		d := parseKind(t, Identity, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":`+condition+`}}`)
		r := byRole()
		r.Context.Set("k", Since(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)))
		if got := Evaluate(d, r); got.Outcome != want {
			t.Errorf("%s: got %v, want %v (%s)", condition, got.Outcome, want, got.Reason())
		}
	}
}
