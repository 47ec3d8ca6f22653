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

// ownStatement is the statement that the edits of these tests may append.
var ownStatement = statement("Allow", condition("StringEquals", "aws:SourceAccount", owner))

var editWants = Wants{
	Values: map[string][]string{
		"AWS:SourceAccount": {owner}, "aws:SourceAccount": {owner}, "aws:SourceArn": {imageARNs}, "aws:PrincipalIsAWSService": {"true"},
	},
	Resources: []string{"arn:aws:ec2:*::image/*"},
	Statement: ownStatement,
	Exemption: []Condition{{Operator: "StringNotEquals", Key: "aws:PrincipalServiceName", Values: []string{imagebuilder.ID}}},
	Guard:     []Condition{{Operator: "StringEquals", Key: "aws:SourceAccount", Values: []string{owner}}},
}

// editGoal returns a function that requires the owner's images to be allowed and, if
// guarded, those of a stranger to be denied.
func editGoal(guarded bool) func(*Document) (Decision, bool) {
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

// documentOf returns a document with these statements.
func documentOf(s string) string { return `{"Version":"2012-10-17","Statement":[` + s + `]}` }

// allowsWhen returns a document that allows Image Builder in a statement with these
// additional members.
func allowsWhen(c string) string {
	return documentOf(`{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole"` + c + `}`)
}

// allowsAndDenies returns a document with ownStatement and a Deny statement.
func allowsAndDenies(s string) string {
	return documentOf(ownStatement + `,{"Effect":"Deny",` + s + `}`)
}

// editTests are documents. Text in << >> is to be inserted, and text in (( )) is to be
// removed.
var editTests = []struct{ name, text string }{
	{"nothing to do", documentOf(ownStatement)},
	{"wrong account", allowsWhen(`,"Condition":{"StringEquals":{"aws:SourceAccount":<<[>>"444455556666"<<,"111122223333"]>>},"StringLike":{"aws:SourceArn":"arn:*"}}`)},
	{"wrong accounts", allowsWhen(`,"Condition":{"StringEquals":{"aws:SourceAccount":["444455556666", "555566667777"<<, "111122223333">>]}}`)},
	{"empty list", allowsWhen(`,"Condition":{"StringEquals":{"aws:SourceAccount":(([]))<<["111122223333"]>>}}`)},
	{"wildcards as plain text", allowsWhen(`,"Condition":{((` + `"StringEquals"` + `))<<"ArnLike">>:{"aws:SourceArn":"` + imageARNs + `"}}`)},
	{"two keys", allowsWhen(`,"Condition":{((` + `"StringEquals"` + `))<<"StringLike">>:{"aws:SourceArn":"` + imageARNs + `","aws:SourceAccount":"111122223333"}}`)},
	{"moved to its operator", allowsWhen(`,"Condition":{(("StringEquals":{"aws:SourceArn":"` + imageARNs + `"},))"arnlike":{"aws:X":"arn:aws:x:::y"<<,"aws:SourceArn":"` + imageARNs + `">>}}`)},
	{"the key is there in other letter case", allowsWhen(`,"Condition":{(("StringEquals":{"aws:SourceArn":"` + imageARNs + `"},))"ArnLike":{"AWS:sourcearn":"` + imageARNs + `"}}`)},
	{"service in another letter case", documentOf(`{"Effect":"Allow","Principal":{"Service":(("ImageBuilder.amazonaws.com"))<<"imagebuilder.amazonaws.com">>},"Action":"sts:AssumeRole"}`)},
	{"service in another letter case, listed", documentOf(`{"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com", (("ImageBuilder.amazonaws.com"))<<"imagebuilder.amazonaws.com">>]},"Action":"sts:AssumeRole"}`)},
	{"set operator", allowsWhen(`,"Condition":{((` + `"foranyvalue:stringequalsifexists"` + `))<<"foranyvalue:ArnLikeIfExists">>:{"aws:SourceArn":"` + imageARNs + `"}}`)},
	{"no condition that can hold", allowsWhen(`((,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}))`)},
	{"Bool", allowsWhen(`((,"Condition":{"Bool":{"aws:PrincipalIsAWSService":["false"]}}))`)},
	{"Null", allowsWhen(`((,"Condition":{"Null":{"aws:PrincipalIsAWSService":["true"]}}))`)},
	{"wildcards without letter case", allowsWhen(`,"Condition":{((` + `"StringEqualsIgnoreCase"` + `))<<"StringLike">>:{"aws:PrincipalServiceName":"image*"}}`)},
	{"four things", documentOf(`{"Effect":"Allow","Principal":{<<"Service":"imagebuilder.amazonaws.com">>},"Action":(([]))<<["sts:AssumeRole"]>>,"Condition":{"StringEquals":{(("sts:ExternalId":"x",))"aws:SourceAccount":<<[>>444455556666<<,"111122223333"]>>}}}`)},
	{"empty Condition, no guard", "{\n  \"Statement\": {\n    \"Effect\": \"Allow\",\n    \"Condition\": {<<\n      \"StringEquals\": {\n        \"aws:SourceAccount\": \"111122223333\"\n      }\n    >>},\n    \"Principal\": \"*\",\n    \"Action\": \"*\"\n  }\n}"},
	{"one object with lists on lines", "{\n  \"Statement\": <<[>>{\n    \"Effect\": \"Deny\",\n    \"Principal\": \"*\",\n    \"Action\": [\n      \"iam:*\"\n    ]\n  }<<, {\n    \"Effect\": \"Allow\",\n    \"Principal\": {\n      \"Service\": \"imagebuilder.amazonaws.com\"\n    },\n    \"Action\": \"sts:AssumeRole\",\n    \"Condition\": {\n      \"StringEquals\": {\n        \"aws:SourceAccount\": [\n          \"111122223333\"\n        ]\n      }\n    }\n  }]>>\n}"},
	{"one of two keys", allowsWhen(`,"Condition":{"StringEquals":{(("sts:ExternalId":"x",))"aws:SourceAccount":"111122223333"}}`)},
	{"one of two operators", allowsWhen(`,"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}((,"Null":{"aws:SourceArn":"true"}))}`)},
	{"negated", allowsWhen(`,"Condition":{"StringNotEquals":{"aws:SourceAccount":["999988887777"((,"111122223333"))]}}`)},
	{"another service", documentOf(`{"Effect":"Allow","Principal":{"Service":<<[>>"ec2.amazonaws.com"<<,"imagebuilder.amazonaws.com"]>>},"Action":"sts:AssumeRole"}`)},
	{"other services", documentOf(`{"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com",  "ecs.amazonaws.com"<<,  "imagebuilder.amazonaws.com">>]},"Action":"sts:AssumeRole"}`)},
	{"no service", documentOf(`{"Effect":"Allow","Principal":{"AWS":"111122223333"<<,"Service":"imagebuilder.amazonaws.com">>},"Action":"sts:AssumeRole"}`)},
	{"not for certain", documentOf(`{"Effect":"Allow","Principal":{"AWS":"*"<<,"Service":"imagebuilder.amazonaws.com">>},"Action":"sts:AssumeRole"}`)},
	{"another action", documentOf(`{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":<<[>>"sts:TagSession"<<,"sts:AssumeRole"]>>}`)},
	{"NotAction", documentOf(`{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"NotAction":[(("sts:Assume*",))"sts:TagSession"((,"STS:ASSUMEROLE"))]}`)},
	{"three things", documentOf(`{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":["sts:TagSession"<<,"sts:AssumeRole">>],"Condition":{"StringEquals":{"aws:SourceAccount":<<[>>444455556666<<,"111122223333"]>>},(("StringLike":{"sts:ExternalId":"*"},))"Bool":{"aws:PrincipalIsAWSService":true}}}`)},
	{"no statement", `{"Version":"2012-10-17","Statement":(([]))<<[` + ownStatement + `]>>}`},
	{"one object", `{"Statement":<<[>>{"Effect":"Deny","Principal":"*","Action":"iam:*"}<<,` + ownStatement + `]>>}`},
	{"Allow with NotPrincipal", documentOf(`{"Effect":"Allow","NotPrincipal":{"AWS":"444455556666"},"Action":"sts:AssumeRole"}<<,` + ownStatement + `>>`)},
	{"Deny", allowsAndDenies(`"Principal":"*","Action":"sts:AssumeRole"<<,"Condition":{"StringNotEquals":{"aws:PrincipalServiceName":"imagebuilder.amazonaws.com"}}>>`)},
	{"Deny outside of an organisation", allowsAndDenies(`"Principal":"*","Action":"*","Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-x"<<,"aws:PrincipalServiceName":"imagebuilder.amazonaws.com">>}}`)},
	{"Deny with another operator", allowsAndDenies(`"Principal":"*","Action":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-x"}<<,"StringNotEquals":{"aws:PrincipalServiceName":"imagebuilder.amazonaws.com"}>>}`)},
	{"Deny that exempts others", allowsAndDenies(`"Principal":"*","Action":"*","Condition":{"StringNotEquals":{"aws:principalservicename":<<[>>"ec2.amazonaws.com"<<,"imagebuilder.amazonaws.com"]>>}}`)},
	{"Deny of other accounts", allowsAndDenies(`"Principal":"*","Action":"*","Condition":{"StringNotEquals":{"aws:SourceAccount":<<[>>"444455556666"<<,"111122223333"]>>}}`)},
	{"Deny of accounts", allowsAndDenies(`"Principal":"*","Action":"*","Condition":{"StringEquals":{"aws:SourceAccount":["444455556666"((,"111122223333"))]}}`)},
	{"Deny with wildcards as plain text", allowsAndDenies(`"Principal":"*","Action":"*","Condition":{((` + `"StringNotEquals"` + `))<<"ArnNotLike">>:{"aws:SourceArn":"` + imageARNs + `"}}`)},
	{"Deny of actions", allowsAndDenies(`"Principal":{"Service":["imagebuilder.amazonaws.com"]},"Action":["sts:TagSession"((,"sts:assumerole"))]`)},
	{"Deny with NotAction", allowsAndDenies(`"Principal":{"Service":"imagebuilder.amazonaws.com"},"NotAction":<<[>>"iam:*"<<,"sts:AssumeRole"]>>`)},
	{"everyone of an organisation", documentOf(`{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-x"}}}<<,` + ownStatement + `>>`)},
	{"a third party with its ID", documentOf(`{"Effect":"Allow","Principal":{"AWS":"444455556666","Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"x"}}}<<,` + ownStatement + `>>`)},
	{"another action of everyone", documentOf(`{"Effect":"Allow","Principal":"*","Action":"sts:TagSession"}<<,` + ownStatement + `>>`)},
	{"NotAction of everyone", documentOf(`{"Effect":"Allow","Principal":"*","NotAction":["sts:Assume*","sts:TagSession"]}<<,` + ownStatement + `>>`)},
	{"Deny of actions to everyone", allowsAndDenies(`"Principal":"*","Action":["sts:TagSession","sts:AssumeRole"]<<,"Condition":{"StringNotEquals":{"aws:PrincipalServiceName":"imagebuilder.amazonaws.com"}}>>`)},
	{"Deny with NotAction to everyone", allowsAndDenies(`"Principal":"*","NotAction":"iam:*"<<,"Condition":{"StringNotEquals":{"aws:PrincipalServiceName":"imagebuilder.amazonaws.com"}}>>`)},
	{"guard beside another service", documentOf(`{"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com"((,"imagebuilder.amazonaws.com"))]},"Action":"sts:AssumeRole"}<<,` + ownStatement + `>>`)},
	{"guard beside an account", documentOf(`{"Effect":"Allow","Principal":{"AWS":"444455556666"((,"Service":"imagebuilder.amazonaws.com"))},"Action":"sts:AssumeRole"}<<,` + ownStatement + `>>`)},
	{"guard of everyone", documentOf(`{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"<<,"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}>>}`)},
	{"Deny of services", allowsAndDenies(`"Principal":{"Service":[(("imagebuilder.amazonaws.com",))"ec2.amazonaws.com"]},"Action":"*"`)},
	{"Deny with NotPrincipal", allowsAndDenies(`"NotPrincipal":{"AWS":"111122223333"<<,"Service":"imagebuilder.amazonaws.com">>},"Action":"*"`)},
	{"no guard", allowsWhen(`<<,"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}>>`)},
	{"guard that does not guard", allowsWhen(`,"Condition":{"ArnLike":{"aws:SourceArn":"` + imageARNs + `"}<<,"StringEquals":{"aws:SourceAccount":"111122223333"}>>}`)},
	{"guard beside another key", allowsWhen(`,"Condition":{"stringEquals":{"aws:PrincipalIsAWSService":true<<,"aws:SourceAccount":"111122223333">>}}`)},
	{"guard and wrong account", documentOf(`{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"*"<<,"Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}>>},{"Effect":"Deny","Principal":"*","Action":["a:b","sts:AssumeRole"]<<,"Condition":{"StringNotEquals":{"aws:PrincipalServiceName":"imagebuilder.amazonaws.com"}}>>}`)},
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

func TestFindEdit(t *testing.T) {
	for _, test := range editTests {
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
			got, ok := FindEdit(Trust, before.String(), editWants, editGoal(guarded))
			if !ok || got != after.String() {
				t.Errorf("%v, got\n%s\nwant\n%s", ok, got, after.String())
			}
		})
	}
}

