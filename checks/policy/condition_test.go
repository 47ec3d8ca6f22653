package policy

import (
	"testing"
)

// Each operator with a policy value, a request value that matches it by the positive
// operator, and a request value that does not.
var operators = []struct {
	name                    string
	negated                 bool
	value, matches, differs string
}{
	{"StringEquals", false, "a*", "a*", "ab"},
	{"StringNotEquals", true, "a*", "a*", "A*"},
	{"StringEqualsIgnoreCase", false, "aB", "Ab", "b"},
	{"StringNotEqualsIgnoreCase", true, "aB", "Ab", "b"},
	{"StringLike", false, "a*c?", "abbcx", "abbc"},
	{"StringNotLike", true, "a*c?", "ac:", "Acx"},
	{"NumericEquals", false, "10", "10.0", "-10"},
	{"NumericNotEquals", true, "10", "010", "10.01"},
	{"NumericLessThan", false, "10", "9.99", "10"},
	{"NumericLessThanEquals", false, "10", "10", "10.1"},
	{"NumericGreaterThan", false, "-10", "-9", "-10.0"},
	{"NumericGreaterThanEquals", false, "10", "10", "9"},
	{"DateEquals", false, "2020-01-01", "1577836800", "1577836801"},
	{"DateNotEquals", true, "2020-01-01T00:00Z", "2020-01-01T01:00:00+01:00", "2020-01-02"},
	{"DateLessThan", false, "2020-01-01T00:00:00Z", "2019-12-31T23:59:59.9Z", "2020-01-01T00:00:00Z"},
	{"DateLessThanEquals", false, "2020-01", "2020-01-01", "2020-01-02"},
	{"DateGreaterThan", false, "2020-01-01", "2020-01-02", "2020-01-01"},
	{"DateGreaterThanEquals", false, "2020-01-01", "2020-01-01", "2019-01-01"},
	{"Bool", false, "true", "true", "false"},
	{"BinaryEquals", false, "QmluYXJ5", "QmluYXJ5", "ASIAIOSFODNN7EXAMPL="},
	{"IpAddress", false, "203.0.113.0/24", "203.0.113.9", "203.0.114.9"},
	{"NotIpAddress", true, "2001:db8::/32", "2001:db8::1", "203.0.113.9"},
	{"ArnEquals", false, "arn:aws:s3:::a*", "arn:aws:s3:::ab:c/d", "arn:aws:s3::x:ab"},
	{"ArnNotEquals", true, "arn:aws:s3:::a*", "arn:aws:s3:::ab", "arn:aws:s3:::b"},
	{"ArnLike", false, "arn:*:s3:::a*", "arn:aws:s3:::a", "arn:aws:x:s3:::a"},
	{"ArnNotLike", true, "arn:a??:s3:::a*", "arn:aws:s3:::a", "arn:aws-cn:s3:::a"},
}

// For each operator in each form: a value that matches, one that does not, the
// key absent, unknown, and known to be present only.
func TestOperators(t *testing.T) {
	forms := []struct{ prefix, suffix, positive, negated string }{
		{"", "", "TFF??", "FTT??"},
		{"", "IfExists", "TFT??", "FTT??"},
		{"ForAllValues:", "", "TFT??", "FTT??"},
		{"ForAllValues:", "IfExists", "TFT??", "FTT??"},
		{"ForAnyValue:", "", "TFF??", "FTF??"},
		{"ForAnyValue:", "IfExists", "TF???", "FT???"},
	}
	tested := map[operator]bool{}
	for _, op := range operators {
		for _, form := range forms {
			name := form.prefix + op.name + form.suffix
			got := ""
			for _, v := range []Value{Known(op.matches), Known(op.differs), Absent(), Unknown(), Pattern("*")} {
				got += decide(t, name, v, op.value)
			}
			want := form.positive
			if op.negated {
				want = form.negated
			}
			if got != want {
				t.Errorf("%s: got %s, want %s", name, got, want)
			}
			o, _ := parseOperator(name)
			tested[o] = true
		}
	}
	for name, o := range baseOperators {
		if !tested[o] && o.family != null {
			t.Errorf("%s is not tested", name)
		}
	}
}

func TestOperatorNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"StringEquals": true, "stringequals": true, "STRINGLIKEIFEXISTS": true,
		"forallvalues:StringLike": true, "ForAnyValue:ArnLikeIfExists": true, "Null": true,
		"NullIfExists": false, "ForAllValues:Null": false, "StringMatches": false, "": false,
		"ForAllValues:": false, "ForAllValues:ForAnyValue:StringEquals": false,
		"StringEqualsIfExistsIfExists": false, "ForAllValues": false, "BinaryNotEquals": false,
	} {
		if _, problem := parseOperator(name); (problem == "") != ok {
			t.Errorf("%q: %q", name, problem)
		}
	}
}

func TestNull(t *testing.T) {
	values := []Value{Absent(), Known("x"), Known("x", "y"), OneOf("x", "y"), Pattern("x*"), Unknown(), Known(""), Pattern("*"), OneOf("", "x")}
	for _, test := range []struct {
		want   string
		values []string
	}{
		{"TFFFF????", []string{"true"}},
		{"FTTTT????", []string{"false"}},
		{"TTTTT????", []string{"true", "false"}},
		{"FFFFFFFFF", nil},
		{"?????????", []string{"TRUE"}},
		{"T????????", []string{"true", "perhaps"}},
	} {
		got := ""
		for _, v := range values {
			got += decide(t, "Null", v, test.values...)
		}
		if got != test.want {
			t.Errorf("Null %q: got %s, want %s", test.values, got, test.want)
		}
	}
}

func TestManyValues(t *testing.T) {
	request := []Value{Known("a"), Known("a", "b"), Known("a", "x"), Known("x", "y"), Known("")}
	for operator, want := range map[string]string{
		"ForAllValues:StringEquals":    "TTFF?", // an empty value may be a null dataset
		"ForAnyValue:StringEquals":     "TTTFF",
		"ForAllValues:StringNotEquals": "FFFTT",
		"ForAnyValue:StringNotEquals":  "FFTTT",
		"StringEquals":                 "T???F",
		"StringNotEquals":              "F???T",
		"StringEqualsIfExists":         "T???F",
	} {
		got := ""
		for _, v := range request {
			got += decide(t, operator, v, "a", "b")
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", operator, got, want)
		}
	}
}

func TestOneOf(t *testing.T) {
	for _, test := range []struct{ operator, value, want string }{
		{"StringEquals", "a", "?F"}, {"StringNotEquals", "a", "?T"}, {"StringLike", "?", "T?"}, {"StringNotLike", "?", "F?"},
		{"StringLike", "z*", "F?"}, {"NumericEquals", "a", "??"},
	} {
		got := decide(t, test.operator, OneOf("a", "b"), test.value) + decide(t, test.operator, OneOf("z", "zz", "y"), test.value)
		if got != test.want {
			t.Errorf("%s %s: got %s, want %s", test.operator, test.value, got, test.want)
		}
	}
	if got := decide(t, "StringEquals", OneOf("a"), "a") + decide(t, "StringEquals", OneOf(), "a") + decide(t, "StringEqualsIfExists", Known(), "a"); got != "T?T" {
		t.Errorf("one, no candidate, no value: got %s", got)
	}
}

