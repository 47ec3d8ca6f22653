package lifecycle

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/policy"
)

// stalled is how long a run may take, and how long an enabled policy may wait for its first
// run. Lifecycle policies run once a day.
const stalled = 48 * time.Hour

// LifecyclePolicyLastRun checks that the last run of a lifecycle policy did its work.
var LifecyclePolicyLastRun = checks.On(checks.Check{
	ID:       "lifecycle-policy-last-run",
	Title:    "The last run of the lifecycle policy did its work",
	Severity: checks.Medium,
	Kind:     account.LifecyclePolicyKind,
	Doc: `Image Builder runs an enabled lifecycle policy once a day. It records what became of each image, AMI, snapshot and container
image, with a reason. This check reports what failed, with the reasons of Image Builder. Beside each account and Region it lists the
permissions that lifecycle rules need there and that the role's policies deny now. A failure is a warning, because the cause may be
fixed already: the next run shows that. While a run is in progress or pending, the policy does not run again. Resources that were
skipped matched an exclusion rule.`,
	Cases: []checks.Case{
		{Status: checks.Pass, When: "in the last run, nothing failed; or the run is in progress for less than two days"},
		{Status: checks.Warn, When: "in the last run, a resource or a snapshot failed, or the run as a whole; or the run is in progress or pending for more than two days; or the policy was enabled for more than two days and has not run"},
		{Status: checks.Skip, When: "the policy is disabled or does not exist yet; or it has not run yet; or its last run was not collected"},
		{Status: checks.Unknown, When: "the last run could not be read, or iblint does not know its status or when it started"},
	},
	Links: []string{
		"https://docs.aws.amazon.com/imagebuilder/latest/userguide/lifecycle-policy-execution.html",
		"https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_ListLifecycleExecutionResources.html",
	},
	Needs: checks.Needs(account.LifecyclePolicyKind, append([]account.Need{{Part: account.ExecutionsPart, Use: account.Required}}, deniedNeeds()...)...),
}, (*demand.View).PolicyRuns, func(r demand.PolicyRun) (checks.Verdict, error) {
	skip := func(why, short string) (checks.Verdict, error) {
		return checks.Verdict{Status: checks.Skip, Message: fmt.Sprintf("lifecycle policy %s in %s %s", r.Name, r.Region, why), Short: short}, nil
	}
	if r.Planned {
		return skip("does not exist yet, so it has not run", notYet)
	}
	if r.Status != "ENABLED" {
		return skip(fmt.Sprintf("does not run, because its status is %s", visible(r.Status)), notEnabled)
	}
	last, found, err := r.Last.Get()
	switch {
	case notCollected(err):
		return skip("may have run: its last run was not collected", "its last run was not collected")
	case err != nil:
		return checks.Verdict{}, fmt.Errorf("the last run of lifecycle policy %s in %s could not be read: %w", r.Name, r.Region, err)
	case found:
		return lastRun(r, last)
	case r.Updated.IsZero() || r.Now.IsZero():
		return skip("has not run yet; when it was last updated was not collected", "has not run yet")
	case r.Now.Sub(r.Updated) <= stalled:
		return skip("has not run yet; it was last updated on "+minute(r.Updated), "has not run yet")
	}
	return checks.Verdict{
		Status:   checks.Warn,
		Message:  aboutPolicy(r.OwnedPolicy, fmt.Sprintf("it has not run, although it is enabled and was last updated on %s; an enabled policy runs once a day", minute(r.Updated))),
		Short:    "has not run, although it is enabled",
		Evidence: []string{"status: " + r.Status, "last updated: " + minute(r.Updated), "the accounts were read on " + minute(r.Now)},
		Fix:      lookAtRun(r, "", "Correct what the other checks report about the policy and its role. If they report nothing, open a case with AWS Support."),
	}, nil
})

// deniedNeeds are the needs of the evidence about permissions.
func deniedNeeds() []account.Need {
	needs := permissionsNeeds(account.ExecutionRoleKind)
	for i := range needs {
		needs[i].Use = account.Evidence
	}
	return slices.DeleteFunc(needs, func(n account.Need) bool {
		return n.Part == account.SimulationPart || n.Part == account.LifecyclePoliciesPart
	})
}

