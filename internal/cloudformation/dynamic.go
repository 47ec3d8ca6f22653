package cloudformation

import (
	"strings"

	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/lazyregexp"
)

// dynamicReference is a value that CloudFormation reads of SSM or Secrets Manager while it
// deploys (CloudFormation User Guide, dynamic references).
var dynamicReference = lazyregexp.New(`\{\{(resolve:[^{}]*)\}\}`)

// dynamic puts symbols in the place of dynamic references. The same reference is the same value.
func (s *Stack) dynamic(v *Value) *Value {
	switch v.Kind {
	case Text:
		if !strings.Contains(v.Text, "{{resolve:") {
			return v
		}
		out := *v
		out.Text = dynamicReference().ReplaceAllStringFunc(v.Text, func(one string) string {
			name := symbol.Text(one[2 : len(one)-2])
			if len(name) > maxName {
				name = name[:maxName] + "…"
			}
			return symbol.New(strings.ToValidUTF8(name, ""), "read at the deployment ("+v.At.String()+")")
		})
		return &out
	case List:
		out := *v
		out.Items = make([]*Value, len(v.Items))
		for i, item := range v.Items {
			out.Items[i] = s.dynamic(item)
		}
		return &out
	case Map:
		for i, m := range v.Members { // maps are of this resource only
			v.Members[i].Value = s.dynamic(m.Value)
		}
	}
	return v
}
