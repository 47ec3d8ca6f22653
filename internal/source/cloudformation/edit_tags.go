package cloudformation

import (
	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/internal/cloudformation"
	"github.com/iblint/iblint/internal/edit"
	"github.com/iblint/iblint/internal/source/declared"
)

// repositoryOf is the resource that declares a repository.
func (w *proposing) repositoryOf(c checks.Change) *cloudformation.Resource {
	return w.byKey[declared.RepositoryKey(c.Account, c.Region, c.Repository)]
}

// tagRepository sets a tag where the repository is declared.
func (w *proposing) tagRepository(c checks.Change) bool {
	r := w.repositoryOf(c)
	if r == nil {
		return false
	}
	tag := edit.Object{{Key: "Key", Value: c.Key}, {Key: "Value", Value: c.Value}}
	otherwise := manual{
		resource: r, note: "add this tag to the tags of " + r.LogicalID,
		properties: edit.Object{{Key: "Tags", Value: []any{tag}}}, cdk: cdkTag(c.Key, c.Value),
	}
	n := w.property(r, "Tags")
	if n == nil {
		edits, ok := w.add(r, "Tags", []any{tag})
		return w.make(edits, ok, otherwise)
	}
	if n.Kind != edit.List {
		return w.make(nil, false, otherwise)
	}
	if _, have := tagWith(n, c.Key); have != nil {
		v := have.Member("Value")
		return w.make(replaced(v, c.Value), v != nil && v.Kind == edit.Scalar, otherwise)
	}
	old := w.replacedKey(c)
	if _, have := tagWith(n, old); have != nil && old != "" {
		k, v := have.Member("Key"), have.Member("Value")
		w.replaced[old] = true
		return w.make(append(replaced(k, c.Key), replaced(v, c.Value)...), k.Kind == edit.Scalar && v != nil && v.Kind == edit.Scalar, otherwise)
	}
	return w.make(n.Add("", tag), true, otherwise)
}

// replaced are the edits that replace a text by another one; none if it is the same, or not there.
func replaced(n *edit.Node, text string) []edit.Edit {
	if n == nil || n.IsText && n.Text == text {
		return nil
	}
	return []edit.Edit{n.Replace(text)}
}

// tagWith is the tag of a list that has a key, and its index; nil: none is written there.
func tagWith(n *edit.Node, key string) (int, *edit.Node) {
	for i, m := range n.Members {
		if k := m.Value.Member("Key"); k != nil && k.IsText && k.Text == key {
			return i, m.Value
		}
	}
	return -1, nil
}

// replacedKey is the key of a tag that the fix replaces by another one; empty: none.
func (w *proposing) replacedKey(c checks.Change) string {
	for _, other := range w.all {
		if other.Action == checks.UntagRepository && other.Account == c.Account && other.Region == c.Region && other.Repository == c.Repository {
			return other.Key
		}
	}
	return ""
}

// untagRepository removes a tag that the repository is given itself.
func (w *proposing) untagRepository(c checks.Change) bool {
	r := w.repositoryOf(c)
	if r == nil || w.replaced[c.Key] {
		return r != nil
	}
	otherwise := manual{resource: r, note: "remove the tag " + edit.Marshal(c.Key, "") + " from " + r.LogicalID, cdk: cdkUntag(c.Key)}
	if n := w.property(r, "Tags"); n != nil && n.Kind == edit.List {
		if i, have := tagWith(n, c.Key); have != nil {
			return w.make(n.Remove(i), true, otherwise)
		}
	}
	return w.make(nil, false, otherwise)
}
