package policy

import (
	"slices"
	"strings"
)

// The names that lifecycle management needs, for finding misspellings. IAM ignores
// the case of services and actions, and compares service principals exactly.

const imageBuilderService = "imagebuilder.amazonaws.com"

var knownActions = func() []string {
	known := []string{"sts:AssumeRole"}
	for _, g := range ManagedPolicyGrants {
		known = append(known, g.Action)
	}
	return known
}()

// realNeighbors are actions that exist and look like misspellings of known ones.
var realNeighbors = []string{"sts:assumeroot", "ec2:registerimage"}

// actions also notes misspellings. For an action with a wildcard it checks only the
// name of the service.
func (l *linter) actions(n *node) {
	l.notEmpty(n)
	l.list(n, func(n *node) {
		if !l.isString(n) || n.hasSymbol() || !l.require(n.start, actionProblem(n.text)) {
			return
		}
		if n.text == "*:*" {
			l.note(n.start, `AWS does not document what the action "*:*" includes; write "*"`)
		}
		if meant := actionMeant(n.text); meant != "" {
			l.note(n.start, "action %s does not exist; it is probably a misspelling of %s", quote(n.text), meant)
		}
	})
}

// actionMeant returns the known action, or service:..., that an action is probably a
// misspelling of, or "".
func actionMeant(action string) string {
	if len(action) > maxName {
		return ""
	}
	action = lowerASCII(action)
	service, name, _ := strings.Cut(action, ":")
	if service != "imagebuilder" && nearest(service, []string{"imagebuilder"}) != "" {
		return "imagebuilder:..."
	}
	if strings.ContainsAny(name, "*?") || slices.Contains(realNeighbors, action) {
		return ""
	}
	best := ""
	for _, known := range knownActions {
		knownService, knownName, _ := strings.Cut(lowerASCII(known), ":")
		switch {
		case action == lowerASCII(known):
			return ""
		case service == knownService && distance(name, knownName, 2) <= 2,
			// Names of services are short and similar, so the name of the action must
			// be equal.
			name == knownName && distance(service, knownService, 1) <= 1:
			best = known
		}
	}
	return best
}

func (l *linter) principals(n *node) {
	if n.kind == stringToken {
		if !mayBeBarePrincipal(n.text) {
			l.require(n.start, barePrincipalProblem(n.text))
		}
		return
	}
	l.object(n, func(m member) {
		if problem := principalTypeProblem(m.name); problem != "" && !inText(m.name) {
			l.note(m.start, "%s", orNearest(problem, m.name, principalTypes))
		}
		l.notEmpty(m.value)
		l.list(m.value, func(n *node) {
			if !l.isString(n) || !l.require(n.start, principalProblem(m.name, n.text)) || n.hasSymbol() {
				return
			}
			switch m.name {
			case "AWS":
				l.require(n.start, awsPrincipalDoubt(n.text))
			case "Service":
				l.require(n.start, serviceDoubt(n.text))
			}
		})
	})
}

// namesEveryone reports whether a Principal element is "*" or lists it.
func namesEveryone(n *node) bool {
	if n.kind == stringToken {
		return n.text == "*"
	}
	ids := n.member("AWS")
	return ids != nil && (ids.text == "*" || slices.ContainsFunc(ids.entries, func(e entry) bool { return e.value.text == "*" }))
}

// awsPrincipalDoubt reports unique IDs. IAM shows them in place of the ARN of a
// deleted user or role and does not accept them in a policy (IAM User Guide,
// reference_policies_elements_principal and reference_identifiers).
func awsPrincipalDoubt(id string) string {
	for _, prefix := range [...]string{"AIDA", "AROA", "ANPA", "AGPA"} {
		if strings.HasPrefix(id, prefix) && isPlain(id) && !strings.ContainsAny(id, ":/") {
			return "principal " + quote(id) + " is the unique ID of a deleted user, role, group or policy; IAM rejects a policy that contains it"
		}
	}
	if allDigits(id) && len(id) != 12 {
		return accountProblem(id)
	}
	return ""
}

// serviceSuffixes are the suffixes of service principals. Principals of Alexa may
// have an older one.
var serviceSuffixes = []string{".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".c2s.ic.gov", ".sc2s.sgov.gov"}

// serviceDoubt reports a service principal that cannot exist or is probably a
// misspelling of the one of Image Builder. A principal with a Region is not a
// misspelling.
func serviceDoubt(id string) string {
	if id == imageBuilderService || len(id) > maxName {
		return ""
	}
	label, hasSuffix := lowerASCII(id), false
	for _, suffix := range append(serviceSuffixes, ".amazon.com", ".aws.com", ".amazonaws", ".aws") {
		var cut bool
		if label, cut = strings.CutSuffix(label, suffix); cut {
			hasSuffix = slices.Contains(serviceSuffixes, suffix) || strings.HasPrefix(id, "alexa-")
			break
		}
	}
	label = strings.NewReplacer("-", "", "_", "", " ", "", ".", "").Replace(label)
	for _, prefix := range [...]string{"amazon", "aws", "ec2"} {
		label = strings.TrimPrefix(label, prefix)
	}
	switch {
	case distance(label, "imagebuilder", 2) <= 2:
		return "service principal " + quote(id) + " is not " + imageBuilderService + "; IAM compares service principals exactly"
	case id != lowerASCII(id):
		return "service principal " + quote(id) + " contains an upper-case letter; service principals are lower-case, and IAM compares them exactly"
	case !hasSuffix:
		return "service principal " + quote(id) + " does not end in .amazonaws.com"
	}
	return ""
}

// accountProblem reports an account ID that does not have 12 digits.
func accountProblem(account string) string {
	switch {
	case len(account) == 12 && allDigits(account):
		return ""
	case len(account) < 12 && allDigits(account):
		return "account ID " + quote(account) + " has fewer than 12 digits; leading zeros are lost when an account ID is written as a number"
	}
	return "account ID " + quote(account) + " does not consist of 12 digits"
}