// A value that the operator cannot parse is undecidable, unless another value matches.
func TestUnreadableValues(t *testing.T) {
	for _, test := range []struct{ operator, value, request, want string }{
		{"NumericEquals", "abc", "1", "?"}, {"NumericEquals", "1", "abc", "?"}, {"NumericEquals", "1e3", "1000", "?"},
		{"NumericEquals", "", "1", "?"}, {"NumericEquals", "1.", "1", "?"}, {"NumericEquals", "+1", "1", "?"},
		{"NumericEquals", "-0.0", "0", "T"}, {"NumericLessThan", "-1", "-1.5", "T"}, {"NumericLessThan", "100000000000000000000.1", "100000000000000000000", "T"},
		{"DateLessThan", "yesterday", "2020-01-01", "?"}, {"DateLessThan", "2020-13-01", "2020-01-01", "?"},
		{"DateEquals", "2020", "2020", "?"}, {"DateEquals", "05", "5", "?"}, {"DateEquals", "0", "1970-01-01", "T"}, {"DateEquals", "2020-01-01T00:00:00", "2020-01-01", "?"}, {"DateLessThan", "9999999999999", "2020-01-01", "?"},
		{"Bool", "True", "true", "?"}, {"Bool", "true", "1", "?"},
		{"BinaryEquals", "***", "QQ==", "?"}, {"BinaryEquals", "QQ==", "***", "?"},
		{"IpAddress", "203.0.113.0/33", "203.0.113.1", "?"}, {"IpAddress", "203.0.113.1", "203.0.113.1", "T"}, {"IpAddress", "203.0.113.1", "203.0.113.2", "F"},
		{"IpAddress", "2001:db8::1", "2001:db8::1", "?"}, {"IpAddress", "0.0.0.0/0", "here", "?"},
		{"NotIpAddress", "x", "203.0.113.1", "?"}, {"IpAddress", "203.0.113.9/24", "203.0.113.1", "T"},
	} {
		if got := decide(t, test.operator, Known(test.request), test.value); got != test.want {
			t.Errorf("%s %s for %s: got %s, want %s", test.operator, test.value, test.request, got, test.want)
		}
	}
	if got := decide(t, "NumericEquals", Known("1"), "abc", "1") + decide(t, "NumericNotEquals", Known("1"), "abc", "1"); got != "TF" {
		t.Errorf("beside a value that matches: got %s", got)
	}
}

func TestARN(t *testing.T) {
	for _, test := range []struct{ policy, request, arn, like string }{
		{"arn:aws:imagebuilder:*", "arn:aws:imagebuilder:r:1:image/x", "F", "T"},
		{"*", "arn:aws:imagebuilder:r:1:image/x", "F", "T"},
		{"arn:*:*:*:*:*", "arn:aws:imagebuilder:r:1:image/x", "T", "T"},
		{"arn:aws:*:image/x", "arn:aws:imagebuilder:r:1:image/x", "F", "T"},
		{"arn:aws:a:b:c:d*", "arn:aws:a:b:c:d:e:f", "T", "T"},
		{"arn:aws:a:b:c:d", "arn:aws:a:b:c:D", "F", "F"},
		{"arn:*:a:b:c:d", "x:y:a:b:c:d", "F", "F"},
		{"arn:aws:a:?:c:d", "arn:aws:a:é:c:d", "T", "T"},
		{"arn:aws:a:?:c:d", "arn:aws:a:::c:d", "F", "T"},
		{"*", "x", "F", "T"},
	} {
		if got := decide(t, "ArnLike", Known(test.request), test.policy) + decide(t, "StringLike", Known(test.request), test.policy); got != test.arn+test.like {
			t.Errorf("%s for %s: got %s, want %s", test.policy, test.request, got, test.arn+test.like)
		}
	}
}

