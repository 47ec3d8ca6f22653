package policy

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/symbol"
)

// withSymbols replaces each ⟦name⟧ by a symbol.
func withSymbols(text string) string {
	return regexp.MustCompile(`⟦[^⟧]*⟧`).ReplaceAllStringFunc(text, func(name string) string {
		return symbol.New(strings.Trim(name, "⟦⟧"), "variable without a value (main.tf:3)")
	})
}

// The value of a condition, of a request, or of both, contains symbols.
func TestSymbolsInConditions(t *testing.T) {
	for _, test := range []struct{ operator, policy, request, want string }{
		{"StringEquals", "⟦a⟧", owner, "?"},
		{"StringEquals", owner, "⟦a⟧", "?"},
		{"StringEquals", "⟦a⟧", "⟦a⟧", "T"},
		{"StringEquals", "⟦a⟧", "⟦b⟧", "?"},
		{"StringEquals", "x⟦a⟧", "⟦a⟧", "?"}, // x might repeat
		{"StringEquals", "x-⟦a⟧", "y-⟦a⟧", "F"},
		{"StringEquals", "⟦a⟧-x", "⟦b⟧-y", "F"},
		{"StringEquals", "x-⟦a⟧", "x-⟦a⟧", "T"},
		{"StringEquals", "var.a", "⟦var.a⟧", "?"},
		{"StringNotEquals", "⟦a⟧", "⟦a⟧", "F"},
		{"StringNotEquals", "x-⟦a⟧", "y", "T"},
		{"StringNotEquals", "⟦a⟧", "y", "?"},
		{"StringEqualsIgnoreCase", "X⟦a⟧", "x⟦a⟧", "T"},
		{"StringEqualsIgnoreCase", "X⟦a⟧", "y⟦a⟧", "F"},
		{"StringEqualsIgnoreCase", "⟦A⟧", "⟦a⟧", "?"}, // two names
		{"StringLike", "*", "⟦a⟧", "T"},
		{"StringLike", "?", "⟦a⟧", "?"},
		{"StringLike", "x*", "x⟦a⟧", "T"},
		{"StringLike", "x*", "y⟦a⟧", "F"},
		{"StringLike", "*a*", "⟦a⟧", "?"},
		{"StringLike", "⟦a⟧*", "⟦a⟧/x", "T"},
		{"StringNotLike", "x*", "x⟦a⟧", "F"},
		{"ArnLike", "arn:aws:iam::⟦a⟧:role/x", "arn:aws:ec2:eu-west-1::image/y", "F"},
		{"ArnLike", "arn:aws:iam::⟦a⟧:role/x", "arn:aws:iam::⟦a⟧:role/x", "T"},
		{"ArnLike", "arn:*:iam::*:role/x", "arn:⟦p⟧:iam::⟦a⟧:role/x", "T"},
		{"ArnLike", "arn:⟦p⟧:iam::*:role/x", "arn:⟦p⟧:ec2:⟦r⟧:⟦a⟧:role/x", "F"},
		{"ArnLike", "arn:aws:iam::⟦a⟧:role/x", "arn:aws:iam::" + owner + ":role/x", "?"},
		{"ArnLike", "⟦a⟧", "⟦a⟧", "?"},                                          // perhaps no ARN
		{"ArnLike", "arn:aws:⟦rest⟧", "arn:aws:iam::" + owner + ":role/x", "?"}, // it may contain colons
		{"ArnLike", "arn:aws:iam::⟦rest⟧:x", "arn:aws:iam::" + owner + ":role/x", "F"},
		{"ArnLike", "arn:aws:iam::⟦a⟧:x:y", "arn:aws:iam::" + owner + ":x:role:x:y", "?"},
		{"ArnNotLike", "arn:aws:iam::" + owner + ":role/x", "y⟦a⟧", "?"}, // perhaps no ARN
		{"ArnNotLike", "⟦a⟧", "arn:aws:iam::" + owner + ":role/x", "?"},
		{"ArnNotLike", "arn:aws:iam::⟦a⟧:role/x", "arn:aws:ec2:eu-west-1::image/y", "T"},
		{"NumericLessThan", "⟦n⟧", "5", "?"},
		{"NumericLessThan", "5", "⟦n⟧", "?"},
		{"NumericEquals", "⟦n⟧", "⟦n⟧", "?"}, // perhaps no number
		{"DateLessThan", "⟦d⟧", "2020-01-01", "?"},
		{"DateLessThan", "2020-01-01", "⟦d⟧", "?"},
		{"Bool", "⟦b⟧", "true", "?"},
		{"Bool", "true", "⟦b⟧", "?"},
		{"BinaryEquals", "⟦b⟧", "QUJD", "?"},
		{"IpAddress", "⟦i⟧", "10.0.0.1", "?"},
		{"IpAddress", "10.0.0.0/⟦n⟧", "10.0.0.1", "?"},
		{"NotIpAddress", "10.0.0.0/8", "⟦i⟧", "?"},
		{"Null", "⟦b⟧", "x", "?"},
		{"Null", "true", "x⟦a⟧", "F"},
		{"Null", "true", "⟦a⟧", "?"}, // perhaps empty
		{"ForAllValues:StringLike", "*", "⟦a⟧", "T"},
		{"ForAllValues:StringEquals", "⟦a⟧", "⟦a⟧", "T"},
		{"ForAllValues:StringEquals", "x", "y⟦a⟧", "F"},
		{"ForAnyValue:StringEquals", "⟦a⟧", "⟦a⟧", "T"},
		{"ForAnyValue:StringEquals", "⟦a⟧", "x", "?"},
		{"StringEqualsIfExists", "⟦a⟧", "⟦a⟧", "T"},
		{"StringEqualsIfExists", "⟦a⟧", "x", "?"},
		{"StringEquals⟦suffix⟧", "x", "x", "?"},
		{"⟦operator⟧", "x", "x", "?"},
		// A policy variable with a symbol in its name, and one whose value has a symbol.
		{"StringEquals", "${aws:PrincipalTag/⟦tag⟧}", "x", "?"},
		{"StringEquals", "${aws:PrincipalTag/team", "⟦a⟧", "?"},
		{"StringEquals", "x-${aws:⟦tag⟧", "y", "?"},
		{"StringEquals", "⟦a⟧-${aws:Y}", "⟦a⟧-y", "T"},
		{"StringEquals", "x-${aws:Account}", "x-⟦account⟧", "T"},
		{"StringEquals", "x-${aws:Account}", "y-⟦account⟧", "F"},
		{"StringEquals", "${aws:Account}", owner, "?"},
	} {
		r := request(owner, owner)
		r.Context.Set("aws:X", Known(withSymbols(test.request))).Set("aws:Y", Known("y")).Set("aws:Account", Known(withSymbols("⟦account⟧")))
		d := Evaluate(parse(t, allow(withSymbols(condition(test.operator, "aws:X", test.policy)))), r)
		if got := letter(d.Outcome); got != test.want {
			t.Errorf("%s %q for %q: %s, want %s (%s)", test.operator, test.policy, test.request, got, test.want, d.Reason())
		}
		if (d.Outcome == Undecidable) != d.Symbol().IsSymbol() && test.policy != "${aws:PrincipalTag/team" {
			t.Errorf("%s %q for %q: the reason names no symbol: %s", test.operator, test.policy, test.request, d.Reason())
		}
	}
}

