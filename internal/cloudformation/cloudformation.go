// Package cloudformation evaluates CloudFormation templates without deploying them.
//
// It gets texts and returns values: no file, no network, no credentials. What a template does not
// give (a parameter without a value, an attribute that exists only after the deployment, what a
// macro makes) is a symbol of package symbol: it passes through Fn::Sub, Fn::Join and lists, and
// no condition decides about it.
//
// The package knows the language and nothing of any service. Options.Compute supplies what Ref
// and Fn::GetAtt return for a type of resource.
package cloudformation

import (
	"fmt"
	"slices"

	"github.com/iblint/iblint/checks/symbol"
)

// Position is a place in a template.
type Position struct {
	File   string
	Line   int // from 1
	Column int // from 1, in bytes
}

func (p Position) String() string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// Options say what a template is deployed with.
type Options struct {
	// Name distinguishes the stack from other stacks of the set in the names of symbols. It may
	// be empty.
	Name string
	// Account, Region, Partition and URLSuffix are the values of pseudo parameters. Each may be
	// a symbol. Empty: a symbol of the stack.
	Account, Region, Partition, URLSuffix string
	StackName                             string // empty: not known

	// Parameters are values of parameters, perhaps with symbols. Lists are separated by commas.
	Parameters map[string]string
	// OtherParameters, if not empty, is why parameters that Parameters does not have may have
	// other values than their defaults.
	OtherParameters string

	// OfSet says that a stack set creates the stack.
	OfSet bool

	// Uncertain, if not empty, is why it is not known whether the stack will exist.
	Uncertain string

	// Compute returns what Ref ("Ref") and Fn::GetAtt (the name of the attribute) return for a
	// resource, perhaps with symbols. It is called once for each resource, after its properties
	// are evaluated. Without a result, a reference is a symbol. Nil: nothing is computed.
	Compute func(*Resource) map[string]string

	// Nested returns the template of a resource of type AWS::CloudFormation::Stack, or why there
	// is none. Nil: there is none.
	Nested func(*Resource) (*Template, string)
}

// Set is a number of stacks. Fn::ImportValue finds what stacks of the same account and Region
// export. All stacks of a set share one bound for the work of evaluating them.
type Set struct {
	budget
	stacks  []*Stack
	words   map[string]bool   // symbols that stand for letters, digits and hyphens only
	imports map[string]string // symbols for exports that no stack has
	running []*resource       // that are being evaluated, the outermost first
}

// NewSet returns a set without stacks.
func NewSet() *Set { return &Set{words: map[string]bool{}, imports: map[string]string{}} }

// Add adds a stack. Add all stacks before reading the resources of any.
func (set *Set) Add(t *Template, o Options) *Stack { return set.add(t, o, "", 0) }

func (set *Set) add(t *Template, o Options, path string, depth int) *Stack {
	prefix := path
	if o.Name != "" {
		prefix = o.Name + "/" + path
	}
	s := &Stack{
		set: set, template: t, o: o, path: path, prefix: prefix, depth: depth,
		parameters: map[string]*Value{}, conditions: map[string]*condition{}, resources: map[string]*resource{}, outputs: map[string]*output{}, unknowns: map[string]string{},
	}
	set.stacks = append(set.stacks, s)
	set.stack(len(set.stacks), t)
	s.pseudoParameters()
	s.expand()
	return s
}

// Stack is a template with what it is deployed with.
type Stack struct {
	set      *Set
	template *Template
	o        Options
	path     string // of logical IDs, for a nested stack: with a dot after each
	prefix   string // of the names of symbols
	depth    int    // of nested stacks

	pseudo     map[string]string
	parameters map[string]*Value
	conditions map[string]*condition
	resources  map[string]*resource
	order      []*resource
	outputs    map[string]*output
	outputList []*output
	exports    exports
	unknowns   map[string]string // symbols by their names

	// more is why there may be resources, conditions and outputs that the template does not show.
	more string
}

// Template is the template of the stack.
func (s *Stack) Template() *Template { return s.template }

// Options are what the stack was added with.
func (s *Stack) Options() Options { return s.o }

// More is why there may be resources that Resources does not have. Empty: there are none.
func (s *Stack) More() string { return s.more }

// Resources are the resources that will or may exist, in the order of the template. It returns an
// error if the set takes too much work to evaluate.
func (s *Stack) Resources() ([]*Resource, error) {
	var all []*Resource
	for _, r := range s.order {
		if got := s.evaluate(r); got != nil {
			all = append(all, got)
		}
	}
	return all, s.set.exhausted
}

// Output is the value of an output. The result is false if the stack has no such output.
func (s *Stack) Output(name string) (*Value, bool) {
	o := s.outputs[name]
	if o == nil {
		return nil, false
	}
	v := s.output(o)
	return v, v.Kind != None
}

// symbol returns a symbol of the stack.
func (s *Stack) symbol(name, why string) string { return symbol.New(s.prefix+name, why) }

// Parameters are the names of the parameters that the template declares.
func (t *Template) Parameters() []string {
	names := make([]string, len(t.parameters))
	for i, p := range t.parameters {
		names[i] = p.name
	}
	return slices.Sorted(slices.Values(names))
}
