package policy

import (
	"slices"
	"strings"
)

// KnownActions are the IAM actions that matter to lifecycle management.
func KnownActions() []string { return slices.Clone(knownActions) }

// IsOperator says whether a name is that of a condition operator, in any letter case.
func IsOperator(name string) bool {
	_, problem := parseOperator(name)
	return problem == ""
}

// IsGlobalKey says whether a name is that of a global condition key, in any letter
// case. Of a key with a tag's key in it, it is the part before the slash.
func IsGlobalKey(name string) bool { return globalKeys[strings.ToLower(name)] }