// A value that is not an ARN matches no ARN. For a negated operator the result is
// undecidable.
func TestMalformedARN(t *testing.T) {
	for _, test := range []struct{ operator, policy, request, want string }{
		{"ArnNotLike", "arn:aws:imagebuilder:*", "arn:aws:imagebuilder:r:1:image/x", "?"},
		{"ArnNotEquals", "arn:aws:imagebuilder:*:*:*", "x", "?"},
		{"ArnNotLikeIfExists", "*", "arn:aws:imagebuilder:r:1:image/x", "?"},
		{"ArnLike", "arn:aws:imagebuilder:*:*:*", "x", "F"},
	} {
		if got := decide(t, test.operator, Known(test.request), test.policy); got != test.want {
			t.Errorf("%s %s for %s: got %s, want %s", test.operator, test.policy, test.request, got, test.want)
		}
	}
	if got := decide(t, "ArnNotLike", Known("arn:aws:s3:::x"), "*", "arn:aws:s3:::x"); got != "F" {
		t.Errorf("beside a value that matches: got %s", got)
	}
}

func TestPatternValue(t *testing.T) {
	const image = "arn:aws:imagebuilder:us-east-1:111122223333:image/?*/?*.?*.?*/?*"
	for _, test := range []struct{ operator, policy, request, want string }{
		{"ArnLike", "arn:*:imagebuilder:*:*:image/*/*/*", image, "T"},
		{"ArnLike", "arn:*:imagebuilder:*:*:image/*/*", image, "T"},
		{"ArnLike", "arn:*:imagebuilder:*:*:image/?*/?*.?*.?*/?*", image, "T"},
		{"ArnNotLike", "arn:*:imagebuilder:*:*:image/*/*/*", image, "F"},
		{"ArnLikeIfExists", "arn:*:imagebuilder:*:*:image/*/*/*", image, "T"},
		{"StringLike", "arn:*:imagebuilder:*:*:image/*/*/*", image, "T"},
		{"StringLike", "arn:aws:imagebuilder:*", image, "T"},
		{"ArnLike", "arn:aws:imagebuilder:*", image, "F"},
		{"StringEquals", "arn:*:imagebuilder:*:*:image/*/*/*", image, "F"},
		{"StringNotEquals", "arn:*:imagebuilder:*:*:image/*/*/*", image, "T"},
		{"StringEquals", "arn:aws:imagebuilder:us-east-1:111122223333:image/a/1.0.0/1", image, "?"},
		{"StringEqualsIgnoreCase", "ARN:aws:imagebuilder:us-east-1:111122223333:IMAGE/a/1.0.0/1", image, "?"},
		{"StringEqualsIgnoreCase", "ARN:aws:imagebuilder:us-east-1:111122223333:IMAGE/a", image, "F"},
		{"ArnLike", "arn:*:imagebuilder:*:*:image/base/*/*", image, "?"},
		{"ArnNotLike", "arn:*:imagebuilder:*:*:image/base/*/*", image, "?"},
		{"ArnLike", "arn:*:imagebuilder:*:*:image-pipeline/*", image, "F"},
		{"ArnNotLike", "arn:*:imagebuilder:*:*:image-pipeline/*", image, "T"},
		{"ArnLike", "arn:aws:imagebuilder:us-east-1:111122223333:image/*/1.*", image, "?"},
		{"ArnLike", "arn:aws:imagebuilder:us-east-1:*:image/*/*/*", "arn:aws:imagebuilder:*:111122223333:image/*/*/*", "?"},
		{"ArnLike", "arn:aws:imagebuilder:*:*:image/*/*/*", "arn:aws:imagebuilder:*:111122223333:image/*/*/*", "T"},
		{"StringLike", "??*", "?*", "?"},
		{"StringLike", "?*", "*?", "T"},
		{"StringLike", "*?*", "?", "T"},
		{"StringLike", "*a*", "b*c", "?"},
		{"StringLike", "a*", "b*", "F"},
		{"StringLike", "*a", "*b", "F"},
		{"StringLike", "é", "?", "?"},
		{"StringLike", "éé", "?", "F"},
		{"StringEquals", "é", "??", "F"},
		{"StringEqualsIgnoreCase", "É", "é?", "F"},
		{"StringEqualsIgnoreCase", "\u212A*", "k?", "?"}, // the Kelvin sign is a K
		{"StringLike", "x", "x", "T"},
		{"NumericEquals", "1", "1*", "?"},
		{"Bool", "true", "*", "?"},
		{"ArnLike", "arn:*:*:*:*:*", "*", "?"},
		{"ArnLike", "*", "*", "F"},
		{"ArnNotLike", "*", image, "?"},
		{"ArnLike", "arn:aws:s3:::a", "arn:aws:s3::*", "?"}, // the star may hold the fifth colon
		{"ForAllValues:StringLike", "a*", "a*", "T"},
		{"ForAllValues:StringLike", "a*", "b*", "F"},
		{"ForAnyValue:StringNotLike", "a*", "a*", "F"},
	} {
		if got := decide(t, test.operator, Pattern(test.request), test.policy); got != test.want {
			t.Errorf("%s %s for %s: got %s, want %s", test.operator, test.policy, test.request, got, test.want)
		}
	}
}

