package policy

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/iblint/iblint/internal/testrun"
)

const imageARNs = "arn:*:imagebuilder:*:*:image/*/*/*"

// ownStatement is what the documents of these tests want at the least.
var ownStatement = statement("Allow", condition("StringEquals", "aws:SourceAccount", owner))

var mendWants = Wants{
	Values: map[string][]string{
		"AWS:SourceAccount": {owner}, "aws:SourceAccount": {owner}, "aws:SourceArn": {imageARNs}, "aws:PrincipalIsAWSService": {"true"},
	},
	Resources: []string{"arn:aws:ec2:*::image/*"},
	Statement: ownStatement,
	Exemption: []Condition{{Operator: "StringNotEquals", Key: "aws:PrincipalServiceName", Values: []string{imagebuilder.ID}}},
	Guard:     []Condition{{Operator: "StringEquals", Key: "aws:SourceAccount", Values: []string{owner}}},
}

// mendJudge wants the owner's images allowed, and, if guarded, those of a
// stranger denied.
func mendJudge(guarded bool) func(*Document) (Decision, bool) {
	return func(d *Document) (Decision, bool) {
		for _, ask := range []struct {
			account string
			want    Outcome
		}{{owner, Allowed}, {stranger, Denied}} {
			r := request(ask.account, ask.account)
			r.Context.Set("aws:PrincipalServiceName", Known(imagebuilder.ID)).Set("aws:PrincipalArn", Absent()).Set("aws:X", Known("arn:aws:x:::y"))
			if got := Evaluate(d, r); got.Outcome != ask.want && (guarded || ask.want == Allowed) {
				return got, false
			}
		}
		return Decision{}, true
	}
}

// mendOne is a document with these statements.
func mendOne(s string) string { return `{"Version":"2012-10-17","Statement":[` + s + `]}` }

// mendWhen allows Image Builder, and has these members besides.
func mendWhen(c string) string {
	return mendOne(`{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole"` + c + `}`)
}

// mendDeny allows what is wanted, and denies this.
func mendDeny(s string) string { return mendOne(ownStatement + `,{"Effect":"Deny",` + s + `}`) }

