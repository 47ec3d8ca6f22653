package policy

import (
	"slices"
	"strings"
)

// An editFinder knows the edits that answer a decision.
type editFinder struct {
	wants  Wants
	values map[string][]string // by condition key in lower case
}

// answer returns the edits of text that may remove the obstacle. It does not set
// steps and answers of the drafts.
func (f *editFinder) answer(text string, obstacle Decision) []draft {
	e, err := newEditor(text)
	if err != nil || obstacle.request == nil {
		return nil
	}
	var drafts []draft
	s := obstacle.Statement
	if s != nil && (s.Effect == UnknownEffect || s.Symbol != "") {
		return nil // no edit of a known part settles it
	}
	if s != nil && s.Effect == Deny {
		return f.exempt(e, s, obstacle.request)
	}
	if s != nil && obstacle.Outcome != Denied {
		if namesOnlyPrincipalOf(s, obstacle.request) || slices.Contains(s.Principals, everyone) {
			drafts = append(drafts, e.restrict(s, f.wants.Guard)...)
		} else if len(f.wants.Guard) > 0 {
			drafts = append(drafts, e.removePrincipal(s, obstacle.request.Principal)...)
		}
	}
	if obstacle.Outcome == Allowed {
		return drafts
	}
	if s != nil {
		drafts = append(drafts, f.widen(e, obstacle)...)
	}
	if to := e.root.member("Statement"); to != nil && f.wants.Statement != "" {
		drafts = append(drafts, e.draft(e.add(to, f.wants.Statement))...)
	}
	return drafts
}

// draft applies splices to the text. It returns no draft for no splices.
func (e *editor) draft(list []splice) []draft {
	if len(list) == 0 {
		return nil
	}
	text, cost := splices(e.text, list)
	return []draft{{text: text, cost: cost}}
}

// widen edits the element of an Allow statement that does not match the request.
func (f *editFinder) widen(e *editor, d Decision) []draft {
	n := e.statement(d.Statement.Index)
	element := n.member(d.Element)
	if element == nil {
		return nil
	}
	if d.Element == "Principal" {
		return e.draft(e.addPrincipal(element, d.request.Principal))
	}
	if d.Element != "Action" && !f.mayAllow(d.Statement.Actions) || !namesOnlyPrincipalOf(d.Statement, d.request) {
		if d.Element == "Condition" {
			if p, ok := findCondition(element, conditionIndex(d)); ok {
				return f.setValues(e, p, d.Condition, true)
			}
		}
		return nil
	}
	switch d.Element {
	case "Action":
		return e.draft(e.addTexts(element, []string{d.request.Action}))
	case "NotAction":
		return e.draft(e.remove(element, func(listed *entry) bool {
			return matchFold(compileAction(listed.value.text), d.request.Action)
		}))
	case "Resource":
		return e.draft(e.addTexts(element, f.wants.Resources))
	case "Condition":
		p, ok := findCondition(element, conditionIndex(d))
		if !ok {
			return nil
		}
		keep := f.setValues(e, p, d.Condition, true)
		if d.why.kind == symbolInPolicy { // it may be right when the symbol is known
			return keep
		}
		out := e.draft(e.removeCondition(n, p))
		for i := range out {
			for _, k := range keep {
				out[i].cost += k.cost
			}
		}
		return append(keep, out...)
	}
	return nil
}

// namesOnlyPrincipalOf reports whether a statement names no principal but that of
// the request.
func namesOnlyPrincipalOf(s *Statement, r *Request) bool {
	return s.NotPrincipals == nil && !slices.ContainsFunc(s.Principals, func(p Principal) bool { return p != r.Principal })
}

// mayAllow reports whether an edit may allow every action that a statement lists.
func (f *editFinder) mayAllow(actions []string) bool {
	return f.wants.Actions == nil || actions != nil && !slices.ContainsFunc(actions, func(action string) bool {
		return !slices.ContainsFunc(f.wants.Actions, func(wanted string) bool { return strings.EqualFold(wanted, action) })
	})
}

