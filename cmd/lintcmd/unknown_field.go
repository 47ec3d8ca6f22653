package lintcmd

import (
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// unknownField returns the first key of a document that its type has no field for; nil: there is none. The decoder
// reports any of several, and another one in another run.
func unknownField(node ast.Node, t reflect.Type) *token.Token {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch node := unwrapped(node).(type) {
	case *ast.MappingNode:
		for _, pair := range node.Values {
			if unknown := unknownField(pair, t); unknown != nil {
				return unknown
			}
		}
	case *ast.MappingValueNode:
		key := node.Key.GetToken()
		switch t.Kind() {
		case reflect.Struct:
			field, known := fieldsOf(t)[key.Value]
			if !known {
				return key
			}
			return unknownField(node.Value, field)
		case reflect.Map:
			return unknownField(node.Value, t.Elem())
		}
	case *ast.SequenceNode:
		if t.Kind() != reflect.Slice {
			return nil
		}
		for _, item := range node.Values {
			if unknown := unknownField(item, t.Elem()); unknown != nil {
				return unknown
			}
		}
	}
	return nil
}

// fieldsOf are the types of the fields of a struct by their names in YAML.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) { // with those of inlined structs
		if name, _, _ := strings.Cut(f.Tag.Get("yaml"), ","); name != "" && name != "-" {
			fields[name] = f.Type
		}
	}
	return fields
}
