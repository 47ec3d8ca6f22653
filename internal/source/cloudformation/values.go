package cloudformation

import (
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/cloudformation"
)

// values are the properties of a resource, or a value in them.
type values struct{ value *cloudformation.Value }

// in is a property.
func (v values) in(name string) values { return values{v.value.Member(name)} }

// given reports whether the property is there. Unknown values are given.
func (v values) given() bool { return v.value.Given() }

// unread is why the value is not known; nil: it is, or it is not given.
func (v values) unread() *account.Unread {
	s, unknown := v.value.Symbol()
	if !unknown {
		return nil
	}
	return &account.Unread{Reason: account.Unresolved, Detail: s.String() + ": " + s.Why}
}

// text is the value as a text, in which symbols stand for what is not known. It is empty if the
// property is not given, or is no text.
func (v values) text() string {
	if !v.given() {
		return ""
	}
	return v.value.Text
}

// document is a policy document: an object, or its JSON text.
func (v values) document() account.Read[string] {
	if why := v.unread(); why != nil {
		return account.Unreadable[string](*why)
	}
	if v.value.Kind == cloudformation.Map {
		return account.Present(v.value.JSON())
	}
	return account.Present(v.text())
}

// boolean is the value as a bool, and whether it is known. What is not given is false.
func (v values) boolean() (is, known bool) {
	switch text := v.text(); {
	case symbol.In(text):
		return false, false
	case strings.EqualFold(text, "true"):
		return true, true
	case text == "" || strings.EqualFold(text, "false"):
		return false, true
	}
	return false, false
}

// list are the items of a list. CloudFormation takes one item for a list of it. More is why there
// may be others.
func (v values) list() (items []values, more *account.Unread) {
	if why := v.unread(); why != nil {
		return nil, why
	}
	switch {
	case !v.given():
	case v.value.Kind == cloudformation.List:
		for _, item := range v.value.Items {
			items = append(items, values{item})
		}
	default:
		items = []values{v}
	}
	return items, nil
}

// texts are the items of a list of texts.
func (v values) texts() (items []string, more *account.Unread) {
	all, more := v.list()
	for _, one := range all {
		items = append(items, one.text())
	}
	return items, more
}

// textsOrSymbol are the items of a list of texts. A list that is not known is one item that is
// not known.
func (v values) textsOrSymbol() []string {
	items, more := v.texts()
	if more != nil {
		return []string{v.text()}
	}
	return items
}

// tags are a list of Key and Value, or a map. Tags that are not known are under a key that is a
// symbol.
func (v values) tags() account.Tags {
	tags := account.Tags{}
	switch {
	case v.unread() != nil:
		tags[v.text()] = v.text()
	case v.given() && v.value.Kind == cloudformation.Map:
		for _, m := range v.value.Members {
			tags[m.Name] = m.Value.Text
		}
	default:
		items, _ := v.list()
		for _, item := range items {
			if item.unread() != nil {
				tags[item.text()] = item.text()
			} else {
				tags[item.in("Key").text()] = item.in("Value").text()
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
