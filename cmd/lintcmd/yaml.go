package lintcmd

import (
	"bytes"
	"fmt"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// What a configuration may hold beyond what anybody writes. The YAML library takes
// time and memory by the square of each.
const (
	maxYAMLDepth = 100
	maxYAMLBlank = 1000    // lines in a row
	maxYAMLAlias = 4 << 20 // bytes that aliases stand for
)

// boundedYAML refuses a document that would take the YAML library too long.
func boundedYAML(data []byte) error {
	blank := 0
	for i, line := range bytes.Split(data, []byte("\n")) {
		blank++
		if len(bytes.TrimSpace(line)) > 0 {
			blank = 0
		}
		if blank > maxYAMLBlank {
			return fmt.Errorf("line %d: more than %d blank lines in a row; remove some", i+1, maxYAMLBlank)
		}
	}
	if t := tooDeep(lexer.Tokenize(string(data))); t != nil {
		return fmt.Errorf("line %d, column %d: nested deeper than %d levels; a configuration has fewer than 10", t.Position.Line, t.Position.Column, maxYAMLDepth)
	}
	e := expansion{anchors: map[string]int{}}
	if file, err := parser.ParseBytes(data, 0); err == nil { // else decoding finds it, too, and says where
		for _, document := range file.Docs {
			e.size(document.Body)
		}
	}
	if e.aliases > maxYAMLAlias {
		return fmt.Errorf("its aliases stand for more than %d MiB of text; write less of it with aliases", maxYAMLAlias>>20)
	}
	return nil
}

// tooDeep is the first token that is nested too deep. In a block, what is nested
// stands in a column further right, be it on the same line ("- - -", "a: a: a:"); in
// brackets, all that stands behind the last comma may be nested.
func tooDeep(tokens token.Tokens) *token.Token {
	const bracket = -1
	var levels []int // the column of each, or that it is a bracket
	flow := 0        // brackets among the levels
	for i, t := range tokens {
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			levels, flow = append(levels, bracket), flow+1
		case token.SequenceEndType, token.MappingEndType, token.CollectEntryType:
			if flow == 0 {
				continue
			}
			for levels[len(levels)-1] != bracket {
				levels = levels[:len(levels)-1]
			}
			if t.Type != token.CollectEntryType {
				levels, flow = levels[:len(levels)-1], flow-1
			}
		case token.SequenceEntryType, token.MappingKeyType, token.MappingValueType:
			column := t.Position.Column
			if t.Type == token.MappingValueType && i > 0 {
				column = tokens[i-1].Position.Column // of the key
			}
			for flow == 0 && len(levels) > 0 && levels[len(levels)-1] >= column {
				levels = levels[:len(levels)-1]
			}
			levels = append(levels, column)
		}
		if len(levels) > maxYAMLDepth {
			return t
		}
	}
	return nil
}

// expansion adds up what aliases stand for, without putting it there.
type expansion struct {
	anchors map[string]int // the size of what stands behind each, in bytes
	aliases int            // the size of what all aliases stand for
}

// size is that of a node with what its aliases stand for; far too much is no more.
func (e *expansion) size(node ast.Node) int {
	const each = 16 // that a node takes at least
	total := each
	switch node := node.(type) {
	case *ast.MappingNode:
		for _, value := range node.Values {
			total += e.size(value)
		}
	case *ast.MappingValueNode:
		total += e.size(node.Key) + e.size(node.Value)
	case *ast.SequenceNode:
		for _, value := range node.Values {
			total += e.size(value)
		}
	case *ast.TagNode:
		total += e.size(node.Value)
	case *ast.AnchorNode:
		total += e.size(node.Value)
		e.anchors[node.Name.GetToken().Value] = total
	case *ast.AliasNode:
		total += e.anchors[node.Value.GetToken().Value]
		e.aliases = min(e.aliases+total, 2*maxYAMLAlias)
	case ast.ScalarNode:
		total += len(node.GetToken().Value)
	}
	return min(total, 2*maxYAMLAlias)
}