// An edit of Resource or NotResource.
func TestFindEditResource(t *testing.T) {
	evaluate := func(d *Document) (Decision, bool) {
		got := Evaluate(d, &Request{Principal: Principal{"AWS", "arn:aws:iam::111122223333:role/x"}, Action: "ec2:DeregisterImage", Resource: Known("arn:aws:ec2:us-east-1::image/ami-1")})
		return got, got.Outcome == Allowed
	}
	for before, want := range map[string]string{
		`{"Statement":{"Effect":"Allow","Action":"ec2:*","Resource":"arn:aws:ec2:*::snapshot/*"}}`:                                                      `{"Statement":{"Effect":"Allow","Action":"ec2:*","Resource":["arn:aws:ec2:*::snapshot/*","arn:aws:ec2:*::image/*"]}}`,
		`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"ec2:*","NotResource":["arn:aws:ec2:*::snapshot/*"]}]}`: `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"ec2:*","NotResource":["arn:aws:ec2:*::snapshot/*","arn:aws:ec2:*::image/*"]}]}`,
	} {
		if got, ok := FindEdit(Identity, before, Wants{Resources: editWants.Resources}, evaluate); !ok || got != want {
			t.Errorf("%v, %s\nwant %s", ok, got, want)
		}
	}
}

// No edit allows actions or principals other than those wanted, also in a policy with
// other actions or principals.
func TestFindEditNoMore(t *testing.T) {
	const role = "arn:aws:iam::111122223333:role/x"
	wants := Wants{
		Resources: []string{"*"}, Actions: []string{"ec2:DeregisterImage"}, Shared: true,
		Statement: `{"Effect":"Allow","Action":["ec2:DeregisterImage"],"Resource":"*"}`,
		Exemption: []Condition{{Operator: "ArnNotEquals", Key: "aws:PrincipalArn", Values: []string{role}}},
	}
	evaluate := func(d *Document) (Decision, bool) {
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
		got, ok := FindEdit(Identity, `{"Version":"2012-10-17","Statement":[`+before+`]}`, wants, evaluate)
		if want = `{"Version":"2012-10-17","Statement":[` + want + `]}`; !ok || got != want {
			t.Errorf("%v, %s\nwant %s", ok, got, want)
		}
	}
}

