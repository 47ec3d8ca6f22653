package demand

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/iblint/iblint/checks/account"
)

// lastExecution is a line of evidence about a lifecycle policy's last run; empty
// when it is not known.
func lastExecution(ib *account.ImageBuilder, where string, p account.LifecyclePolicy) string {
	read, known := ib.LastExecutions[p.ARN]
	execution, found, err := read.Get()
	switch {
	case !known || err != nil:
		return ""
	case !found:
		return "lifecycle policy " + p.Name + " " + where + " has not run yet"
	}
	text := "lifecycle policy " + p.Name + " " + where + " last ran"
	if !execution.Started.IsZero() {
		text += " " + execution.Started.UTC().Format("2006-01-02 15:04 UTC")
	}
	return text + ": " + execution.Status + because(execution.Reason)
}

// evidenceOf is a line of evidence about a subject.
type evidenceOf struct{ subject, text string }

// executionResources are lines of evidence about resources in the last runs of the lifecycle
// policies of a Region. The function subject returns the subject that a resource belongs to,
// or the empty string. Resources with the same result share a line. A success proves little:
// Image Builder also reports it for resources that are gone.
func executionResources(ib *account.ImageBuilder, where string, subject func(account.ExecutionResource) string) (lines []evidenceOf) {
	type result struct{ subject, policy, status, reason string }
	alike := map[result][]string{}
	var results []result
	for _, arn := range slices.Sorted(maps.Keys(ib.LastExecutions)) {
		execution, _, _ := ib.LastExecutions[arn].Get()
		for _, r := range execution.Resources.Items() {
			one := result{subject(r), lastOf(arn), r.Status, r.Reason}
			if one.subject == "" {
				continue
			}
			if alike[one] == nil {
				results = append(results, one)
			}
			alike[one] = append(alike[one], r.ID+" in "+r.Region)
		}
	}
	for _, one := range results {
		what := alike[one][0]
		if more := len(alike[one]) - 1; more > 0 {
			what += fmt.Sprintf(" and %d more", more)
		}
		lines = append(lines, evidenceOf{one.subject, fmt.Sprintf("in the last run of lifecycle policy %s %s, %s: %s%s", one.policy, where, what, one.status, because(one.reason))})
	}
	return lines
}

func because(reason string) string {
	if strings.TrimSpace(reason) == "" {
		return ""
	}
	return ", " + reason
}

// lastUsed is a line of evidence about a role, if it is known.
func lastUsed(read account.Read[account.Role]) []string {
	role, _, _ := read.Get()
	used, found, err := role.LastUsed.Get()
	switch {
	case err != nil:
		return nil
	case !found:
		return []string{"IAM knows of no use of the role in the time that it looks back"}
	case used.Region == "":
		return []string{"the role was last used on " + used.Date.UTC().Format(time.DateOnly)}
	}
	return []string{"the role was last used on " + used.Date.UTC().Format(time.DateOnly) + " in " + used.Region}
}