// Several values of a request, of which one is a symbol.
func TestSymbolsAmongValues(t *testing.T) {
	a := withSymbols("⟦a⟧")
	for _, test := range []struct {
		operator string
		request  Value
		want     string
	}{
		{"ForAllValues:StringEquals", Known("x", a), "?"},
		{"ForAllValues:StringEquals", Known("z", "z"+a), "F"},
		{"ForAnyValue:StringEquals", Known("x", a), "T"},
		{"ForAnyValue:StringEquals", Known("z", a), "?"},
		{"ForAnyValue:NumericEquals", Known("5", a), "T"},
		{"StringLike", OneOf("x", "y"), "T"},
		{"StringLike", OneOf("x", "y"+a), "T"},
		{"StringLike", OneOf("x", a), "?"},
		{"StringLike", Pattern("y" + a + "?*"), "T"},
		{"StringLike", Pattern("z" + a + "*"), "F"},
		{"StringLike", Known("y" + a).OrAbsent(), "?"},
	} {
		if got := decide(t, test.operator, test.request, "x", "y*", "y", "5"); got != test.want {
			t.Errorf("%s for %q: %s, want %s", test.operator, test.request.texts, got, test.want)
		}
	}
}

// A condition key contains a symbol, in the policy or in the request.
func TestSymbolsInKeys(t *testing.T) {
	tag := withSymbols("aws:PrincipalTag/⟦tag⟧")
	for _, test := range []struct {
		policy, request, want string
	}{
		{tag, tag, "T"},
		{strings.ToUpper("aws:principal") + strings.TrimPrefix(tag, "aws:Principal"), tag, "T"},
		{tag, "aws:PrincipalTag/team", "?"},
		{"aws:PrincipalTag/team", tag, "?"},
		{"aws:ResourceTag/team", tag, "F"},
	} {
		d := parse(t, allow(condition("StringEquals", test.policy, "x")))
		got := Evaluate(d, &Request{Principal: imagebuilder, Action: "sts:AssumeRole", Context: NewContext().SetPrefix("", Absent()).Set(test.request, Known("x"))})
		if letter(got.Outcome) != test.want {
			t.Errorf("%q for %q: %s, want %s: %s", test.policy, test.request, letter(got.Outcome), test.want, got.Reason())
		}
	}
}

