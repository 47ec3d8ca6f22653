package policy

import (
	"errors"
	"strings"
	"testing"
)

func layer(t *testing.T, kind Kind, name string, statements ...string) *Layer {
	t.Helper()
	l := &Layer{Name: name}
	for _, s := range statements {
		l.Policies = append(l.Policies, Policy{Name: "policy of " + name, Document: parseKind(t, kind, `{"Statement":[`+s+`]}`)})
	}
	return l
}

func TestAuthorize(t *testing.T) {
	const (
		all      = `{"Effect":"Allow","Action":"*","Resource":"*"}`
		other    = `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
		deny     = `{"Effect":"Deny","Action":"ecr:*","Resource":"*"}`
		mayAllow = `{"Effect":"Allow","Action":"ecr:*","Resource":"*","Condition":{"StringEquals":{"not:Known":"x"}}}`
		mayDeny  = `{"Effect":"Deny","Action":"ecr:*","Resource":"*","Condition":{"StringEquals":{"not:Known":"x"}}}`

		toRole   = `{"Effect":"Allow","Principal":{"AWS":"` + role + `"},"Action":"ecr:*"}`
		toAll    = `{"Effect":"Allow","Principal":"*","Action":"ecr:*"}`
		toRoot   = `{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"ecr:*"}`
		notMe    = `{"Effect":"Deny","NotPrincipal":{"AWS":["` + role + `","111122223333"]},"Action":"ecr:*"}`
		denyRole = `{"Effect":"Deny","Principal":{"AWS":"` + role + `"},"Action":"ecr:*"}`
		mayDenyR = `{"Effect":"Deny","Principal":"*","Action":"ecr:*","Condition":{"StringEquals":{"not:Known":"x"}}}`
	)
	none := errors.New("not read")
	for _, test := range []struct {
		name               string
		limits             []string // one a level; empty: nothing in it
		boundary, identity string
		resource           string
		unread             string // the layer that is not read as a whole
		want               Outcome
		layer              string
	}{
		{name: "granted", identity: all, want: Allowed, layer: "identity"},
		{name: "not granted", identity: other, want: Denied, layer: "identity"},
		{name: "nothing", want: Denied, layer: "identity"},
		{name: "denied", identity: all + "," + deny, want: Denied, layer: "identity"},
		{name: "may be granted", identity: mayAllow, want: Undecidable, layer: "identity"},
		{name: "may be denied", identity: all + "," + mayDeny, want: Undecidable, layer: "identity"},

		{name: "within the boundary", boundary: all, identity: all, want: Allowed, layer: "identity"},
		{name: "beyond the boundary", boundary: other, identity: all, want: Denied, layer: "boundary"},
		{name: "boundary denies", boundary: all + "," + deny, identity: all, want: Denied, layer: "boundary"},
		{name: "boundary alone", boundary: all, want: Denied, layer: "identity"},
		{name: "boundary may allow", boundary: mayAllow, identity: all, want: Undecidable, layer: "boundary"},
		{name: "boundary may allow what nothing grants", boundary: mayAllow, identity: other, want: Denied, layer: "identity"},

		{name: "every level allows", limits: []string{all, all}, identity: all, want: Allowed, layer: "identity"},
		{name: "one level does not", limits: []string{all, other}, identity: all, want: Denied, layer: "level 2"},
		{name: "an empty level", limits: []string{"", all}, identity: all, want: Denied, layer: "level 1"},
		{name: "a Deny below", limits: []string{all, all + "," + deny}, boundary: other, identity: all, want: Denied, layer: "level 2"},

		{name: "granted by the resource", identity: other, resource: toRole, want: Allowed, layer: "resource"},
		{name: "and by its root alone", identity: other, resource: toRoot, want: Denied, layer: "identity"},
		{name: "denied by the resource", identity: all, resource: denyRole, want: Denied, layer: "resource"},
		{name: "may be denied by the resource", identity: all, resource: mayDenyR, want: Undecidable, layer: "resource"},
		{name: "resource grants the role beyond the boundary", boundary: other, identity: other, resource: toRole, want: Denied, layer: "boundary"},
		{name: "resource grants everyone beyond the boundary", boundary: other, identity: other, resource: toAll, want: Allowed, layer: "resource"},
		{name: "but not beyond its Deny", boundary: all + "," + deny, identity: other, resource: toAll, want: Denied, layer: "boundary"},
		{name: "nor beyond what may be one", boundary: other + "," + mayDeny, identity: other, resource: toAll, want: Undecidable, layer: "boundary"},
		{name: "nor beyond a level", limits: []string{other}, identity: other, resource: toAll, want: Denied, layer: "level 1"},
		{name: "NotPrincipal without a boundary", identity: all, resource: notMe, want: Undecidable, layer: "resource"},
		{name: "NotPrincipal with a boundary", boundary: all, identity: all, resource: notMe, want: Denied, layer: "resource"},

		{name: "granted, but not all is read", identity: all, unread: "identity", want: Undecidable, layer: "identity"},
		{name: "not granted, and not all is read", identity: other, unread: "identity", want: Undecidable, layer: "identity"},
		{name: "denied, whatever else", identity: deny, unread: "identity", want: Denied, layer: "identity"},
		{name: "beyond the boundary, whatever else", boundary: other, identity: all, unread: "identity", want: Denied, layer: "boundary"},
		{name: "boundary not read", boundary: all, identity: all, unread: "boundary", want: Undecidable, layer: "boundary"},
		{name: "resource not read", identity: all, resource: toRoot, unread: "resource", want: Undecidable, layer: "resource"},
		{name: "nor granted", identity: other, resource: toRoot, unread: "resource", want: Undecidable, layer: "resource"},
		{name: "level not read", limits: []string{all}, identity: all, unread: "level 1", want: Undecidable, layer: "level 1"},
	} {
		part := func(kind Kind, name, statements string) *Layer {
			l := &Layer{Name: name}
			if statements != "" {
				l = layer(t, kind, name, statements)
			}
			if test.unread == name {
				l.Unread = none
			}
			return l
		}
		p := Policies{Identity: *part(Identity, "identity", test.identity)}
		for i, statements := range test.limits {
			p.Limits = append(p.Limits, *part(Identity, "level "+string(rune('1'+i)), statements))
		}
		if test.boundary != "" {
			p.Boundary = part(Identity, "boundary", test.boundary)
		}
		if test.resource != "" {
			p.Resource = part(Resource, "resource", test.resource)
		}
		r := byRole()
		r.Context.Set("not:Known", Unknown())
		got := p.Authorize(r)
		if got.Outcome != test.want || got.Layer != test.layer {
			t.Errorf("%s: got %v by %s, want %v by %s (%s)", test.name, got.Outcome, got.Layer, test.want, test.layer, got.Reason())
		}
		if (got.Unread() != nil) != (test.unread != "" && test.want == Undecidable) {
			t.Errorf("%s: unread %v", test.name, got.Unread())
		}
		if reason := got.Reason(); reason == "" || strings.Contains(reason, "\n") {
			t.Errorf("%s: reason %q", test.name, reason)
		}
	}
}