// notCollected reports whether a part is unread because the input cannot hold it. It is false
// if nothing at all was read of the account.
func notCollected(err error) bool {
	why := unreadOf(err)
	return why != nil && *why == account.Unread{Reason: account.NotCollected}
}

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// lastRun is the verdict about a run.
func lastRun(r demand.PolicyRun, last account.Execution) (checks.Verdict, error) {
	when := "the last run"
	if !last.Started.IsZero() {
		when += ", which started on " + minute(last.Started) + ","
	}
	all := outcomesOf(last)
	failed := slices.DeleteFunc(slices.Clone(all), func(o outcome) bool { return o.status != "FAILED" })
	v := checks.Verdict{Status: checks.Pass, Evidence: outcomeLines(all)}
	if resources := last.Resources; notCollected(resources.Err()) {
		v.Evidence = append(v.Evidence, "what became of each resource was not collected")
	} else if err := resources.Err(); err != nil {
		v.Evidence = append(v.Evidence, "what became of other resources could not be read")
	}
	v.Evidence = append([]string{"status of the run: " + last.Status}, v.Evidence...)

	ending := slices.Contains([]string{"SUCCESS", "CANCELLED", "CANCELLING"}, last.Status)
	running := last.Status == "IN_PROGRESS" || last.Status == "PENDING"
	age := r.Now.Sub(last.Started)
	switch {
	case len(failed) > 0:
		v.Status = checks.Warn
		v.Message = aboutPolicy(r.OwnedPolicy, fmt.Sprintf("%s failed for %s", when, failures(failed)))
		first := tellingOf(failed)
		v.Short = "last run failed for " + first.what + " " + imageName(first.ids[0])
		if why := account.Excerpt(first.reason, mostOfReason); why != "" {
			v.Short = "last run failed: " + why
		}
		v.Evidence = append(v.Evidence, deniedWhere(r, failed)...)
		v.Fix = lookAtRun(r, last.ID, "Correct the cause that Image Builder gives. If it is corrected already, wait for the next run, which is within a day.")
	case last.Status == "FAILED":
		v.Status = checks.Warn
		v.Message = aboutPolicy(r.OwnedPolicy, when+" failed"+reason(last.Reason))
		v.Short = "last run failed" + reason(account.Excerpt(last.Reason, mostOfReason))
		v.Fix = lookAtRun(r, last.ID, "Correct the cause that Image Builder gives. If it is corrected already, wait for the next run, which is within a day.")
	case running && (last.Started.IsZero() || r.Now.IsZero()):
		return v, checks.InShort("last run is "+last.Status+", and it is not known since when",
			fmt.Errorf("lifecycle policy %s in %s: the last run is %s, and it is not known since when", r.Name, r.Region, last.Status))
	case running && age > stalled:
		v.Status = checks.Warn
		v.Message = aboutPolicy(r.OwnedPolicy, fmt.Sprintf("%s is still %s; the policy does not run again until it ends", when, last.Status))
		v.Short = "last run is still " + last.Status
		v.Fix = lookAtRun(r, last.ID, "Cancel the run, unless it still makes progress.")
	case !running && !ending:
		return v, checks.InShort("iblint does not know the status of the last run",
			fmt.Errorf("lifecycle policy %s in %s: the last run has the status %s, which iblint does not know", r.Name, r.Region, visible(last.Status)))
	case last.Resources.Err() != nil && !notCollected(last.Resources.Err()):
		return v, fmt.Errorf("cannot decide whether something failed in the last run of lifecycle policy %s in %s: %w", r.Name, r.Region, last.Resources.Err())
	case running:
		v.Message = fmt.Sprintf("lifecycle policy %s in %s: %s is %s, and nothing has failed", r.Name, r.Region, when, last.Status)
		v.Short = "last run is " + last.Status + ", and nothing has failed"
	default:
		v.Message = fmt.Sprintf("lifecycle policy %s in %s: nothing failed in %s", r.Name, r.Region, strings.TrimSuffix(when, ","))
		v.Short = "nothing failed in the last run"
	}
	return v, nil
}

// lookAtRun is the fix for a run, or without an ID for one that did not take place.
func lookAtRun(r demand.PolicyRun, id, summary string) *checks.Fix {
	return &checks.Fix{
		Summary: summary,
		Changes: []checks.Change{{Action: checks.LookAtRun, Partition: r.Partition, Account: r.Owner, Region: r.Region, Policy: r.ARN, Execution: id}},
	}
}

// mostOfReason is how many characters of a reason a short form shows.
const mostOfReason = 40

func reason(text string) string {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	return ": " + text
}

// outcome is what became of resources of one type in one account and Region.
type outcome struct {
	what, account, region string
	status, reason        string
	ids                   []string
}

// outcomesOf are what became of the images, AMIs, snapshots and container images in a run,
// except successes. Those with the same reason are together.
func outcomesOf(last account.Execution) (all []outcome) {
	add := func(o outcome, id string) {
		if o.status != "FAILED" && o.status != "SKIPPED" {
			return
		}
		i := slices.IndexFunc(all, func(have outcome) bool {
			return have.what == o.what && have.account == o.account && have.region == o.region && have.status == o.status && have.reason == o.reason
		})
		if i < 0 {
			i, all = len(all), append(all, o)
		}
		all[i].ids = append(all[i].ids, id)
	}
	for _, r := range last.Resources.Items() {
		o := outcome{"AMI", r.Account, r.Region, r.Status, r.Reason, nil}
		switch {
		case r.Image == "":
			o.what = "image"
		case len(r.URIs) > 0:
			o.what = "container image"
		}
		add(o, r.ID)
		for _, s := range r.Snapshots {
			o.what, o.status, o.reason = "snapshot", s.Status, s.Reason
			add(o, s.ID)
		}
	}
	return all
}