// mendTests are documents. In each, << >> are around what is to be inserted, and (( ))
// around what is to be removed.
var mendTests = []struct{ name, text string }{
	{"nothing to do", mendOne(ownStatement)},
	{"wrong account", mendWhen(`,"Condition":{"StringEquals":{"aws:SourceAccount":<<[>>"444455556666"<<,"111122223333"]>>},"StringLike":{"aws:SourceArn":"arn:*"}}`)},
	{"wrong accounts", mendWhen(`,"Condition":{"StringEquals":{"aws:SourceAccount":["444455556666", "555566667777"<<, "111122223333">>]}}`)},
	{"empty list", mendWhen(`,"Condition":{"StringEquals":{"aws:SourceAccount":(([]))<<["111122223333"]>>}}`)},
	{"wildcards as plain text", mendWhen(`,"Condition":{((` + `"StringEquals"` + `))<<"ArnLike">>:{"aws:SourceArn":"` + imageARNs + `"}}`)},
	{"two keys", mendWhen(`,"Condition":{((` + `"StringEquals"` + `))<<"StringLike">>:{"aws:SourceArn":"` + imageARNs + `","aws:SourceAccount":"111122223333"}}`)},
	{"moved to its operator", mendWhen(`,"Condition":{(("StringEquals":{"aws:SourceArn":"` + imageARNs + `"},))"arnlike":{"aws:X":"arn:aws:x:::y"<<,"aws:SourceArn":"` + imageARNs + `">>}}`)},
	{"the key is there in other letter case", mendWhen(`,"Condition":{(("StringEquals":{"aws:SourceArn":"` + imageARNs + `"},))"ArnLike":{"AWS:sourcearn":"` + imageARNs + `"}}`)},
	{"set operator", mendWhen(`,"Condition":{((` + `"foranyvalue:stringequalsifexists"` + `))<<"foranyvalue:ArnLikeIfExists">>:{"aws:SourceArn":"` + imageARNs + `"}}`)},
	{"no condition that can hold", mendWhen(`((,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}))`)},
	{"Bool", mendWhen(`((,"Condition":{"Bool":{"aws:PrincipalIsAWSService":["false"]}}))`)},
	{"Null", mendWhen(`((,"Condition":{"Null":{"aws:PrincipalIsAWSService":["true"]}}))`)},
	{"wildcards without letter case", mendWhen(`,"Condition":{((` + `"StringEqualsIgnoreCase"` + `))<<"StringLike">>:{"aws:PrincipalServiceName":"image*"}}`)},
	{"four things", mendOne(`{"Effect":"Allow","Principal":{<<"Service":"imagebuilder.amazonaws.com">>},"Action":(([]))<<["sts:AssumeRole"]>>,"Condition":{"StringEquals":{(("sts:ExternalId":"x",))"aws:SourceAccount":<<[>>444455556666<<,"111122223333"]>>}}}`)},
	{"empty Condition, no guard", "{\n  \"Statement\": {\n    \"Effect\": \"Allow\",\n    \"Condition\": {<<\n      \"StringEquals\": {\n        \"aws:SourceAccount\": \"111122223333\"\n      }\n    >>},\n    \"Principal\": \"*\",\n    \"Action\": \"*\"\n  }\n}"},
	{"one object with lists on lines", "{\n  \"Statement\": <<[>>{\n    \"Effect\": \"Deny\",\n    \"Principal\": \"*\",\n    \"Action\": [\n      \"iam:*\"\n    ]\n  }<<, {\n    \"Effect\": \"Allow\",\n    \"Principal\": {\n      \"Service\": \"imagebuilder.amazonaws.com\"\n    },\n    \"Action\": \"sts:AssumeRole\",\n    \"Condition\": {\n      \"StringEquals\": {\n        \"aws:SourceAccount\": [\n          \"111122223333\"\n        ]\n      }\n    }\n  }]>>\n}"},
	{"one of two keys", mendWhen(`,"Condition":{"StringEquals":{(("sts:ExternalId":"x",))"aws:SourceAccount":"111122223333"}}`)},
	{"one of two operators", mendWhen(`,"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}((,"Null":{"aws:SourceArn":"true"}))}`)},
	{"negated", mendWhen(`,"Condition":{"StringNotEquals":{"aws:SourceAccount":["999988887777"((,"111122223333"))]}}`)},
	{"another service", mendOne(`{"Effect":"Allow","Principal":{"Service":<<[>>"ec2.amazonaws.com"<<,"imagebuilder.amazonaws.com"]>>},"Action":"sts:AssumeRole"}`)},
	{"other services", mendOne(`{"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com",  "ecs.amazonaws.com"<<,  "imagebuilder.amazonaws.com">>]},"Action":"sts:AssumeRole"}`)},
	{"no service", mendOne(`{"Effect":"Allow","Principal":{"AWS":"111122223333"<<,"Service":"imagebuilder.amazonaws.com">>},"Action":"sts:AssumeRole"}`)},
	{"not for certain", mendOne(`{"Effect":"Allow","Principal":{"AWS":"*"<<,"Service":"imagebuilder.amazonaws.com">>},"Action":"sts:AssumeRole"}`)},
	{"another action", mendOne(`{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":<<[>>"sts:TagSession"<<,"sts:AssumeRole"]>>}`)},
	{"NotAction", mendOne(`{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"NotAction":[(("sts:Assume*",))"sts:TagSession"((,"STS:ASSUMEROLE"))]}`)},
	{"three things", mendOne(`{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":["sts:TagSession"<<,"sts:AssumeRole">>],"Condition":{"StringEquals":{"aws:SourceAccount":<<[>>444455556666<<,"111122223333"]>>},(("StringLike":{"sts:ExternalId":"*"},))"Bool":{"aws:PrincipalIsAWSService":true}}}`)},
	{"no statement", `{"Version":"2012-10-17","Statement":(([]))<<[` + ownStatement + `]>>}`},
	{"one object", `{"Statement":<<[>>{"Effect":"Deny","Principal":"*","Action":"iam:*"}<<,` + ownStatement + `]>>}`},
	{"Allow with NotPrincipal", mendOne(`{"Effect":"Allow","NotPrincipal":{"AWS":"444455556666"},"Action":"sts:AssumeRole"}<<,` + ownStatement + `>>`)},
	{"Deny", mendDeny(`"Principal":"*","Action":"sts:AssumeRole"<<,"Condition":{"StringNotEquals":{"aws:PrincipalServiceName":"imagebuilder.amazonaws.com"}}>>`)},
	{"Deny outside of an organisation", mendDeny(`"Principal":"*","Action":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-x"<<,"aws:PrincipalServiceName":"imagebuilder.amazonaws.com">>}}`)},
	{"Deny with another operator", mendDeny(`"Principal":"*","Action":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-x"}<<,"StringNotEquals":{"aws:PrincipalServiceName":"imagebuilder.amazonaws.com"}>>}`)},
	{"Deny that exempts others", mendDeny(`"Principal":"*","Action":"*","Condition":{"StringNotEquals":{"aws:principalservicename":<<[>>"ec2.amazonaws.com"<<,"imagebuilder.amazonaws.com"]>>}}`)},
	{"Deny of other accounts", mendDeny(`"Principal":"*","Action":"*","Condition":{"StringNotEquals":{"aws:SourceAccount":<<[>>"444455556666"<<,"111122223333"]>>}}`)},
	{"Deny of accounts", mendDeny(`"Principal":"*","Action":"*","Condition":{"StringEquals":{"aws:SourceAccount":["444455556666"((,"111122223333"))]}}`)},
	{"Deny with wildcards as plain text", mendDeny(`"Principal":"*","Action":"*","Condition":{((` + `"StringNotEquals"` + `))<<"ArnNotLike">>:{"aws:SourceArn":"` + imageARNs + `"}}`)},
	{"Deny of actions", mendDeny(`"Principal":{"Service":["imagebuilder.amazonaws.com"]},"Action":["sts:TagSession"((,"sts:assumerole"))]`)},
	{"Deny with NotAction", mendDeny(`"Principal":{"Service":"imagebuilder.amazonaws.com"},"NotAction":<<[>>"iam:*"<<,"sts:AssumeRole"]>>`)},
	{"everyone of an organisation", mendOne(`{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-x"}}}<<,` + ownStatement + `>>`)},
	{"a third party with its ID", mendOne(`{"Effect":"Allow","Principal":{"AWS":"444455556666","Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"x"}}}<<,` + ownStatement + `>>`)},
	{"another action of everyone", mendOne(`{"Effect":"Allow","Principal":"*","Action":"sts:TagSession"}<<,` + ownStatement + `>>`)},
	{"NotAction of everyone", mendOne(`{"Effect":"Allow","Principal":"*","NotAction":["sts:Assume*","sts:TagSession"]}<<,` + ownStatement + `>>`)},
	{"Deny of actions to everyone", mendDeny(`"Principal":"*","Action":["sts:TagSession","sts:AssumeRole"]<<,"Condition":{"StringNotEquals":{"aws:PrincipalServiceName":"imagebuilder.amazonaws.com"}}>>`)},
	{"Deny with NotAction to everyone", mendDeny(`"Principal":"*","NotAction":"iam:*"<<,"Condition":{"StringNotEquals":{"aws:PrincipalServiceName":"imagebuilder.amazonaws.com"}}>>`)},
	{"guard beside another service", mendOne(`{"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com"((,"imagebuilder.amazonaws.com"))]},"Action":"sts:AssumeRole"}<<,` + ownStatement + `>>`)},
	{"guard beside an account", mendOne(`{"Effect":"Allow","Principal":{"AWS":"444455556666"((,"Service":"imagebuilder.amazonaws.com"))},"Action":"sts:AssumeRole"}<<,` + ownStatement + `>>`)},
	{"guard of everyone", mendOne(`{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"<<,"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}>>}`)},
	{"Deny of services", mendDeny(`"Principal":{"Service":[(("imagebuilder.amazonaws.com",))"ec2.amazonaws.com"]},"Action":"*"`)},
	{"Deny with NotPrincipal", mendDeny(`"NotPrincipal":{"AWS":"111122223333"<<,"Service":"imagebuilder.amazonaws.com">>},"Action":"*"`)},
	{"no guard", mendWhen(`<<,"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}>>`)},
	{"guard that does not guard", mendWhen(`,"Condition":{"ArnLike":{"aws:SourceArn":"` + imageARNs + `"}<<,"StringEquals":{"aws:SourceAccount":"111122223333"}>>}`)},
	{"guard beside another key", mendWhen(`,"Condition":{"stringEquals":{"aws:PrincipalIsAWSService":true<<,"aws:SourceAccount":"111122223333">>}}`)},
	{"guard and wrong account", mendOne(`{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"*"<<,"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}>>},{"Effect":"Deny","Principal":"*","Action":["a:b","sts:AssumeRole"]<<,"Condition":{"StringNotEquals":{"aws:PrincipalServiceName":"imagebuilder.amazonaws.com"}}>>}`)},
	{"blanks and lines", `
{ "Statement" : [
	{ "Effect" : "Allow", "Action" : "sts:AssumeRole", "Principal" : { "Service" : <<[>>"ec2.amazonaws.com"<<, "imagebuilder.amazonaws.com"]>> } }
]
, "Version" : "2012-10-17" }
`},
	{"statements on lines", `{
  "Statement": [
    {"Effect": "Deny", "Principal": "*", "Action": "iam:*"}<<,
    {"Effect": "Allow", "Principal": {"Service": "imagebuilder.amazonaws.com"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:SourceAccount": ["111122223333"]}}}>>
  ]
}`},
	{"members on lines", `{
  "Statement": [
    {
      "Effect": "Deny",
      "Principal": { "AWS": ["111122223333"] },
      "Action": "iam:*"
    }<<,
    {
      "Effect": "Allow",
      "Principal": { "Service": "imagebuilder.amazonaws.com" },
      "Action": "sts:AssumeRole",
      "Condition": {
        "StringEquals": { "aws:SourceAccount": ["111122223333"] }
      }
    }>>
  ]
}`},
	{"a list on lines", "{\r\n\t\"Statement\": {\r\n\t\t\"Effect\": \"Allow\",\r\n\t\t\"Principal\": {\r\n\t\t\t\"Service\": <<[\r\n\t\t\t\t>>\"ec2.amazonaws.com\"<<,\r\n\t\t\t\t\"imagebuilder.amazonaws.com\"\r\n\t\t\t]>>\r\n\t\t},\r\n\t\t\"Action\": [\r\n\t\t\t\"sts:TagSession\",\r\n\t\t\t\"sts:AssumeRole\"\r\n\t\t]\r\n\t}\r\n}"},
	{"one object on lines", `{
    "Statement": <<[>>{
        "Effect": "Deny",
        "NotPrincipal": {
            "AWS": "111122223333"
        },
        "Action": "iam:*"
    }<<, {
        "Effect": "Allow",
        "Principal": {
            "Service": "imagebuilder.amazonaws.com"
        },
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {
                "aws:SourceAccount": ["111122223333"]
            }
        }
    }]>>
}`},
}

