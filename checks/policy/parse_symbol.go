package policy

import "github.com/iblint/iblint/checks/symbol"

// hasSymbol reports whether a token is a string with a symbol.
func (p *parser) hasSymbol(t token) bool {
	return p.symbols && t.kind == stringToken && symbol.In(t.text)
}

// isSymbol reports whether a token is one symbol and nothing else, which may stand for any
// value.
func (p *parser) isSymbol(t token) bool {
	return p.symbols && t.kind == stringToken && symbol.Is(t.text)
}

// openStatement is a statement in place of a symbol. It may have any effect on any request.
func (p *parser) openStatement(t token, index int) Statement {
	return Statement{Index: index, Line: p.line(t.start), Effect: UnknownEffect, Symbol: t.text, effect: t.text}
}

// skip reads any value.
func (p *parser) skip() { p.node(p.next(), maxDepth/2) }
