package cloudformation

import (
	"go.yaml.in/yaml/v4"

	"github.com/iblint/iblint/checks/symbol"
)

// output is an output of the template.
type output struct {
	node  *yaml.Node
	scope *scope
	name  string
	how   string // why it is not known whether it is there, of a loop

	running bool
	value   *Value // nil: not evaluated yet
}

// output evaluates an output. It is not given if its condition does not hold.
func (s *Stack) output(o *output) *Value {
	switch {
	case o.value != nil:
		return o.value
	case o.running:
		return s.unknown(o.node, o.scope, "Outputs."+o.name, "the output depends on itself")
	}
	o.running = true
	o.value = s.outputValue(o)
	o.running = false
	return o.value
}

func (s *Stack) outputValue(o *output) *Value {
	n := member(o.node, "Value")
	if n == nil {
		return s.unknown(o.node, o.scope, "Outputs."+o.name, "an output without Value")
	}
	uncertain := o.how
	if name := member(o.node, "Condition"); name != nil {
		switch v := s.named(o.scope.replace(name.Value), name); v.answer {
		case no:
			return none
		case undecided:
			uncertain = "condition " + quotedName(name.Value) + " " + v.why
		}
	}
	v := s.dynamic(s.eval(n, o.scope))
	switch {
	case uncertain != "":
		v = s.unknown(n, o.scope, "Outputs."+o.name, uncertain)
		v.optional = true
	case !v.IsText() && v.Kind != Unknown: // outputs are texts
		v = s.unknown(n, o.scope, "Outputs."+o.name, "the output is no text")
	}
	return v
}

// exports are the outputs that a stack exports, by the name of the export.
type exports struct {
	running, done bool
	byName        map[string]*output
}

func (s *Stack) exportNames() *exports {
	if s.exports.running || s.exports.done {
		return &s.exports
	}
	s.exports.running = true
	s.exports.byName = map[string]*output{}
	for _, o := range s.outputList {
		export := member(o.node, "Export")
		if export == nil {
			continue
		}
		n := member(resolved(export), "Name")
		if n == nil {
			continue
		}
		name := s.eval(n, o.scope)
		if s.exports.byName[name.Text] == nil {
			s.exports.byName[name.Text] = o
		}
	}
	s.exports.running, s.exports.done = false, true
	return &s.exports
}

// exported is what a stack of the same account and Region exports by a name. It is nil if none
// certainly does.
func (set *Set) exported(by *Stack, name string) *Value {
	set.spend(len(set.stacks))
	for _, s := range set.stacks {
		if s.o.Account != by.o.Account || s.o.Region != by.o.Region {
			continue
		}
		if o := s.exportNames().byName[name]; o != nil {
			if v := s.output(o); v.Given() {
				return v
			}
		}
	}
	return nil
}

// missing is a symbol for an export that no stack certainly has: the same for each import in an
// account and Region.
func (set *Set) missing(by *Stack, name string, at Position) string {
	key := by.o.Account + " " + by.o.Region + " " + name
	text, ok := set.imports[key]
	if !ok {
		text = symbol.New("export "+symbol.Text(name), "exported by a stack that is not given ("+at.String()+")")
		set.imports[key] = text
	}
	return text
}
