package policy

import (
	"encoding/json"
	"strings"
	"testing"
)

const (
	owner       = "111122223333"
	destination = "444455556666"
	stranger    = "999988887777"
)

var imagebuilder = Principal{"Service", "imagebuilder.amazonaws.com"}

// parse parses a trust policy and fails the test for an error.
func parse(t testing.TB, text string) *Document {
	t.Helper()
	d, err := Parse(Trust, text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return d
}

// request is Image Builder's call for an image of account images, with
// aws:SourceAccount given.
func request(sourceAccount, images string) *Request {
	return &Request{
		Principal: imagebuilder,
		Action:    "sts:AssumeRole",
		Context: NewContext().
			Set("aws:SourceAccount", Known(sourceAccount)).
			Set("aws:SourceArn", Known("arn:aws:imagebuilder:us-east-1:"+images+":image/foo/1.0.0/1")).
			Set("aws:PrincipalIsAWSService", Known("true")).
			Set("aws:PrincipalOrgID", Absent()).
			Set("aws:MultiFactorAuthPresent", Absent()),
	}
}

// allow writes a document that allows Image Builder under a condition.
func allow(condition string) string {
	return `{"Version":"2012-10-17","Statement":[` + statement("Allow", condition) + `]}`
}

func statement(effect, condition string) string {
	s := `{"Effect":"` + effect + `","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole"`
	if condition != "" {
		s += `,"Condition":` + condition
	}
	return s + `}`
}

// condition writes a condition of one operator and one key.
func condition(operator, key string, values ...string) string {
	if values == nil {
		values = []string{}
	}
	b, err := json.Marshal(map[string]any{operator: map[string]any{key: values}})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// decide returns T, F or ? for a condition on aws:X with the value v.
func decide(t testing.TB, operator string, v Value, values ...string) string {
	t.Helper()
	r := &Request{Principal: imagebuilder, Action: "sts:AssumeRole", Context: NewContext().Set("aws:X", v)}
	d := Evaluate(parse(t, allow(condition(operator, "aws:X", values...))), r)
	return letter(d.Outcome)
}

func letter(o Outcome) string {
	return map[Outcome]string{Denied: "F", Allowed: "T", Undecidable: "?"}[o]
}

func document(statements []string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

func assumeRole(c *Context) *Request {
	return &Request{Principal: imagebuilder, Action: "sts:AssumeRole", Context: c}
}
