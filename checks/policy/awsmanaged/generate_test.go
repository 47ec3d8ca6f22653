//go:build moto

package awsmanaged

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks/policy"
	"github.com/iblint/iblint/internal/testrun"
)

// A motoPolicy is an AWS managed policy in the data of moto.
type motoPolicy struct {
	Path       string
	UpdateDate string
	Document   json.RawMessage
}

// statement is a statement with its elements in the order in which the catalogue has them.
type statement struct {
	Sid         string          `json:",omitempty"`
	Effect      string          `json:",omitempty"`
	Action      values          `json:",omitempty"`
	NotAction   json.RawMessage `json:",omitempty"`
	Resource    json.RawMessage `json:",omitempty"`
	NotResource json.RawMessage `json:",omitempty"`
	Condition   json.RawMessage `json:",omitempty"`
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

func (v values) MarshalJSON() ([]byte, error) {
	if len(v) == 1 {
		return json.Marshal(v[0])
	}
	return json.Marshal([]string(v))
}

// moto returns the policies that moto has, by name. IBLINT_MOTO is the path of its
// iam/aws_managed_policies.py, which has them as JSON between triple quotes. The tests have a build
// tag of their own, because moto is not needed to build iblint or to change it.
func moto(t *testing.T) map[string]motoPolicy {
	t.Helper()
	file := os.Getenv("IBLINT_MOTO")
	if file == "" {
		t.Fatal("IBLINT_MOTO is not set; .ci/run sets it to the data of moto")
	}
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parts := bytes.Split(source, []byte(`"""`))
	if len(parts) != 3 || bytes.ContainsRune(parts[1], '\\') {
		t.Fatalf("%s is not one string of Python without escapes", file)
	}
	all := map[string]motoPolicy{}
	if err := json.Unmarshal(parts[1], &all); err != nil {
		t.Fatal(err)
	}
	if len(all) < 1000 {
		t.Fatalf("%s has %d policies", file, len(all))
	}
	return all
}

// generate writes the catalogue.
func generate(t *testing.T, all map[string]motoPolicy) string {
	var lines []string
	date := ""
	for name, p := range all {
		date = max(date, p.UpdateDate[:len("2006-01-02")])
		lines = append(lines, strings.TrimPrefix(p.Path, "/")+name+reduce(t, name, p.Document)+"\n")
	}
	slices.Sort(lines)
	return dateHeader + date + "\n" + actionsHeader + strings.Join(Actions(), " ") + "\n" + strings.Join(lines, "")
}

// reduce returns the positions of the statements that may cover an action of Actions, and
// the statements without the other actions that they list. It is empty if there are none.
func reduce(t *testing.T, name string, text json.RawMessage) string {
	var d struct {
		Version   string
		Statement json.RawMessage
	}
	strictly(t, name, text, &d)
	if d.Version != version {
		t.Fatalf("%s has version %q of the policy language", name, d.Version)
	}
	var all []statement
	if d.Statement[0] == '{' {
		d.Statement = slices.Concat([]byte("["), d.Statement, []byte("]"))
	}
	strictly(t, name, d.Statement, &all)
	var positions []string
	var kept []statement
	for i, s := range all {
		s.Action = slices.DeleteFunc(s.Action, func(pattern string) bool { return !covers(pattern) })
		if len(s.Action) == 0 && s.NotAction == nil { // NotAction may cover all that it does not list
			continue
		}
		positions, kept = append(positions, strconv.Itoa(i+1)), append(kept, s)
	}
	if len(kept) == 0 {
		return ""
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(kept); err != nil {
		t.Fatal(err)
	}
	return " " + strings.Join(positions, ",") + " " + strings.TrimSpace(b.String())
}

func strictly(t *testing.T, name string, text json.RawMessage, into any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// covers reports whether a pattern of actions covers one of Actions.
func covers(pattern string) bool {
	return slices.ContainsFunc(Actions(), func(action string) bool {
		return policy.Like(strings.ToLower(pattern), strings.ToLower(action))
	})
}

// The catalogue is what moto's data is reduced to. With -update this test writes it.
func TestCatalogueIsOfMoto(t *testing.T) {
	got := generate(t, moto(t))
	if *testrun.Update {
		if err := os.WriteFile("policies.txt", []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(text, got); diff != "" {
		t.Errorf("go generate ./checks/policy/awsmanaged was not run with IBLINT_MOTO after moto or the actions changed (-policies.txt +moto):\n%s", diff)
	}
}

// A document of the catalogue gives the same decision as the whole document, for the same
// reason, on requests made of what the whole document names.
func TestReducedDocumentDecidesAlike(t *testing.T) {
	all := moto(t)
	random := rand.New(rand.NewPCG(7, 11))
	outcomes := map[policy.Outcome]int{}
	for i, name := range slices.Sorted(maps.Keys(all)) {
		if i%testrun.Thin() != 0 {
			continue
		}
		arn := prefix + strings.TrimPrefix(all[name].Path, "/") + name
		whole, err := policy.Parse(policy.Identity, string(all[name].Document))
		if err != nil {
			t.Errorf("%s: %v", arn, err)
			continue
		}
		reduced, exists := Find(arn)
		if !exists {
			t.Errorf("%s is not in the catalogue", arn)
			continue
		}
		requests := 2 // of each action
		if len(reduced.Statements) > 0 {
			requests = 40
		}
		for _, action := range Actions() {
			for range requests {
				r := request(random, whole, action)
				want, got := policy.Evaluate(whole, r), policy.Evaluate(reduced, r)
				outcomes[want.Outcome]++
				if reason(want) != reason(got) {
					t.Errorf("%s, %s on %v: %s, and the whole document: %s", arn, action, r.Resource, reason(got), reason(want))
				}
			}
		}
	}
	if testrun.Thin() == 1 && (outcomes[policy.Allowed] < 1000 || outcomes[policy.Undecidable] < 1000 || outcomes[policy.Denied] < 1000) {
		t.Errorf("%v: the test checks too little", outcomes)
	}
}

// request is a request on something that a document names, or on something else. Of each
// condition key of the document it has a value that the document names or another one, or
// not, or that is not known.
func request(random *rand.Rand, d *policy.Document, action string) *policy.Request {
	resources := []string{"*", "arn:aws:ec2:eu-west-1::image/ami-1", "arn:aws:ecr:eu-west-1:111122223333:repository/a", "arn:aws:iam::111122223333:role/a"}
	c := policy.NewContext()
	for _, s := range d.Statements {
		if s.NotActions != nil || slices.ContainsFunc(s.Actions, func(pattern string) bool { return policy.Like(pattern, action) }) {
			resources = append(resources, slices.Repeat(append(s.Resources, s.NotResources...), 20)...) // what decides, mostly
		}
		resources = append(resources, append(s.Resources, s.NotResources...)...)
		for _, condition := range s.Conditions {
			switch n := random.IntN(5); {
			case n < 2 && len(condition.Values) > 0:
				c.Set(condition.Key, policy.Known(condition.Values[random.IntN(len(condition.Values))]))
			case n == 2:
				c.Set(condition.Key, policy.Known("other"))
			case n == 3:
				c.Set(condition.Key, policy.Absent())
			default:
				c.Set(condition.Key, policy.Unknown())
			}
		}
	}
	resource := policy.Known(resources[random.IntN(len(resources))])
	if random.IntN(4) == 0 {
		resource = policy.Pattern("arn:aws:*")
	}
	return &policy.Request{Principal: policy.Principal{Type: "AWS", ID: "arn:aws:iam::111122223333:role/a"}, Action: action, Resource: resource, Context: c}
}

// reason is a decision and what decided. A statement about other actions may come closest to
// a match in the whole document only.
func reason(d policy.Decision) string {
	if d.Statement == nil || d.Outcome == policy.Denied && (d.Element == "Action" || d.Element == "NotAction") {
		return d.Outcome.String()
	}
	text := fmt.Sprintf("%s by %s, %s", d.Outcome, d.Statement, d.Element)
	if d.Condition != nil {
		text += " " + d.Condition.Operator + " " + d.Condition.Key + " " + strings.Join(d.Condition.Values, ",")
	}
	return text
}