func TestMend(t *testing.T) {
	for _, test := range mendTests {
		t.Run(test.name, func(t *testing.T) {
			var before, after strings.Builder
			for rest := test.text; rest != ""; {
				i := strings.IndexAny(rest, "<(")
				if i < 0 {
					before.WriteString(rest)
					after.WriteString(rest)
					break
				}
				before.WriteString(rest[:i])
				after.WriteString(rest[:i])
				to, end := &after, ">>"
				if rest[i] == '(' {
					to, end = &before, "))"
				}
				inside, next, ok := strings.Cut(rest[i+2:], end)
				if !ok {
					t.Fatal("mark is not terminated")
				}
				to.WriteString(inside)
				rest = next
			}
			guarded := strings.Contains(test.name, "guard")
			got, ok := Mend(Trust, before.String(), mendWants, mendJudge(guarded))
			if !ok || got != after.String() {
				t.Errorf("%v, got\n%s\nwant\n%s", ok, got, after.String())
			}
		})
	}
}

// A resource, of a policy that has some.
func TestMendResource(t *testing.T) {
	judge := func(d *Document) (Decision, bool) {
		got := Evaluate(d, &Request{Principal: Principal{"AWS", "arn:aws:iam::111122223333:role/x"}, Action: "ec2:DeregisterImage", Resource: Known("arn:aws:ec2:us-east-1::image/ami-1")})
		return got, got.Outcome == Allowed
	}
	for before, want := range map[string]string{
		`{"Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"arn:aws:ec2:*::snapshot/*"}}`:                                                      `{"Statement":{"Effect":"Allow","Action":"ec2:*","Resource":["arn:aws:ec2:*::snapshot/*","arn:aws:ec2:*::image/*"]}}`,
		`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"ec2:*","NotResource":["arn:aws:ec2:*::snapshot/*"]}]}`: `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"ec2:*","NotResource":["arn:aws:ec2:*::snapshot/*","arn:aws:ec2:*::image/*"]}]}`,
	} {
		if got, ok := Mend(Identity, before, Wants{Resources: mendWants.Resources}, judge); !ok || got != want {
			t.Errorf("%v, %s\nwant %s", ok, got, want)
		}
	}
}

