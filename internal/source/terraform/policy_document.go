package terraform

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
)

// policyDocument is the data source aws_iam_policy_document (documentation of the provider aws).
// A document that is not known stands for one statement that is not known.
func policyDocument(v values) map[string]cty.Value {
	version := v.in("version").text()
	if version == "" {
		version = "2012-10-17"
	}
	b := documentBuilder{version: version}
	for _, name := range []string{"source_json", "source_policy_documents"} {
		for _, text := range documentsIn(v.in(name)) {
			b.source(text)
		}
	}
	statements, unread := v.in("statement").blocks()
	if unread != nil {
		b.unknown(unread)
	}
	for _, one := range statements {
		b.put(statementOf(one, version))
	}
	for _, name := range []string{"override_json", "override_policy_documents"} {
		for _, text := range documentsIn(v.in(name)) {
			b.override(text)
		}
	}
	return b.attributes(v.in("policy_id").text())
}

// documentsIn are the texts of an argument: one text, or a list.
func documentsIn(v values) []string {
	switch {
	case !v.given():
		return nil
	case v.unread() != nil || v.value.Type() == cty.String:
		return []string{v.text()}
	}
	all, _ := v.texts()
	return all
}

// statement is a statement as the policy language writes it. A symbol stands in its place if it
// is not known.
type statement struct {
	sid  string
	text json.RawMessage
}

// documentBuilder joins statements.
type documentBuilder struct {
	version    string
	id         string
	statements []statement
	undecided  string // a symbol in place of the whole document
}

// unknown adds statements that are not known.
func (b *documentBuilder) unknown(why *account.Unread) {
	b.statements = append(b.statements, statement{text: encode(symbol.New("statements", why.Detail))})
}

// put adds a statement. It replaces one with the same ID. If that is not known of two IDs, neither
// is the document.
func (b *documentBuilder) put(s statement) {
	for _, have := range b.statements {
		if open := symbol.First(s.sid + have.sid); have.sid != s.sid && have.sid != "" && s.sid != "" && symbol.MayEqual(have.sid, s.sid) {
			b.undecided = symbol.New(open.Name, open.Why)
		}
	}
	if i := slices.IndexFunc(b.statements, func(have statement) bool { return have.sid != "" && have.sid == s.sid }); i >= 0 {
		b.statements[i] = s
		return
	}
	b.statements = append(b.statements, s)
}

// source adds the statements of a document that others replace.
func (b *documentBuilder) source(text string) {
	statements, known := b.statementsIn(text)
	if !known {
		statements = []statement{{text: encode(text)}}
	}
	for _, s := range statements {
		b.put(s)
	}
}

// override adds the statements of a document that replaces others. If it is not known, neither is
// what a statement with an ID says.
func (b *documentBuilder) override(text string) {
	statements, known := b.statementsIn(text)
	if !known {
		if slices.ContainsFunc(b.statements, func(s statement) bool { return s.sid != "" }) {
			b.undecided = text
		}
		statements = []statement{{text: encode(text)}}
	}
	for _, s := range statements {
		b.put(s)
	}
}

// statementsIn takes a document apart. It is false if the document is not known or no JSON.
func (b *documentBuilder) statementsIn(text string) (all []statement, known bool) {
	if strings.TrimSpace(text) == "" {
		return nil, true
	}
	var document struct {
		ID        string `json:"Id"`
		Version   string
		Statement json.RawMessage
	}
	if json.Unmarshal([]byte(text), &document) != nil {
		return nil, false
	}
	if document.ID != "" {
		b.id = document.ID
	}
	var list []json.RawMessage
	if json.Unmarshal(document.Statement, &list) != nil {
		list = []json.RawMessage{document.Statement}
	}
	for _, raw := range list {
		var one struct{ Sid string }
		_ = json.Unmarshal(raw, &one) // a statement without an ID, or a symbol
		all = append(all, statement{one.Sid, raw})
	}
	return all, true
}

