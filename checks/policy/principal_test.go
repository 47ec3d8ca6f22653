package policy

import "testing"

const role = "arn:aws:iam::111122223333:role/images/Lifecycle"

// byRole returns a request of a session of a role for a repository in its account.
func byRole() *Request {
	return &Request{
		Principal: Principal{"AWS", role},
		Action:    "ecr:BatchDeleteImage",
		Resource:  Known("arn:aws:ecr:eu-west-1:111122223333:repository/app"),
		Context:   NewContext().SetPrefix("", Absent()).Set("aws:PrincipalArn", Known(role)),
	}
}

func TestPrincipalOfARoleInAResourcePolicy(t *testing.T) {
	for principal, want := range map[string][2]Outcome{ // of an Allow; of a Deny beside an Allow to everyone
		`"*"`:                      {Allowed, Denied},
		`{"AWS":"*"}`:              {Allowed, Denied},
		`{"AWS":"` + role + `"}`:   {Allowed, Denied},
		`{"AWS":["111122223333"]}`: {Denied, Denied}, // leaves it to the account's own policies
		`{"AWS":"arn:aws:iam::111122223333:root"}`:                                      {Denied, Denied},
		`{"AWS":"arn:aws:iam::222222222222:root"}`:                                      {Denied, Allowed},
		`{"AWS":"222222222222"}`:                                                        {Denied, Allowed},
		`{"AWS":"arn:aws:iam::111122223333:role/Lifecycle"}`:                            {Denied, Allowed}, // another path
		`{"AWS":"arn:aws:iam::111122223333:user/Lifecycle"}`:                            {Denied, Allowed},
		`{"AWS":"AROADELETED"}`:                                                         {Denied, Allowed},
		`{"AWS":"arn:aws:sts::111122223333:assumed-role/Lifecycle/x"}`:                  {Undecidable, Undecidable},
		`{"AWS":"arn:aws:sts::111122223333:assumed-role/Other/x"}`:                      {Denied, Allowed},
		`{"AWS":"arn:aws:sts::222222222222:assumed-role/Lifecycle/x"}`:                  {Denied, Allowed},
		`{"Service":"imagebuilder.amazonaws.com"}`:                                      {Denied, Allowed},
		`{"AWS":["arn:aws:sts::111122223333:assumed-role/Lifecycle/x","` + role + `"]}`: {Allowed, Denied},
	} {
		allow := `{"Effect":"Allow","Principal":` + principal + `,"Action":"ecr:*"}`
		deny := `{"Effect":"Deny","Principal":` + principal + `,"Action":"ecr:*"},{"Effect":"Allow","Principal":"*","Action":"*"}`
		for i, statements := range []string{allow, deny} {
			if got := Evaluate(parseKind(t, Resource, `{"Statement":[`+statements+`]}`), byRole()); got.Outcome != want[i] {
				t.Errorf("%s: got %v, want %v (%s)", statements, got.Outcome, want[i], got.Reason())
			}
		}
	}
}

func TestNotPrincipalOfARole(t *testing.T) {
	for principal, want := range map[string]Outcome{
		`"*"`:                    Undecidable,
		`{"AWS":"` + role + `"}`: Undecidable, // account and session have to be listed as well
		`{"AWS":"arn:aws:iam::111122223333:user/u"}`: Denied,
	} {
		d := parseKind(t, Resource, `{"Statement":[{"Effect":"Deny","NotPrincipal":`+principal+`,"Action":"*"},{"Effect":"Allow","Principal":"*","Action":"*"}]}`)
		r := byRole()
		if got := Evaluate(d, r); got.Outcome != want {
			t.Errorf("%s: got %v, want %v", principal, got.Outcome, want)
		}
		r.HasBoundary = true
		if got := Evaluate(d, r); got.Outcome != Denied || !got.Explicit {
			t.Errorf("%s and a boundary: got %v", principal, got.Outcome)
		}
	}
}

// Whether other principals than services and roles are covered is undecidable.
func TestOtherPrincipals(t *testing.T) {
	r := byRole()
	r.Principal = Principal{"AWS", "arn:aws:iam::111122223333:user/u"}
	for principal, want := range map[string]Outcome{
		`"*"`:         Allowed,
		`{"AWS":"*"}`: Allowed,
		`{"AWS":"arn:aws:iam::111122223333:user/u"}`: Allowed,
		`{"AWS":"111122223333"}`:                     Undecidable,
		`{}`:                                         Denied,
	} {
		d := parseKind(t, Resource, `{"Statement":{"Effect":"Allow","Principal":`+principal+`,"Action":"*"}}`)
		if got := Evaluate(d, r); got.Outcome != want {
			t.Errorf("%s: got %v, want %v", principal, got.Outcome, want)
		}
	}
}
