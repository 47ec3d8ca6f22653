package cloudformation

import (
	"slices"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/cloudformation"
	"github.com/iblint/iblint/internal/source/declared"
)

// tree is a stack with those that it nests.
type tree struct {
	name string // of the symbols, which differ between the templates that the user gave
	target
}

func treeOf(s *cloudformation.Stack) tree { return tree{s.Options().Name, targetOf(s)} }

// elsewhere notes what may be declared in templates that are not here: those of nested stacks, and
// what macros add. It is only for trees of stacks that are about lifecycle management, because most
// nested stacks and macros have nothing to do with Image Builder.
func elsewhere(s *cloudformation.Stack, in *declared.Code) error {
	t := targetOf(s)
	note := func(at declared.Place, why string) {
		for _, kind := range []string{"lifecycle policy", "distribution configuration", "container recipe"} {
			in.Possible = append(in.Possible, declared.Possible{
				At:   declared.At{Place: at, Account: t.account, Partition: t.partition, Region: t.region},
				Kind: kind, Why: account.Unread{Reason: account.Unresolved, Detail: why},
			})
		}
	}
	resources, err := s.Resources()
	if err != nil {
		return err
	}
	// A macro of the whole template makes each resource uncertain, which is noted already.
	if why := s.More(); slices.ContainsFunc(resources, func(r *cloudformation.Resource) bool { return why != "" && r.Uncertain != why }) {
		note(declared.Place{File: s.Template().Name, Line: 1, Column: 1}, why)
	}
	for _, r := range resources {
		if r.Type != "AWS::CloudFormation::Stack" {
			continue
		}
		if nested, why := r.Nested(); nested == nil {
			note(declared.Place{File: r.At.File, Line: r.At.Line, Column: r.At.Column, Address: r.Address()}, "what stack "+r.Address()+" creates: "+why)
		}
	}
	return nil
}