// A symbol in each element of a trust policy.
func TestSymbolsInTrust(t *testing.T) {
	service := `"Principal":{"Service":"imagebuilder.amazonaws.com"}`
	allowed := `{"Effect":"Allow",` + service + `,"Action":"sts:AssumeRole"}`
	for _, test := range []struct{ statements, want string }{
		{`{"Effect":"⟦e⟧",` + service + `,"Action":"sts:AssumeRole"}`, "?"},
		{`{"Effect":"⟦e⟧",` + service + `,"Action":"sts:TagSession"}`, "F"},
		{allowed + `,{"Effect":"⟦e⟧",` + service + `,"Action":"sts:AssumeRole"}`, "?"},
		{allowed + `,{"Effect":"⟦e⟧","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}`, "T"},
		{strings.Replace(allowed, "Allow", "Deny", 1) + `,{"Effect":"⟦e⟧",` + service + `,"Action":"sts:AssumeRole"}`, "F"},
		{`"⟦statement⟧"`, "?"},
		{allowed + `,"⟦statement⟧"`, "?"},
		{strings.Replace(allowed, "Allow", "Deny", 1) + `,"⟦statement⟧"`, "F"},
		{`{"⟦element⟧":{"a":[1]},"Effect":"Allow",` + service + `,"Action":"sts:AssumeRole"}`, "?"},
		{`{"⟦element⟧":"x"}`, "?"},
		{`{"Sid":"⟦sid⟧","Effect":"Allow",` + service + `,"Action":"sts:AssumeRole"}`, "T"},

		{`{"Effect":"Allow","Principal":"⟦p⟧","Action":"sts:AssumeRole"}`, "?"},
		{`{"Effect":"Allow","Principal":"⟦p⟧*","Action":"sts:AssumeRole"}`, "?"},
		{`{"Effect":"Allow","Principal":{"⟦type⟧":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole"}`, "?"},
		{`{"Effect":"Allow","Principal":{"Service":"⟦p⟧"},"Action":"sts:AssumeRole"}`, "?"},
		{`{"Effect":"Allow","Principal":{"Service":["⟦p⟧","imagebuilder.amazonaws.com"]},"Action":"sts:AssumeRole"}`, "T"},
		{`{"Effect":"Allow","Principal":{"Service":"imagebuilder.⟦dns_suffix⟧"},"Action":"sts:AssumeRole"}`, "?"},
		{`{"Effect":"Allow","Principal":{"Service":"ec2.⟦dns_suffix⟧"},"Action":"sts:AssumeRole"}`, "F"},
		{`{"Effect":"Allow","Principal":{"AWS":"⟦p⟧"},"Action":"sts:AssumeRole"}`, "?"}, // "*"
		{`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::⟦a⟧:root"},"Action":"sts:AssumeRole"}`, "F"},
		{`{"Effect":"Allow","Principal":{"Federated":"⟦p⟧"},"Action":"sts:AssumeRole"}`, "F"},
		{allowed + `,{"Effect":"Deny","NotPrincipal":{"Service":"⟦p⟧"},"Action":"sts:AssumeRole"}`, "?"},
		{allowed + `,{"Effect":"Deny","NotPrincipal":{"Service":"ec2.⟦p⟧"},"Action":"sts:AssumeRole"}`, "F"},
		{allowed + `,{"Effect":"Deny","NotPrincipal":"⟦p⟧","Action":"sts:AssumeRole"}`, "?"},
		{allowed + `,{"Effect":"⟦e⟧","NotPrincipal":{"Service":"ec2.⟦p⟧"},"Action":"sts:AssumeRole"}`, "?"},

		{`{"Effect":"Allow",` + service + `,"Action":"⟦a⟧"}`, "?"},
		{`{"Effect":"Allow",` + service + `,"Action":["⟦a⟧","sts:assume*"]}`, "T"},
		{`{"Effect":"Allow",` + service + `,"Action":"sts:⟦A⟧"}`, "?"},
		{`{"Effect":"Allow",` + service + `,"Action":"STS:⟦a⟧Role"}`, "?"},
		{`{"Effect":"Allow",` + service + `,"Action":"ec2:⟦a⟧"}`, "F"},
		{`{"Effect":"Allow",` + service + `,"Action":"ec2⟦a⟧"}`, "F"},
		{`{"Effect":"Allow",` + service + `,"NotAction":"⟦a⟧"}`, "?"},
		{`{"Effect":"Allow",` + service + `,"NotAction":"ec2:⟦a⟧"}`, "T"},
		{`{"Effect":"Allow",` + service + `,"NotAction":["⟦a⟧","sts:*"]}`, "F"},
		{allowed + `,{"Effect":"Deny",` + service + `,"Action":"⟦a⟧"}`, "?"},

		{`{"Effect":"Allow",` + service + `,"Action":"sts:AssumeRole","Condition":"⟦c⟧"}`, "?"},
		{`{"Effect":"Allow",` + service + `,"Action":"sts:AssumeRole","Condition":{"Bool":"⟦c⟧"}}`, "?"},
		{`{"Effect":"Allow",` + service + `,"Action":"sts:AssumeRole","Condition":{"Bool":"⟦c⟧","StringEquals":{"aws:SourceAccount":"` + stranger + `"}}}`, "F"},
		{`{"Effect":"Allow",` + service + `,"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":["` + owner + `","⟦c⟧"]}}}`, "T"},
		{`{"Effect":"Allow",` + service + `,"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":["⟦c⟧"]}}}`, "?"},
		{`{"Effect":"Allow",` + service + `,"Action":"sts:AssumeRole","Condition":{"StringEquals":{"⟦c⟧":"x"}}}`, "?"},
	} {
		d := Evaluate(parse(t, withSymbols(document([]string{test.statements}))), request(owner, owner))
		if got := letter(d.Outcome); got != test.want {
			t.Errorf("%s: %s, want %s (%s)", test.statements, got, test.want, d.Reason())
		}
		if part := d.Symbol(); d.Outcome == Undecidable && (!part.IsSymbol() || !strings.Contains(d.Reason(), "${"+part.Name+"}: variable without a value (main.tf:3)")) {
			t.Errorf("%s: the reason names no symbol: %s", test.statements, d.Reason())
		}
	}
	for _, text := range []string{
		`"⟦document⟧"`, `{"Statement":"⟦statements⟧"}`, `{"Version":"⟦v⟧","Statement":"⟦statements⟧"}`, `{"⟦name⟧":1}`, `{"Id":"⟦id⟧","Statement":[],"⟦name⟧":1}`,
		`{"Version":"⟦v⟧","Statement":{"Effect":"Allow",` + service + `,"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"${aws:SourceAccount}"}}}}`,
	} {
		d := parse(t, withSymbols(text))
		if got := Evaluate(d, request(owner, owner)); got.Outcome != Undecidable || !got.Symbol().IsSymbol() || !d.HasSymbols() {
			t.Errorf("%s: %v, %s", text, got.Outcome, got.Reason())
		}
	}
	// The element may be the version, and then a policy variable is none.
	unless := `{"⟦name⟧":"2012-10-17","Statement":{"Effect":"Deny",` + service + `,"Action":"*","Condition":{"StringNotEquals":{"aws:SourceAccount":"${aws:SourceAccount}"}}}}`
	if got := Evaluate(parse(t, withSymbols(unless)), request(owner, owner)); got.Outcome != Undecidable {
		t.Error(got.Reason())
	}
	// The version decides nothing where there are no policy variables.
	if got := Evaluate(parse(t, withSymbols(`{"Version":"⟦v⟧","Statement":`+allowed+`}`)), request(owner, owner)); got.Outcome != Allowed {
		t.Error(got.Reason())
	}
	if parse(t, guide).HasSymbols() {
		t.Error("a document without symbols has them")
	}
}

