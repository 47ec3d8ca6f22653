package policy

import "strings"

// A template is a value of a policy that is ready to be compared: text, or variables
// with text between them (IAM User Guide,
// reference_policies_variables).
type template struct {
	variables []variable
	text      string // the text after the last variable, or all text without variables
	malformed bool   // it has a ${ that does not start a valid variable
	symbolic  bool   // it contains a symbol
	unknown   string // text of the document whose symbol makes the whole value unknown; "" if none does
}

// A variable is one ${key} or ${key, 'fallback'}.
type variable struct {
	before      string // text between the previous variable and this one
	name        string // the key as written
	key         string // in lower case, as Context looks it up
	fallback    string
	hasFallback bool
}

// compileTemplate prepares a value. If wildcards is false, * and ? are literal
// text. If variables is false, ${...} is literal text.
func compileTemplate(value string, wildcards, variables bool) template {
	text := func(s string) string {
		if wildcards {
			return compileGlob(s)
		}
		return s
	}
	var t template
	var before strings.Builder
	for variables {
		literal, rest, found := strings.Cut(value, "${")
		if !found {
			break
		}
		inside, after, closed := strings.Cut(rest, "}")
		if !closed {
			t.malformed = true
			break
		}
		before.WriteString(text(literal))
		value = after
		switch inside {
		case "*", "?", "$": // these stand for the character itself
			before.WriteString(inside)
			continue
		}
		v := variable{before: before.String(), name: inside}
		before.Reset()
		if name, fallback, found := strings.Cut(inside, ","); found {
			fallback = strings.TrimSpace(fallback)
			if len(fallback) < 2 || fallback[0] != '\'' || fallback[len(fallback)-1] != '\'' {
				t.malformed = true
				break
			}
			v.name, v.fallback, v.hasFallback = name, fallback[1:len(fallback)-1], true
		}
		v.name = strings.TrimSpace(v.name)
		if v.name == "" || strings.Contains(v.name, "${") {
			t.malformed = true
			break
		}
		v.key = strings.ToLower(v.name)
		t.variables = append(t.variables, v)
	}
	t.text = before.String() + text(value)
	return t
}

// compileSymbolic is compileTemplate for a document with symbols. The text version is the
// Version of the document if it is not known whether the value has variables, else "".
func compileSymbolic(value string, wildcards, variables bool, version string) template {
	if version != "" && strings.Contains(value, "${") {
		return template{unknown: version, symbolic: true}
	}
	t := compileTemplate(compileSymbols(value), wildcards, variables)
	if t.symbolic = inText(value); !t.symbolic {
		return t
	}
	unknown := t.malformed
	for i := range t.variables {
		unknown = unknown || hasSymbol(t.variables[i].name) || hasSymbol(t.variables[i].fallback)
	}
	if unknown {
		t.unknown = value
	}
	return t
}

// expand replaces the variables by the request's values. The * and ? in those
// values are literal text. If ok is false, why says why there is no text.
func (t *template) expand(c *Context) (text string, why cause, ok bool) {
	if t.unknown != "" {
		return "", cause{symbolInPolicy, t.unknown}, false
	}
	if t.malformed {
		return "", cause{kind: malformedVariable}, false
	}
	if len(t.variables) == 0 {
		return t.text, cause{}, true
	}
	var b strings.Builder
	for i := range t.variables {
		v := &t.variables[i]
		b.WriteString(v.before)
		switch value := c.lookup(v.key); {
		case value.orAbsent:
			return "", cause{unknownVariable, v.name}, false
		case value.kind == known && value.texts[0] == "" && len(value.texts) == 1:
			// The guide says "a condition context key that has no value or is not
			// present". It does not say whether an empty text is a value.
			return "", cause{emptyVariable, v.name}, false
		case value.kind == known && len(value.texts) == 1:
			b.WriteString(value.compiled(0))
		case value.kind == absent && v.hasFallback:
			b.WriteString(v.fallback)
		case value.kind == absent:
			return "", cause{absentVariable, v.name}, false
		case value.kind == known: // "You can't use a multivalued condition key as a variable"
			return "", cause{manyInVariable, v.name}, false
		default:
			return "", cause{unknownVariable, v.name}, false
		}
	}
	b.WriteString(t.text)
	return b.String(), cause{}, true
}

// mayContainSymbol reports whether the expanded text may contain a symbol: of the document, or
// of the request in place of a variable.
func (t *template) mayContainSymbol() bool { return t.symbolic || len(t.variables) > 0 }

// symbolicVariable returns the key of the first variable for which the request has a symbol.
func (t *template) symbolicVariable(c *Context) string {
	for i := range t.variables {
		if v := c.lookup(t.variables[i].key); v.firstSymbol().IsSymbol() {
			return t.variables[i].name
		}
	}
	return ""
}

// isVariable reports whether the template is one variable and nothing else, whose value
// has this name.
func (t *template) isVariable(c *Context, name string) bool {
	if t.malformed || t.unknown != "" || len(t.variables) != 1 || t.text != "" || t.variables[0].before != "" {
		return false
	}
	v := c.lookup(t.variables[0].key)
	return v.name == name && !v.orAbsent
}
