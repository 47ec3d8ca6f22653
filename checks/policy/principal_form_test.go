package policy

import (
	"testing"
	"time"
)

// Principals that look like others.
func TestPrincipalForms(t *testing.T) {
	for id, want := range map[string]bool{
		"arn:aws:sts::" + owner + ":assumed-role/R/session":    true,
		"arn:aws:sts::" + owner + ":federated-user/R":          false,
		"arn:aws:sts::" + stranger + ":assumed-role/R/session": false,
		"arn:aws:iam::" + owner + ":role/R":                    false,
	} {
		if got := isSession(id, owner, "R"); got != want {
			t.Errorf("%s: %v", id, got)
		}
	}
	for _, test := range []struct {
		listed, asks Principal
		want         truth
		why          causeKind
	}{
		{Principal{"AWS", "*"}, Principal{"Service", withSymbols("⟦s⟧")}, maybe, awsEveryone},
		{Principal{"AWS", owner}, Principal{"Federated", withSymbols("⟦s⟧")}, maybe, otherPrincipal},
		{Principal{"AWS", withSymbols("⟦a⟧")}, Principal{"AWS", "arn:aws:iam::" + owner + ":user/U"}, maybe, otherPrincipal},
	} {
		if got, why := test.listed.mayCover(test.asks, Allow); got != test.want || why != test.why {
			t.Errorf("%v of %v: %v, %v", test.listed, test.asks, got, why)
		}
	}
}

// Values that cannot be compared with a time, and what JSON escapes.
func TestOddValues(t *testing.T) {
	if got := decide(t, "NumericLessThan", Since(time.Unix(0, 0)), "tomorrow"); got != "?" {
		t.Error(got)
	}
	if got := parse(t, `{"Statement":{"Sid":"\b\f\n\r\t\/","Effect":"Allow","Principal":"*","Action":"*"}}`).Statements[0].Sid; got != "\b\f\n\r\t/" {
		t.Errorf("%q", got)
	}
}

// No edit of NotResource makes an Allow statement include what it excludes: it is another statement.
func TestFindEditLeavesNotResource(t *testing.T) {
	const text = `{"Statement":{"Effect":"Allow","Action":"ec2:DeregisterImage","NotResource":"*"}}`
	got, ok := FindEdit(Identity, text, Wants{Resources: editWants.Resources}, func(d *Document) (Decision, bool) {
		r := &Request{Principal: imagebuilder, Action: "ec2:DeregisterImage", Resource: Known("arn:aws:ec2:eu-west-1::image/ami-1"), Context: NewContext()}
		decision := Evaluate(d, r)
		return decision, decision.Outcome == Allowed
	})
	if ok {
		t.Errorf("edited to %s", got)
	}
}
