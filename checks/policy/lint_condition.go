package policy

import (
	"net/netip"
	"strings"
)

func (l *linter) conditions(n *node) {
	operators := map[string]member{}
	l.object(n, func(m member) {
		op, problem := parseOperator(m.name)
		if problem != "" && !inText(m.name) {
			l.note(m.start, "%s", orNearest(problem, m.name, operatorNames))
		}
		l.differInCase("operators", operators, m)
		keys := map[string]member{}
		l.object(m.value, func(key member) {
			l.require(key.start, keyProblem(key.name))
			l.differInCase("keys", keys, key)
			if problem == "" && !inText(key.name) {
				l.condition(op, m.name, key)
			} else {
				l.list(key.value, func(n *node) { l.isScalar(n) })
			}
		})
	})
}

// differInCase notes a name that differs from an earlier one only in letter case.
// IAM ignores the case of operators and keys (IAM User Guide,
// reference_policies_elements_condition).
func (l *linter) differInCase(what string, seen map[string]member, m member) {
	lower := lowerKey(m.name)
	first, twice := seen[lower]
	if !twice {
		seen[lower] = m
	} else if first.name != m.name {
		line, _ := position(l.text, first.start)
		l.note(m.start, "condition %s %s and %s (at line %d) differ only in letter case, which IAM ignores", what, quote(m.name), quote(first.name), line)
	}
}

func (l *linter) isScalar(n *node) bool {
	if n.kind == stringToken || n.kind == numberToken || n.kind == wordToken && n.text != "null" {
		return true
	}
	l.note(n.start, "%s", needed(aScalar, n.kind, n.text))
	return false
}

// condition checks one key of one operator.
func (l *linter) condition(op operator, name string, key member) {
	lower := strings.ToLower(key.name)
	if singleValuedKeys[lower] {
		switch op.set {
		case forAllValues:
			// IAM User Guide, reference_policies_condition-single-vs-multi-valued-context-keys:
			// "ForAllValues ... returns true if there are no context keys in the request".
			l.note(key.start, "%s has a single value and does not need ForAllValues, which also matches a request without the key", quoteName(key.name))
		case forAnyValue:
			l.note(key.start, "%s has a single value and does not need ForAnyValue", quoteName(key.name))
		}
	}
	// The key of a tag follows a slash.
	if base, _, _ := strings.Cut(lower, "/"); strings.HasPrefix(base, "aws:") && !globalKeys[base] {
		if meant := nearest(base, globalKeyNames); meant != "" {
			l.note(key.start, "condition key %s does not exist; it is probably a misspelling of %s", quote(key.name), meant)
		}
	}
	if key.value.kind == '[' && len(key.value.entries) == 0 {
		switch {
		case op.negated:
			l.note(key.value.start, "the list is empty, so the condition holds for every value")
		case op.ifExists || op.set == forAllValues:
			l.note(key.value.start, "the list is empty, so the condition holds only for a request without %s", quoteName(key.name))
		default:
			l.note(key.value.start, "the list is empty, so the condition never holds")
		}
	}
	l.list(key.value, func(n *node) {
		if l.isScalar(n) && !n.hasSymbol() {
			l.value(op, name, lower, n)
		}
	})
}

// value checks one value of a condition (IAM User Guide,
// reference_policies_elements_condition_operators).
func (l *linter) value(op operator, name, key string, n *node) {
	if op.takesVariables() {
		l.variable(n)
	}
	variable := l.variables && strings.Contains(n.text, "${")
	switch op.family {
	case stringExact, stringFold:
		switch {
		case l.hasWildcard(n.text) && op.negated:
			l.note(n.start, "%s compares the wildcard in %s as literal text, so it excludes only that exact text; StringNotLike accepts wildcards", quoteName(name), quote(n.text))
		case l.hasWildcard(n.text):
			l.note(n.start, "%s compares the wildcard in %s as literal text, so only that exact text matches; StringLike accepts wildcards", quoteName(name), quote(n.text))
		case !variable:
			l.account(key, n)
		}
	case stringLike:
		if !variable && !strings.ContainsAny(n.text, "*?") {
			l.account(key, n)
		}
	case arnLike:
		if !variable && strings.Count(n.text, ":") < 5 {
			l.note(n.start, "%s has fewer than the six parts of an ARN, so no ARN matches it", quote(n.text))
		}
	case boolean, null:
		if _, ok := parseBool(n.text); !ok {
			l.note(n.start, "value %s of %s is not valid; it must be true or false", quote(n.text), quoteName(name))
		}
	case numeric:
		_, ok := parseDecimal(n.text)
		l.readable(ok, "a number", name, n)
	case date:
		_, ok := parseDate(n.text)
		l.readable(ok, "a date", name, n)
	case binary:
		_, ok := parseBinary(n.text)
		l.readable(ok, "valid base64", name, n)
	case ipAddress:
		_, isRange := parsePrefix(n.text)
		_, err := netip.ParseAddr(n.text)
		l.readable(isRange || err == nil, "an IP address or a CIDR range", name, n)
	}
}

