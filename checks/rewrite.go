package checks

import (
	"reflect"

	"github.com/iblint/iblint/checks/account"
)

// Rewrite returns the result with another inventory, and with text applied to each string of
// its findings, its ledger and its suppressions. It does not change verdicts, or words that
// iblint or AWS defines. Suppressions match the same findings as before. It is used for
// redaction.
func (r Result) Rewrite(inv *account.Inventory, text func(string) string) Result {
	r.Inventory, r.text = inv, text
	r.Ledger = rewritten(r.Ledger, text)
	r.given = r.Suppressions
	r.Suppressions = rewritten(r.Suppressions, text)
	return r
}

// rewrite returns the finding with text applied to its strings.
func (f Finding) rewrite(text func(string) string) Finding {
	f.Subject, f.Message, f.Evidence = rewritten(f.Subject, text), text(f.Message), rewritten(f.Evidence, text)
	f.Trace, f.Notes, f.Unread = rewritten(f.Trace, text), rewritten(f.Notes, text), rewritten(f.Unread, text)
	if find := f.findFix; find != nil {
		f.findFix = func() *Fix { return rewritten(find(), text) }
	}
	return f
}

// defined are the fields whose values iblint or AWS defines. They are not rewritten, even if
// something that was read has the same name as a value.
var defined = map[string]bool{
	"Type": true, "Check": true, "Expires": true, "Outcome": true, "Effect": true, "Element": true, "RequestState": true, "RequestType": true, "Include": true,
}

// rewritten returns a deep copy of a value with text applied to its strings.
func rewritten[T any](v T, text func(string) string) T {
	out := reflect.New(reflect.TypeFor[T]()).Elem()
	rewriteInto(out, reflect.ValueOf(&v).Elem(), text)
	return out.Interface().(T)
}

// rewriteInto sets out to a copy of v with text applied to its strings.
func rewriteInto(out, v reflect.Value, text func(string) string) {
	switch v.Kind() {
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() { // named string types hold values that iblint defines
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
			if field := v.Type().Field(i); field.IsExported() && !defined[field.Name] {
				rewriteInto(out.Field(i), v.Field(i), text)
			}
		}
	default:
		out.Set(v)
	}
}
