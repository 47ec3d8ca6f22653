package lifecycle

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// Messages that several checks give, so that they read alike.

const (
	noRoleOfThisName = "IAM has no role with this name" // evidence

	// Cases, for the documentation of checks.
	roleNotApplicable    = "the role does not exist or is not needed, which other checks report"
	policyUndecided      = "a policy could not be read or parsed, or the result depends on a value that is not known; the message names it"
	trustPolicyUndecided = "the trust policy could not be read or parsed, or the result depends on a value that is not known; the message names it"
)

func roleUnread(name string, why error) error {
	if unread := unreadOf(why); unread != nil && (unread.Reason == account.Undeclared || unread.Reason == account.Unresolved) {
		return fmt.Errorf("cannot decide about role %s: %w", name, why)
	}
	return fmt.Errorf("role %s could not be read: %w", name, why)
}

func tagsUnread(r demand.ContainerRepository, why error) error {
	return fmt.Errorf("the tags of repository %s in %s could not be read: %w", r.Name, r.Region, why)
}

func notParsed(policy string, why error) error {
	return fmt.Errorf("%s could not be parsed: %w", policy, why)
}

// aboutPolicy puts the name of a lifecycle policy before a message about it.
func aboutPolicy(p demand.OwnedPolicy, message string) string {
	return fmt.Sprintf("lifecycle policy %s in %s: %s", p.Name, p.Region, message)
}

// listedOnly is the error for a lifecycle policy that a list shows and that does not exist.
func listedOnly(p demand.OwnedPolicy) error {
	return fmt.Errorf("lifecycle policy %s in %s is listed, but does not exist", p.Name, p.Region)
}

var ruleNumber = regexp.MustCompile(`\[[0-9]+\]`)

// undecided is the error for a planned policy with a value that is not known yet in one of these
// members, such as policyDetails.filter; nil: it has none.
func undecided(p demand.OwnedPolicy, members ...string) error {
	if p.Input == nil {
		return nil
	}
	for _, path := range p.Input.Undecided {
		at := ruleNumber.ReplaceAllString(path, "") + "."
		if slices.ContainsFunc(members, func(member string) bool {
			return strings.HasPrefix(at, member+".") || strings.HasPrefix(member+".", at)
		}) {
			return fmt.Errorf("%s of lifecycle policy %s in %s is not known yet", path, p.Name, p.Region)
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
	return v
}