// Symbols in resources, and in the role and the resource of a request.
func TestSymbolsInResources(t *testing.T) {
	for _, test := range []struct{ policy, request, want string }{
		{"⟦r⟧", images[1], "?"},
		{"⟦r⟧", "⟦r⟧", "T"},
		{"*", "⟦r⟧", "T"},
		{"arn:aws:ecr:*", "⟦r⟧", "?"},
		{"arn:aws:iam::⟦a⟧:role/x", "arn:aws:ec2:eu-west-1::image/ami-1", "F"},
		{"arn:⟦p⟧:ecr:⟦r⟧:⟦a⟧:repository/*", "arn:⟦p⟧:ecr:⟦r⟧:⟦a⟧:repository/x", "T"},
		{"arn:⟦p⟧:ec2:⟦r⟧:⟦a⟧:image/*", "arn:⟦p⟧:ecr:⟦r⟧:⟦a⟧:repository/x", "F"},
		{"arn:⟦p⟧:ecr:⟦r⟧:⟦a⟧:repository/*", "arn:aws:ecr:⟦r⟧:⟦a⟧:repository/x", "?"},
		{"arn:aws:ecr:*:⟦a⟧:repository/x", "arn:aws:ecr:*:⟦a⟧:repository/x", "T"},
		{"arn:aws:ecr:*:" + owner + ":repository/x", "arn:aws:ecr:eu-west-1:⟦a⟧:repository/x", "?"},
		{"arn:aws:ecr:*:*:repository/x", "arn:aws:ecr:eu-west-1:⟦a⟧:repository/y", "F"},
		{"arn:aws:ecr:*:" + owner + ":repository/x", "arn:aws:ecr:eu-west-1:" + stranger + ":repository/⟦n⟧", "?"}, // the * may match beyond its segment
	} {
		d := parseKind(t, Identity, withSymbols(`{"Statement":{"Effect":"Allow","Action":"*","Resource":"`+test.policy+`"}}`))
		r := &Request{Principal: Principal{"AWS", withSymbols("arn:aws:iam::⟦a⟧:role/⟦n⟧")}, Action: "ecr:BatchDeleteImage", Resource: Known(withSymbols(test.request))}
		got := Evaluate(d, r)
		if letter(got.Outcome) != test.want || (got.Outcome == Undecidable) != got.Symbol().IsSymbol() {
			t.Errorf("%s for %s: %s, want %s (%s)", test.policy, test.request, letter(got.Outcome), test.want, got.Reason())
		}
	}
	if got := Evaluate(parseKind(t, Identity, withSymbols(`{"Statement":{"Effect":"Allow","Action":"*","NotResource":"arn:aws:iam::⟦a⟧:role/x"}}`)),
		&Request{Principal: Principal{"AWS", role}, Action: "ecr:X", Resource: Known(images[1])}); got.Outcome != Allowed {
		t.Error(got.Reason())
	}
	if Like(withSymbols("⟦a⟧*"), withSymbols("⟦a⟧b")) != true || Like(withSymbols("⟦a⟧"), "b") || Like("?", withSymbols("⟦a⟧")) {
		t.Error("Like is not certain")
	}
}

