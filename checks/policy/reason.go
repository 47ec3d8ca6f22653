package policy

import (
	"fmt"
	"time"
)

// Reason says in one sentence, without its full stop, why the outcome is what
// it is. It is one line of ASCII; text of the document and of the request is
// quoted, and long text and long lists are cut.
func (d Decision) Reason() string {
	switch {
	case d.request == nil:
		return "nothing was evaluated"
	case d.Outcome == Allowed:
		return fmt.Sprintf("%s allows %s", d.Statement, d.asked())
	case d.Outcome == Undecidable && d.Statement.Effect == Deny:
		return fmt.Sprintf("%s may deny it: %s", d.Statement, d.doubt())
	case d.Outcome == Undecidable:
		return fmt.Sprintf("%s: %s", d.Statement, d.doubt())
	case d.Explicit && d.Condition != nil:
		return fmt.Sprintf("%s denies %s: %s", d.Statement, d.asked(), d.comparison("holds for"))
	case d.Explicit:
		return fmt.Sprintf("%s denies %s", d.Statement, d.asked())
	case d.Condition != nil && d.Condition.op.negated:
		return fmt.Sprintf("%s: %s", d.Statement, d.comparison("does not hold for"))
	case d.Condition != nil:
		return fmt.Sprintf("%s: %s", d.Statement, d.comparison("does not match"))
	case d.Statement != nil:
		return fmt.Sprintf("no statement allows %s; the closest, %s, has %s %s", d.asked(), d.Statement, d.Element, d.listed())
	default:
		return "no statement allows " + d.asked()
	}
}

// UnknownKey names the condition key, as the document writes it, whose value
// would have to be known, or known better, to decide. It is "" if the outcome
// is not undecidable, or not because of a key.
func (d Decision) UnknownKey() string {
	switch d.why.kind {
	case unknownKey, someCandidates, someOfPattern, unknownVariable:
		return d.why.text
	}
	return ""
}

// asked describes the request.
func (d Decision) asked() string {
	who := "the service " + quoteName(d.request.Principal.ID)
	if _, _, isRole := roleOf(d.request.Principal); isRole {
		who = quoteName(d.request.Principal.ID)
	} else if t := d.request.Principal.Type; t != "Service" {
		who = "the principal " + quoteName(t) + " " + quoteName(d.request.Principal.ID)
	}
	what := quoteName(d.request.Action)
	if d.request.Resource.kind != unknown {
		what += " on " + d.request.Resource.describe()
	}
	return what + " to " + who
}

// listed describes what the element that failed lists.
func (d Decision) listed() string {
	var texts []string
	switch d.Element {
	case "Action":
		texts = d.Statement.Actions
	case "NotAction":
		texts = d.Statement.NotActions
	case "Resource":
		texts = d.Statement.Resources
	case "NotResource":
		texts = d.Statement.NotResources
	default:
		for _, p := range d.Statement.Principals {
			texts = append(texts, p.ID)
		}
	}
	return quoteList(texts)
}

// test writes the condition out.
func (d Decision) test() string {
	return fmt.Sprintf("%s %s %s", d.Condition.Operator, quoteName(d.Condition.Key), quoteList(d.Condition.Values))
}

// comparison writes the condition out with what the request has for it.
func (d Decision) comparison(verb string) string {
	v := d.request.Context.lookup(d.Condition.key)
	switch v.kind {
	case unknown:
		return fmt.Sprintf("%s %s any value", d.test(), verb)
	case absent:
		return fmt.Sprintf("%s %s a request without that key", d.test(), verb)
	}
	return fmt.Sprintf("%s %s %s", d.test(), verb, v.describe())
}

// describe writes out what is known of a value.
func (v Value) describe() string {
	switch v.kind {
	case oneOf:
		return "any of " + quoteList(v.texts)
	case instant:
		return "any time from " + time.Unix(v.since, 0).UTC().Format(time.RFC3339) + " on"
	case patterned:
		return "any value of the form " + quote(v.texts[0])
	default:
		return quoteList(v.texts)
	}
}

// doubt says why the outcome is undecidable.
func (d Decision) doubt() string {
	text := d.why.text
	switch d.why.kind {
	case unknownKey:
		return fmt.Sprintf("the value of %s is not known", quoteName(text))
	case someCandidates, someOfPattern:
		v := d.request.Context.lookup(d.Condition.key)
		return fmt.Sprintf("whether %s holds depends on which value the request has: %s", d.test(), v.describe())
	case manyValues:
		return fmt.Sprintf("the request has several values of %s, and %s is not defined for them", quoteName(text), d.Condition.Operator)
	case emptyValue:
		return fmt.Sprintf("whether %s holds when the value of %s is empty is not documented", d.test(), quoteName(text))
	case missingKey:
		return fmt.Sprintf("whether %s holds for a request without %s is not documented", d.test(), quoteName(text))
	case unknownVariable:
		return fmt.Sprintf("the value of %s, a variable in %s, is not known", quoteName(text), d.test())
	case emptyVariable:
		return fmt.Sprintf("the value of %s, a variable in %s, is empty, and whether that is a value is not documented", quoteName(text), d.test())
	case manyInVariable:
		return fmt.Sprintf("the request has several values of %s, a variable in %s", quoteName(text), d.test())
	case malformedVariable:
		return fmt.Sprintf("the variable in %s of %s cannot be read", quote(text), d.test())
	case policyValue:
		return fmt.Sprintf("the value %s of %s cannot be read", quote(text), d.test())
	case requestValue:
		return fmt.Sprintf("the request's value %s cannot be read for %s", quote(text), d.test())
	case awsEveryone:
		return `whether the principal {"AWS": "*"} includes services is not documented`
	case allowNotPrincipal:
		return "NotPrincipal with Allow has no documented meaning"
	case sessionName:
		return fmt.Sprintf("whether the principal %s is the session that asks is not known", quote(text))
	case someResources:
		return fmt.Sprintf("whether %s %s matches depends on which resource it is: %s", d.Element, quote(text), d.request.Resource.describe())
	case resourceVariable:
		return fmt.Sprintf("the variable %s in %s has no known value", quote(text), d.Element)
	case sometimes:
		return fmt.Sprintf("whether %s holds depends on when the request is made", d.test())
	default: // otherPrincipal
		return fmt.Sprintf("only requests of services and roles are evaluated, not of %s %s", quoteName(d.request.Principal.Type), quoteName(d.request.Principal.ID))
	}
}
