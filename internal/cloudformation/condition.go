package cloudformation

import (
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/iblint/iblint/checks/symbol"
)

// condition is a condition of the template.
type condition struct {
	node          *yaml.Node
	scope         *scope
	name          string
	running, done bool
	verdict
}

// verdict is whether a condition holds, and what it depends on if that is not known.
type verdict struct {
	answer
	why string
}

func decided(is bool) verdict { return verdict{answer: answered(is)} }

func open(v *Value) verdict {
	s := firstIn(v)
	return verdict{why: "depends on " + s.String() + ": " + s.Why}
}

// named decides a condition by its name.
func (s *Stack) named(name string, at *yaml.Node) verdict {
	c := s.conditions[name]
	switch {
	case !isText(at):
		return verdict{why: "cannot be evaluated (" + s.at(at).String() + ")"}
	case c == nil:
		return verdict{why: "is not in the template (" + s.at(at).String() + ")"}
	case c.running:
		return verdict{why: "depends on itself (" + s.at(at).String() + ")"}
	case !c.done:
		c.running = true
		c.verdict = s.decide(c.node, c.scope)
		c.running, c.done = false, true
	}
	return c.verdict
}

// decide evaluates the expression of a condition.
func (s *Stack) decide(n *yaml.Node, sc *scope) verdict {
	n = resolved(n)
	if !s.set.enter(s.at(n), len(n.Content)) {
		return verdict{why: "depends on too many other values"}
	}
	defer s.set.leave()
	name, arg := intrinsic(n)
	if other := member(n, "Condition"); name == "" && other != nil && len(n.Content) == 2 {
		name, arg = "Condition", other
	}
	var args []*yaml.Node
	if arg != nil && isList(arg) {
		args = arg.Content
	}
	switch {
	case name == "Condition" && isText(arg):
		return s.named(sc.replace(arg.Value), arg)
	case name == "Fn::Equals" && len(args) == 2:
		a, b := s.eval(args[0], sc), s.eval(args[1], sc)
		switch equal(a, b) {
		case yes:
			return decided(true)
		case no:
			return decided(false)
		}
		if firstIn(a).Name == "" {
			return open(b)
		}
		return open(a)
	case name == "Fn::Not" && len(args) == 1:
		v := s.decide(args[0], sc)
		if v.answer == undecided {
			return v
		}
		return decided(v.answer == no)
	case name == "Fn::And" && len(args) > 0:
		return s.quantified(args, sc, no)
	case name == "Fn::Or" && len(args) > 0:
		return s.quantified(args, sc, yes)
	case name == "" && isText(n) && (strings.EqualFold(n.Value, "true") || strings.EqualFold(n.Value, "false")):
		return decided(strings.EqualFold(n.Value, "true"))
	}
	return verdict{why: "cannot be evaluated (" + s.at(n).String() + ")"}
}

// quantified decides several conditions, of which one with the answer decides.
func (s *Stack) quantified(args []*yaml.Node, sc *scope, by answer) verdict {
	result := decided(by == no)
	for _, arg := range args {
		switch v := s.decide(arg, sc); v.answer {
		case by:
			return v
		case undecided:
			if result.answer != undecided {
				result = v
			}
		}
	}
	return result
}

// choose is Fn::If. If the condition is not decided, and its branches differ, the result is not
// known: one of them, perhaps none.
func (s *Stack) choose(n *yaml.Node, args []*yaml.Node, sc *scope) *Value {
	if len(args) != 3 || !isText(resolved(args[0])) {
		return s.unknown(n, sc, "", "Fn::If without a condition and two values")
	}
	name := sc.replace(resolved(args[0]).Value)
	v := s.named(name, resolved(args[0]))
	switch v.answer {
	case yes:
		return s.eval(args[1], sc)
	case no:
		return s.eval(args[2], sc)
	}
	a, b := s.eval(args[1], sc), s.eval(args[2], sc)
	if same(a, b) {
		return a
	}
	label := ""
	if (a.IsText() || !a.Given()) && (b.IsText() || !b.Given()) {
		label = name + "?" + symbol.Text(a.Text) + ":" + symbol.Text(b.Text)
	}
	one := s.unknown(n, sc, label, "condition "+quotedName(name)+" "+v.why)
	one.optional = !a.Given() || !b.Given() || a.optional || b.optional
	if a.IsText() && b.IsText() {
		one.Kind = Text
	}
	return one
}
