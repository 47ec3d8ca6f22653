package edit

import "slices"

// Change returns the edits after which a node has another value. Before is its value now. What
// does not change stays as it is written. The result is false if a part that changes is not
// written out.
func Change(n *Node, before, after any) ([]Edit, bool) {
	if Equal(before, after) {
		return nil, true
	}
	if n == nil {
		return nil, false
	}
	switch n.Kind {
	case Shape:
		if a, ok := after.(Object); ok {
			if b, ok := before.(Object); ok {
				return changeMembers(n, b, a)
			}
		}
		if list, ok := after.([]any); ok && len(list) > 0 && Equal(list[0], before) {
			return wrapped(n, before, after)
		}
		return []Edit{n.Replace(after)}, allWritten(n)
	case List:
		a, ok := after.([]any)
		b, was := before.([]any)
		if !ok || !was || len(b) != len(n.Members) {
			return []Edit{n.Replace(after)}, allWritten(n)
		}
		return changeItems(n, b, a)
	case Scalar:
		if list, ok := after.([]any); ok && len(list) > 1 && Equal(list[0], before) {
			return wrapped(n, before, after)
		}
		return []Edit{n.Replace(after)}, true
	}
	if n.elsewhere != nil {
		if text, ok := before.(string); ok && text == n.elsewhere.Text {
			if _, ok := after.(string); ok {
				return []Edit{n.elsewhere.Replace(after)}, true
			}
		}
	}
	return wrapped(n, before, after)
}

// allWritten reports whether a value is written out as a whole.
func allWritten(n *Node) bool {
	if n.Kind == Opaque {
		return false
	}
	for _, m := range n.Members {
		if !allWritten(m.Value) {
			return false
		}
	}
	return true
}

// wrapped keeps an expression and adds further values to it.
func wrapped(n *Node, before, after any) ([]Edit, bool) {
	a, ok := after.([]any)
	if !ok {
		return nil, false
	}
	b, isList := before.([]any)
	if !isList {
		b = []any{before}
	}
	if len(a) <= len(b) || !Equal(b, a[:len(b)]) {
		return nil, false
	}
	if n.yaml != nil && !n.yaml.flow {
		if isList {
			return nil, false
		}
		return n.wrapBlock(a[len(b):]), true
	}
	text, ok := n.syntax.wrap(n.Written(), isList, a[len(b):], indentAt(n.source, n.Start))
	return []Edit{n.edit(n.Start, n.End, text)}, ok
}

func changeMembers(n *Node, before, after Object) (edits []Edit, ok bool) {
	if len(after) == 0 {
		return []Edit{n.Replace(after)}, true
	}
	stays := slices.ContainsFunc(before, func(p Pair) bool { _, has := after.Get(p.Key); return has })
	if len(before) > 0 && !stays {
		return []Edit{n.Replace(after)}, allWritten(n)
	}
	for _, p := range before {
		v, stays := after.Get(p.Key)
		m, written := n.member(p.Key)
		if stays && Equal(p.Value, v) {
			continue
		}
		if !written {
			return nil, false
		}
		if !stays {
			edits = append(edits, n.RemoveMember(p.Key)...)
			continue
		}
		one, ok := Change(m.Value, p.Value, v)
		if !ok {
			return nil, false
		}
		edits = append(edits, one...)
	}
	for _, p := range after {
		if _, was := before.Get(p.Key); was {
			continue
		}
		if _, written := n.member(p.Key); written { // such as a key without a value, which stands for nothing
			return []Edit{n.Replace(after)}, allWritten(n)
		}
		edits = append(edits, n.Add(p.Key, p.Value)...)
	}
	return edits, true
}

// changeItems changes a list: items at its end are added, others are removed or changed in place.
func changeItems(n *Node, before, after []any) (edits []Edit, ok bool) {
	head, tail := Common(before, after)
	b, a := before[head:len(before)-tail], after[head:len(after)-tail]
	switch {
	case len(a) == 0 && len(b) > 0 && len(b) < len(before):
		if len(b) > 1 { // the ranges of neighbours may overlap
			return []Edit{n.Replace(after)}, allWritten(n)
		}
		return n.Remove(head), true
	case len(b) == 0: // the order of the items of policies does not matter
		for _, v := range a {
			edits = append(edits, n.Add("", v)...)
		}
		if len(a) > 1 && len(edits) > len(a) { // one comma is enough
			return []Edit{n.Replace(after)}, allWritten(n)
		}
		return edits, true
	case len(a) >= len(b):
		for i := range b {
			one, ok := Change(n.Members[head+i].Value, b[i], a[i])
			if !ok {
				return nil, false
			}
			edits = append(edits, one...)
		}
		for _, v := range a[len(b):] {
			edits = append(edits, n.Add("", v)...)
		}
		return edits, true
	}
	return []Edit{n.Replace(after)}, allWritten(n)
}

// Common returns how many items two lists share at their beginning and, of the rest, at their end.
func Common(a, b []any) (head, tail int) {
	for head < len(a) && head < len(b) && Equal(a[head], b[head]) {
		head++
	}
	for tail < len(a)-head && tail < len(b)-head && Equal(a[len(a)-1-tail], b[len(b)-1-tail]) {
		tail++
	}
	return head, tail
}
