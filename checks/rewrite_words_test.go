package checks

import (
	"reflect"
	"slices"
	"testing"
)

// rewritable are the parts of a result that Rewrite replaces the strings of.
var rewritable = []reflect.Type{reflect.TypeFor[Finding](), reflect.TypeFor[Fix](), reflect.TypeFor[Entry](), reflect.TypeFor[Suppressed]()}

// holdsStrings reports whether a field of this type needs a decision of its own: it
// holds plain strings. Structs decide by field.
func holdsStrings(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return t == reflect.TypeFor[string]()
}

// Whoever adds a string to a finding, a fix, the ledger or a suppression decides in
// sources whether it may hold names. Nothing is decided about a field that is gone.
func TestEveryStringOfAResultHasASource(t *testing.T) {
	met := map[reflect.Type][]string{}
	var visit func(of reflect.Type)
	visit = func(of reflect.Type) {
		for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
			of = of.Elem()
		}
		if _, seen := met[of]; seen {
			return
		}
		switch of.Kind() {
		case reflect.Struct:
		case reflect.Map, reflect.Array, reflect.Interface:
			t.Errorf("Rewrite does not replace strings in %s", of)
			return
		default:
			return
		}
		met[of] = []string{}
		for field := range of.Fields() {
			if !field.IsExported() {
				continue
			}
			_, decided := sources[of][field.Name]
			switch {
			case decided:
				met[of] = append(met[of], field.Name)
			case holdsStrings(field.Type):
				t.Errorf("%s.%s: say in sources whether the words are given or defined", of, field.Name)
			}
			if !isDefined(of, field.Name) {
				visit(field.Type)
			}
		}
	}
	for _, root := range rewritable {
		visit(root)
	}
	for of, fields := range sources {
		for name := range fields {
			if !slices.Contains(met[of], name) {
				t.Errorf("sources decides about %s.%s, which no result has", of, name)
			}
		}
	}
}

// Each string that is given is replaced, wherever it is; each that is defined is kept.
func TestRewriteFollowsTheSources(t *testing.T) {
	const before, after = "before", "after"
	for _, root := range rewritable {
		v := reflect.New(root).Elem()
		fill(v, before)
		out := reflect.New(root).Elem()
		rewriteInto(out, v, func(string) string { return after })
		compareWords(t, root.Name(), out, func(kept bool) string {
			if kept {
				return before
			}
			return after
		})
	}
}

// fill sets every string in a value.
func fill(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Pointer:
		if v.Type() != reflect.TypeFor[*Check]() {
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem(), text)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), text)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i), text)
			}
		}
	}
}

func compareWords(t *testing.T, path string, v reflect.Value, want func(kept bool) string) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		if got := v.String(); got != want(v.Type() != reflect.TypeFor[string]()) {
			t.Errorf("%s is %q", path, got)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			compareWords(t, path, v.Elem(), want)
		}
	case reflect.Slice:
		for i := range v.Len() {
			compareWords(t, path, v.Index(i), want)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if !field.IsExported() {
				continue
			}
			under := want
			if isDefined(v.Type(), field.Name) {
				under = func(bool) string { return want(true) }
			}
			compareWords(t, path+"."+field.Name, v.Field(i), under)
		}
	}
}