func TestVariables(t *testing.T) {
	ctx := NewContext().
		Set("aws:X", Known("bob")).
		Set("aws:Name", Known("bob")).
		Set("aws:Star", Known("b*")).
		Set("aws:Many", Known("bob", "eve")).
		Set("aws:Some", OneOf("bob", "eve")).
		Set("aws:Gone", Absent()).
		Set("aws:Empty", Known("")).
		Set("aws:Literal", Known("${aws:Name}")).
		Set("aws:Stars", Known("*?$")).
		Set("aws:Arn", Known("arn:aws:s3:::bob"))
	const v12, v08, none = `"Version":"2012-10-17",`, `"Version":"2008-10-17",`, ``
	for _, test := range []struct{ version, operator, key, value, want string }{
		{v12, "StringEquals", "aws:X", "${aws:Name}", "T"},
		{v12, "StringEquals", "aws:X", "${AWS:nAME}", "T"},
		{v12, "StringEquals", "aws:X", "b${aws:Name}", "F"},
		{v08, "StringEquals", "aws:X", "${aws:Name}", "F"},
		{none, "StringEquals", "aws:X", "${aws:Name}", "F"},
		{v08, "StringEquals", "aws:Literal", "${aws:Name}", "T"},
		{none, "StringEquals", "aws:Literal", "${aws:Name}", "T"},
		{v12, "StringEquals", "aws:Literal", "${aws:Name}", "F"},
		{v12, "StringEquals", "aws:Literal", "${$}{aws:Name}", "T"},
		{v12, "StringNotEquals", "aws:X", "${aws:Name}", "F"},
		{v12, "StringLike", "aws:X", "${aws:Name}*", "T"},
		{v12, "StringLike", "aws:X", "${aws:Star}", "F"}, // its star is literal
		{v12, "StringLike", "aws:Star", "${aws:Star}", "T"},
		{v12, "StringLike", "aws:Stars", "${*}${?}${$}", "T"},
		{v12, "StringLike", "aws:X", "${*}", "F"},
		{v12, "StringLike", "aws:X", "*${?}*", "F"},
		{v08, "StringLike", "aws:X", "${*}", "F"},
		{v08, "StringLike", "aws:Literal", "${*}", "T"},
		{v12, "StringEquals", "aws:X", "${aws:Gone}", "F"},
		{v12, "StringNotEquals", "aws:X", "${aws:Gone}", "T"},
		{v12, "ArnNotLike", "aws:Arn", "arn:*:s3:::${aws:Gone}", "T"},
		{v12, "StringEquals", "aws:X", "${aws:Gone, 'bob'}", "T"},
		{v12, "StringEquals", "aws:X", "${aws:Gone,'eve'}", "F"},
		{v12, "StringNotEquals", "aws:X", "${aws:Gone, 'eve'}", "T"},
		{v12, "StringEquals", "aws:X", "${aws:Name, 'eve'}", "T"},
		{v12, "StringEquals", "aws:X", "${aws:Unheard, 'bob'}", "?"},
		{v12, "StringEquals", "aws:X", "${aws:Unheard}", "?"},
		{v12, "StringEquals", "aws:X", "${aws:Many}", "?"},
		{v12, "StringEquals", "aws:X", "bob${aws:Empty}", "?"},
		{v12, "StringEquals", "aws:X", "${aws:Empty, 'bob'}", "?"},
		{v12, "StringNotEquals", "aws:X", "${aws:Empty}", "?"},
		{v12, "StringEquals", "aws:X", "${aws:Some}", "?"},
		{v12, "StringEquals", "aws:X", "${aws:Name", "?"},
		{v12, "StringEquals", "aws:X", "${}", "?"},
		{v12, "StringEquals", "aws:X", "${aws:Gone, bob}", "?"},
		{v12, "StringEquals", "aws:X", "${aws:${aws:Name}}", "?"},
		{v12, "ArnLike", "aws:Arn", "arn:*:s3:::${aws:Name}", "T"},
		{v12, "ArnEquals", "aws:Arn", "${aws:Arn}", "T"},
		{v08, "ArnEquals", "aws:Arn", "${aws:Arn}", "F"},
		{v12, "Bool", "aws:Name", "${aws:Name}", "?"},
		{v12, "NumericEquals", "aws:Name", "${aws:Name}", "?"},
	} {
		text := `{` + test.version + `"Statement":` + statement("Allow", condition(test.operator, test.key, test.value)) + `}`
		d := Evaluate(parse(t, text), &Request{Principal: imagebuilder, Action: "sts:AssumeRole", Context: ctx})
		if got := letter(d.Outcome); got != test.want {
			t.Errorf("%s%s %s %s: got %s, want %s: %s", test.version, test.operator, test.key, test.value, got, test.want, d.Reason())
		}
	}
	// Version may be the last member of the document.
	d := parse(t, `{"Statement":`+statement("Allow", condition("StringEquals", "aws:X", "${aws:Name}"))+`,"Version":"2012-10-17"}`)
	if got := Evaluate(d, &Request{Principal: imagebuilder, Action: "sts:AssumeRole", Context: ctx}); got.Outcome != Allowed {
		t.Errorf("Version last: got %v", got.Outcome)
	}
}

