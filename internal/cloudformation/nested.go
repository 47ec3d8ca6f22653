package cloudformation

import (
	"strings"
)

const nestedType = "AWS::CloudFormation::Stack"

// Nested is the stack that a resource of type AWS::CloudFormation::Stack creates. It is nil, with
// why, if its template is not there.
func (r *Resource) Nested() (*Stack, string) {
	switch {
	case r.Type != nestedType:
		return nil, "it is no stack"
	case r.nested != nil || r.noNested != "":
	case r.stack.o.Nested == nil:
		r.noNested = "templates of nested stacks are not read"
	case r.stack.depth >= maxNested:
		r.noNested = "stacks are nested too deep"
	default:
		t, why := r.stack.o.Nested(r)
		if t == nil {
			r.noNested = why
			break
		}
		o := r.stack.o
		o.StackName, o.Uncertain = "", r.Uncertain
		o.Parameters, o.OtherParameters = ParametersOf(r.Properties.Member("Parameters"))
		r.nested = r.stack.set.add(t, o, r.Address()+".", r.stack.depth+1)
	}
	return r.nested, r.noNested
}

// ParametersOf are the values that a map gives the parameters of another template, as text. Other
// is why the map may have further members.
func ParametersOf(v *Value) (values map[string]string, other string) {
	values = map[string]string{}
	if s, ok := v.Symbol(); ok {
		return values, s.String() + ": " + s.Why
	}
	for _, m := range v.Members {
		text := m.Value.Text
		if m.Value.Kind == List {
			items := make([]string, len(m.Value.Items))
			for i, item := range m.Value.Items {
				items[i] = item.Text
			}
			text = strings.Join(items, ",")
		}
		values[m.Name] = text
		if s := firstIn(&Value{Text: m.Name}); s.Name != "" {
			other = s.String() + ": " + s.Why
		}
	}
	return values, other
}
