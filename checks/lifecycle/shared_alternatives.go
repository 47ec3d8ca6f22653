package lifecycle

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/policy"
)

// alternative is a rule that a policy to come may have.
type alternative struct {
	amis   bool // it acts on AMIs, not on container images
	denied bool // it needs an action that is denied
	unsure bool // it needs an action that cannot be decided
}

// alternatives are the rules that a policy to come may have, by their names.
type alternatives map[string]*alternative

// alternativesOf are those with the evaluations of what they need for certain.
func alternativesOf(all []evaluation) alternatives {
	rules := alternatives{}
	for _, e := range all {
		if e.need != demand.Certain {
			continue
		}
		for _, name := range e.alternatives {
			r := rules[name]
			if r == nil {
				r = &alternative{}
				rules[name] = r
			}
			r.amis = r.amis || strings.HasPrefix(e.Action, "ec2:")
			r.denied = r.denied || e.Outcome == policy.Denied
			r.unsure = r.unsure || e.Outcome == policy.Undecidable
		}
	}
	return rules
}

// allFail reports whether each rule needs an action that is denied.
func (rules alternatives) allFail() bool {
	for _, r := range rules {
		if !r.denied {
			return false
		}
	}
	return true
}

// decidedByType reports whether it is decided what the role lacks as soon as it is known that
// the policy is about AMIs, or that it is about container images.
func (rules alternatives) decidedByType() bool {
	for _, amis := range []bool{true, false} {
		of, denied := 0, 0
		for _, r := range rules {
			switch {
			case r.amis != amis:
				continue
			case r.denied:
				denied++
			case r.unsure:
				return false
			}
			of++
		}
		if of == 0 || denied > 0 && denied < of {
			return false
		}
	}
	return true
}

// openRules is an error that says which rules are not known yet, with the step after which they are.
type openRules struct {
	error
	step string // empty: a person decides
}

// openRules is why it is not known whether there will be a rule that needs a denied action.
func (a *actor) openRules(e evaluation, rules alternatives) error {
	switch i := slices.IndexFunc(e.rules, func(rule string) bool { return !slices.Contains(e.alternatives, rule) }); {
	case i >= 0: // it exists, and is called otherwise
		return openRules{error: fmt.Errorf("it is not known whether %s is about AMIs or container images", e.rules[i])}
	case !a.isOwner:
		return openRules{
			errors.New("no lifecycle policy in scope acts on AMIs in the account yet; pass the planned one with --lifecycle-policy, and with --distribution the distribution configuration that names the account"),
			"Pass the planned lifecycle policy and what copies AMIs there: --lifecycle-policy and --distribution",
		}
	case rules.decidedByType():
		return openRules{
			errors.New("no lifecycle policy in scope uses the role yet; pass the planned one with --lifecycle-policy, or say with --resource-type what it is about"),
			"Say what the planned lifecycle policy is about: --lifecycle-policy or --resource-type",
		}
	}
	return openRules{
		errors.New("no lifecycle policy in scope uses the role yet; pass the planned one with --lifecycle-policy"),
		"Pass the planned lifecycle policy: --lifecycle-policy",
	}
}

// settles is the step that settles a verdict that is unknown because of this; empty: what can be read, or a person.
func settles(why error) string {
	var open openRules
	errors.As(why, &open)
	return open.step
}
