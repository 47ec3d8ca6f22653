package policy

import "strings"

// matchResource compares the request's resource with Resource or NotResource
// (IAM User Guide, reference_policies_elements_resource and
// reference_policies_elements_notresource).
func (s *Statement) matchResource(r *Request) (element string, t truth, why cause) {
	result, why := no, cause{}
	for i := range s.resources {
		t, w := s.matchOneResource(i, r)
		if t == yes {
			result, why = yes, cause{}
			break
		}
		if t == maybe && result == no {
			result, why = maybe, w
		}
	}
	if s.NotResources != nil {
		return "NotResource", result.not(), why
	}
	return "Resource", result, why
}

func (s *Statement) matchOneResource(i int, r *Request) (truth, cause) {
	text := func() string { // as written
		if s.NotResources != nil {
			return s.NotResources[i]
		}
		return s.Resources[i]
	}
	want, why, ok := s.resources[i].expand(r.Context)
	if !ok {
		// "The resource that includes a policy variable with no value will not
		// match any resource" (reference_policies_variables).
		if why.kind == absentVariable {
			return no, cause{}
		}
		if why.kind == malformedVariable {
			why.text = text()
		}
		if why.kind == symbolInPolicy {
			return maybe, why
		}
		return maybe, cause{resourceVariable, why.text}
	}
	symbolic := s.resources[i].mayContainSymbol() && hasSymbol(want)
	v := &r.Resource
	switch v.kind {
	case known, oneOf, patterned:
	default:
		v = &anything
	}
	var result truth
	for j := range v.texts {
		it := v.item(j)
		it.pattern = it.pattern || symbolic
		if t := matchResourceItem(want, it); j == 0 {
			result = t
		} else if t != result {
			result = maybe
		}
	}
	switch {
	case result == maybe && s.resources[i].symbolic:
		return maybe, cause{symbolInPolicy, text()}
	case result == maybe && v.firstSymbol().IsSymbol():
		return maybe, cause{kind: symbolInRequest}
	case result == maybe && symbolic:
		return maybe, cause{symbolInRequest, s.resources[i].symbolicVariable(r.Context)}
	case result == maybe:
		return maybe, cause{someResources, text()}
	case result == yes && s.resources[i].variableBeforeResource():
		return maybe, cause{earlyVariable, text()}
	}
	return result, cause{}
}

// variableBeforeResource reports whether a Resource value has a policy variable before
// its fifth colon: "You can't use a variable to replace parts of the ARN before the fifth
// colon, such as the service or account" (reference_policies_variables). But policies in
// AWS's own documents have ${aws:PrincipalAccount} there, so a match is not certain. That
// nothing matches is certain either way.
func (t *template) variableBeforeResource() bool {
	colons := 0
	for i := range t.variables {
		if colons += strings.Count(t.variables[i].before, ":"); colons < 5 {
			return true
		}
	}
	return false
}

// matchResourceItem compares a Resource value with a resource: "You can use
// wildcard characters (* and ?) within the individual segments of an ARN (the
// parts separated by colons) … If the * wildcard is the last character of a
// resource ARN segment, it can expand to match beyond the colon boundaries." The
// guide does not say whether a wildcard inside a segment can.
func matchResourceItem(want string, got item) truth {
	if match(want, got.text) {
		if !wildcardWithinSegment(want) || matchARN(want, got.text) {
			return yes
		}
		return maybe
	}
	if !got.pattern {
		return no
	}
	if hasSymbol(want) || hasSymbol(got.text) {
		if mayMatch(want, got) {
			return maybe
		}
		return no
	}
	if !overlap(want, got.text) {
		return no
	}
	// The wildcards in the ARN of a request do not match colons.
	if isARN(want) && isARN(got.text) && !overlapARN(want, got.text) {
		return no
	}
	return maybe
}

// wildcardWithinSegment reports whether a compiled pattern has a wildcard that is
// not at the end of its segment.
func wildcardWithinSegment(pattern string) bool {
	for i := range len(pattern) {
		if pattern[i] < anyRune {
			continue
		}
		if pattern[i] == anyRune || i+1 < len(pattern) && pattern[i+1] != ':' {
			return true
		}
	}
	return false
}
