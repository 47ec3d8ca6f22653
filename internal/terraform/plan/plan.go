// Package plan reads Terraform plans and states as JSON, without running Terraform: the output of
// terraform show -json and of tofu show -json, and state files of version 4.
//
// It knows nothing of any provider. A plan says of each value that is known only after apply that
// it is unknown, and in its configuration what the value refers to; Options say which arguments
// take which attributes, and what a provider computes.
//
// It decodes what it needs itself. github.com/hashicorp/terraform-json v0.29.0 holds whole plans as
// maps of any: for a plan of 100 MB it takes 620 MB and 2.6 s, before anything is looked at. A whole
// run of iblint takes 360 MB and 2.3 s for that plan.
package plan

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/internal/source"
)

// Plan is a plan or a state.
type Plan struct {
	name      string
	variables map[string]given
	config    moduleConfig
	providers map[string]providerConfig
	objects   []object // in the order of the file
	past      []object // the objects as they are before the plan is applied
	state     bool
}

// object is an instance of a resource as it will be, or as it is.
type object struct {
	address  string
	data     bool
	kind     string
	name     string
	provider string // key of its configuration, of a state: the provider
	values   json.RawMessage
	unknown  json.RawMessage // the shape of values, with true for what is known after apply
	deferred string          // why it is not known whether it will exist
	wanted   bool            // other objects are kept without their values
}

// document is the JSON of a plan or a state (Terraform documentation, JSON Output Format).
type document struct {
	FormatVersion   string                   `json:"format_version"`
	Errored         bool                     `json:"errored"`
	Variables       map[string]given         `json:"variables"`
	PlannedValues   present                  `json:"planned_values"`
	ResourceChanges []resourceChange         `json:"resource_changes"`
	Deferred        []deferredChange         `json:"deferred_changes"`
	PriorState      struct{ Values *values } `json:"prior_state"`
	Values          *values                  `json:"values"`
	Configuration   *configuration           `json:"configuration"`
}

type given struct {
	Value json.RawMessage `json:"value"`
}

// present notes that a member is there, and keeps nothing of it.
type present bool

func (p *present) UnmarshalJSON([]byte) error {
	*p = true
	return nil
}

type values struct {
	Root stateModule `json:"root_module"`
}

type stateModule struct {
	Resources []struct {
		Address  string          `json:"address"`
		Mode     string          `json:"mode"`
		Type     string          `json:"type"`
		Name     string          `json:"name"`
		Provider string          `json:"provider_name"`
		Values   json.RawMessage `json:"values"`
	} `json:"resources"`
	Children []stateModule `json:"child_modules"`
}

type resourceChange struct {
	Address  string `json:"address"`
	Previous string `json:"previous_address"`
	Mode     string `json:"mode"`
	Type     string `json:"type"`
	Name     string `json:"name"`
	Provider string `json:"provider_name"`
	Deposed  string `json:"deposed"`
	Change   struct {
		Actions []string        `json:"actions"`
		Before  json.RawMessage `json:"before"`
		After   json.RawMessage `json:"after"`
		Unknown json.RawMessage `json:"after_unknown"`
	} `json:"change"`
}

type deferredChange struct {
	Reason string         `json:"reason"`
	Change resourceChange `json:"resource_change"`
}

type configuration struct {
	Providers map[string]providerConfig `json:"provider_config"`
	Root      moduleConfig              `json:"root_module"`
}

type providerConfig struct {
	Name        string          `json:"name"`
	Alias       string          `json:"alias"`
	Module      string          `json:"module_address"`
	Expressions json.RawMessage `json:"expressions"`
}

type moduleConfig struct {
	Resources []*resourceConfig      `json:"resources"`
	Calls     map[string]*moduleCall `json:"module_calls"`
	Outputs   map[string]struct {
		Expression json.RawMessage `json:"expression"`
	} `json:"outputs"`

	byAddress map[string]*resourceConfig
}

type moduleCall struct {
	Expressions map[string]json.RawMessage `json:"expressions"`
	ForEach     json.RawMessage            `json:"for_each_expression"`
	Module      moduleConfig               `json:"module"`
}

type resourceConfig struct {
	Address     string          `json:"address"`
	Provider    string          `json:"provider_config_key"`
	Expressions json.RawMessage `json:"expressions"`
	ForEach     json.RawMessage `json:"for_each_expression"`
}