// Roles with symbols, as the principals of a resource policy and of its requests.
func TestSymbolsInRoles(t *testing.T) {
	for _, test := range []struct{ policy, request, allow, deny string }{
		{role, "arn:aws:iam::⟦a⟧:role/images/Lifecycle", "?", "?"},
		{"arn:aws:iam::⟦a⟧:role/⟦n⟧", "arn:aws:iam::⟦a⟧:role/⟦n⟧", "T", "F"},
		{"⟦arn⟧", "⟦arn⟧", "T", "F"},
		{"⟦arn⟧", role, "?", "?"},
		{"⟦arn⟧", "⟦other⟧", "?", "?"},
		{"*", "⟦arn⟧", "T", "F"},
		{owner, "arn:aws:iam::⟦a⟧:role/x", "F", "?"},
		{"arn:aws:iam::⟦a⟧:root", "arn:aws:iam::⟦a⟧:role/x", "F", "F"},
		{"arn:aws:iam::⟦a⟧:root", role, "F", "?"},
		{"arn:aws:iam::" + owner + ":role/⟦n⟧", "arn:aws:iam::" + destination + ":role/x", "F", "?"},
		{"arn:aws:iam::⟦a⟧:role/x", "arn:aws:iam::⟦a⟧:role/y", "F", "T"},
		{"arn:aws:sts::⟦a⟧:assumed-role/x/⟦s⟧", "arn:aws:iam::⟦a⟧:role/p/x", "?", "?"},
		{"arn:aws:sts::⟦a⟧:assumed-role/x/s", "arn:aws:iam::⟦a⟧:role/y", "F", "T"},
		{"arn:aws:sts::⟦a⟧:assumed-role/x/s", "arn:aws:iam::⟦a⟧:role/⟦path and name⟧", "?", "?"},
		{"arn:aws:sts::⟦a⟧:assumed-role/x/s", "arn:aws:iam::⟦a⟧:role/p⟦path and name⟧", "?", "?"},
	} {
		for effect, want := range map[string]string{"Allow": test.allow, "Deny": test.deny} {
			d := parseKind(t, Resource, withSymbols(document([]string{
				`{"Effect":"` + effect + `","Principal":{"AWS":"` + test.policy + `"},"Action":"ecr:*"}`,
				map[bool]string{true: `{"Effect":"Allow","Principal":"*","Action":"ecr:*"}`, false: `{"Effect":"Deny","Principal":"*","Action":"ec2:*"}`}[effect == "Deny"],
			})))
			got := Evaluate(d, &Request{Principal: Principal{"AWS", withSymbols(test.request)}, Action: "ecr:X", Resource: Known(images[1])})
			if letter(got.Outcome) != want {
				t.Errorf("%s %s for %s: %s, want %s (%s)", effect, test.policy, test.request, letter(got.Outcome), want, got.Reason())
			}
		}
	}
	// To deny an account denies its roles, and to allow it grants nothing.
	for _, account := range []string{owner, "⟦a⟧", "arn:aws:iam::⟦a⟧:root"} {
		d := parseKind(t, Resource, withSymbols(document([]string{
			`{"Effect":"⟦e⟧","Principal":{"AWS":"` + account + `"},"Action":"ecr:*"}`, `{"Effect":"Allow","Principal":"*","Action":"ecr:*"}`})))
		if got := Evaluate(d, &Request{Principal: Principal{"AWS", role}, Action: "ecr:X", Resource: Known(images[1])}); got.Outcome != Undecidable || !got.Symbol().IsSymbol() {
			t.Errorf("%s: %s", account, got.Reason())
		}
	}
	// What the resource grants to the role itself does not pass the boundary.
	who := Principal{"AWS", withSymbols("⟦arn⟧")}
	none := &Layer{Name: "boundary", Policies: []Policy{{"boundary", parseKind(t, Identity, document([]string{`{"Effect":"Allow","Action":"ec2:*","Resource":"*"}`}))}}}
	for principal, want := range map[string]Outcome{"⟦arn⟧": Denied, "⟦other⟧": Undecidable, "*": Allowed} {
		grant := &Layer{Name: "resource", Policies: []Policy{{"resource", parseKind(t, Resource, withSymbols(document([]string{`{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"ecr:*"}`})))}}}
		got := Policies{Boundary: none, Resource: grant}.Authorize(&Request{Principal: who, Action: "ecr:X", Resource: Known(images[1])})
		if got.Outcome != want {
			t.Errorf("%s: %v, want %v: %s", principal, got.Outcome, want, got.Reason())
		}
	}
}

