package lifecycle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/policy"
	"github.com/iblint/iblint/internal/lazyregexp"
)

// Messages that several checks give, so that they read alike.

const (
	noRoleOfThisName = "IAM has no role with this name" // evidence

	// Short forms.
	noSuchRole = "role does not exist"
	notNeeded  = "not needed by any enabled lifecycle policy"
	notEnabled = "not enabled"
	notYet     = "does not exist yet"

	maybeNeedless = ", but may not be needed" // the end of one

	imagesUncollected = "images were not collected"

	// Cases, for the documentation of checks.
	roleNotApplicable    = "the role does not exist or is not needed, which other checks report"
	policyUndecided      = "a policy could not be read or parsed, or the result depends on a value that is not known; the message names it"
	trustPolicyUndecided = "the trust policy could not be read or parsed, or the result depends on a value that is not known; the message names it"
)

func roleUnread(name string, why error) error {
	if unread := unreadOf(why); unread != nil && (unread.Reason == account.Undeclared || unread.Reason == account.Unresolved) {
		return partUnread("role", fmt.Errorf("cannot decide about role %s: %w", name, why))
	}
	return partUnread("role", fmt.Errorf("role %s could not be read: %w", name, why))
}

func tagsUnread(r account.Repository, why error) error {
	return partUnread("tags", fmt.Errorf("the tags of repository %s in %s could not be read: %w", r.Name, r.Region, why))
}

// partUnread adds to the short form of an error which part of the subject could not be read, unless
// that names the call.
func partUnread(part string, err error) error {
	if why := unreadOf(err); why == nil || why.Action != "" {
		return err
	}
	return checks.InShort(part+" "+checks.Brief(err), err)
}

func notParsed(name string, why error) error {
	return checks.InShort(inWords(name)+" cannot be parsed", fmt.Errorf("%s could not be parsed: %w", name, why))
}

// aboutPolicy puts the name of a lifecycle policy before a message about it.
func aboutPolicy(p demand.OwnedPolicy, message string) string {
	return fmt.Sprintf("lifecycle policy %s in %s: %s", p.Name, p.Region, message)
}

// listedOnly is the error for a lifecycle policy that a list shows and that does not exist.
func listedOnly(p demand.OwnedPolicy) error {
	return checks.InShort("listed, but does not exist", fmt.Errorf("lifecycle policy %s in %s is listed, but does not exist", p.Name, p.Region))
}

var ruleNumber = lazyregexp.New(`\[[0-9]+\]`)

// undecided is the error for a planned policy with a value that is not known yet in one of these
// members, such as policyDetails.filter; nil: it has none.
func undecided(p demand.OwnedPolicy, members ...string) error {
	if p.Input == nil {
		return nil
	}
	for _, path := range p.Input.Undecided {
		at := ruleNumber().ReplaceAllString(path, "") + "."
		if slices.ContainsFunc(members, func(member string) bool {
			return strings.HasPrefix(at, member+".") || strings.HasPrefix(member+".", at)
		}) {
			return checks.InShort(path+" is not known yet", fmt.Errorf("%s of lifecycle policy %s in %s is not known yet", path, p.Name, p.Region))
		}
	}
	return nil
}

// ifNeeded is a verdict about a subject that lifecycle management needs with a strength.
// What fails is unknown if it is not known whether it is needed.
func ifNeeded(v checks.Verdict, s demand.Strength, why error) checks.Verdict {
	if s != demand.Possible || v.Status != checks.Fail {
		return v
	}
	v.Status, v.Fix, v.FindFix, v.Unread = checks.Unknown, nil, nil, unreadOf(why)
	v.Message += "; cannot decide whether lifecycle management needs it: " + why.Error()
	v.Short += maybeNeedless
	return v
}

// problem is something wrong with a lifecycle policy: for the message, and in short.
type problem struct{ text, short string }

// said are the problems as the message says them.
func said(problems []problem) (all []string) {
	for _, p := range problems {
		all = append(all, p.text)
	}
	return all
}

// briefly is the first of several problems, and how many more there are.
func briefly(problems []problem) string {
	if len(problems) == 1 {
		return problems[0].short
	}
	return fmt.Sprintf("%s; and %d more", problems[0].short, len(problems)-1)
}

// inWords is the name of a policy in a short form: with its name in place of its ARN.
func inWords(name string) string {
	what, arn, found := strings.Cut(name, " arn:")
	if !found {
		return name
	}
	return what + " " + arn[strings.LastIndexAny(arn, "/:")+1:]
}

// inPolicy says in short where a decision was made: "inline policy KeepImages".
func inPolicy(a policy.Authorization) string {
	if a.Policy == "" {
		return strings.TrimPrefix(a.Layer, "the ")
	}
	return inWords(a.Policy)
}

// whyUnsure says in short why iblint cannot decide whether a policy allows a request. The error is
// what could not be read and would decide; nil: there is no such thing.
func whyUnsure(where string, d policy.Decision, why error) string {
	s := d.Symbol()
	switch {
	case why != nil:
		return checks.Brief(why)
	case s.IsSymbol():
		return fmt.Sprintf("%s contains %s, which is not known yet", where, s)
	case d.UnknownKey() != "":
		return fmt.Sprintf("%s depends on %s, which is not known", where, d.UnknownKey())
	case d.Condition != nil:
		return fmt.Sprintf("undecidable: %s in %s", d.Condition.Key, where)
	}
	return fmt.Sprintf("undecidable: %s in %s", d.Element, where)
}

// refusals says in short what denies the first of several requests, which actions that denies, and
// how many requests something else denies.
func refusals[T any](all []T, whatDenies, action func(T) string) string {
	first, others := whatDenies(all[0]), 0
	var actions []string
	for _, one := range all {
		switch {
		case whatDenies(one) != first:
			others++
		case !slices.Contains(actions, action(one)):
			actions = append(actions, action(one))
		}
	}
	text := first + " " + someOf(actions, 2, ", ")
	if others > 0 {
		text += fmt.Sprintf("; and %d more denied", others)
	}
	return text
}
