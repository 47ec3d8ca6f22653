package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/internal/testrun"
)

// undecidables are the only constructs that may make a completely known request
// undecidable. The function is detects the construct without the code of the evaluator.
var undecidables = map[causeKind]struct {
	construct, reason string
	is                func(d Decision, r randomRequest) bool
}{
	manyValues: {
		"several values of a key under an operator without ForAllValues or ForAnyValue",
		`"Multivalued context keys require a condition set operator" (reference_policies_condition-single-vs-multi-valued-context-keys); the result without one is not documented`,
		func(d Decision, r randomRequest) bool {
			return len(r.values(d.why.text)) > 1 && !strings.HasPrefix(strings.ToLower(d.Condition.Operator), "for")
		},
	},
	emptyValue: {
		"an empty value under Null or ForAllValues",
		`ForAllValues is true if the key "resolves to a null data set, such as an empty string" (reference_policies_condition-single-vs-multi-valued-context-keys); which empty values do, and whether they are null for Null, is not documented`,
		func(d Decision, r randomRequest) bool {
			operator := strings.ToLower(d.Condition.Operator)
			return slices.Contains(r.values(d.why.text), "") && (operator == "null" || strings.HasPrefix(operator, "forallvalues:"))
		},
	},
	missingKey: {
		"ForAnyValue with IfExists for a key that the request does not have",
		"ForAnyValue is false and IfExists true without the key; which of them wins is not documented",
		func(d Decision, r randomRequest) bool {
			operator := strings.ToLower(d.Condition.Operator)
			return r.values(d.why.text) == nil && strings.HasPrefix(operator, "foranyvalue:") && strings.HasSuffix(operator, "ifexists")
		},
	},
	manyInVariable: {
		"a variable with several values",
		`"You can't use a multivalued condition key as a variable" (reference_policies_variables); the effect is not documented`,
		func(d Decision, r randomRequest) bool { return len(r.values(d.why.text)) > 1 },
	},
	emptyVariable: {
		"a variable with an empty value",
		`a key "that has no value or is not present" is null as a variable (reference_policies_variables); whether the empty text is a value is not documented`,
		func(d Decision, r randomRequest) bool { return slices.Equal(r.values(d.why.text), []string{""}) },
	},
	malformedVariable: {
		"a ${ that does not start a valid policy variable",
		"the effect is not documented",
		func(d Decision, _ randomRequest) bool { return hasBrokenVariable(d.why.text) },
	},
	policyValue: {
		"a value of the policy that its operator cannot read",
		"the effect is not documented",
		func(d Decision, _ randomRequest) bool { return !readable(d.Condition.Operator, d.why.text, true) },
	},
	requestValue: {
		"a value of the request that the operator cannot read",
		"the effect is not documented",
		func(d Decision, _ randomRequest) bool { return !readable(d.Condition.Operator, d.why.text, false) },
	},
	awsEveryone: {
		`{"AWS": "*"} in an Allow statement, or in NotPrincipal, for a service`,
		`"*" and {"AWS": "*"} are said to be the same for anonymous users (reference_policies_elements_principal); whether the second includes services is not documented`,
		func(d Decision, r randomRequest) bool {
			listed := d.Statement.Principals
			if d.Statement.Effect == Deny {
				listed = d.Statement.NotPrincipals
			}
			return r.principal.Type == "Service" && slices.Contains(listed, Principal{"AWS", "*"})
		},
	},
	allowNotPrincipal: {
		"NotPrincipal with Allow",
		`"you can't use [it] with Allow" (reference_policies_elements_notprincipal)`,
		func(d Decision, _ randomRequest) bool {
			return d.Statement.Effect == Allow && d.Statement.NotPrincipals != nil
		},
	},
	sessionName: {
		"a session of the role as a principal, or NotPrincipal that lists the role",
		"the service chooses the name of its session, which the request of the role leaves open",
		func(d Decision, r randomRequest) bool {
			return strings.Contains(d.why.text, ":assumed-role/Lifecycle/") || d.Statement.NotPrincipals != nil && d.why.text == r.principal.ID
		},
	},
	someResources: {
		"a wildcard within a segment of a Resource that would have to match beyond the segment",
		`"If the * wildcard is the last character of a resource ARN segment, it can expand to match beyond the colon boundaries" (reference_policies_elements_resource); whether another can is not documented`,
		func(d Decision, _ randomRequest) bool {
			return regexp.MustCompile(`\*[^:*]|\?`).MatchString(d.why.text)
		},
	},
	resourceVariable: {
		"a variable of Resource with several values or an empty one, or a ${ that begins none",
		"as in conditions",
		func(d Decision, r randomRequest) bool {
			values := r.values(d.why.text)
			return len(values) > 1 || slices.Equal(values, []string{""}) || hasBrokenVariable(d.why.text)
		},
	},
	earlyVariable: {
		"a variable of Resource before the fifth colon",
		`"You can't use a variable to replace parts of the ARN before the fifth colon, such as the service or account" (reference_policies_variables), and policies of AWS's have them there`,
		func(d Decision, _ randomRequest) bool {
			before, _, found := strings.Cut(d.why.text, "${")
			return found && strings.Count(before, ":") < 5
		},
	},
	anyService: {
		`the action "*:*"`,
		`an action is "*" or has the form service:name (reference_policies_grammar); the effect of this one is not documented`,
		func(d Decision, _ randomRequest) bool {
			return slices.Contains(append(d.Statement.Actions, d.Statement.NotActions...), "*:*")
		},
	},
}

