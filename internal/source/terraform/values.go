package terraform

import (
	"fmt"
	"maps"
	"slices"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/terraform"
)

// values are the arguments of a resource, or of a block in it. Attributes that the provider
// spells as an object and those that it spells as a block are read alike.
type values struct {
	resource *terraform.Resource
	value    cty.Value
	path     []any
}

func valuesOf(r *terraform.Resource) values { return values{resource: r, value: r.Values} }

// in is an argument or a block.
func (v values) in(name string) values {
	return values{v.resource, attribute(v.value, name), append(slices.Clone(v.path), name)}
}

func attribute(v cty.Value, name string) cty.Value {
	switch {
	case v == cty.NilVal || v.IsNull() || !v.IsKnown():
	case v.Type().IsObjectType() && v.Type().HasAttribute(name):
		return v.GetAttr(name)
	case v.Type().IsMapType():
		if key := cty.StringVal(name); v.HasIndex(key).IsKnown() && v.HasIndex(key).True() {
			return v.Index(key)
		}
	}
	return cty.NilVal
}

// given reports whether the argument is there and not null. Unknown values are given.
func (v values) given() bool {
	return v.value != cty.NilVal && (!v.value.IsKnown() || !v.value.IsNull())
}

// unread is why the value is not known; nil: it is, or it is not given.
func (v values) unread() *account.Unread {
	if !v.given() {
		return nil
	}
	if v.value.IsKnown() && !(v.value.Type() == cty.String && symbol.Is(v.value.AsString())) {
		return nil
	}
	s := v.open()
	return &account.Unread{Reason: account.Unresolved, Detail: s.String() + ": " + s.Why}
}

// open is the symbol for a value that is not known.
func (v values) open() symbol.Part {
	if v.value.IsKnown() && v.value.Type() == cty.String && symbol.In(v.value.AsString()) {
		return symbol.First(v.value.AsString())
	}
	if s, ok := v.resource.Unknown(v.path...); ok {
		return s
	}
	return symbol.Part{Name: fmt.Sprint(append([]any{v.resource.Address}, v.path...)...), Why: "not known before the deployment"}
}

// text is the value as a string, in which symbols stand for what is not known. It is empty if the
// argument is not given.
func (v values) text() string {
	if !v.given() {
		return ""
	}
	if !v.value.IsKnown() {
		s := v.open()
		return symbol.New(s.Name, s.Why)
	}
	text, err := convert.Convert(v.value, cty.String)
	if err != nil || text.IsNull() || !text.IsKnown() {
		return ""
	}
	return text.AsString()
}

// document is a policy document.
func (v values) document() account.Read[string] {
	if why := v.unread(); why != nil {
		return account.Unreadable[string](*why)
	}
	text := v.text()
	if text == "" && v.given() && (v.value.Type().IsObjectType() || v.value.Type().IsMapType()) {
		return account.Unreadable[string](account.Unread{Reason: account.Malformed, Detail: "a policy document is text: use jsonencode"})
	}
	return account.Present(text)
}

// boolean is the value as a bool, and whether it is known. What is not given is false.
func (v values) boolean() (is, known bool) {
	if !v.given() {
		return false, true
	}
	b, err := convert.Convert(v.value, cty.Bool)
	if err != nil || !b.IsKnown() || b.IsNull() {
		return false, v.unread() == nil
	}
	return b.True(), true
}

// list are the elements of a list or a set. More is why there may be others.
func (v values) list() (items []values, more *account.Unread) {
	if why := v.unread(); why != nil {
		return nil, why
	}
	if !v.given() || !v.value.CanIterateElements() || v.value.Type().IsObjectType() || v.value.Type().IsMapType() {
		return nil, nil
	}
	for i, item := range v.value.AsValueSlice() {
		items = append(items, values{v.resource, item, append(slices.Clone(v.path), i)})
	}
	return items, nil
}

// texts are the elements of a list of strings.
func (v values) texts() (items []string, more *account.Unread) {
	all, more := v.list()
	for _, one := range all {
		items = append(items, one.text())
	}
	return items, more
}

// blocks are nested blocks: the elements of a list, or one object. Unread is why how many there
// are is not known.
func (v values) blocks() (all []values, unread *account.Unread) {
	if why := v.unread(); why != nil {
		return nil, why
	}
	switch {
	case !v.given():
		return nil, nil
	case v.value.Type().IsObjectType() || v.value.Type().IsMapType():
		return []values{v}, nil
	}
	return v.list()
}

// block is the first of nested blocks; its arguments are not given if there is none.
func (v values) block(name string) (block values, unread *account.Unread) {
	all, unread := v.in(name).blocks()
	if len(all) == 0 {
		return values{resource: v.resource}, unread
	}
	return all[0], nil
}

// tags is a map of tags, or a list of objects with key and value (awscc). Tags that are not known
// are under a key that is a symbol.
func (v values) tags() account.Tags {
	tags := account.Tags{}
	switch {
	case !v.given():
	case v.unread() != nil:
		tags[v.text()] = v.text()
	case v.value.Type().IsObjectType() || v.value.Type().IsMapType():
		all := v.value.AsValueMap()
		for _, key := range slices.Sorted(maps.Keys(all)) {
			if one := (values{v.resource, all[key], append(slices.Clone(v.path), key)}); one.given() {
				tags[key] = one.text()
			}
		}
	default:
		items, _ := v.list()
		for _, item := range items {
			if item.unread() != nil {
				tags[item.text()] = item.text()
			} else {
				tags[item.in("key").text()] = item.in("value").text()
			}
		}
	}
	return tags
}

// unresolved is why a text with a symbol is not known.
func unresolved(text string) *account.Unread {
	s := symbol.First(text)
	return &account.Unread{Reason: account.Unresolved, Detail: s.String() + ": " + s.Why}
}