// exempt returns edits after which a Deny statement does not match a request.
func (f *editFinder) exempt(e *editor, s *Statement, r *Request) []draft {
	n := e.statement(s.Index)
	drafts := e.restrict(s, f.wants.Exemption)
	is := func(text string) func(*entry) bool {
		return func(listed *entry) bool { return strings.EqualFold(listed.value.text, text) }
	}
	own := namesOnlyPrincipalOf(s, r) && !f.wants.Shared
	if element := n.member("Action"); own && element != nil {
		drafts = append(drafts, e.draft(e.remove(element, is(r.Action)))...)
		drafts = append(drafts, e.draft(e.remove(element, func(listed *entry) bool {
			return slices.ContainsFunc(f.wants.Actions, func(wanted string) bool { return is(wanted)(listed) })
		}))...)
	}
	if element := n.member("NotAction"); own && element != nil {
		drafts = append(drafts, e.draft(e.addTexts(element, []string{r.Action}))...)
		drafts = append(drafts, e.draft(e.addTexts(element, f.wants.Actions))...)
	}
	if element := n.member("Principal"); element != nil {
		if ids := element.member(r.Principal.Type); ids != nil {
			drafts = append(drafts, e.draft(e.remove(ids, is(r.Principal.ID)))...)
		}
	}
	if element := n.member("NotPrincipal"); element != nil {
		drafts = append(drafts, e.draft(e.addPrincipal(element, r.Principal))...)
	}
	if element := n.member("NotResource"); own && element != nil {
		drafts = append(drafts, e.draft(e.addTexts(element, f.leaveOut(r)))...)
	}
	if element := n.member("Resource"); own && element != nil && f.wants.Actions != nil {
		for i := range min(len(element.entries), maxConditions) {
			if one := &element.entries[i]; one.value.text != "*" && !one.value.hasSymbol() { // without it, little would be left of the Deny
				drafts = append(drafts, e.draft(e.remove(element, func(listed *entry) bool { return listed == one }))...)
			}
		}
	}
	if own && f.wants.Actions != nil && f.mayAllow(s.Actions) { // it denies nothing but what is wanted
		drafts = append(drafts, e.draft(e.remove(e.root.member("Statement"), func(listed *entry) bool { return &listed.value == n }))...)
	}
	for i := range min(len(s.Conditions), maxConditions) {
		if p, ok := findCondition(n.member("Condition"), i); ok {
			drafts = append(drafts, f.setValues(e, p, &s.Conditions[i], false)...)
		}
	}
	return drafts
}

// leaveOut are the resources that NotResource must list for a Deny statement not to match a
// request: those that are wanted, or else those of the request. A "*" is none of them:
// NotResource with it matches nothing, so it would switch off the whole statement.
func (f *editFinder) leaveOut(r *Request) []string {
	texts := f.wants.Resources
	if texts == nil && f.wants.Actions != nil && (r.Resource.kind == known || r.Resource.kind == patterned) {
		for _, text := range r.Resource.texts {
			if !inText(text) {
				text = strings.ReplaceAll(text, "?*", "*") // no name is empty
			}
			texts = append(texts, text)
		}
	}
	return slices.DeleteFunc(slices.Clone(texts), func(text string) bool { return text == "*" })
}

// addPrincipal adds a principal to a Principal or NotPrincipal element. The name of a service in
// another letter case names no service, and is replaced.
func (e *editor) addPrincipal(element *node, p Principal) []splice {
	if element.kind != '{' {
		return nil
	}
	if ids := element.member(p.Type); ids != nil {
		if p.Type == "Service" {
			if list := e.replaceCase(ids, p.ID); list != nil {
				return list
			}
		}
		return e.addTexts(ids, []string{p.ID})
	}
	return []splice{e.insert(element, p.Type, quoteJSON(p.ID))}
}

// replaceCase replaces each string that differs from text in letter case only, if the list does not
// contain text.
func (e *editor) replaceCase(ids *node, text string) (list []splice) {
	if ids.lists(text) {
		return nil
	}
	entries := []*node{ids}
	if ids.kind == '[' {
		entries = nil
		for i := range ids.entries {
			entries = append(entries, &ids.entries[i].value)
		}
	}
	for _, one := range entries {
		if one.kind == stringToken && strings.EqualFold(one.text, text) {
			list = append(list, splice{one.start, one.end, quoteJSON(text)})
		}
	}
	return list
}

// removePrincipal removes a principal from a statement that also names others.
func (e *editor) removePrincipal(s *Statement, p Principal) []draft {
	element := e.statement(s.Index).member("Principal")
	if element == nil {
		return nil
	}
	ids := element.member(p.Type)
	if ids == nil {
		return nil
	}
	if list := e.remove(ids, func(listed *entry) bool { return listed.value.text == p.ID }); list != nil {
		return e.draft(list)
	}
	if len(ids.entries) > 1 || !ids.lists(p.ID) {
		return nil
	}
	return e.draft(e.remove(element, func(listed *entry) bool { return &listed.value == ids }))
}