// literalWildcards removes the variables that stand for a literal * or ?.
var literalWildcards = strings.NewReplacer("${*}", "", "${?}", "")

func (l *linter) hasWildcard(text string) bool {
	if l.variables {
		text = literalWildcards.Replace(text)
	}
	return strings.ContainsAny(text, "*?")
}

func (l *linter) readable(ok bool, form, name string, n *node) {
	if !ok {
		l.note(n.start, "value %s of %s is not %s", quote(n.text), quoteName(name), form)
	}
}

func (l *linter) account(key string, n *node) {
	switch key {
	case "aws:sourceaccount", "aws:principalaccount", "aws:resourceaccount":
		l.require(n.start, accountProblem(n.text))
	}
}

// operatorNames are the operators as the guide spells them, for finding
// misspellings.
var operatorNames = func() []string {
	base := []string{
		"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike",
		"ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike",
		"NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals",
		"DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals",
		"Bool", "BinaryEquals", "IpAddress", "NotIpAddress",
	}
	names := append([]string{"Null"}, base...)
	for _, name := range base {
		names = append(names, name+"IfExists", "ForAllValues:"+name, "ForAnyValue:"+name)
	}
	return names
}()

// The global condition keys (IAM User Guide, reference_policies_condition-keys) and
// the single-valued keys of sts. Keys that end with a tag key are listed without it.
var (
	singleValuedNames = []string{
		"aws:CurrentTime", "aws:Ec2InstanceSourcePrivateIPv4", "aws:Ec2InstanceSourceVpc", "aws:EpochTime", "aws:FederatedProvider",
		"aws:MultiFactorAuthAge", "aws:MultiFactorAuthPresent", "aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalIsAWSService",
		"aws:PrincipalOrgID", "aws:PrincipalServiceName", "aws:PrincipalType", "aws:referer", "aws:RequestedRegion", "aws:ResourceAccount",
		"aws:ResourceOrgID", "aws:SecureTransport", "aws:SourceAccount", "aws:SourceArn", "aws:SourceIdentity", "aws:SourceIp",
		"aws:SourceOrgID", "aws:SourceVpc", "aws:SourceVpcArn", "aws:SourceVpce", "aws:TokenIssueTime", "aws:UserAgent", "aws:userid",
		"aws:username", "aws:ViaAWSService", "aws:VpceAccount", "aws:VpceOrgID", "aws:VpcSourceIp",
	}
	globalKeyNames = append([]string{
		"aws:AssumedRoot", "aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast", "aws:PrincipalOrgPaths",
		"aws:PrincipalServiceNamesList", "aws:PrincipalTag", "aws:RequestTag", "aws:ResourceOrgPaths", "aws:ResourceTag",
		"aws:SourceOrgPaths", "aws:TagKeys", "aws:VpceOrgPaths",
	}, singleValuedNames...)

	globalKeys       = lowerSet(globalKeyNames)
	singleValuedKeys = lowerSet(append([]string{"sts:ExternalId", "sts:RoleSessionName", "sts:SourceIdentity"}, singleValuedNames...))
)

func lowerSet(names []string) map[string]bool {
	set := map[string]bool{}
	for _, name := range names {
		set[strings.ToLower(name)] = true
	}
	return set
}
