package demand

import (
	"cmp"
	"time"

	"github.com/iblint/iblint/checks/account"
)

// PolicyRun is a lifecycle policy with its last run.
type PolicyRun struct {
	OwnedPolicy
	Last account.Read[account.Execution] // absent: the policy has not run yet
	Now  time.Time                       // when it was read; zero: not known

	view *View
}

// PolicyRuns are the lifecycle policies of the owner with this account ID, with their last
// runs. The error joins what could not be discovered.
func (view *View) PolicyRuns(id string) ([]PolicyRun, error) {
	policies, err := view.LifecyclePolicies(id)
	all := make([]PolicyRun, 0, len(policies))
	for _, p := range policies {
		run := PolicyRun{OwnedPolicy: p, Now: view.ReadAt, view: view}
		if run.Now.IsZero() {
			run.Now = view.EvaluatedAt
		}
		if !p.Planned {
			run.Last = view.imageBuilder(id, p.Region).LastExecutions[p.ARN]
		}
		all = append(all, run)
	}
	return all, err
}

// Role is the execution role that the policy names, with what all policies need that name
// it. It is false if the policy names none.
func (r PolicyRun) Role() (ExecutionRole, bool) {
	named, ok := account.ParseRoleReference(r.ExecutionRole)
	if !ok {
		return ExecutionRole{}, false
	}
	roles, _ := r.view.ExecutionRoles(r.Owner)
	for _, role := range roles {
		if role.Reference.Name == named.Name && cmp.Or(named.Account, r.Owner) == cmp.Or(role.Reference.Account, r.Owner) {
			return role, true
		}
	}
	return ExecutionRole{}, false
}

// Destination is the destination with an account ID. It is false if the account is none.
func (r PolicyRun) Destination(id string) (Destination, bool) {
	return r.view.destination(id)
}