// Of a policy that is about more than what is asked for, or about others, no edit
// lets more than that through.
func TestMendNoMore(t *testing.T) {
	const role = "arn:aws:iam::111122223333:role/x"
	wants := Wants{
		Resources: []string{"*"}, Actions: []string{"ec2:DeregisterImage"}, Shared: true,
		Statement: `{"Effect":"Allow","Action":["ec2:DeregisterImage"],"Resource":"*"}`,
		Exemption: []Condition{{Operator: "ArnNotEquals", Key: "aws:PrincipalArn", Values: []string{role}}},
	}
	judge := func(d *Document) (Decision, bool) {
		got := Evaluate(d, &Request{
			Principal: Principal{"AWS", role}, Action: "ec2:DeregisterImage", Resource: Known("arn:aws:ec2:us-east-1::image/ami-1"),
			Context: NewContext().Set("aws:PrincipalArn", Known(role)).Set("aws:RequestedRegion", Known("us-east-1")),
		})
		return got, got.Outcome == Allowed
	}
	everything := `{"Effect":"Allow","Action":"*","Resource":"*"},`
	exempt := `,"Condition":{"ArnNotEquals":{"aws:PrincipalArn":"` + role + `"}}}`
	for before, want := range map[string]string{
		`{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::x"}`:                                                       `{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::x"},` + wants.Statement,
		`{"Effect":"Allow","NotAction":["ec2:*","iam:*"],"Resource":"*"}`:                                                   `{"Effect":"Allow","NotAction":["ec2:*","iam:*"],"Resource":"*"},` + wants.Statement,
		`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}}`:   `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}},` + wants.Statement,
		`{"Effect":"Allow","Action":"ec2:deregisterimage","Resource":"arn:aws:ec2:*::image/ami-2"}`:                         `{"Effect":"Allow","Action":"ec2:deregisterimage","Resource":["arn:aws:ec2:*::image/ami-2","*"]}`,
		everything + `{"Effect":"Deny","Action":["ec2:DeregisterImage","ec2:CopyImage","ec2:RunInstances"],"Resource":"*"}`: everything + `{"Effect":"Deny","Action":["ec2:DeregisterImage","ec2:CopyImage","ec2:RunInstances"],"Resource":"*"` + exempt,
		everything + `{"Effect":"Deny","NotAction":"s3:*","Resource":"*"}`:                                                  everything + `{"Effect":"Deny","NotAction":"s3:*","Resource":"*"` + exempt,
		everything + `{"Effect":"Deny","Action":"*","NotResource":"arn:aws:s3:::x"}`:                                        everything + `{"Effect":"Deny","Action":"*","NotResource":"arn:aws:s3:::x"` + exempt,
	} {
		got, ok := Mend(Identity, `{"Version":"2012-10-17","Statement":[`+before+`]}`, wants, judge)
		if want = `{"Version":"2012-10-17","Statement":[` + want + `]}`; !ok || got != want {
			t.Errorf("%v, %s\nwant %s", ok, got, want)
		}
	}
}