func TestContext(t *testing.T) {
	ctx := NewContext().
		SetPrefix("aws:", Known("short")).
		SetPrefix("AWS:PrincipalTag/", Absent()).
		SetPrefix("aws:p", Known("replaced")).
		SetPrefix("aws:P", Known("middle")).
		Set("aws:principaltag/Team", Known("red"))
	for key, want := range map[string]string{
		"aws:principaltag/team": `"red"`, "aws:principaltag/x": "absent", "aws:principal": `"middle"`,
		"aws:source": `"short"`, "ec2:x": "unknown", "aws:principaltag": `"middle"`,
	} {
		v := ctx.lookup(key)
		got := map[valueKind]string{unknown: "unknown", absent: "absent", known: v.describe("value")}[v.kind]
		if got != want {
			t.Errorf("%s: got %s, want %s", key, got, want)
		}
	}
	var none *Context
	if v := none.lookup("aws:x"); v.kind != unknown {
		t.Errorf("no context: %v", v)
	}
	if v := Known("a\xff"); v.texts[0] != "a\uFFFD" {
		t.Errorf("invalid text stays: %q", v.texts[0])
	}
}

// A wildcard in the last part of an ARNPattern matches neither a colon nor a slash, for any operator.
func TestARNPattern(t *testing.T) {
	const image = "arn:aws:imagebuilder:eu-west-1:999988887777:image/?*/?*"
	for _, test := range []struct {
		operators []string
		want      string
		outcome   truth
	}{
		{[]string{"StringLike", "ArnLike"}, "arn:aws:imagebuilder:*:999988887777:image/*", yes},
		{[]string{"StringLike", "ArnLike"}, "arn:aws:imagebuilder:*:111122223333:image/*", no},
		{[]string{"StringLike", "ArnLike"}, "arn:*:*:*:1111*:*", no},
		{[]string{"StringLike", "ArnLike"}, "arn:*:*:*:9*:image/a*", maybe},
		{[]string{"StringLike"}, "arn:aws:imagebuilder:*111122223333*", maybe},
		{[]string{"StringLike"}, "arn:aws:imagebuilder:*", yes},
		{[]string{"StringLike", "ArnLike", "ArnEquals"}, "arn:aws:imagebuilder:*:*:image/*/*", yes},
		{[]string{"StringLike", "ArnLike", "ArnEquals"}, "arn:aws:imagebuilder:*:*:image/*/*/*", no},
		{[]string{"StringLike"}, "arn:*/*/*/*", no},
		{[]string{"StringEqualsIgnoreCase"}, "ARN:aws:imagebuilder:eu-west-1:999988887777:image/web/1/2", no},
		{[]string{"StringEqualsIgnoreCase"}, "ARN:aws:imagebuilder:eu-west-1:999988887777:image/web/1", maybe},
		{[]string{"StringNotLike", "ArnNotLike"}, "arn:aws:imagebuilder:*:*:image/*/*/*", yes},
	} {
		for _, operator := range test.operators {
			c := Condition{Operator: operator, Key: "aws:SourceArn", Values: []string{test.want}}
			c.op, _ = parseOperator(c.Operator)
			c.compile(compileTemplate, false)
			if got, _ := c.holds(NewContext().Set("aws:SourceArn", ARNPattern(image))); got != test.outcome {
				t.Errorf("%s %s: %v, want %v", operator, test.want, got, test.outcome)
			}
		}
	}
}

