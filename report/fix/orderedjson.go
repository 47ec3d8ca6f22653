package fix

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// object is a JSON object whose members keep the order in which they were written.
// The other values of a document are []any, string, json.Number, bool and nil. The
// renderers need decoded values in their order; the tree of package policy has byte
// offsets instead, for edits of the text, and encoding/json loses the order.
type object []member

type member struct {
	key   string
	value any
}

// maxDepth is the deepest nesting that is read. Policies are nested less deeply.
const maxDepth = 100

// readDocument reads a JSON document. A duplicate key is an error, because its meaning would be
// ambiguous.
func readDocument(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	v, err := value(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("unexpected data after the document")
	}
	return v, nil
}

func value(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, errors.New("nesting is too deep")
	}
	switch token {
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := value(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	case json.Delim('{'):
		o := object{}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			v, err := value(d, depth+1)
			if err != nil {
				return nil, err
			}
			for _, m := range o {
				if m.key == key {
					return nil, errors.New("duplicate key")
				}
			}
			o = append(o, member{key.(string), v})
		}
		_, err := d.Token()
		return o, err
	}
	return token, nil
}