// A request for any of several resources is denied only if no text of a symbol allows one.
func TestSymbolsAndNarrowedRequests(t *testing.T) {
	const allowWeb = `{"Effect":"Allow","Action":"*","Resource":"arn:aws:ecr:*:*:repository/web"},`
	const denyW = `{"Effect":"Deny","Action":"*","Resource":"arn:aws:ecr:*:*:repository/w*"},`
	for rest, want := range map[string]Outcome{
		`{"Effect":"Allow","Action":"*","Resource":"arn:aws:ecr:*:*:repository/wide"}`:                Denied,
		`{"Effect":"Allow","Action":"ec2:⟦a⟧","Resource":"*"}`:                                        Denied,
		`{"Effect":"Allow","Action":"*","Resource":"arn:aws:ec2:*:*:⟦a⟧"}`:                            Denied,
		`{"Effect":"⟦e⟧","Action":"*","Resource":"*"}`:                                                Undecidable,
		`{"Effect":"Allow","Action":"*","Resource":"*","Condition":"⟦c⟧"}`:                            Undecidable,
		`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"⟦c⟧":"x"}}}`:     Undecidable,
		`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:X":"⟦c⟧"}}}`: Undecidable,
		`{"Effect":"Allow","Action":"*","Resource":"arn:aws:ecr:*:*:repository/⟦n⟧"}`:                 Undecidable,
		`{"Effect":"Allow","Action":"*","Resource":"arn:aws:ecr:*:*:repository/w⟦n⟧"}`:                Undecidable, // it may be denied
		`"⟦s⟧"`: Undecidable,
		`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:Y":"x"}}}`:                                                                                               Undecidable,
		`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:X":"⟦c⟧"}}},{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:X":"y"}}}`: Undecidable,
	} {
		d := parseKind(t, Identity, withSymbols(document([]string{allowWeb + denyW + rest})))
		got := Evaluate(d, &Request{Principal: Principal{"AWS", role}, Action: "ecr:X", Resource: ARNPattern("arn:aws:ecr:eu-west-1:" + owner + ":repository/?*"),
			Context: NewContext().Set("aws:X", Pattern("?*")).Set("aws:Y", OneOf("y", withSymbols("⟦y⟧")))})
		if got.Outcome != want || strings.Contains(got.Reason(), `\x`) {
			t.Errorf("%s: %v, want %v: %s", rest, got.Outcome, want, got.Reason())
		}
	}
}

