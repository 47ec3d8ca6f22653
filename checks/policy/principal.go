package policy

import "strings"

// matchPrincipal compares the request's principal with Principal or
// NotPrincipal (IAM User Guide, reference_policies_elements_principal and
// reference_policies_elements_notprincipal).
func (s *Statement) matchPrincipal(r *Request) (element string, t truth, why cause) {
	if s.NotPrincipals == nil {
		t, why = s.covers(s.Principals, r.Principal)
		// AWS does not document whether {"AWS": "*"} includes services. A Deny
		// statement with it may match.
		if s.Effect == Deny && why.kind == awsEveryone {
			t, why = yes, cause{}
		}
		return "Principal", t, why
	}
	if s.Effect != Deny {
		// "you can't use [it] with Allow": AWS does not document the effect.
		kind := allowNotPrincipal
		if s.Effect == UnknownEffect {
			kind = unknownEffect
		}
		return "NotPrincipal", maybe, cause{kind: kind}
	}
	if r.HasBoundary {
		// "Do not use resource-based policy statements that include a
		// NotPrincipal policy element with a Deny effect for IAM users or roles
		// that have a permissions boundary policy attached": it "will always
		// deny" them (access_policies_boundaries).
		return "NotPrincipal", yes, cause{}
	}
	t, why = s.covers(s.NotPrincipals, r.Principal)
	if r.Principal.Type != "Service" && t == yes {
		// The statement must also list the account and the session, and the name of
		// the session is not known.
		t, why = maybe, cause{kind: sessionName, text: r.Principal.ID}
	}
	return "NotPrincipal", t.not(), why
}

// covers decides whether a list of principals of the statement includes p. Names are
// compared exactly.
func (s *Statement) covers(list []Principal, p Principal) (truth, cause) {
	result, why := no, cause{}
	symbolic := inText(p.ID)
	for _, l := range list {
		var t truth
		var kind causeKind
		if symbolic || s.symbolic && l.symbolic() {
			t, kind = l.mayCover(p, s.Effect)
		} else {
			t, kind = l.covers(p, s.Effect)
		}
		if t == yes {
			return yes, cause{}
		}
		if t == maybe && result == no {
			result, why = maybe, cause{kind: kind, text: l.ID}
			if kind == symbolInPolicy && !inText(l.ID) {
				why.text = l.Type
			}
		}
	}
	return result, why
}

// covers decides whether a principal of a statement with this effect includes p.
func (l Principal) covers(p Principal, effect Effect) (truth, causeKind) {
	everyAWS := l == Principal{"AWS", "*"}
	switch {
	case l == everyone || l == p:
		return yes, noCause
	case p.Type == "Service":
		if everyAWS {
			return maybe, awsEveryone
		}
		return no, noCause
	}
	account, name, isRole := roleOf(p)
	switch {
	case everyAWS:
		return yes, noCause
	case !isRole:
		// An account includes its users and roles.
		return maybe, otherPrincipal
	case l.Type != "AWS":
		return no, noCause
	case isAccount(l.ID, account):
		// An account includes its roles. To allow an account leaves the decision to
		// the policies in it; by itself it grants nothing.
		return effect.denies(), unknownEffect
	case isSession(l.ID, account, name):
		return maybe, sessionName
	}
	return no, noCause
}

// denies reports whether the effect is Deny.
func (e Effect) denies() truth {
	switch e {
	case Deny:
		return yes
	case Allow:
		return no
	}
	return maybe
}

// roleOf returns the account and the name in the ARN of a role. If the ID contains symbols,
// it must be compiled.
func roleOf(p Principal) (account, name string, ok bool) {
	if p.Type != "AWS" {
		return "", "", false
	}
	_, rest, _ := strings.Cut(p.ID, ":iam::")
	account, path, ok := strings.Cut(rest, ":role/")
	return account, path[strings.LastIndexByte(path, '/')+1:], ok
}

// isAccount reports whether a principal is the account itself, by its ID or by the
// ARN of its root.
func isAccount(id, account string) bool {
	if id == account {
		return true
	}
	rest, ok := strings.CutSuffix(id, ":root")
	if !ok {
		return false
	}
	rest, ok = strings.CutSuffix(rest, account)
	return ok && strings.HasSuffix(rest, ":iam::")
}

// isSession reports whether a principal is one session of the role.
func isSession(id, account, name string) bool {
	rest, ok := strings.CutPrefix(id, "arn:")
	if !ok {
		return false
	}
	_, rest, _ = strings.Cut(rest, ":") // the partition
	rest, ok = strings.CutPrefix(rest, "sts::")
	if !ok {
		return false
	}
	rest, ok = strings.CutPrefix(rest, account)
	if !ok {
		return false
	}
	rest, ok = strings.CutPrefix(rest, ":assumed-role/")
	if !ok {
		return false
	}
	role, _, ok := strings.Cut(rest, "/")
	return ok && role == name
}