// String is the first resource, how many others there are, where they are, and why.
func (o outcome) String() string {
	text := o.what + " " + o.ids[0]
	if more := len(o.ids) - 1; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if o.account != "" {
		text += " in account " + o.account
	}
	if o.region != "" {
		text += " in " + o.region
	}
	return text + reason(o.reason)
}

// outcomeLines are the lines of evidence, failures first.
func outcomeLines(all []outcome) (lines []string) {
	for _, status := range []string{"FAILED", "SKIPPED"} {
		for _, o := range all {
			if o.status == status {
				lines = append(lines, status+": "+o.String())
			}
		}
	}
	return lines
}

// tellingOf is the failure that says most. Images come first in a run; their AMIs, snapshots and
// container images say more.
func tellingOf(failed []outcome) outcome {
	if i := slices.IndexFunc(failed, func(o outcome) bool { return o.what != "image" }); i >= 0 {
		return failed[i]
	}
	return failed[0]
}

// failures names the failure that says most.
func failures(failed []outcome) string {
	first, number := tellingOf(failed), 0
	for _, o := range failed {
		number += len(o.ids)
	}
	text := first.String()
	if more := number - len(first.ids); more > 0 {
		text = strings.TrimSuffix(text, ".") + fmt.Sprintf("; and for %d more", more)
	}
	return text
}

// deniedWhere says, for each account and Region in which something failed, what the policies
// of the role that is used there deny now.
func deniedWhere(r demand.PolicyRun, failed []outcome) (lines []string) {
	seen := map[demand.Spot]bool{}
	actors := map[string]*actor{}
	for _, o := range failed {
		spot := demand.Spot{Account: o.account, Region: o.region}
		if o.account == "" || o.region == "" || seen[spot] {
			continue
		}
		seen[spot] = true
		if _, known := actors[o.account]; !known {
			a, line := roleIn(r, o.account)
			if actors[o.account] = a; a == nil {
				lines = append(lines, line)
			}
		}
		if a := actors[o.account]; a != nil {
			lines = append(lines, a.deniedIn(o.region))
		}
	}
	return lines
}

// roleIn is the role that lifecycle management uses in an account. If there is none, the line
// says why.
func roleIn(r demand.PolicyRun, id string) (a *actor, line string) {
	var role *account.Role
	var name string
	var err error
	if id == r.Owner {
		e, ok := r.Role()
		if !ok {
			return nil, fmt.Sprintf("the execution role in account %s is not known", id)
		}
		name = e.Reference.Name
		if role, _, err = executionRole(e); role != nil {
			return executionActor(e, role), ""
		}
	} else {
		d, ok := r.Destination(id)
		if !ok || len(d.Owners) == 0 {
			return nil, fmt.Sprintf("no lifecycle rule acts on AMIs in account %s now, as far as iblint knows", id)
		}
		name = account.CrossAccountRoleName
		if role, _, err = crossAccountRole(d); role != nil {
			return crossAccountActor(d, role), ""
		}
	}
	if err != nil {
		var why account.Unread
		errors.As(err, &why)
		return nil, fmt.Sprintf("what role %s in account %s has permission for was not read: %s", name, id, why.Error())
	}
	return nil, fmt.Sprintf("role %s in account %s does not exist, or Image Builder cannot use it", name, id)
}

// deniedIn is the line of evidence about what is denied to the role in a Region.
func (a *actor) deniedIn(region string) string {
	var denied []evaluation
	undecided := false
	for _, e := range a.evaluate() {
		if e.need == demand.NotNeeded || len(e.regions) > 0 && !slices.Contains(e.regions, region) {
			continue
		}
		switch e.Outcome {
		case policy.Denied:
			e.regions = nil
			denied = append(denied, e)
		case policy.Undecidable:
			undecided = true
		}
	}
	where := fmt.Sprintf("account %s in %s", a.account, region)
	switch {
	case len(denied) > 0:
		return fmt.Sprintf("in %s, the policies of role %s do not permit now: %s", where, a.role.Name, a.list(denied))
	case undecided:
		return fmt.Sprintf("in %s, iblint cannot decide whether the policies of role %s permit what lifecycle rules need", where, a.role.Name)
	}
	return fmt.Sprintf("in %s, the policies of role %s permit now what lifecycle rules need", where, a.role.Name)
}
