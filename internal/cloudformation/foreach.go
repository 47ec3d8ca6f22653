package cloudformation

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// loopPrefix begins the key of a loop: Fn::ForEach::UniqueName, whose value is a list of the
// identifier, the collection, and a map that is repeated (AWS::LanguageExtensions).
const loopPrefix = "Fn::ForEach::"

// loop calls each for each item of the collection, with the map to repeat. If the items are not
// known, it calls it once, with why; the map then stands for any number of repetitions.
func (s *Stack) loop(e entry, sc *scope, each func(body *yaml.Node, inner *scope, how string)) {
	n := e.value
	if !isList(n) || len(n.Content) != 3 || !isText(resolved(n.Content[0])) || !isMap(resolved(n.Content[2])) {
		each(&yaml.Node{Kind: yaml.MappingNode, Line: n.Line, Column: n.Column}, sc, "it is no identifier, collection and map")
		return
	}
	name, body := sc.replace(resolved(n.Content[0]).Value), resolved(n.Content[2])
	collection := s.eval(n.Content[1], sc)
	items, known := collection.Items, collection.Kind == List
	for _, item := range items {
		known = known && item.IsText()
	}
	if !known {
		one := s.derived(n.Content[1], sc, "each of", collection)
		each(body, &scope{name, one.Text, sc}, "how often it is repeated depends on "+firstIn(one).String())
		return
	}
	for _, item := range items {
		if !s.set.enter(s.at(n), 0) {
			return
		}
		each(body, &scope{name, item.Text, sc}, "")
		s.set.leave()
	}
}

// expand finds the names of what the template declares, with what loops repeat.
func (s *Stack) expand() {
	s.expandEntries(s.template.conditions, nil, "", func(e entry, sc *scope, how string) {
		if name := sc.replace(e.name); s.conditions[name] == nil && how == "" {
			s.conditions[name] = &condition{node: e.value, scope: sc, name: name}
		}
	})
	for _, e := range s.macros() {
		s.more = e
		break
	}
	s.expandEntries(s.template.resources, nil, "", s.declare)
	s.implicitRoles()
	s.expandEntries(s.template.outputs, nil, "", func(e entry, sc *scope, how string) {
		if name := sc.replace(e.name); s.outputs[name] == nil {
			o := &output{node: e.value, scope: sc, name: name, how: how}
			s.outputs[name] = o
			s.outputList = append(s.outputList, o)
		}
	})
}

// expandEntries calls f for each entry of a section.
func (s *Stack) expandEntries(list []entry, sc *scope, how string, f func(entry, *scope, string)) {
	for _, e := range list {
		switch {
		case strings.HasPrefix(e.name, loopPrefix):
			if !s.set.enter(s.at(e.key), 0) {
				return
			}
			s.loop(e, sc, func(body *yaml.Node, inner *scope, open string) {
				if open != "" {
					open = sc.replace(e.name) + ": " + open + " (" + s.at(e.key).String() + ")"
				}
				s.expandEntries(entries(body), inner, how+open, f)
			})
			s.set.leave()
		case strings.HasPrefix(e.name, "Fn::"):
			if s.more == "" {
				s.more = "a macro may add to the template (" + s.at(e.key).String() + ")"
			}
		default:
			f(e, sc, how)
		}
	}
}

// harmless are macros that leave alone what the template declares, as far as Evaluate follows.
var harmless = map[string]bool{"AWS::LanguageExtensions": true, serverless: true, "AWS::CodeDeployBlueGreen": true}

// macros are why the resources may be others than those of the template.
func (s *Stack) macros() (why []string) {
	for _, t := range s.template.transforms {
		if !harmless[t.name] && !strings.HasPrefix(t.name, "AWS::SecretsManager-") {
			why = append(why, "the macro "+quotedName(t.name)+" may change the template ("+t.at.String()+")")
		}
	}
	return why
}