// A Deny of a principal's own policy is narrowed: a Region, a tag, an action or a resource is
// left out. It is removed if it denies only what is wanted, and never switched off otherwise.
func TestFindEditOwnDeny(t *testing.T) {
	const role = "arn:aws:iam::111122223333:role/x"
	wants := Wants{Actions: []string{"ec2:DeregisterImage", "ec2:DisableImage"}, Values: map[string][]string{"aws:RequestedRegion": {"eu-west-1"}}}
	everything := `{"Effect":"Allow","Action":"*","Resource":"*"}`
	const same = "no edit"
	for before, want := range map[string]string{
		`"Action":"*","Resource":"*","Condition":{"StringNotEquals":{"AWS:requestedregion":"us-east-1"}}`:                      `"Action":"*","Resource":"*","Condition":{"StringNotEquals":{"AWS:requestedregion":["us-east-1","eu-west-1"]}}`,
		`"Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":["us-east-1","eu-west-1"]}}`:           `"Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":["us-east-1"]}}`,
		`"Action":["ec2:DeregisterImage","ec2:RunInstances"],"Resource":"*"`:                                                   `"Action":["ec2:RunInstances"],"Resource":"*"`,
		`"Action":["ec2:DeregisterImage","ec2:DisableImage","ec2:RunInstances"],"Resource":"*"`:                                `"Action":["ec2:RunInstances"],"Resource":"*"`,
		`"NotAction":["s3:*"],"Resource":"*"`:                                                                                  `"NotAction":["s3:*","ec2:DeregisterImage","ec2:DisableImage"],"Resource":"*"`,
		`"Action":"ec2:*","NotResource":"arn:aws:ec2:us-east-1::image/*"`:                                                      `"Action":"ec2:*","NotResource":["arn:aws:ec2:us-east-1::image/*","arn:aws:ec2:eu-west-1::image/ami-*"]`,
		`"Action":["ec2:disableimage","ec2:DeregisterImage"],"Resource":"*"`:                                                   "",
		`"Action":"ec2:*","Resource":["arn:aws:ec2:*::image/*","arn:aws:ec2:*:*:instance/*"]`:                                  `"Action":"ec2:*","Resource":["arn:aws:ec2:*:*:instance/*"]`,
		`"Action":"ec2:*","Resource":["arn:aws:ec2:*:*:instance/*","*"]`:                                                       same,
		`"Action":"ec2:*","Resource":"*"`:                                                                                      same,
		`"Action":"ec2:*","Resource":"*","Condition":{"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/y"}}`: same,
		`"Action":"ec2:*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}`:                     same,
	} {
		text := func(statement string) string {
			if statement != "" {
				statement = `,{"Effect":"Deny",` + statement + `}`
			}
			return `{"Version":"2012-10-17","Statement":[` + everything + statement + `]}`
		}
		got, ok := FindEdit(Identity, text(before), wants, func(d *Document) (Decision, bool) {
			for _, action := range wants.Actions {
				decision := Evaluate(d, &Request{
					Principal: Principal{"AWS", role}, Action: action, Resource: Pattern("arn:aws:ec2:eu-west-1::image/ami-?*"),
					Context: NewContext().Set("aws:PrincipalArn", Known(role)).Set("aws:RequestedRegion", Known("eu-west-1")),
				})
				if decision.Outcome != Allowed {
					return decision, false
				}
			}
			return Decision{}, true
		})
		if want == same && ok || want != same && (!ok || got != text(want)) {
			t.Errorf("%s\n%v, %s\nwant %s", before, ok, got, want)
		}
	}
	// To leave out every resource would switch the Deny off.
	if got, ok := FindEdit(Identity, `{"Statement":[`+everything+`,{"Effect":"Deny","Action":"ec2:*","NotResource":"arn:aws:ec2:*::image/*"}]}`, Wants{Actions: []string{"ec2:DescribeImages"}}, func(d *Document) (Decision, bool) {
		decision := Evaluate(d, &Request{Principal: Principal{"AWS", role}, Action: "ec2:DescribeImages", Resource: Known("*")})
		return decision, decision.Outcome == Allowed
	}); ok {
		t.Error(got)
	}
}

