package fix

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	"golang.org/x/text/unicode/norm"
)

// A document has the same meaning in every dialect.
func FuzzDocument(f *testing.F) {
	f.Add(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:x":["${aws:username}","%{x}",true,null,1,25]}}}]}`)
	f.Add(`{"a":{},"b":[],"c":[[],[[1],{"d":{"e":[]}}]],"for":"for","null":"null","true":"yes","é\u0000\ud83d\ude00":"\"\\\n\t#"}`)
	f.Fuzz(func(t *testing.T, text string) {
		v, err := readDocument(text)
		if err != nil || !utf8.ValidString(text) || strings.ContainsRune(text, utf8.RuneError) || len(text) > 1000 {
			return
		}
		switch v.(type) {
		case object, []any:
		default:
			return // a policy is an object or a list
		}
		if strings.ContainsAny(numbers(v), ".eE-") || len(numbers(v)) > 15 {
			return // other numbers have several notations
		}
		want := plain(v)
		if !norm.NFC.IsNormalString(fmt.Sprint(want)) {
			return // HCL normalizes strings
		}

		var b bytes.Buffer
		writeYAML(&b, 0, object{{"Document", v}})
		var template map[string]any
		if err := yaml.Unmarshal(b.Bytes(), &template); err != nil {
			t.Fatalf("YAML: %v\n%s", err, b.String())
		}
		data, err := json.Marshal(template["Document"])
		if err != nil {
			t.Fatal(err)
		}
		if got := wordy(decoded(t, data)); !reflect.DeepEqual(got, want) {
			t.Errorf("YAML:\n got %#v\nwant %#v\n%s", got, want, b.String())
		}

		source := jsonencode(v).Bytes()
		parsed, diagnostics := hclsyntax.ParseExpression(source, "document.tf", hcl.InitialPos)
		if diagnostics.HasErrors() {
			t.Fatalf("HCL: %v\n%s", diagnostics, source)
		}
		value, diagnostics := parsed.Value(&hcl.EvalContext{Functions: map[string]function.Function{"jsonencode": stdlib.JSONEncodeFunc}})
		if diagnostics.HasErrors() {
			t.Fatalf("HCL: %v\n%s", diagnostics, source)
		}
		if got := wordy(decoded(t, []byte(value.AsString()))); !reflect.DeepEqual(got, want) {
			t.Errorf("HCL:\n got %#v\nwant %#v\n%s", got, want, source)
		}
	})
}

// plain converts a document to the types of encoding/json.
func plain(v any) any {
	switch v := v.(type) {
	case object:
		m := map[string]any{}
		for _, member := range v {
			m[member.key] = plain(member.value)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plain(v[i])
		}
		return list
	case json.Number:
		return v.String()
	}
	return v
}

// numbers are all numbers in a document.
func numbers(v any) string {
	all := ""
	switch v := v.(type) {
	case object:
		for _, m := range v {
			all += numbers(m.value)
		}
	case []any:
		for _, item := range v {
			all += numbers(item)
		}
	case json.Number:
		all = v.String()
	}
	return all
}

func decoded(t *testing.T, data []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// wordy replaces numbers by strings.
func wordy(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key := range v {
			v[key] = wordy(v[key])
		}
	case []any:
		for i := range v {
			v[i] = wordy(v[i])
		}
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return v
}
