package checks

import (
	"reflect"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// Rewrite returns the result with another inventory, and with text applied to each string of
// its findings, its ledger and its suppressions. It does not change verdicts, or words that
// iblint or AWS defines. Suppressions match the same findings as before. It is used for
// redaction, and to show symbols. A
// result can be rewritten several times.
func (r Result) Rewrite(inv *account.Inventory, text func(string) string) Result {
	if before := r.text; before != nil {
		last := text
		text = func(s string) string { return last(before(s)) }
	}
	r.Inventory, r.text = inv, text
	r.Ledger = rewritten(r.Ledger, text)
	r.given = r.Suppressions
	r.Suppressions = rewritten(r.Suppressions, text)
	return r
}

// rewrite returns the finding with text applied to its strings.
func (f Finding) rewrite(text func(string) string) Finding {
	part, brief := "", false
	if f.Unread != nil {
		part, brief = strings.CutSuffix(f.Short, f.Unread.Brief())
	}
	f = rewritten(f, text)
	if brief { // an excerpt: text may not know a part of a name
		f.Short = text(part) + f.Unread.Brief()
	}
	if f.by != nil {
		by := f.by.rewrite(text)
		f.by = &by
	}
	if find := f.findFix; find != nil {
		f.asFound = find
		f.findFix = func() *Fix { return rewritten(find(), text) }
	}
	return f
}

// A source says who chose the words of a field of a result.
type source bool

const (
	given   source = true  // the user, AWS or a file: the words may hold names, and are replaced
	defined source = false // iblint, the policy language or AWS: the same words in every account
)

// sources decides for each field of a result that holds strings, by the type that has
// the field. A field of a string type of its own, such as Status, needs no decision: its
// words are defined. A field that is missing here is replaced, so that no name is shown;
// a test demands that none is missing.
var sources = map[reflect.Type]map[string]source{
	reflect.TypeFor[Finding](): {
		"Message": given, "Short": given, "Evidence": given, "Settle": given,
		"Check":       defined,
		"Suppression": defined, // it is one of the result's, which are replaced there
	},
	reflect.TypeFor[account.Subject](): {"Partition": given, "Account": given, "Region": given, "Type": defined, "Name": given, "ARN": given},
	reflect.TypeFor[account.Unread]():  {"Action": given, "Detail": given, "DeniedBy": given},
	reflect.TypeFor[Trace]():           {"Policy": given, "Request": given},
	reflect.TypeFor[policy.Trace](): {
		"Outcome": defined, "Action": given, "Principal": given, "Sid": given, "Effect": defined, "Element": defined, "Operator": given, "Key": given,
		"PolicyValues": given, "PolicyTypes": defined, "RequestValues": given, "RequestType": defined, "UnknownKey": given,
	},
	reflect.TypeFor[Note]():        {"Policy": given},
	reflect.TypeFor[policy.Note](): {"Path": given, "Problem": given},
	reflect.TypeFor[Fix]():         {"Summary": given, "Cautions": given},
	reflect.TypeFor[Change](): {
		"Partition": given, "Account": given, "Region": given, "Role": given, "Path": given, "Document": given, "Hint": given, "Before": given, "After": given,
		"Policy": given, "PolicyName": given, "References": given, "NewReference": given, "Regions": given, "Execution": given, "Include": defined, "Repository": given, "Key": given, "Value": given,
		"OldValue": given,
	},
	reflect.TypeFor[Entry]():       {"Account": given, "Region": given, "Check": defined},
	reflect.TypeFor[Suppression](): {"Check": defined, "Subject": given, "Fingerprint": given, "Reason": given, "Owner": given, "Expires": defined},
}

// isDefined reports whether the words of a field are the same in every account.
func isDefined(t reflect.Type, field string) bool {
	s, decided := sources[t][field]
	return decided && s == defined
}

// rewritten returns a copy of a value in which text replaced the strings that are not defined.
func rewritten[T any](v T, text func(string) string) T {
	out := reflect.New(reflect.TypeFor[T]()).Elem()
	rewriteInto(out, reflect.ValueOf(&v).Elem(), text)
	return out.Interface().(T)
}

// rewriteInto sets out to a copy of v with text applied to its strings.
func rewriteInto(out, v reflect.Value, text func(string) string) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() { // a type of its own holds defined words
			out.SetString(text(v.String()))
			return
		}
		out.Set(v)
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			rewriteInto(out.Elem(), v.Elem(), text)
		}
	case reflect.Slice:
		if !v.IsNil() {
			out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
			for i := range v.Len() {
				rewriteInto(out.Index(i), v.Index(i), text)
			}
		}
	case reflect.Struct:
		out.Set(v)
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() && !isDefined(v.Type(), field.Name) {
				rewriteInto(out.Field(i), v.Field(i), text)
			}
		}
	default:
		out.Set(v)
	}
}