// A statement that may be a Deny counts as one.
func TestHasDenyWithSymbols(t *testing.T) {
	for text, want := range map[string]bool{`{"Statement":"⟦s⟧"}`: true, allow(""): false, strings.Replace(allow(""), "Allow", "⟦e⟧", 1): true} {
		if _, got := parse(t, withSymbols(text)).HasDeny(); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// Reasons and traces name symbols in ASCII, also hostile ones.
func TestSymbolReasons(t *testing.T) {
	hostile := symbol.New("data.x[\"é\"].a\n::error::*", "why\x1b[31m")
	for _, test := range []struct{ text, reason, line string }{
		{strings.Replace(allow(""), "imagebuilder.amazonaws.com", withSymbols("⟦var.service⟧"), 1),
			`statement 1: Principal contains ${var.service}: variable without a value (main.tf:3)`,
			`statement 1: Allow, Principal Service "${var.service}"`},
		{allow(withSymbols(condition("StringEquals", "aws:SourceAccount", "⟦var.account⟧"))),
			`statement 1: StringEquals aws:SourceAccount "${var.account}" contains ${var.account}: variable without a value (main.tf:3)`,
			`statement 1: Allow, StringEquals aws:SourceAccount "${var.account}"`},
		{allow(condition("StringEquals", "aws:Account", owner)),
			`statement 1: whether StringEquals aws:Account "111122223333" matches depends on the value of aws:Account in the request, which contains ${account}: variable without a value (main.tf:3)`,
			`statement 1: Allow, StringEquals aws:Account "111122223333"`},
		{withSymbols(`{"Statement":"⟦local.statements⟧"}`),
			`statement 1: the statement contains ${local.statements}: variable without a value (main.tf:3)`,
			`statement 1: Allow or Deny, Statement "${local.statements}"`},
		{withSymbols(strings.Replace(allow(""), "Allow", "⟦var.effect⟧", 1)),
			`statement 1: Effect contains ${var.effect}: variable without a value (main.tf:3)`, `statement 1: Allow or Deny, Effect "${var.effect}"`},
		{allow(quoted(withSymbols("⟦var.conditions⟧"))),
			`statement 1: Condition contains ${var.conditions}: variable without a value (main.tf:3)`, `statement 1: Allow, Condition "${var.conditions}"`},
		{allow(withSymbols(`{"StringEquals":"⟦var.keys⟧"}`)),
			`statement 1: "StringEquals" contains ${var.keys}: variable without a value (main.tf:3)`, `statement 1: Allow, Condition "StringEquals"`},
		{strings.Replace(allow(""), `"sts:AssumeRole"`, quoted(hostile), 1),
			`statement 1: Action contains ${data.x["\u00e9"].a\n::error::*}: why\x1b[31m`,
			`statement 1: Allow, Action "${data.x[\"\u00e9\"].a\n::error::*}"`},
	} {
		r := request(owner, owner)
		r.Context.Set("aws:Account", Known(withSymbols("⟦account⟧")))
		got := Evaluate(parse(t, test.text), r)
		if got.Reason() != test.reason || got.Trace().PolicyLine() != test.line {
			t.Errorf("got  %s\nwant %s\ngot  %s\nwant %s", got.Reason(), test.reason, got.Trace().PolicyLine(), test.line)
		}
		checkLine(t, got.Reason())
		checkLine(t, got.Trace().RequestLine())
		data, err := json.Marshal(got.Trace())
		if all := string(data) + got.Trace().PolicyLine() + got.Trace().RequestLine(); err != nil || strings.Contains(all, "fdd0") || strings.Contains(all, "\uFDD0") {
			t.Errorf("a symbol is not in words: %s", all)
		}
	}
}

// everyValue calls each for a text with a symbol in place of one value or of a part of it.
func everyValue(t *testing.T, text string, each func(symbolic string)) {
	t.Helper()
	root, err := parseTree(text)
	if err != nil {
		t.Fatal(err)
	}
	raw := symbol.New(`data.x["*"].${`, "known after apply (a/b.tf:1)")
	root.walk(func(n *node) {
		each(text[:n.start] + quoted(raw) + text[n.end:])
		if n.kind == stringToken && len(n.text) > 2 {
			each(text[:n.start] + quoted(n.text[:2]+raw) + text[n.end:])
		}
		for _, e := range n.entries {
			if n.kind == '{' {
				each(text[:e.start] + quoted(raw) + text[e.nameEnd:])
			}
		}
	})
}

// A symbol is no error and no problem, whatever it stands for.
func TestSymbolsAreNoProblem(t *testing.T) {
	resource := `{"Version":"2012-10-17","Id":"a","Statement":[{"Sid":"a","Effect":"Deny","NotPrincipal":{"AWS":["` + role + `"]},"NotAction":["sts:*"],"NotResource":["arn:aws:ec2:*:*:image/*"]}]}`
	for text, kind := range map[string]Kind{executionTrust: Trust, crossAccountTrust: Trust, managedPolicy: Identity, resource: Resource} {
		n := 0
		everyValue(t, text, func(symbolic string) {
			n++
			d, err := Parse(kind, symbolic)
			if err != nil && !strings.Contains(err.Error(), "found the string") && !strings.Contains(err.Error(), "is not valid") {
				t.Fatalf("%v\n%s", err, symbol.Text(symbolic))
			}
			if err == nil && !d.HasSymbols() {
				t.Errorf("no symbols: %s", symbol.Text(symbolic))
			}
			for _, note := range Lint(kind, symbolic) {
				t.Errorf("%s\n%s", note, symbol.Text(symbolic))
			}
			if escaped := strings.ReplaceAll(symbolic, "\uFDD0", `\uFdd0`); err == nil {
				if d, err := Parse(kind, escaped); err != nil || !d.HasSymbols() {
					t.Errorf("escaped: %v", err)
				}
			}
		})
		if n < 15 {
			t.Errorf("only %d symbols", n)
		}
	}
}

// An edit of a document with symbols keeps them, and its effect does not depend on them.
func TestFindEditWithSymbols(t *testing.T) {
	found := 0
	for i, test := range editTests {
		if testing.Short() && i%5 != 0 {
			continue
		}
		text := regexp.MustCompile(`(?s)<<.*?>>`).ReplaceAllString(test.text, "")
		text = strings.NewReplacer("((", "", "))", "").Replace(text)
		guarded := strings.Contains(test.name, "guard")
		everyValue(t, text, func(symbolic string) {
			after, ok := FindEdit(Trust, symbolic, editWants, editGoal(guarded))
			if !ok {
				return
			}
			found++
			if rest := symbol.Text(after); strings.ContainsAny(rest, "\uFDD0\uFDD1\uFDD2") {
				t.Errorf("a symbol is broken: %q", rest)
			}
			raw := regexp.MustCompile(symbol.Expression).FindString(symbolic)
			for _, value := range []string{"", "*", "x", owner, "sts:AssumeRole", imagebuilder.ID, "Allow", "Deny", "2012-10-17"} {
				d, err := Parse(Trust, strings.ReplaceAll(after, raw, value))
				if err != nil {
					continue
				}
				if obstacle, good := editGoal(guarded)(d); !good {
					t.Fatalf("with %q: %s\n%s\n%s", value, obstacle.Reason(), symbol.Text(symbolic), symbol.Text(after))
				}
			}
		})
	}
	if found < 20 {
		t.Errorf("only %d edits", found)
	}
	// A symbol that may be a list is not put into another list.
	for _, text := range []string{
		`{"Version":"2012-10-17","Statement":"⟦s⟧"}`,
		allow(`{"StringEquals":{"aws:SourceAccount":"⟦a⟧"}}`), // and it is not removed
		allow(`"⟦c⟧"`),
		allow(`{"⟦o⟧":{"aws:SourceAccount":"` + owner + `"}}`),
		strings.Replace(allow(`{"⟦o⟧":{"aws:SourceArn":"`+imageARNs+`"}}`), "⟦o⟧", symbol.New("o", "unknown"), 1),
	} {
		after, ok := FindEdit(Trust, withSymbols(text), Wants{Values: editWants.Values, Guard: editWants.Guard}, editGoal(false))
		if ok {
			t.Errorf("%s becomes %s", text, symbol.Text(after))
		}
	}
	text := withSymbols(allow(`{"StringEquals":{"aws:SourceAccount":["⟦a⟧"]}}`))
	after, ok := FindEdit(Trust, text, Wants{Values: editWants.Values}, editGoal(false))
	if want := strings.Replace(text, `"]}`, `","`+owner+`"]}`, 1); !ok || after != want {
		t.Errorf("%v, %q", ok, after)
	}
}

// Without symbols in it, a pattern has none of their bytes.
func TestSymbolUnits(t *testing.T) {
	compiled := compileSymbols(withSymbols("a⟦x:y*⟧b"))
	if width(compiled, 1) != len(compiled)-2 || strings.ContainsAny(compiled, ":*xy") || compiled == compileSymbols(withSymbols("a⟦x:y⟧*b")) {
		t.Errorf("%q", compiled)
	}
	for _, pair := range [][2]string{{"a⟦x⟧b", "a⟦x⟧b"}, {"*", "⟦x⟧"}, {"a*⟦x⟧*", "abc⟦x⟧"}, {"*⟦x⟧", "⟦x⟧⟦x⟧"}} {
		if !Like(withSymbols(pair[0]), withSymbols(pair[1])) {
			t.Errorf("%s does not match %s", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]string{{"⟦x⟧", "⟦xy⟧"}, {"⟦xy⟧", "⟦x⟧"}, {"*x*", "⟦x⟧"}, {"??????????", "⟦x⟧"}, {"⟦x⟧⟦y⟧", "⟦y⟧⟦x⟧"}} {
		if Like(withSymbols(pair[0]), withSymbols(pair[1])) {
			t.Errorf("%s matches %s", pair[0], pair[1])
		}
	}
	if !slices.Contains([]bool{canBeEmpty(compileSymbols(withSymbols("⟦x⟧")))}, true) || canBeEmpty(compiled) {
		t.Error("which patterns can be empty is wrong")
	}
}