// A Deny that others share keeps its operator: with wildcards in effect, the other values
// would exempt more principals.
func TestFindEditKeepsWildcardsLiteral(t *testing.T) {
	const role = "arn:aws:iam::111122223333:role/x"
	evaluate := func(d *Document) (Decision, bool) {
		got := Evaluate(d, &Request{Principal: Principal{"AWS", role}, Action: "ec2:DeregisterImage", Resource: Known("*"), Context: NewContext().Set("aws:PrincipalArn", Known(role))})
		return got, got.Outcome == Allowed
	}
	before := `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:PrincipalARN":["arn:aws:iam::*:role/x"]}}}]}`
	want := strings.Replace(before, `role/x"`, `role/x","`+role+`"`, 1)
	for _, shared := range []bool{true, false} {
		got, ok := FindEdit(Identity, before, Wants{Shared: shared, Values: map[string][]string{"aws:PrincipalArn": {role}}}, evaluate)
		if !ok || got != want {
			t.Errorf("%v, %s\nwant %s", ok, got, want)
		}
	}
}

// There is no edit for a document that cannot be fixed.
func TestFindEditNothing(t *testing.T) {
	never := func(d *Document) (Decision, bool) {
		d2, _ := editGoal(true)(d)
		return d2, false
	}
	for text, evaluate := range map[string]func(*Document) (Decision, bool){
		`{"Statement":[}`: editGoal(false),
		`{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*"}]}`: editGoal(false), // no Allow
		allow(""): never,
		// Five edits would be necessary.
		`{"Statement":{"Effect":"Allow","Principal":{},"Action":[],"Condition":{"StringEquals":{"aws:SourceAccount":"1","sts:ExternalId":"x"},"Bool":{"aws:SecureTransport":"x"},"Null":{"aws:SourceArn":true}}}}`: editGoal(false),
		`{"Statement":[` + ownStatement + `,{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}]}`:                                                                                                         editGoal(false),
	} {
		wants := editWants
		wants.Statement, wants.Exemption = "", nil
		if got, ok := FindEdit(Trust, text, wants, evaluate); ok || got != "" {
			t.Errorf("%s becomes %s", text, got)
		}
	}
}

