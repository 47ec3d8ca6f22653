package policy

import (
	"fmt"
	"time"

	"github.com/iblint/iblint/checks/symbol"
)

// Reason explains the outcome in one sentence without a full stop. It is one
// line of ASCII. Text from the document and the request is quoted; long text
// and long lists are shortened.
func (d Decision) Reason() string {
	switch {
	case d.request == nil:
		return "nothing was evaluated"
	case d.Outcome == Allowed:
		return fmt.Sprintf("%s allows %s", d.Statement, d.described())
	case d.Outcome == Undecidable && d.Statement.Effect == Deny:
		return fmt.Sprintf("%s may deny the request: %s", d.Statement, d.doubt())
	case d.Outcome == Undecidable:
		return fmt.Sprintf("%s: %s", d.Statement, d.doubt())
	case d.Explicit && d.Condition != nil:
		return fmt.Sprintf("%s denies %s: %s", d.Statement, d.described(), d.comparison("holds for"))
	case d.Explicit:
		return fmt.Sprintf("%s denies %s", d.Statement, d.described())
	case d.Condition != nil && d.Condition.op.negated:
		return fmt.Sprintf("%s: %s", d.Statement, d.comparison("does not hold for"))
	case d.Condition != nil:
		return fmt.Sprintf("%s: %s", d.Statement, d.comparison("does not match"))
	case d.Statement != nil:
		return fmt.Sprintf("no statement allows %s; %s comes closest, but its %s lists %s", d.described(), d.Statement, d.Element, d.listed())
	default:
		return "no statement allows " + d.described()
	}
}

// UnknownKey returns the condition key, as the document spells it, whose value
// must be known, or known more exactly, to decide. It is "" if the outcome is
// not undecidable, or is undecidable for a reason other than a key.
func (d Decision) UnknownKey() string {
	switch d.why.kind {
	case unknownKey, someCandidates, someOfPattern, unknownVariable:
		return d.why.text
	}
	return ""
}

// Symbol returns the first symbol that makes the outcome undecidable. It returns the zero Part
// if the outcome is not undecidable, or for another reason.
func (d Decision) Symbol() symbol.Part {
	switch d.why.kind {
	case symbolInPolicy:
		return symbol.First(d.why.text)
	case unknownEffect:
		return symbol.First(d.Statement.effect)
	case symbolInRequest:
		_, part := d.symbolOfRequest()
		return part
	}
	return symbol.Part{}
}

// symbolOfRequest returns what has the symbol in the request that makes the outcome
// undecidable, in words, and the symbol.
func (d Decision) symbolOfRequest() (what string, part symbol.Part) {
	switch {
	case d.Element == "Principal" || d.Element == "NotPrincipal":
		return "the principal of the request", symbol.First(d.request.Principal.ID)
	case d.why.text == "":
		return "the resource of the request", d.request.Resource.firstSymbol()
	}
	v := d.request.Context.lookup(lowerKey(d.why.text))
	return "the value of " + quoteName(d.why.text) + " in the request", v.firstSymbol()
}

// described returns the request in words: action, resource and principal.
func (d Decision) described() string {
	who := "the service " + quoteName(d.request.Principal.ID)
	if _, _, isRole := roleOf(d.request.Principal); isRole || inText(d.request.Principal.ID) {
		who = quoteName(d.request.Principal.ID)
	} else if t := d.request.Principal.Type; t != "Service" {
		who = "the principal " + quoteName(t) + " " + quoteName(d.request.Principal.ID)
	}
	what := quoteName(d.request.Action)
	if d.request.Resource.kind != unknown {
		what += " on " + d.request.Resource.describe("resource")
	}
	return what + " for " + who
}

// listed returns the values that the element that does not match lists.
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

// test returns the condition in words: operator, key and values.
func (d Decision) test() string {
	return fmt.Sprintf("%s %s %s", quoteName(d.Condition.Operator), quoteName(d.Condition.Key), quoteList(d.Condition.Values))
}

// comparison returns the condition and what the request has for its key.
func (d Decision) comparison(verb string) string {
	v := d.request.Context.lookup(d.Condition.key)
	switch v.kind {
	case unknown:
		return fmt.Sprintf("%s %s any value", d.test(), verb)
	case absent:
		return fmt.Sprintf("%s %s a request without that key", d.test(), verb)
	case oneOf:
		return fmt.Sprintf("%s %s any of %s", d.test(), verb, quoteList(v.texts))
	}
	return fmt.Sprintf("%s %s %s", d.test(), verb, v.describe("value"))
}

