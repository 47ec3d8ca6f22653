package cloudformation

import (
	"errors"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/iblint/iblint/internal/lazyregexp"
)

// ErrOther is the error of Parse for a file that is no template.
var ErrOther = errors.New("no CloudFormation template")

var (
	// sections are keys at the top of a template, in YAML or JSON.
	sections = lazyregexp.New(`(?:^|[\n{,])[ \t\r]*["']?(?:AWSTemplateFormatVersion|Transform|Resources)["']?[ \t]*:`)
	version  = lazyregexp.New(`(?:^|[\n{,])[ \t\r]*["']?AWSTemplateFormatVersion["']?[ \t]*:`)
	typed    = lazyregexp.New(`["']?Type["']?[ \t]*:[ \t]*["']?(?:AWS|Custom|Alexa)::`)
)

// Recognize reports whether content looks like a CloudFormation template. It may be one that has
// errors.
func Recognize(data []byte) bool {
	_, err := Parse("", data)
	return !errors.Is(err, ErrOther)
}

// Begins reports whether the beginning of a file looks like that of a template. It may be one of a
// file that is too large to parse.
func Begins(head []byte) bool { return mentions(string(head)) }

// mentions reports whether a text has what a template that does not parse would have.
func mentions(text string) bool {
	return version().MatchString(text) || sections().MatchString(text) && typed().MatchString(text)
}

// isTemplate reports whether a document is a template: it says so, or it has resources with types
// of CloudFormation. Other documents have a member Resources, too.
func isTemplate(root *yaml.Node) bool {
	if root.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i+1 < len(root.Content); i += 2 {
		value := resolved(root.Content[i+1])
		switch resolved(root.Content[i]).Value {
		case "AWSTemplateFormatVersion":
			return true
		case "Transform":
			if strings.HasPrefix(value.Value, "AWS::") {
				return true
			}
			for _, one := range value.Content {
				if strings.HasPrefix(resolved(one).Value, "AWS::") {
					return true
				}
			}
		case "Resources":
			if value.Kind == yaml.MappingNode && hasTypes(value) {
				return true
			}
		}
	}
	return false
}

func hasTypes(resources *yaml.Node) bool {
	for i := 1; i < len(resources.Content); i += 2 {
		if kind := member(resolved(resources.Content[i]), "Type"); kind != nil && strings.Contains(kind.Value, "::") {
			return true
		}
	}
	return false
}
