package cloudformation_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/cloudformation"
)

// weaker says where a value, of which less was given, claims something else. It returns nothing
// if the value only knows less.
func weaker(after, before *cloudformation.Value, path string) string {
	if _, unknown := after.Symbol(); unknown {
		return ""
	}
	switch {
	case !after.Given() && !before.Given():
		return ""
	case after.IsText() && before.IsText():
		if symbol.MayEqual(after.Text, before.Text) && (symbol.In(after.Text) || after.Text == before.Text) {
			return ""
		}
	case after.Kind != before.Kind:
	case after.Kind == cloudformation.List:
		for _, item := range after.Items {
			if _, unknown := item.Symbol(); unknown {
				return "" // it may stand for no item
			}
		}
		if len(after.Items) == len(before.Items) {
			for i := range after.Items {
				if why := weaker(after.Items[i], before.Items[i], fmt.Sprintf("%s[%d]", path, i)); why != "" {
					return why
				}
			}
			return ""
		}
	case after.Kind == cloudformation.Map:
		for _, m := range append(append([]cloudformation.Member{}, before.Members...), after.Members...) {
			if symbol.In(m.Name) {
				continue
			}
			if why := weaker(after.Member(m.Name), before.Member(m.Name), path+"."+m.Name); why != "" {
				return why
			}
		}
		return ""
	}
	return fmt.Sprintf("%s: %s, and before %s", path, symbol.Text(after.JSON()), symbol.Text(before.JSON()))
}

// weakerStack compares all resources.
func weakerStack(after, before []*cloudformation.Resource) string {
	all := map[string]*cloudformation.Resource{}
	open := false
	for _, r := range after {
		all[r.LogicalID] = r
		open = open || symbol.In(r.LogicalID)
	}
	for _, r := range before {
		now := all[r.LogicalID]
		delete(all, r.LogicalID)
		switch {
		case now == nil && open: // it is one of a loop
		case now == nil:
			return r.LogicalID + " disappears"
		case r.Uncertain != "" && now.Uncertain == "":
			return r.LogicalID + " becomes certain"
		default:
			if why := weaker(now.Properties, r.Properties, r.LogicalID); why != "" {
				return why
			}
		}
	}
	for id, r := range all {
		if r.Uncertain == "" {
			return id + " appears"
		}
	}
	return ""
}

// Without the value of a parameter, fewer things are known, and nothing else is.
func TestWithoutParameters(t *testing.T) {
	for expression := range functionCases {
		if strings.Contains(expression, "ToJsonString") {
			continue // a symbol for a number is written as a text, which the policy language knows
		}
		text := head + expression + "\n"
		before, err := stack(t, text, options()).Resources()
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(text, "\n")
		for i, line := range lines {
			at := strings.Index(line, ", Default:")
			if at < 0 {
				continue
			}
			lines[i] = line[:at] + "}"
			after, err := stack(t, strings.Join(lines, "\n"), options()).Resources()
			lines[i] = line
			if err != nil {
				t.Fatal(err)
			}
			if why := weakerStack(after, before); why != "" {
				t.Errorf("%s without %s: %s", expression, strings.TrimSpace(line), why)
			}
		}
	}
}

// No content makes reading or evaluating fail in another way than with an error of one line, or
// takes long; and without values for parameters only less is known.
func FuzzTemplate(f *testing.F) {
	for expression := range functionCases {
		f.Add([]byte(head + expression + "\n"))
	}
	f.Add([]byte(`{"Resources": {"X": {"Type": "AWS::T::T", "Properties": {"A": {"Ref": "X"}}}}}`))
	f.Add([]byte(small + bomb(3)))
	f.Fuzz(func(t *testing.T, data []byte) {
		begin := time.Now()
		template, err := cloudformation.Parse("a.yaml", data)
		_, parametersErr := cloudformation.ParseParameters("p.json", data)
		for _, err := range []error{err, parametersErr} {
			if err != nil && strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("%q", err)
			}
		}
		if err != nil {
			return
		}
		evaluate := func(other string) ([]*cloudformation.Resource, bool) {
			o := options()
			o.OtherParameters = other
			o.Nested = func(*cloudformation.Resource) (*cloudformation.Template, string) { return nil, "it is not here" }
			s := cloudformation.NewSet().Add(template, o)
			all, err := s.Resources()
			s.Output("X")
			return all, err == nil
		}
		before, ok1 := evaluate("")
		after, ok2 := evaluate("not given")
		if took := time.Since(begin); took > time.Minute {
			t.Errorf("took %s", took)
		}
		if ok1 && ok2 && !strings.Contains(strings.ToLower(string(data)), "json") {
			if why := weakerStack(after, before); why != "" {
				t.Error(why)
			}
		}
	})
}