// describe returns what is known of a value in words. The noun says what the
// value is, such as "resource".
func (v Value) describe(noun string) string {
	switch v.kind {
	case oneOf:
		return "one of " + quoteList(v.texts)
	case instant:
		if v.ofRun {
			return "the time of this run or any later time"
		}
		return time.Unix(v.since, 0).UTC().Format(time.RFC3339) + " or any later time"
	case patterned:
		return "any " + noun + " that matches " + quoteAlternatives(v.texts)
	default:
		return quoteList(v.texts)
	}
}

// doubt explains why the outcome is undecidable.
func (d Decision) doubt() string {
	text := d.why.text
	switch d.why.kind {
	case unknownKey:
		return fmt.Sprintf("the value of %s is not known", quoteName(text))
	case someCandidates, someOfPattern:
		v := d.request.Context.lookup(d.Condition.key)
		text := fmt.Sprintf("whether %s holds depends on the value in the request: %s", d.test(), v.describe("value"))
		if v.orAbsent {
			text += ", or absent"
		}
		return text
	case manyValues:
		return fmt.Sprintf("the request has several values for %s, and AWS does not document how %s compares them", quoteName(text), d.Condition.Operator)
	case emptyValue:
		return fmt.Sprintf("AWS does not document whether %s holds when the value of %s is empty", d.test(), quoteName(text))
	case missingKey:
		return fmt.Sprintf("AWS does not document whether %s holds for a request without %s", d.test(), quoteName(text))
	case unknownVariable:
		return variableUnknown(quoteName(text), d.test())
	case emptyVariable:
		return fmt.Sprintf("the policy variable %s in %s is empty, and AWS does not document whether an empty variable has a value", quoteName(text), d.test())
	case manyInVariable:
		return fmt.Sprintf("the request has several values for the policy variable %s in %s", quoteName(text), d.test())
	case malformedVariable:
		return fmt.Sprintf("the policy variable in the value %s of %s cannot be parsed", quote(text), d.test())
	case policyValue:
		return fmt.Sprintf("the value %s of %s cannot be parsed", quote(text), d.test())
	case requestValue:
		return fmt.Sprintf("the value %s in the request cannot be parsed for %s", quote(text), d.test())
	case awsEveryone:
		return `AWS does not document whether the principal {"AWS": "*"} includes services`
	case allowNotPrincipal:
		return "AWS does not document the effect of NotPrincipal with Allow"
	case sessionName:
		return fmt.Sprintf("whether the principal %s is the session that makes the request is not known", quote(text))
	case someResources:
		return fmt.Sprintf("whether %s %s matches depends on the resource: %s", d.Element, quote(text), d.request.Resource.describe("resource"))
	case resourceVariable:
		return variableUnknown(quote(text), d.Element)
	case earlyVariable:
		return fmt.Sprintf("%s %s has a policy variable before its fifth colon, where AWS documents that a variable cannot be, and its own policies have them", d.Element, quote(text))
	case anyService:
		return fmt.Sprintf("AWS does not document which actions the %s %s includes", d.Element, quote(text))
	case symbolInPolicy, unknownEffect:
		return fmt.Sprintf("%s contains %s", d.place(), quoteSymbol(d.Symbol()))
	case symbolInRequest:
		what, part := d.symbolOfRequest()
		return fmt.Sprintf("whether %s matches depends on %s, which contains %s", d.place(), what, quoteSymbol(part))
	case sometimes:
		return fmt.Sprintf("whether %s holds depends on the time of the request", d.test())
	default: // otherPrincipal
		return fmt.Sprintf("iblint evaluates requests from services and roles only, not from %s %s", quoteName(d.request.Principal.Type), quoteName(d.request.Principal.ID))
	}
}

// place returns the element of the statement that decided, in words.
func (d Decision) place() string {
	switch {
	case d.why.kind == unknownEffect:
		return "Effect"
	case d.Element == "Statement":
		return "the statement"
	case d.Condition != nil && d.Condition.Key == "" && symbol.Is(d.Condition.Operator):
		return "Condition"
	case d.Condition != nil && d.Condition.Key == "":
		return quote(d.Condition.Operator)
	case d.Condition != nil:
		return d.test()
	case d.why.kind == symbolInPolicy && !symbol.Is(d.why.text):
		return d.Element + " " + quote(d.why.text)
	}
	return d.Element
}

func variableUnknown(variable, in string) string {
	return fmt.Sprintf("the value of the policy variable %s in %s is not known", variable, in)
}
