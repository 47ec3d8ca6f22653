package cloudformation

import (
	"encoding/base64"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/iblint/iblint/checks/symbol"
)

// substitute is Fn::Sub: a text, or a list of a text and values for its variables.
func substitute(c call) *Value {
	template, locals := c.node, map[string]*yaml.Node{}
	if list := c.list(); len(list) == 2 && isMap(resolved(list[1])) {
		template = resolved(list[0])
		for _, e := range entries(resolved(list[1])) {
			locals[c.scope.replace(e.name)] = e.value
		}
	} else if len(list) == 1 {
		template = resolved(list[0])
	}
	if !isText(template) {
		return c.wrong("Fn::Sub without a text")
	}
	var b strings.Builder
	left := c.scope.replace(template.Value)
	for {
		before, rest, found := strings.Cut(left, "${")
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			b.WriteString(left)
			break
		}
		b.WriteString(before)
		left = after
		switch name := strings.TrimSpace(name); {
		case strings.HasPrefix(name, "!"):
			b.WriteString("${" + name[1:] + "}")
		default:
			v := c.variable(name, locals)
			if v.optional || !v.IsText() && v.Kind != Unknown {
				return c.wrong("the variable " + quotedName(name) + " of Fn::Sub is no text")
			}
			b.WriteString(v.Text)
		}
		if b.Len() > maxText {
			return c.wrong("the text is too long")
		}
	}
	return c.text(b.String())
}

// variable is a variable of Fn::Sub.
func (c call) variable(name string, locals map[string]*yaml.Node) *Value {
	if n, ok := locals[name]; ok {
		return c.eval(n, c.scope)
	}
	if id, attribute, ok := strings.Cut(name, "."); ok {
		return c.attribute(id, attribute, c.node, c.scope)
	}
	return c.reference(name, c.node, c.scope)
}

// join is Fn::Join. An item that may be AWS::NoValue leaves open how many delimiters there are.
func join(c call) *Value {
	args, ok := c.args(2, 2)
	if !ok || !args[0].IsText() {
		return c.wrong("Fn::Join without a delimiter and a list")
	}
	if args[1].Kind != List {
		return c.of(args...)
	}
	var b strings.Builder
	for i, item := range args[1].Items {
		switch {
		case item.optional:
			return c.of(args...)
		case !item.IsText() && item.Kind != Unknown:
			return c.wrong("an item of Fn::Join is no text")
		case i > 0:
			b.WriteString(args[0].Text)
		}
		b.WriteString(item.Text)
		if b.Len() > maxText {
			return c.wrong("the text is too long")
		}
	}
	return c.text(b.String())
}

// split is Fn::Split. Only symbols that certainly do not contain the delimiter let it decide.
func split(c call) *Value {
	args, ok := c.args(2, 2)
	switch {
	case !ok || !args[0].IsText() || args[0].Text == "":
		return c.wrong("Fn::Split without a delimiter and a text")
	case !args[1].IsText() && args[1].Kind != Unknown:
		return c.wrong("Fn::Split of what is no text")
	case !args[1].IsText() || !c.plain(args[1].Text, args[0].Text):
		return c.of(args...)
	case strings.Count(args[1].Text, args[0].Text) > maxText/64:
		return c.wrong("the list is too long")
	}
	v := &Value{Kind: List, At: c.at()}
	for one := range strings.SplitSeq(args[1].Text, args[0].Text) {
		v.Items = append(v.Items, c.text(one))
	}
	return v
}

// plain reports whether the symbols in a text certainly do not contain a delimiter, not even a
// part of it.
func (s *Stack) plain(text, delimiter string) bool {
	if symbol.In(delimiter) {
		return false
	}
	for _, p := range symbol.Split(text) {
		if p.IsSymbol() && (!s.set.words[symbol.New(p.Name, p.Why)] || strings.ContainsFunc(delimiter, inWord)) {
			return false
		}
	}
	return true
}

// inWord reports whether a character may stand in an account ID, a Region, or a generated name.
func inWord(r rune) bool {
	return r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// choice is Fn::Select: an index and a list.
func choice(c call) *Value {
	args, ok := c.args(2, 2)
	switch {
	case !ok:
		return c.wrong("Fn::Select without an index and a list")
	case args[0].Kind == Unknown || symbol.In(args[0].Text) || args[1].Kind == Unknown:
		return c.of(args...)
	}
	i, err := strconv.Atoi(args[0].Text)
	if err != nil || args[1].Kind != List || i < 0 || i >= len(args[1].Items) {
		for _, item := range args[1].Items {
			if item.optional {
				return c.of(args...)
			}
		}
		return c.wrong("Fn::Select of an item that is not there")
	}
	for _, item := range args[1].Items[:i+1] {
		if item.optional {
			return c.of(args...)
		}
	}
	return args[1].Items[i]
}

// base64Of is Fn::Base64.
func base64Of(c call) *Value {
	v := c.eval(c.node, c.scope)
	switch {
	case v.Kind == Unknown || v.IsText() && symbol.In(v.Text):
		return c.of(v)
	case !v.IsText():
		return c.wrong("Fn::Base64 of what is no text")
	}
	return c.text(base64.StdEncoding.EncodeToString([]byte(v.Text)))
}

// length is Fn::Length: the number of items.
func length(c call) *Value {
	v := c.eval(c.node, c.scope)
	switch v.Kind {
	case Unknown:
		return c.of(v)
	case List:
		for _, item := range v.Items {
			if item.optional {
				return c.of(v)
			}
		}
		return &Value{Kind: Number, Text: strconv.Itoa(len(v.Items)), At: c.at()}
	}
	return c.wrong("Fn::Length of what is no list")
}

// toJSON is Fn::ToJsonString.
func toJSON(c call) *Value {
	v := c.eval(c.node, c.scope)
	if v.Kind == Unknown {
		return c.of(v)
	}
	return c.text(v.JSON())
}
