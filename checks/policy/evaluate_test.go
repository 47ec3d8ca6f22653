package policy

import (
	"strings"
	"testing"
)

// The twenty-two variants of a trust policy that scanners are known to differ on.
func TestTrustVariants(t *testing.T) {
	const arn = "arn:aws:imagebuilder:us-east-1:111122223333:image/foo/1.0.0/1"
	one := func(text string) string { return `{"Version":"2012-10-17","Statement":[` + text + `]}` }
	replace := func(old, new string) string { return strings.Replace(allow(""), old, new, 1) }
	tests := []struct {
		name, text string
		want       Outcome
	}{
		{"no condition", allow(""), Allowed},
		{"cross-account", allow(`{"StringEquals":{"aws:SourceAccount":"111122223333"},"StringLike":{"aws:SourceArn":"arn:*:imagebuilder:*:*:image/*/*/*"}}`), Allowed},
		{"one object", `{"Version":"2012-10-17","Statement":` + statement("Allow", "") + `}`, Allowed},
		{"sts:Assume*", replace("sts:AssumeRole", "sts:Assume*"), Allowed},
		{"letter case of the action", replace("sts:AssumeRole", "STS:assumerole"), Allowed},
		{"explicit Deny", one(statement("Allow", "") + "," + statement("Deny", "")), Denied},
		{"Deny of others", one(statement("Allow", "") + "," + statement("Deny", condition("StringNotEquals", "aws:SourceAccount", destination))), Denied},
		{"wrong account", allow(condition("StringEquals", "aws:SourceAccount", destination)), Denied},
		{"list, odd letter case of the key", allow(condition("StringEquals", "AWS:sourceaccount", destination, owner)), Allowed},
		{"StringLike prefix", allow(condition("StringLike", "aws:SourceAccount", "1111*")), Allowed},
		{"inverted", allow(condition("StringNotEquals", "aws:SourceAccount", owner)), Denied},
		{"StringEquals with a star", allow(condition("StringEquals", "aws:SourceArn", "arn:*:imagebuilder:*:*:image/*/*/*")), Denied},
		{"ArnLike", allow(condition("ArnLike", "aws:SourceArn", "arn:*:imagebuilder:*:*:image/*/*/*")), Allowed},
		{"pipelines only", allow(condition("ArnLike", "aws:SourceArn", "arn:*:imagebuilder:*:*:image-pipeline/*")), Denied},
		{"another service", replace("imagebuilder.amazonaws.com", "ec2.amazonaws.com"), Denied},
		{"a longer service name", replace("imagebuilder.amazonaws.com", "notimagebuilder.amazonaws.com"), Denied},
		{"MFA", allow(condition("Bool", "aws:MultiFactorAuthPresent", "true")), Denied},
		{"everyone", replace(`{"Service":"imagebuilder.amazonaws.com"}`, `"*"`), Allowed},
		{"StringEqualsIfExists", allow(condition("StringEqualsIfExists", "aws:SourceAccount", owner)), Allowed},
		{"only the organisation", allow(condition("StringEquals", "aws:SourceOrgID", "o-example")), Undecidable},
		{"empty Statement", `{"Version":"2012-10-17","Statement":[]}`, Denied},
		{"NotAction", replace(`"Action":"sts:AssumeRole"`, `"NotAction":"sts:TagSession"`), Allowed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := request(owner, owner)
			d := Evaluate(parse(t, test.text), r)
			if d.Outcome != test.want {
				t.Errorf("got %v, want %v: %s\n%s", d.Outcome, test.want, d.Reason(), test.text)
			}
			r.Context.Set("aws:SourceArn", Pattern("arn:aws:imagebuilder:us-east-1:111122223333:image/?*/?*.?*.?*/?*"))
			if d := Evaluate(parse(t, test.text), r); d.Outcome != test.want {
				t.Errorf("with a pattern for %s: got %v, want %v: %s", arn, d.Outcome, test.want, d.Reason())
			}
		})
	}
}

