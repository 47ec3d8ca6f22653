package lifecycle

import (
	"fmt"

	"github.com/iblint/iblint/checks"
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
