package terraform

import (
	"bytes"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// The parsers of hcl are recursive, and a stack overflow cannot be recovered from. So sources that
// are nested deeper than people write are refused before they are parsed.
const maxNesting = 500

// checkNesting returns an error if a source is nested too deeply for the parser.
func checkNesting(src []byte, name string) error {
	if !mayNest(src) {
		return nil
	}
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos)
	return checkTokens(tokens)
}

// checkTemplateNesting is checkNesting for a template.
func checkTemplateNesting(src []byte, name string) error {
	if !mayNest(src) {
		return nil
	}
	tokens, _ := hclsyntax.LexTemplate(src, name, hcl.InitialPos)
	return checkTokens(tokens)
}

func checkTokens(tokens hclsyntax.Tokens) error {
	var depth, prefix, questions, controls int
	for i, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOParen, hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenTemplateInterp, hclsyntax.TokenOQuote, hclsyntax.TokenOHeredoc:
			depth++
		case hclsyntax.TokenTemplateControl:
			depth++
			if i+1 < len(tokens) {
				switch word := tokens[i+1].Bytes; {
				case bytes.Equal(word, []byte("if")), bytes.Equal(word, []byte("for")):
					controls++
				case bytes.Equal(word, []byte("endif")), bytes.Equal(word, []byte("endfor")):
					controls = max(0, controls-1)
				}
			}
		case hclsyntax.TokenCParen, hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenTemplateSeqEnd, hclsyntax.TokenCQuote, hclsyntax.TokenCHeredoc:
			depth = max(0, depth-1)
		case hclsyntax.TokenQuestion:
			questions++
		case hclsyntax.TokenNewline:
			if depth <= 1 {
				questions = 0
			}
		}
		switch t.Type {
		case hclsyntax.TokenBang, hclsyntax.TokenMinus:
			prefix++
		case hclsyntax.TokenComment, hclsyntax.TokenNewline:
		default:
			prefix = 0
		}
		if depth+controls > maxNesting || prefix > maxNesting || questions > maxNesting {
			return fatal(t.Range, "the source is nested more than %d levels deep; simplify it", maxNesting)
		}
	}
	return nil
}

// mayNest is a fast approximation: it returns true for each source that is nested too deeply, and
// for few others.
func mayNest(src []byte) bool {
	var depth, prefixes, questions, controls int
	for i, c := range src {
		switch c {
		case '(', '[', '{':
			depth++
			if depth > maxNesting {
				return true
			}
			if i > 0 && src[i-1] == '%' {
				controls++
			}
		case ')', ']', '}':
			depth = max(0, depth-1)
		case '!', '-':
			prefixes++
		case '?':
			questions++
		}
	}
	return prefixes > 4*maxNesting || questions > maxNesting || controls > maxNesting
}

// checkJSONNesting is checkNesting for JSON.
func checkJSONNesting(src []byte, name string) error {
	depth, quoted := 0, false
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
			if depth > maxNesting {
				line := 1 + bytes.Count(src[:i], []byte("\n"))
				return fatal(hcl.Range{Filename: name, Start: hcl.Pos{Line: line}}, "the source is nested more than %d levels deep; simplify it", maxNesting)
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return nil
}