// Which of four requests each known form of the cross-account role's trust policy
// allows: from the destination, from the owner, from a stranger, and from the
// destination with the ARN of a stranger's image.
func TestCrossAccountShapes(t *testing.T) {
	like := `"ArnLike":{"aws:SourceArn":"arn:*:imagebuilder:*:*:image/*/*/*"}`
	account := func(a string) string { return `"StringEquals":{"aws:SourceAccount":` + a + `}` }
	tests := []struct{ name, condition, want string }{
		{"destination", account(`"`+destination+`"`) + "," + like, "TFFT"},
		{"owner", account(`"`+owner+`"`) + "," + like, "FTFF"},
		{"both", account(`["`+destination+`","`+owner+`"]`) + "," + like, "TTFT"},
		{"none", "", "TTTT"},
		{"image of the owner", `"ArnLike":{"aws:SourceArn":"arn:aws:imagebuilder:*:` + owner + `:image/*/*/*"}`, "TTFF"},
		{"any image", like, "TTTT"},
		{"any image, two stars", `"ArnLike":{"aws:SourceArn":"arn:*:imagebuilder:*:*:image/*/*"}`, "TTTT"},
		{"image of the destination", account(`"`+destination+`"`) + `,"ArnLike":{"aws:SourceArn":"arn:aws:imagebuilder:*:` + destination + `:image/*/*/*"}`, "FFFF"},
	}
	for _, test := range tests {
		d := parse(t, allow("{"+test.condition+"}"))
		got := ""
		for _, r := range []*Request{
			request(destination, owner), request(owner, owner), request(stranger, stranger), request(destination, stranger),
		} {
			got += letter(Evaluate(d, r).Outcome)
		}
		if got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

func TestPrincipal(t *testing.T) {
	tests := []struct{ element, allow, deny string }{ // T: the statement matches
		{`"Principal":"*"`, "T", "T"},
		{`"Principal":{"AWS":"*"}`, "?", "T"},
		{`"Principal":{"AWS":["111122223333","*"],"Service":"imagebuilder.amazonaws.com"}`, "T", "T"},
		{`"Principal":{"Service":"imagebuilder.amazonaws.com"}`, "T", "T"},
		{`"Principal":{"Service":["ec2.amazonaws.com","imagebuilder.amazonaws.com"]}`, "T", "T"},
		{`"Principal":{"Service":"Imagebuilder.amazonaws.com"}`, "F", "F"},
		{`"Principal":{"Service":[]}`, "F", "F"},
		{`"Principal":{}`, "F", "F"},
		{`"Principal":{"AWS":"imagebuilder.amazonaws.com"}`, "F", "F"},
		{`"Principal":{"AWS":"AROAEXAMPLEID"}`, "F", "F"},
		{`"Principal":{"Federated":"imagebuilder.amazonaws.com"}`, "F", "F"},
		{`"Principal":{"CanonicalUser":"imagebuilder.amazonaws.com"}`, "F", "F"},
		{`"NotPrincipal":"*"`, "?", "F"},
		{`"NotPrincipal":{"AWS":"*"}`, "?", "?"},
		{`"NotPrincipal":{"AWS":"111122223333"}`, "?", "T"},
		{`"NotPrincipal":{"Service":"imagebuilder.amazonaws.com"}`, "?", "F"},
		{`"NotPrincipal":{"Service":"ec2.amazonaws.com"}`, "?", "T"},
	}
	for _, test := range tests {
		s := `{"Effect":"Allow",` + test.element + `,"Action":"sts:AssumeRole"}`
		if got := letter(Evaluate(parse(t, `{"Statement":`+s+`}`), request(owner, owner)).Outcome); got != test.allow {
			t.Errorf("Allow %s: got %s, want %s", test.element, got, test.allow)
		}
		s = strings.Replace(s, "Allow", "Deny", 1)
		d := Evaluate(parse(t, `{"Statement":[`+statement("Allow", "")+`,`+s+`]}`), request(owner, owner))
		want := map[string]Outcome{"T": Denied, "F": Allowed, "?": Undecidable}[test.deny]
		if d.Outcome != want || d.Explicit != (want == Denied) {
			t.Errorf("Deny %s: got %v, explicit %v, want %v", test.element, d.Outcome, d.Explicit, want)
		}
	}
}

func TestAction(t *testing.T) {
	for element, want := range map[string]Outcome{
		`"Action":"*"`:                                                  Allowed,
		`"Action":"sts:*"`:                                              Allowed,
		`"Action":"sTs:aSSUMEr?le"`:                                     Allowed,
		`"Action":"sts:*Role"`:                                          Allowed,
		`"Action":["sts:TagSession","sts:AssumeRole"]`:                  Allowed,
		`"Action":"sts:AssumeRole?"`:                                    Denied,
		`"Action":"sts:AssumeRole*"`:                                    Allowed,
		`"Action":["sts:TagSession","sts:AssumeRoleWithWebIdentity"]`:   Denied,
		`"Action":"iam:*"`:                                              Denied,
		`"Action":[]`:                                                   Denied,
		`"Action":"sts:${x}"`:                                           Denied,
		`"NotAction":"sts:TagSession"`:                                  Allowed,
		`"NotAction":["sts:TagSession","sts:assume*"]`:                  Denied,
		`"NotAction":"*"`:                                               Denied,
		`"NotAction":[]`:                                                Allowed,
		`"NotAction":"iam:*"`:                                           Allowed,
		`"Action":"*:*"`:                                                Undecidable,
		`"Action":["*:*","sts:AssumeRole"]`:                             Allowed,
		`"Action":["iam:*","*:*"]`:                                      Undecidable,
		`"NotAction":"*:*"`:                                             Undecidable,
		`"Action":"sts:Assume*","Condition":{}`:                         Allowed,
		`"Action":"sts:Assume*","Condition":{"StringEquals":{}}`:        Allowed,
		`"Action":"sts:AssumeRole","Sid":"x","Condition":{"Null":{}}`:   Allowed,
		`"Action":"sts:AssumeRole","Condition":{"Null":{"a:b":"no"}}`:   Undecidable,
		`"Action":"sts:AssumeRole","Condition":{"Null":{"a:b":[]}}`:     Denied,
		`"Action":"sts:A","Condition":{"StringEquals":{"a:b":"c"}}`:     Denied,
		`"Action":"sts:*","Condition":{"StringEquals":{"a:b":["c"]}}`:   Undecidable,
		`"Action":"sts:*","Condition":{"StringEquals":{"a:b":[]}}`:      Denied,
		`"Action":"sts:*","Condition":{"StringNotEquals":{"a:b":[]}}`:   Allowed,
		`"Action":"sts:*","Condition":{"StringLikeIfExists":{"a":"*"}}`: Allowed,
	} {
		text := `{"Statement":{"Effect":"Allow","Principal":"*",` + element + `}}`
		if d := Evaluate(parse(t, text), request(owner, owner)); d.Outcome != want {
			t.Errorf("%s: got %v, want %v", element, d.Outcome, want)
		}
	}
}

// The outcome for each multiset of statement kinds.
func TestCombination(t *testing.T) {
	kinds := map[byte]string{
		'A': statement("Allow", ""),
		'a': statement("Allow", condition("StringEquals", "aws:Unheard", "x")),
		'-': statement("Allow", condition("StringEquals", "aws:SourceAccount", stranger)),
		'D': statement("Deny", ""),
		'd': statement("Deny", condition("StringEquals", "aws:Unheard", "x")),
		'e': statement("Deny", condition("StringEquals", "aws:Unheard", "y")),
		'.': statement("Deny", condition("StringEquals", "aws:SourceAccount", stranger)),
	}
	tests := []struct {
		statements string
		outcome    Outcome
		explicit   bool
		decisive   int // index in statements, -1 for none
	}{
		{"", Denied, false, -1},
		{"A", Allowed, false, 0},
		{"a", Undecidable, false, 0},
		{"-", Denied, false, 0},
		{"D", Denied, true, 0},
		{"d", Denied, false, -1},
		{".", Denied, false, -1},
		{"-A", Allowed, false, 1},
		{"aA", Allowed, false, 1},
		{"-a", Undecidable, false, 1},
		{"AD", Denied, true, 1},
		{"Ad", Undecidable, false, 1},
		{"ad", Denied, true, 1}, // whichever value it is
		{"ae", Undecidable, false, 1},
		{"aad", Denied, true, 2},
		{"aed", Denied, true, 2},
		{"Aad", Undecidable, false, 2},
		{"-d", Denied, false, 0},
		{"A.", Allowed, false, 0},
		{"dAD", Denied, true, 2},
		{"a.A", Allowed, false, 2},
	}
	for _, test := range tests {
		var list []string
		for i := range len(test.statements) {
			list = append(list, kinds[test.statements[i]])
		}
		d := Evaluate(parse(t, `{"Statement":[`+strings.Join(list, ",")+`]}`), request(owner, owner))
		decisive := -1
		if d.Statement != nil {
			decisive = d.Statement.Index
		}
		if d.Outcome != test.outcome || d.Explicit != test.explicit || decisive != test.decisive {
			t.Errorf("%q: got %v, explicit %v, statement %d; want %v, %v, %d", test.statements,
				d.Outcome, d.Explicit, decisive, test.outcome, test.explicit, test.decisive)
		}
	}
}
