package lintcmd

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// yamlPlaces finds the lines and columns of a YAML document.
type yamlPlaces struct {
	file string
	root ast.Node // nil: the document is empty
}

// of is the place of the value at a path; if it is a mapping or a list, that of the key before it or, in a list, that of
// its beginning. Without such a value, as below an alias or if a key is missing, it is the
// place of what would contain it.
func (p yamlPlaces) of(path ...string) string {
	node, at := p.root, firstToken(p.root)
	for _, name := range path {
		var key ast.Node
		if key, node = child(node, name); node == nil {
			break
		}
		if t := firstToken(node); t != nil && (key == nil || isScalar(node)) {
			at = t
		} else if key != nil {
			at = key.GetToken()
		}
	}
	return placeIn(p.file, at)
}

// placeIn is a file with the line and column of a token in it, if there is one.
func placeIn(file string, t *token.Token) string {
	if t == nil {
		return file
	}
	return fmt.Sprintf("%s: line %d, column %d", file, t.Position.Line, t.Position.Column)
}

// child returns the value with a name in a mapping or at an index of a list, and its key in a mapping.
func child(of ast.Node, name string) (key, value ast.Node) {
	switch of := unwrapped(of).(type) {
	case *ast.MappingNode:
		for _, pair := range of.Values {
			if key, value := child(pair, name); value != nil {
				return key, value
			}
		}
	case *ast.MappingValueNode:
		if of.Key.GetToken().Value == name {
			return of.Key, of.Value
		}
	case *ast.SequenceNode:
		if i, err := strconv.Atoi(name); err == nil && i < len(of.Values) {
			return nil, of.Values[i]
		}
	}
	return nil, nil
}

// unwrapped is a node without its anchor and tag.
func unwrapped(node ast.Node) ast.Node {
	switch node := node.(type) {
	case *ast.AnchorNode:
		return unwrapped(node.Value)
	case *ast.TagNode:
		return unwrapped(node.Value)
	}
	return node
}

// isScalar reports whether a node is written as one word, unlike an empty value.
func isScalar(node ast.Node) bool {
	switch unwrapped(node).(type) {
	case *ast.AliasNode:
		return true
	case *ast.NullNode:
		return false
	case ast.ScalarNode:
		return true
	}
	return false
}

// firstToken is where a node begins; nil: it is nothing.
func firstToken(node ast.Node) *token.Token {
	switch node := node.(type) {
	case nil:
		return nil
	case *ast.MappingNode:
		if !node.IsFlowStyle && len(node.Values) > 0 { // its own token is a colon
			return firstToken(node.Values[0])
		}
	case *ast.MappingValueNode:
		return node.Key.GetToken()
	}
	return node.GetToken()
}

// dotted is a path as a message names it, such as owners[0].account.
func dotted(path []string) string {
	var b strings.Builder
	for i, name := range path {
		switch _, err := strconv.Atoi(name); {
		case err == nil:
			b.WriteString("[" + name + "]")
		case i > 0:
			b.WriteString("." + name)
		default:
			b.WriteString(name)
		}
	}
	return b.String()
}
