package policy

import (
	"slices"

	"github.com/iblint/iblint/checks/symbol"
)

// hasSymbol reports whether a value is a string with a symbol.
func (n *node) hasSymbol() bool { return n.kind == stringToken && inText(n.text) }

// isSymbol reports whether a value is one symbol and nothing else, which may stand for any
// value.
func (n *node) isSymbol() bool { return n.hasSymbol() && symbol.Is(n.text) }

// hasSymbolicName reports whether a member of an object has a name with a symbol, so that it may
// be any member.
func (n *node) hasSymbolicName() bool {
	return n.kind == '{' && slices.ContainsFunc(n.entries, func(e entry) bool { return inText(e.name) })
}
