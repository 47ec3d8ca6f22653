package plan

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// decode decodes JSON that was checked before. Numbers stay as they are written.
func decode(raw json.RawMessage) any {
	if !exists(raw) {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

// An expression of the configuration is what is left of an argument in a plan (Terraform
// documentation, JSON Output Format, expression representation): its value if it is a constant,
// else what it refers to. A nested block is an object of expressions, or a list of such objects.
type expression struct {
	constant   any
	isConstant bool
	references []string
}

// asExpression returns the expression that a value of the configuration is. Blocks are none.
func asExpression(v any) (expression, bool) {
	m, ok := v.(map[string]any)
	if !ok {
		return expression{}, false
	}
	if len(m) == 0 { // a function of constants
		return expression{}, true
	}
	if constant, ok := m["constant_value"]; ok && len(m) == 1 {
		return expression{constant: constant, isConstant: true}, true
	}
	list, ok := m["references"].([]any)
	if !ok {
		return expression{}, false
	}
	var e expression
	for _, one := range list {
		if text, ok := one.(string); ok && len(e.references) < maxReferences {
			e.references = append(e.references, text)
		}
	}
	return e, true
}

const maxReferences = 100 // of one expression that are looked at

// whole are the references that no other one continues: for aws_iam_role.x.arn, Terraform lists
// aws_iam_role.x as well.
func (e expression) whole() (all []string) {
	for i, one := range e.references {
		continued := slices.ContainsFunc(e.references, func(other string) bool {
			return len(other) > len(one) && strings.HasPrefix(other, one) && (other[len(one)] == '.' || other[len(one)] == '[')
		})
		if !continued && !slices.Contains(e.references[:i], one) {
			all = append(all, one)
		}
	}
	return all
}

// blocks are the nested blocks of a kind in the configuration of a body.
func blocks(body any, kind string) (all []map[string]any) {
	m, _ := body.(map[string]any)
	switch b := m[kind].(type) {
	case []any:
		for _, one := range b {
			if block, ok := one.(map[string]any); ok {
				all = append(all, block)
			}
		}
	case map[string]any:
		if _, is := asExpression(b); !is {
			all = append(all, b)
		}
	}
	return all
}

// block is the configuration of the nested block that became a value. The elements of a set have
// another order than the blocks; it is found by its constants. Without exactly one it is nil.
func block(all []map[string]any, value any) any {
	if len(all) == 1 {
		return all[0]
	}
	members, _ := value.(map[string]any)
	var found any
	for _, one := range all {
		if !fits(one, members) {
			continue
		}
		if found != nil {
			return nil
		}
		found = one
	}
	return found
}

// fits reports whether no constant of a block contradicts a value.
func fits(block, value map[string]any) bool {
	for name, argument := range block {
		e, ok := asExpression(argument)
		if !ok || !e.isConstant {
			continue
		}
		switch e.constant.(type) {
		case string, bool, json.Number:
			if have, known := value[name]; !known || have != e.constant {
				return false
			}
		}
	}
	return true
}
