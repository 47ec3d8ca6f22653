package cloudformation

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"go.yaml.in/yaml/v4"
)

// parseJSON reads JSON to the nodes that YAML is read to. YAML reads most JSON, but not all
// (escaped characters outside of the BMP), and slower.
func parseJSON(name string, data []byte) (*yaml.Node, error) {
	r := jsonReader{name: name, data: data, decoder: json.NewDecoder(bytes.NewReader(data)), line: 1}
	r.decoder.UseNumber()
	root, err := r.value(0)
	if err != nil {
		return nil, err
	}
	if _, err := r.decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, r.failed(r.decoder.InputOffset(), "something stands after the end of the document; remove it")
	}
	return root, nil
}

type jsonReader struct {
	name    string
	data    []byte
	decoder *json.Decoder

	counted, line, begin int // up to which byte lines are counted, the line there, and where it begins
}

func (r *jsonReader) at(offset int64) Position {
	end := min(int(offset), len(r.data))
	for ; r.counted < end; r.counted++ {
		if r.data[r.counted] == '\n' {
			r.line, r.begin = r.line+1, r.counted+1
		}
	}
	return Position{r.name, r.line, max(end-r.begin, 0) + 1}
}

func (r *jsonReader) failed(offset int64, say string) error {
	return failed(r.at(offset), "%s", say)
}

// token returns the next token and where it begins.
func (r *jsonReader) token() (json.Token, Position, error) {
	begin := r.decoder.InputOffset()
	for begin < int64(len(r.data)) && bytes.IndexByte([]byte(" \t\r\n,:"), r.data[begin]) >= 0 {
		begin++
	}
	token, err := r.decoder.Token()
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return nil, Position{}, r.failed(max(syntax.Offset-1, begin), "not JSON: "+syntax.Error()+"; correct the syntax")
	case err != nil:
		return nil, Position{}, r.failed(int64(len(r.data)), "the file is truncated; complete it")
	}
	return token, r.at(begin), nil
}

func (r *jsonReader) value(depth int) (*yaml.Node, error) {
	token, at, err := r.token()
	if err != nil {
		return nil, err
	}
	n := &yaml.Node{Kind: yaml.ScalarNode, Line: at.Line, Column: at.Column}
	switch t := token.(type) {
	case json.Delim:
		if depth > maxNesting {
			return nil, failed(at, "values are nested more than %d levels deep; simplify them", maxNesting)
		}
		n.Kind, n.Tag = yaml.SequenceNode, "!!seq"
		if t == '{' {
			n.Kind, n.Tag = yaml.MappingNode, "!!map"
		}
		for r.decoder.More() {
			child, err := r.value(depth + 1)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, child)
		}
		_, _, err := r.token() // the end
		return n, err
	case string:
		n.Tag, n.Value, n.Style = "!!str", t, yaml.DoubleQuotedStyle
	case json.Number:
		n.Tag, n.Value = "!!float", t.String()
	case bool:
		n.Tag, n.Value = "!!bool", "false"
		if t {
			n.Value = "true"
		}
	case nil:
		n.Tag = "!!null"
	}
	return n, nil
}
