package cloudformation

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// Some places of a template take what is written there, and no function: the text of Fn::Sub, the
// name of a condition, the list of arguments.

func literal(n *yaml.Node, kind yaml.Kind) bool {
	return n.Kind == kind && (!strings.HasPrefix(n.Tag, "!") || strings.HasPrefix(n.Tag, "!!"))
}

func isText(n *yaml.Node) bool { return literal(n, yaml.ScalarNode) }
func isList(n *yaml.Node) bool { return literal(n, yaml.SequenceNode) }
func isMap(n *yaml.Node) bool  { return literal(n, yaml.MappingNode) }