// Edits that cannot help are not evaluated.
func TestFindEditPrunes(t *testing.T) {
	guard := func(operator, value string) []Condition {
		return []Condition{{Operator: operator, Key: "aws:SourceAccount", Values: []string{value}}}
	}
	tests := []struct {
		name, text string
		wants      Wants
		evaluated  int
	}{
		// Another value would make the condition match more requests.
		{"positive guard on its own key", allow(condition("StringLike", "aws:SourceAccount", "*")), Wants{Guard: guard("StringLike", owner)}, 1},
		// No edit removes the first obstacle, so no edit follows.
		{"useless edits", `{"Statement":[` + ownStatement + `,{"Effect":"Deny","Principal":"*","Action":"*"}]}`, Wants{Exemption: guard("StringEquals", owner)}, 2},
		{"useless edits that leave the obstacle as it is", `{"Statement":[` + ownStatement + `,{"Effect":"Deny","Principal":{"Service":["imagebuilder.amazonaws.com"]},"Action":["sts:AssumeRole","sts:*"],"Condition":{"Bool":{"aws:PrincipalIsAWSService":true}}}]}`,
			Wants{Exemption: guard("StringEquals", owner)}, 3},
		{"useless guard", allow(""), Wants{Guard: guard("StringNotEquals", owner)}, 2},
	}
	for _, test := range tests {
		evaluated := 0
		_, ok := FindEdit(Trust, test.text, test.wants, func(d *Document) (Decision, bool) {
			evaluated++
			return editGoal(true)(d)
		})
		if ok || evaluated != test.evaluated {
			t.Errorf("%s: %v, evaluated %d times, want %d", test.name, ok, evaluated, test.evaluated)
		}
	}
}