// A variable has the value of a key with the same name, although neither is known.
func TestNamedValues(t *testing.T) {
	for _, test := range []struct {
		operator, value, want string
		other                 Value // of aws:Other
	}{
		{"StringEquals", "${aws:Other}", "T", Pattern("o-*").Named("a")},
		{"StringNotEquals", "${aws:Other}", "F", Pattern("o-*").Named("a")},
		{"StringLike", "${aws:Other}", "T", Pattern("o-*").Named("a")},
		{"StringNotEqualsIfExists", "${aws:Other, 'o-b'}", "F", Pattern("o-*").Named("a")},
		{"ForAnyValue:StringEquals", "${aws:Other}", "T", Pattern("o-*").Named("a")},
		{"StringEquals", "${aws:X}", "T", Unknown()},
		{"StringEquals", "${aws:Other}", "?", Pattern("o-*").Named("b")},
		{"StringEquals", "${aws:Other}", "?", Pattern("o-*")},
		{"StringEquals", "${aws:Other}", "?", Pattern("o-*").Named("a").OrAbsent()},
		{"StringEquals", "${aws:Other}x", "?", Pattern("o-*").Named("a")},
		{"StringEquals", "x${aws:Other}", "?", Pattern("o-*").Named("a")},
		{"StringLike", "${aws:Other}${aws:Other}", "?", Pattern("o-*").Named("a")},
		{"ArnEquals", "${aws:Other}", "?", Pattern("o-*").Named("a")},
		{"StringEquals", "o-b", "?", Unknown()},
		{"StringEquals", "b", "F", Unknown()},
	} {
		r := &Request{Principal: imagebuilder, Action: "sts:AssumeRole", Context: NewContext().Set("aws:X", Pattern("o-*").Named("a")).Set("aws:Other", test.other)}
		if got := letter(Evaluate(parse(t, allow(condition(test.operator, "aws:X", test.value))), r).Outcome); got != test.want {
			t.Errorf("%s %s: got %s, want %s", test.operator, test.value, got, test.want)
		}
	}
}
