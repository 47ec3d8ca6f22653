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

// told is a line of evidence about something.
type told struct{ of, text string }

// executionResources say what became of resources in the last runs of the
// lifecycle policies, with what each is of; those that are of nothing are left
// out, and those that fared alike are told in one line. A success is told as well,
// and proves little: it is reported too where the resource was gone already.
func executionResources(ib *account.ImageBuilder, where string, of func(account.ExecutionResource) string) (lines []told) {
	type fate struct{ of, policy, status, reason string }
	alike := map[fate][]string{}
	var fates []fate
	for _, arn := range slices.Sorted(maps.Keys(ib.LastExecutions)) {
		execution, _, _ := ib.LastExecutions[arn].Get()
		for _, r := range execution.Resources.Items() {
			f := fate{of(r), lastOf(arn), r.Status, r.Reason}
			if f.of == "" {
				continue
			}
			if alike[f] == nil {
				fates = append(fates, f)
			}
			alike[f] = append(alike[f], r.ID+" in "+r.Region)
		}
	}
	for _, f := range fates {
		what := alike[f][0]
		if more := len(alike[f]) - 1; more > 0 {
			what += fmt.Sprintf(" and %d more", more)
		}
		lines = append(lines, told{f.of, fmt.Sprintf("in the last run of lifecycle policy %s %s, %s: %s%s", f.policy, where, what, f.status, because(f.reason))})
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
