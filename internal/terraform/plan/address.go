package plan

import "strings"

// step is a name in an address or a reference, with the index that follows it.
type step struct {
	name  string
	index string // as written, with brackets; empty: none
}

// parse splits an address or a reference, such as module.m["k"].aws_iam_role.x[0].arn.
func parse(text string) (steps []step) {
	for text != "" {
		end := strings.IndexAny(text, ".[")
		if end < 0 {
			return append(steps, step{name: text})
		}
		one := step{name: text[:end]}
		text = text[end:]
		for strings.HasPrefix(text, "[") {
			n := bracket(text)
			if one.index == "" {
				one.index = text[:n]
			}
			text = text[n:]
		}
		steps = append(steps, one)
		text = strings.TrimPrefix(text, ".")
	}
	return steps
}

// bracket is the length of the index that a text begins with.
func bracket(text string) int {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == ']' && !quoted:
			return i + 1
		}
	}
	return len(text)
}

// split splits the steps of a resource's address into those of its module and its own.
func split(steps []step) (module, own []step) {
	n := 0
	for n+1 < len(steps) && steps[n].name == "module" {
		n += 2
	}
	return steps[:n], steps[n:]
}

// join writes steps as an address.
func join(steps []step) string {
	var b strings.Builder
	for i, s := range steps {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(s.name)
		b.WriteString(s.index)
	}
	return b.String()
}

// ResourceOf is the address of the resource that an address is an instance of: it has no index, and
// neither have its modules.
func ResourceOf(address string) string {
	steps := parse(address)
	for i := range steps {
		steps[i].index = ""
	}
	return join(steps)
}

// prefixed writes an address in a module.
func prefixed(module, address string) string {
	if module == "" {
		return address
	}
	return module + "." + address
}
