package policy

import (
	"slices"
	"strings"
)

// KnownActions returns the IAM actions that lifecycle management needs.
func KnownActions() []string { return slices.Clone(knownActions) }

// IsOperator reports whether a name, in any letter case, is a condition operator.
func IsOperator(name string) bool {
	_, problem := parseOperator(name)
	return problem == ""
}

// IsGlobalKey reports whether a name, in any letter case, is a global condition key.
// For a key that ends with a tag key, pass the part before the slash.
func IsGlobalKey(name string) bool { return globalKeys[strings.ToLower(name)] }
