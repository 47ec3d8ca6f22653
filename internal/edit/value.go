package edit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// Object is an object of JSON that keeps the order of its members.
type Object []Pair

// Pair is a member of an object.
type Pair struct {
	Key   string
	Value any // Object, []any, string, json.Number, bool or nil
}

// Get returns the value of a member.
func (o Object) Get(key string) (any, bool) {
	for _, p := range o {
		if p.Key == key {
			return p.Value, true
		}
	}
	return nil, false
}

// Parse parses a JSON text.
func Parse(text string) (any, error) {
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	v, err := parseValue(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("text after the JSON value")
	}
	return v, nil
}

func parseValue(d *json.Decoder) (any, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := t.(json.Delim)
	if !ok {
		return t, nil
	}
	if delim == '[' {
		list := []any{}
		for d.More() {
			v, err := parseValue(d)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	}
	o := Object{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := parseValue(d)
		if err != nil {
			return nil, err
		}
		o = append(o, Pair{key.(string), v})
	}
	_, err = d.Token()
	return o, err
}

// Equal reports whether two values are equal. The order of members does not matter.
func Equal(a, b any) bool {
	switch a := a.(type) {
	case Object:
		b, ok := b.(Object)
		return ok && len(a) == len(b) && !slices.ContainsFunc(a, func(p Pair) bool {
			v, has := b.Get(p.Key)
			return !has || !Equal(p.Value, v)
		})
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, Equal)
	}
	switch b.(type) {
	case Object, []any:
		return false
	}
	return a == b
}