var knownFormat = lazyregexp.New(`^[01]\.[0-9]{1,6}$`)

// Parse reads a plan or a state. Types selects the types of resources that are kept; others are
// kept only in the configuration. Errors are *source.InputError.
func Parse(name string, data []byte, types func(kind string) bool) (*Plan, error) {
	if !utf8.Valid(data) {
		return nil, refuse(name, "is not UTF-8, and has no byte order mark of UTF-16; save it in one of these encodings")
	}
	if isStateFile(data) {
		return parseStateFile(name, data, types)
	}
	var d document
	if err := json.Unmarshal(data, &d); err != nil {
		return nil, source.DecodeError(name, "a Terraform plan or state as JSON", data, err)
	}
	isState := d.Configuration == nil && !bool(d.PlannedValues) && d.ResourceChanges == nil
	switch {
	case !knownFormat().MatchString(d.FormatVersion):
		return nil, refuse(name, "has format version %q, which this version of iblint does not know; it knows 0 and 1", source.Cut(d.FormatVersion))
	case d.Errored:
		return nil, refuse(name, "is the plan of a run that failed, and does not say everything; plan again")
	}
	p := &Plan{name: name, state: isState, variables: d.Variables}
	if isState {
		if d.Values != nil {
			p.addState(d.Values.Root, nil, types)
		}
		p.past = p.objects
		return p, nil
	}
	if d.Configuration != nil {
		p.config, p.providers = d.Configuration.Root, d.Configuration.Providers
	}
	changed := map[string]bool{}
	for _, c := range d.ResourceChanges {
		p.addChange(c, "", types)
		if c.Deposed == "" {
			changed[c.Address], changed[c.Previous] = true, true
		}
	}
	for _, c := range d.Deferred {
		p.addChange(c.Change, "the plan defers it: "+source.Cut(c.Reason), types)
		changed[c.Change.Address] = true
	}
	if d.PriorState.Values != nil { // what the plan does not touch stays as it is
		p.addState(d.PriorState.Values.Root, changed, types)
	}
	return p, nil
}

func refuse(name, format string, args ...any) error {
	return &source.InputError{Err: errors.New(name + ": " + fmt.Sprintf(format, args...))}
}

// addChange adds what a resource will be. What is deleted is not there after apply.
func (p *Plan) addChange(c resourceChange, deferred string, types func(string) bool) {
	o := object{address: c.Address, data: c.Mode == "data", kind: c.Type, name: c.Name, provider: c.Provider, wanted: types(c.Type)}
	if exists(c.Change.Before) && o.wanted {
		o.values = c.Change.Before
		p.past = append(p.past, o)
	}
	if c.Deposed != "" { // an object that a replacement has left, and that is to be deleted
		return
	}
	switch action := last(c.Change.Actions); action {
	case "delete":
		if first(c.Change.Actions) != "create" { // create, then delete: a replacement
			return
		}
		o.values, o.unknown = c.Change.After, c.Change.Unknown
	case "forget": // Terraform no longer manages it, and leaves it as it is
		o.values = c.Change.Before
		if first(c.Change.Actions) == "create" {
			o.values, o.unknown = c.Change.After, c.Change.Unknown
		}
	default:
		o.values, o.unknown = c.Change.After, c.Change.Unknown
	}
	o.deferred = deferred
	if !o.wanted {
		o.values = nil
	}
	p.objects = append(p.objects, o)
}

func first(actions []string) string {
	if len(actions) == 0 {
		return ""
	}
	return actions[0]
}

func last(actions []string) string {
	if len(actions) == 0 {
		return ""
	}
	return actions[len(actions)-1]
}

func exists(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// addState adds the resources of a state that are not in except.
func (p *Plan) addState(m stateModule, except map[string]bool, types func(string) bool) {
	for _, r := range m.Resources {
		if !types(r.Type) || except[r.Address] {
			continue
		}
		o := object{address: r.Address, data: r.Mode == "data", kind: r.Type, name: r.Name, provider: r.Provider, values: r.Values, wanted: true}
		p.objects = append(p.objects, o)
		if except != nil {
			p.past = append(p.past, o)
		}
	}
	for _, child := range m.Children {
		p.addState(child, except, types)
	}
}
