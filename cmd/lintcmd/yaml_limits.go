package lintcmd

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Limits for a configuration file, far above what users write. The YAML library needs time
// and memory that grow with the square of each.
const (
	maxYAMLDepth = 100
	maxYAMLBlank = 1000    // lines in a row
	maxYAMLAlias = 4 << 20 // bytes that aliases expand to
)

// yamlFault is what is wrong with a YAML document, and where.
type yamlFault struct {
	at *token.Token
	error
}

// boundedYAML returns the documents that are not empty, or a fault if the YAML library would take too
// long to decode them. It returns neither if there is a syntax error, which decoding returns with its position.
func boundedYAML(data []byte) ([]*ast.DocumentNode, *yamlFault) {
	blank := 0
	for i, line := range bytes.Split(data, []byte("\n")) {
		blank++
		if len(bytes.TrimSpace(line)) > 0 {
			blank = 0
		}
		if blank > maxYAMLBlank {
			at := &token.Token{Position: &token.Position{Line: i + 1, Column: 1}}
			return nil, &yamlFault{at, fmt.Errorf("more than %d blank lines in a row; remove some", maxYAMLBlank)}
		}
	}
	if t := tooDeep(lexer.Tokenize(string(data))); t != nil {
		return nil, &yamlFault{t, fmt.Errorf("nested deeper than %d levels; a configuration has fewer than 10", maxYAMLDepth)}
	}
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, nil //nolint:nilerr // see above
	}
	e := expansion{anchors: map[string]int{}}
	for _, document := range file.Docs {
		e.size(document.Body)
	}
	if e.over != nil {
		return nil, &yamlFault{e.over, fmt.Errorf("the aliases up to here expand to more than %d MiB of text; use fewer", maxYAMLAlias>>20)}
	}
	return slices.DeleteFunc(file.Docs, func(d *ast.DocumentNode) bool { return d.Body == nil }), nil
}

// tooDeep returns the first token that is nested too deep, or nil. In block style, a nested
// value starts in a column further right, possibly on the same line ("- - -", "a: a: a:").
// In flow style (brackets), everything after the last comma may be nested.
func tooDeep(tokens token.Tokens) *token.Token {
	const bracket = -1
	var levels []int // the column of each level, or bracket
	flow := 0        // number of brackets in levels
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

// expansion computes the size that aliases expand to, without expanding them.
type expansion struct {
	anchors map[string]int // size of each anchor's value in bytes
	aliases int            // size of all expanded aliases in bytes
	over    *token.Token   // the first alias above the limit; nil: there is none
}

// size returns the size of a node in bytes after expansion. It is capped at twice the limit.
func (e *expansion) size(node ast.Node) int {
	const minimum = 16 // of any node
	total := minimum
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
		if e.aliases > maxYAMLAlias && e.over == nil {
			e.over = node.GetToken()
		}
	case ast.ScalarNode:
		total += len(node.GetToken().Value)
	}
	return min(total, 2*maxYAMLAlias)
}
