package lifecycle

import (
	"slices"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// referringRole is an execution role, with the lifecycle policies that files plan and that name it.
type referringRole struct {
	demand.ExecutionRole
	planned []demand.OwnedPolicy
}

// referringRoles are the execution roles of an owner. Code edits its references itself.
func referringRoles(view *demand.View, id string) ([]referringRole, error) {
	roles, gaps := view.ExecutionRoles(id)
	byFile := slices.ContainsFunc(view.Owners, func(o account.Owner) bool { return o.Account == id && o.Planned != nil && len(o.PlannedIn) == 0 })
	planned := map[string][]demand.OwnedPolicy{} // by the role's ARN
	if byFile {
		policies, _ := view.PolicyRoles(id) // what could not be discovered is among gaps
		for _, p := range policies {
			if p.Planned {
				arn := p.Role.Subject().ARN
				planned[arn] = append(planned[arn], p.OwnedPolicy)
			}
		}
	}
	all := make([]referringRole, 0, len(roles))
	for _, r := range roles {
		all = append(all, referringRole{r, planned[r.Subject().ARN]})
	}
	return all, gaps
}

// referring decides about a role as decide does, with fixes that change the files of planned lifecycle
// policies: commands would not find these, and change others that name the role.
func referring(decide func(demand.ExecutionRole) (checks.Verdict, error)) func(referringRole) (checks.Verdict, error) {
	return func(r referringRole) (checks.Verdict, error) {
		v, err := decide(r.ExecutionRole)
		return referFiles(v, r.planned, r.Deployed), err
	}
}

// referFiles is a verdict whose fix names another role in the files of the planned policies, and in
// existing policies only if keep is true.
func referFiles(v checks.Verdict, planned []demand.OwnedPolicy, keep bool) checks.Verdict {
	if len(planned) == 0 {
		return v
	}
	edited := func(fix *checks.Fix) *checks.Fix {
		if fix == nil {
			return nil
		}
		out := *fix
		out.Changes = nil
		for _, c := range fix.Changes {
			if c.Action != checks.ReferToRole || keep {
				out.Changes = append(out.Changes, c)
			}
			if c.Action != checks.ReferToRole {
				continue
			}
			for _, p := range planned {
				file := c
				file.Planned, file.Policy, file.Region, file.Regions = true, p.ARN, p.Region, nil
				out.Changes = append(out.Changes, file)
			}
		}
		return &out
	}
	v.Fix = edited(v.Fix)
	if find := v.FindFix; find != nil {
		v.FindFix = func() *checks.Fix { return edited(find()) }
	}
	return v
}