// What cannot be mended is left alone.
func TestMendNothing(t *testing.T) {
	never := func(d *Document) (Decision, bool) {
		d2, _ := mendJudge(true)(d)
		return d2, false
	}
	for text, judge := range map[string]func(*Document) (Decision, bool){
		`{"Statement":[}`: mendJudge(false),
		`{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*"}]}`: mendJudge(false), // no Allow
		allow(""): never,
		// Five things.
		`{"Statement":{"Effect":"Allow","Principal":{},"Action":[],"Condition":{"StringEquals":{"aws:SourceAccount":"1","sts:ExternalId":"x"},"Bool":{"aws:SecureTransport":"x"},"Null":{"aws:SourceArn":true}}}}`: mendJudge(false),
		`{"Statement":[` + ownStatement + `,{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}]}`:                                                                                                         mendJudge(false),
	} {
		wants := mendWants
		wants.Statement, wants.Exemption = "", nil
		if got, ok := Mend(Trust, text, wants, judge); ok || got != "" {
			t.Errorf("%s becomes %s", text, got)
		}
	}
}

// What is not worth to be judged is not.
func TestMendPrunes(t *testing.T) {
	guard := func(operator, value string) []Condition {
		return []Condition{{Operator: operator, Key: "aws:SourceAccount", Values: []string{value}}}
	}
	tests := []struct {
		name, text string
		wants      Wants
		judged     int
	}{
		// A value more would let a condition hold for more.
		{"positive guard on its own key", allow(condition("StringLike", "aws:SourceAccount", "*")), Wants{Guard: guard("StringLike", owner)}, 1},
		// Neither edit does away with the first obstacle, so that none follows it.
		{"useless edits", `{"Statement":[` + ownStatement + `,{"Effect":"Deny","Principal":"*","Action":"*"}]}`, Wants{Exemption: guard("StringEquals", owner)}, 2},
		{"useless edits that leave the obstacle as it is", `{"Statement":[` + ownStatement + `,{"Effect":"Deny","Principal":{"Service":["imagebuilder.amazonaws.com"]},"Action":["sts:AssumeRole","sts:*"],"Condition":{"Bool":{"aws:PrincipalIsAWSService":true}}}]}`,
			Wants{Exemption: guard("StringEquals", owner)}, 3},
		{"useless guard", allow(""), Wants{Guard: guard("StringNotEquals", owner)}, 2},
	}
	for _, test := range tests {
		judged := 0
		_, ok := Mend(Trust, test.text, test.wants, func(d *Document) (Decision, bool) {
			judged++
			return mendJudge(true)(d)
		})
		if ok || judged != test.judged {
			t.Errorf("%s: %v, judged %d times, want %d", test.name, ok, judged, test.judged)
		}
	}
}