func (b *documentBuilder) attributes(id string) map[string]cty.Value {
	if id == "" {
		id = b.id
	}
	document := struct {
		Version   string
		ID        string `json:"Id,omitempty"`
		Statement []json.RawMessage
	}{Version: b.version, ID: id, Statement: []json.RawMessage{}}
	for _, s := range b.statements {
		document.Statement = append(document.Statement, s.text)
	}
	indented, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return nil
	}
	text := string(indented)
	if b.undecided != "" {
		text = b.undecided
		if !symbol.Is(text) {
			text = symbol.New("document", "a part of it is no JSON")
		}
	}
	return map[string]cty.Value{"json": cty.StringVal(text), "minified_json": cty.StringVal(text)}
}

// encode is a text as JSON.
func encode(v any) json.RawMessage {
	data, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage(`null`)
	}
	return data
}

// statementOf is a statement block.
func statementOf(v values, version string) statement {
	sid := v.in("sid").text()
	out := struct {
		Sid          string `json:",omitempty"`
		Effect       string
		Principal    any `json:",omitempty"`
		NotPrincipal any `json:",omitempty"`
		Action       any `json:",omitempty"`
		NotAction    any `json:",omitempty"`
		Resource     any `json:",omitempty"`
		NotResource  any `json:",omitempty"`
		Condition    any `json:",omitempty"`
	}{Sid: sid, Effect: v.in("effect").text()}
	if out.Effect == "" {
		out.Effect = "Allow"
	}
	out.Principal, out.NotPrincipal = principals(v.in("principals")), principals(v.in("not_principals"))
	out.Action, out.NotAction = textsOrSymbol(v.in("actions"), version), textsOrSymbol(v.in("not_actions"), version)
	out.Resource, out.NotResource = textsOrSymbol(v.in("resources"), version), textsOrSymbol(v.in("not_resources"), version)
	out.Condition = conditions(v.in("condition"), version)
	return statement{sid, encode(out)}
}

// textsOrSymbol is a list of texts; nil if it is not given, and a symbol if it is not known. The
// provider writes a policy variable as &{…}, so that Terraform does not take it for its own.
func textsOrSymbol(v values, version string) any {
	items, more := v.texts()
	switch {
	case more != nil:
		return v.text()
	case len(items) == 0:
		return nil
	}
	if version != "2008-10-17" {
		for i, item := range items {
			items[i] = strings.ReplaceAll(item, "&{", "${")
		}
	}
	return items
}

// principals are the principals of a statement, by type.
func principals(v values) any {
	blocks, unread := v.blocks()
	switch {
	case unread != nil:
		return v.text()
	case len(blocks) == 0:
		return nil
	}
	all := map[string]any{}
	for _, b := range blocks {
		kind, who := b.in("type").text(), textsOrSymbol(b.in("identifiers"), "")
		if symbol.In(kind) {
			return symbol.New(symbol.First(kind).Name, symbol.First(kind).Why)
		}
		if who == nil {
			continue
		}
		if list, ok := who.([]string); ok && kind == "*" && slices.Equal(list, []string{"*"}) {
			return "*"
		}
		all[kind] = joined(all[kind], who)
	}
	return all
}

// joined are two values of a principal or a condition: lists, or a symbol for a list.
func joined(a, b any) any {
	list := func(v any) []string {
		switch v := v.(type) {
		case string:
			return []string{v}
		case []string:
			return v
		}
		return nil
	}
	if a == nil {
		return b
	}
	return slices.Concat(list(a), list(b))
}

// conditions are the conditions of a statement, by operator and key.
func conditions(v values, version string) any {
	blocks, unread := v.blocks()
	switch {
	case unread != nil:
		return v.text()
	case len(blocks) == 0:
		return nil
	}
	all := map[string]map[string]any{}
	for _, b := range blocks {
		test, key := b.in("test").text(), b.in("variable").text()
		if all[test] == nil {
			all[test] = map[string]any{}
		}
		values := textsOrSymbol(b.in("values"), version)
		if values == nil {
			values = []string{}
		}
		all[test][key] = joined(all[test][key], values)
	}
	return all
}