// The guard is added to a statement that may allow, as to one that allows.
func TestFindEditUndecidable(t *testing.T) {
	got, ok := FindEdit(Trust, allow(`{"StringEquals":{"aws:Unheard":"x"}}`), Wants{Guard: editWants.Guard}, func(d *Document) (Decision, bool) {
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

// The smallest edit is evaluated first, and an edit of a condition before its removal,
// although the removal may be smaller.
func TestFindEditOrder(t *testing.T) {
	text := allow(condition("StringEquals", "aws:SourceArn", "x"))
	var evaluated []string
	length := map[int]bool{}
	_, ok := FindEdit(Trust, text, editWants, func(d *Document) (Decision, bool) {
		s := d.Statements[len(d.Statements)-1]
		what := ""
		for _, c := range s.Conditions {
			what += c.Operator + " " + strings.Join(c.Values, " ") + ";"
		}
		evaluated = append(evaluated, what)
		length[len(d.Statements)] = true
		got, _ := editGoal(true)(d)
		return got, what == "StringEquals "+owner+";"
	})
	want := []string{"StringEquals x;", "StringLike x;", "StringEquals x " + imageARNs + ";", "StringLike x " + imageARNs + ";",
		"StringLike x " + imageARNs + ";StringEquals " + owner + ";", ""}
	if !ok || len(evaluated) < len(want) || !reflect.DeepEqual(evaluated[:len(want)], want) {
		t.Errorf("%v, %q", ok, evaluated)
	}
}

// checkEdit checks the promises of FindEdit, and reports whether it finds an edit.
func checkEdit(t *testing.T, text string, evaluate func(*Document) (Decision, bool)) bool {
	t.Helper()
	touched := map[int]bool{}
	evaluated := 0
	after, ok := FindEdit(Trust, text, editWants, func(d *Document) (Decision, bool) {
		evaluated++
		obstacle, good := evaluate(d)
		if obstacle.Statement != nil {
			touched[obstacle.Statement.Index] = true
		}
		return obstacle, good
	})
	if evaluated > maxTries {
		t.Errorf("evaluated %d times", evaluated)
	}
	if !ok {
		return false
	}
	if _, good := evaluate(parse(t, after)); !good {
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
	// A statement that never blocked the request keeps its text and its meaning.
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
			t.Fatalf("statement %d has another meaning:\n%s\n%s", i+1, text, after)
		}
	}
	return true
}

func TestFindEditAnything(t *testing.T) {
	t.Parallel()
	g := newGenerator(8)
	rounds, fixed := 3000/testrun.Thin(), 0
	for i := range rounds {
		text := g.document(Trust).write(g.style())
		if i%2 == 0 {
			var err error
			if text, err = Indent(text); err != nil {
				t.Fatal(err)
			}
		}
		if checkEdit(t, text, editGoal(i%3 == 0)) {
			fixed++
		}
	}
	if fixed < rounds*2/3 {
		t.Errorf("only %d of %d documents were fixed", fixed, rounds)
	}
}

// The work is bounded for any text.
func TestFindEditHostile(t *testing.T) {
	fill := func(before, piece, after string) string {
		return before + strings.Repeat(piece, (maxSize/2-len(before)-len(after))/len(piece)) + after
	}
	// Many conditions that hold, each with another letter case of the operator.
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
		FindEdit(Trust, text, editWants, func(d *Document) (Decision, bool) {
			work += len(text)
			return editGoal(true)(d)
		})
		if work > maxWork+len(text) {
			t.Errorf("%.60s: %d bytes evaluated", text, work)
		}
	}
	if took := time.Since(start); took > time.Minute {
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
		t.Errorf("text in this layout changes: %v\n%s", err, got)
	}
	if _, err := Indent("{"); err == nil {
		t.Error("not JSON")
	}
}

// Indent returns the same JSON, and FindEdit returns a good document.
func FuzzFindEdit(f *testing.F) {
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
		checkEdit(t, text, editGoal(guarded))
	})
}