// What may be allowed is guarded as what is allowed.
func TestMendUndecidable(t *testing.T) {
	got, ok := Mend(Trust, allow(`{"StringEquals":{"aws:Unheard":"x"}}`), Wants{Guard: mendWants.Guard}, func(d *Document) (Decision, bool) {
		decision := Evaluate(d, request(stranger, stranger))
		return decision, decision.Outcome == Denied
	})
	if want := allow(`{"StringEquals":{"aws:Unheard":"x","aws:SourceAccount":"111122223333"}}`); !ok || got != want {
		t.Errorf("%v, %s", ok, got)
	}
}

func TestQuoteJSON(t *testing.T) {
	if got := quoteJSON("a&<\"\n\xff"); got != `"a&<\"\n\ufffd"` {
		t.Error(got)
	}
}

// The smallest edit comes first, and a condition is mended before it is taken
// out, short as it may be.
func TestMendOrder(t *testing.T) {
	text := allow(condition("StringEquals", "aws:SourceArn", "x"))
	var asked []string
	length := map[int]bool{}
	_, ok := Mend(Trust, text, mendWants, func(d *Document) (Decision, bool) {
		s := d.Statements[len(d.Statements)-1]
		what := ""
		for _, c := range s.Conditions {
			what += c.Operator + " " + strings.Join(c.Values, " ") + ";"
		}
		asked = append(asked, what)
		length[len(d.Statements)] = true
		got, _ := mendJudge(true)(d)
		return got, what == "StringEquals "+owner+";"
	})
	want := []string{"StringEquals x;", "StringLike x;", "StringEquals x " + imageARNs + ";", "StringLike x " + imageARNs + ";",
		"StringLike x " + imageARNs + ";StringEquals " + owner + ";", ""}
	if !ok || len(asked) < len(want) || !reflect.DeepEqual(asked[:len(want)], want) {
		t.Errorf("%v, %q", ok, asked)
	}
}

