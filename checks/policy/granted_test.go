package policy

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// ManagedPolicyGrants equals the grants in the document of the managed policy.
func TestManagedPolicyGrants(t *testing.T) {
	text, err := os.ReadFile("testdata/EC2ImageBuilderLifecycleExecutionPolicy.json")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Statement []struct{ Action, Resource values }
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	var want []Granted
	for _, s := range document.Statement {
		for _, action := range s.Action {
			for _, resource := range s.Resource {
				service, _, _ := strings.Cut(action, ":")
				on := NoResource
				switch parts := strings.Split(resource, ":"); {
				case resource != "*":
					kind, _, _ := strings.Cut(parts[5], "/")
					on = ResourceType(service + ":" + kind)
				case service == "imagebuilder": // which takes a resource, and is granted on all
					on = BuiltImage
				}
				want = append(want, Granted{action, on})
			}
		}
	}
	sorted := func(grants []Granted) []Granted {
		return slices.SortedFunc(slices.Values(grants), func(a, b Granted) int {
			return strings.Compare(a.Action+string(a.On), b.Action+string(b.On))
		})
	}
	if !slices.Equal(sorted(ManagedPolicyGrants), sorted(want)) {
		t.Errorf("%v, and the document grants %v", ManagedPolicyGrants, want)
	}
}

// values is a string or a list of strings.
type values []string

func (v *values) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*v = values{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(v))
}
