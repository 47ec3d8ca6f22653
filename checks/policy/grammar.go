package policy

import (
	"fmt"
	"strings"
)

// The rules of the grammar that Parse and Lint share: Parse stops at the first
// problem and Lint reports all. Each function returns the problem as one sentence
// without a full stop, or "".

const (
	noStatement = "the document has no Statement"
	aScalar     = "a string, a number or a boolean"
)

func versionProblem(version string) string {
	if version == "2008-10-17" || version == "2012-10-17" {
		return ""
	}
	return fmt.Sprintf("Version %s is not valid; it must be 2012-10-17 or 2008-10-17", quote(version))
}

func effectProblem(effect string) string {
	if effect == "Allow" || effect == "Deny" {
		return ""
	}
	return fmt.Sprintf("Effect %s is not valid; it must be Allow or Deny", quote(effect))
}

// missingOrExcess returns the problems with elements that a statement lacks or must
// not have.
func missingOrExcess(kind Kind, has func(element string) bool) []string {
	var problems []string
	exactlyOne := func(element string) {
		switch plain, not := has(element), has("Not"+element); {
		case plain && not:
			problems = append(problems, fmt.Sprintf("the statement has both %s and Not%s", element, element))
		case !plain && !not:
			problems = append(problems, fmt.Sprintf("the statement has neither %s nor Not%s", element, element))
		}
	}
	hasPrincipal := has("Principal") || has("NotPrincipal")
	hasResource := has("Resource") || has("NotResource")
	if !has("Effect") {
		problems = append(problems, "the statement has no Effect")
	}
	exactlyOne("Action")
	if kind == Trust && hasResource {
		problems = append(problems, "a trust policy must not have Resource or NotResource: its resource is the role")
	}
	if kind == Identity && hasPrincipal {
		problems = append(problems, "an identity policy must not have Principal or NotPrincipal: its principal is the identity")
	}
	if kind != Identity {
		exactlyOne("Principal")
	}
	if kind == Identity || kind == Resource && hasResource {
		exactlyOne("Resource")
	}
	return problems
}

// actionProblem requires an action to be "*" or service:name. IAM refuses wildcards
// in the service ("Action vendors must not contain wildcards"). "*:*" occurs in policies
// that AWS accepts, so it is an action whose meaning is not documented (see matchAction).
func actionProblem(action string) string {
	service, _, hasName := strings.Cut(action, ":")
	if action == "*" || action == "*:*" || hasName && service != "" && !strings.ContainsAny(service, "*?") {
		return ""
	}
	return fmt.Sprintf(`action %s is not valid; it must be "*" or have the form service:name`, quote(action))
}

// barePrincipalProblem checks a Principal element that is a string.
func barePrincipalProblem(text string) string {
	if text == "*" {
		return ""
	}
	return fmt.Sprintf(`principal %s is not valid; it must be "*" or an object`, quote(text))
}

// mayBeBarePrincipal reports whether a text with symbols may be "*" or stand for an object.
func mayBeBarePrincipal(text string) bool {
	return inText(text) && overlap(compileSymbols(text), "*")
}

var principalTypes = []string{"AWS", "Service", "Federated", "CanonicalUser"}

func principalTypeProblem(name string) string {
	for _, known := range principalTypes {
		if name == known {
			return ""
		}
	}
	return fmt.Sprintf("principal type %s is not valid; it must be AWS, Service, Federated or CanonicalUser", quote(name))
}

// principalProblem refuses wildcards: "You cannot use a wildcard to match part
// of a principal name or ARN", nor for all services (IAM User Guide,
// reference_policies_elements_principal). If it were taken literally, a Deny with a
// wildcard would silently match nothing.
func principalProblem(principalType, id string) string {
	if !isGlob(id) || principalType == "AWS" && id == "*" {
		return ""
	}
	return fmt.Sprintf("principal %s contains a wildcard, which IAM does not allow here", quote(id))
}

func keyProblem(key string) string {
	if key == "" {
		return "the condition key is empty"
	}
	return ""
}

func unknownElement(name string) string {
	return fmt.Sprintf("element %s is not valid here", quote(name))
}

// writtenTwice reports a name that the same object already has at offset.
func writtenTwice(text, name string, offset int) string {
	line, column := position(text, offset)
	return fmt.Sprintf("%s appears twice in one object; the first is at line %d, column %d", quote(name), line, column)
}

// needed reports a token or value in a position that requires another.
func needed(want string, kind tokenKind, text string) string {
	got := "the end of the text"
	switch kind {
	case endOfText:
	case stringToken:
		got = "the string " + quote(text)
	case '{':
		got = "an object"
	case '[':
		got = "an array"
	case numberToken, wordToken:
		got = text
	default:
		got = quote(text)
	}
	return fmt.Sprintf("expected %s, found %s", want, clip(got))
}