// checkMend holds a mending to what it promises, and reports whether there is
// one.
func checkMend(t *testing.T, text string, judge func(*Document) (Decision, bool)) bool {
	t.Helper()
	touched := map[int]bool{}
	judged := 0
	after, ok := Mend(Trust, text, mendWants, func(d *Document) (Decision, bool) {
		judged++
		obstacle, good := judge(d)
		if obstacle.Statement != nil {
			touched[obstacle.Statement.Index] = true
		}
		return obstacle, good
	})
	if judged > maxTries {
		t.Errorf("judged %d times", judged)
	}
	if !ok {
		return false
	}
	if _, good := judge(parse(t, after)); !good {
		t.Fatalf("not good: %s\n%s", text, after)
	}
	e, _ := newEditor(text)
	f, err := newEditor(after)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Version", "Id"} {
		if a, b := e.root.member(name), f.root.member(name); a != nil && (b == nil || text[a.start:a.end] != after[b.start:b.end]) {
			t.Fatalf("%s changed: %s\n%s", name, text, after)
		}
	}
	// A statement that never stood in the way is there as it was, and means what
	// it meant.
	before, later := parse(t, text), parse(t, after)
	for i := range before.Statements {
		a, b := e.statement(i), f.statement(i)
		if touched[i] {
			continue
		}
		if text[a.start:a.end] != after[b.start:b.end] {
			t.Fatalf("statement %d changed:\n%s\n%s", i+1, text, after)
		}
		single := func(d *Document) Outcome {
			return Evaluate(&Document{Kind: Trust, Version: d.Version, Statements: d.Statements[i : i+1]}, request(owner, owner)).Outcome
		}
		if single(before) != single(later) {
			t.Fatalf("statement %d means something else:\n%s\n%s", i+1, text, after)
		}
	}
	return true
}

func TestMendAnything(t *testing.T) {
	t.Parallel()
	g := newGenerator(8)
	rounds, mended := 3000/testrun.Thin(), 0
	for i := range rounds {
		text := g.document(Trust).write(g.style())
		if i%2 == 0 {
			var err error
			if text, err = Indent(text); err != nil {
				t.Fatal(err)
			}
		}
		if checkMend(t, text, mendJudge(i%3 == 0)) {
			mended++
		}
	}
	if mended < rounds*2/3 {
		t.Errorf("%d mended", mended)
	}
}