// values returns what a request has for a key; nil: the key is absent.
func (r randomRequest) values(key string) []string {
	for name, values := range r.context {
		if strings.EqualFold(name, key) {
			return values
		}
	}
	return nil
}

func hasBrokenVariable(text string) bool {
	return strings.Contains(regexp.MustCompile(`\$\{([*?$]|[A-Za-z0-9:/]+(, ?'[^']*')?)\}`).ReplaceAllString(text, ""), "${")
}

// The values that operators can parse, in a policy and in a request.
var readableValues = map[string][2]*regexp.Regexp{
	"numeric": both(`-?[0-9]+(\.[0-9]+)?`),
	"date":    both(`0|[1-9][0-9]{0,2}|[1-9][0-9]{4,10}|[0-9]{4}-(0[1-9]|1[0-2])(-[0-9]{2}(T[0-9:.]+(Z|[+-][0-9:]+))?)?`),
	"bool":    both(`true|false`),
	"binary":  both(`([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)?`),
	"null":    both(`true|false`),
	"ip":      {whole(`([0-9]+\.){3}[0-9]+(/([0-9]|[12][0-9]|3[012]))?|[0-9A-Fa-f:]+/[0-9]+`), whole(`([0-9]+\.){3}[0-9]+|[0-9A-Fa-f]*:[0-9A-Fa-f:]+`)},
	"arn":     both(`(?s)[^:]*:[^:]*:[^:]*:[^:]*:[^:]*:.*`),
}

func whole(expression string) *regexp.Regexp { return regexp.MustCompile(`^(` + expression + `)$`) }

func both(expression string) [2]*regexp.Regexp {
	return [2]*regexp.Regexp{whole(expression), whole(expression)}
}

func readable(operator, text string, policy bool) bool {
	operator = strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(operator), "forallvalues:"), "foranyvalue:")
	operator = strings.TrimPrefix(operator, "not")
	for family, expressions := range readableValues {
		if strings.HasPrefix(operator, family) {
			if policy {
				return expressions[0].MatchString(text)
			}
			return expressions[1].MatchString(text)
		}
	}
	return true // text is always readable
}

// unexplained returns why a decision must not be undecidable, or "".
func unexplained(d Decision, r randomRequest) string {
	if d.Outcome != Undecidable {
		return ""
	}
	listed, ok := undecidables[d.why.kind]
	if ok && listed.is(d, r) {
		return ""
	}
	return fmt.Sprintf("undecidable although everything is known, for a reason (%d) that is not listed: %s", d.why.kind, d.Reason())
}

// A completely known request is undecidable only for the listed constructs.
func TestUndecidableOnlyForListedConstructs(t *testing.T) {
	t.Parallel()
	g := newGenerator(6)
	seen := map[causeKind]int{}
	rounds, decided := 60000/testrun.Thin(), 0
	for i := range rounds {
		kind := kinds[i%len(kinds)]
		text, r := g.document(kind).write(g.style()), g.request(kind)
		d := Evaluate(parseKind(t, kind, text), r.known())
		if why := unexplained(d, r); why != "" {
			t.Errorf("%s\n%s\n%s", why, text, r)
		}
		if d.Outcome == Undecidable {
			seen[d.why.kind]++
		} else {
			decided++
		}
	}
	for kind, listed := range undecidables {
		if seen[kind] == 0 && testrun.Thin() == 1 { // the rarest needs them all
			t.Errorf("listed, but never seen: %s (%s)", listed.construct, listed.reason)
		}
	}
	if decided < rounds*95/100 {
		t.Errorf("only %d of %d decided", decided, rounds)
	}
	t.Logf("%d decided, by kind of cause: %v", decided, seen)
}