// Work stays within bounds whatever the text.
func TestMendHostile(t *testing.T) {
	fill := func(before, piece, after string) string {
		return before + strings.Repeat(piece, (maxSize/2-len(before)-len(after))/len(piece)) + after
	}
	// Many conditions that hold, each of an operator in a letter case of its own.
	var operators strings.Builder
	for i := range 8000 {
		name := []byte("stringnotequals")
		for bit := range name {
			name[bit] -= byte(i>>bit&1) * ('a' - 'A')
		}
		operators.WriteString(`"` + string(name) + `":{"aws:SourceAccount":"*"},`)
	}
	manyWays := `{"Effect":"Deny","Principal":{"Service":["ec2.amazonaws.com","imagebuilder.amazonaws.com"]},"Action":["sts:AssumeRole","a:b"]}`
	start := time.Now()
	for _, text := range []string{
		fill(`{"Statement":[`+ownStatement+strings.Repeat(","+manyWays, 5)+`],"Id":"`, `a`, `"}`),
		fill(`{"Statement":[`, `{"Effect":"Deny","Principal":"*","Action":["sts:AssumeRole","a:b"]},`, statement("Deny", "")+`]}`),
		fill(`{"Statement":{"Effect":"Allow","Principal":{"Service":[`, `"a",`, `"a"]},"Action":[]}}`),
		`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*"},{"Effect":"Deny","Principal":"*","Action":"*","Condition":{` + operators.String() + `"Null":{}}}]}`,
		fill(`{"Statement":{"Effect":"Allow","Principal":"*","NotAction":[`, `"sts:*",`, `"a:a"]}}`),
		fill(`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Condition":{"StringEquals":{"aws:SourceAccount":[`, `"*",`, `"a"]}}}}`),
	} {
		work := 0
		Mend(Trust, text, mendWants, func(d *Document) (Decision, bool) {
			work += len(text)
			return mendJudge(true)(d)
		})
		if work > maxWork+len(text) {
			t.Errorf("%.60s: %d bytes judged", text, work)
		}
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Error(took)
	}
}

func TestIndent(t *testing.T) {
	text := "{\"b\":1.50e+3,\"a\":[{},[ ],\n[\"\\u0041\\/\",null]],\"b\":{\"\\u00e9\":{ }}}"
	want := `{
    "b": 1.50e+3,
    "a": [
        {},
        [],
        [
            "\u0041\/",
            null
        ]
    ],
    "b": {
        "\u00e9": {}
    }
}`
	got, err := Indent(text)
	if err != nil || got != want {
		t.Errorf("%v\n%s", err, got)
	}
	if again, err := Indent(got); err != nil || again != got {
		t.Errorf("again: %v\n%s", err, again)
	}
	if got, err := Indent(managedPolicy); err != nil || got != managedPolicy {
		t.Errorf("what is in this form changes: %v\n%s", err, got)
	}
	if _, err := Indent("{"); err == nil {
		t.Error("not JSON")
	}
}

// What Indent returns is the same JSON, and what Mend returns is good.
func FuzzMend(f *testing.F) {
	for _, s := range append(seeds, executionTrust, crossAccountTrust, "3E333") {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, text string, guarded bool) {
		if len(text) > 4096 {
			return // hostile sizes are tested elsewhere
		}
		if spread, err := Indent(text); err == nil {
			read := func(text string) (v any, err error) {
				d := json.NewDecoder(strings.NewReader(text))
				d.UseNumber() // some are too large for a float
				err = d.Decode(&v)
				return v, err
			}
			a, errA := read(text)
			b, errB := read(spread)
			if errA != nil || errB != nil || !reflect.DeepEqual(a, b) {
				t.Fatalf("%s\n%s", text, spread)
			}
		}
		checkMend(t, text, mendJudge(guarded))
	})
}
