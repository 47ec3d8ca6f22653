package wording

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
)

// Step is what to do about a cause, in a few words. Causes with equal steps share a line of a report.
type Step struct {
	one  string // for one cause
	many string // for several, with %d for their number; empty: the same as one

	byHand bool // the words say that a person decides
}

// Text is the step for a number of causes; empty: there is no step.
func (s Step) Text(n int) string {
	if n > 1 && s.many != "" {
		return fmt.Sprintf(s.many, n)
	}
	return s.one
}

// ByHand reports whether a person decides what to do, and the words say so.
func (s Step) ByHand() bool { return s.byHand }

// ChangeStep is the step that makes the changes of a fix.
func ChangeStep(f *checks.Fix) Step {
	c := f.Step()
	for _, other := range f.Changes {
		if other.Action == checks.DeleteRole && c.Action == checks.CreateRole {
			return Step{one: "Recreate " + role(c.Role)}
		}
	}
	named := name(c.Policy)
	switch c.Action {
	case checks.CreateRole:
		return Step{one: "Create " + role(c.Role)}
	case checks.DeleteRole:
		return Step{one: "Delete role " + c.Role}
	case checks.AttachPolicy:
		return Step{one: fmt.Sprintf("Attach %s to %s", managed(named), role(c.Role))}
	case checks.DetachPolicy:
		return Step{one: fmt.Sprintf("Detach %s from %s", managed(named), role(c.Role))}
	case checks.ReplaceBoundary:
		return Step{one: "Replace the permissions boundary of " + role(c.Role)}
	case checks.ReferToRole:
		return Step{one: "Name the right role in the lifecycle policies: " + name(c.NewReference)}
	case checks.EnablePolicy:
		return Step{one: "Enable a lifecycle policy", many: "Enable %d lifecycle policies"}
	case checks.IncludeResources:
		return Step{one: "Include the resources in a lifecycle rule", many: "Include the resources in %d lifecycle rules"}
	case checks.LookAtSelection:
		return Step{one: "Correct the selection of lifecycle policy " + named}
	case checks.LookAtRun:
		return Step{one: "Correct what failed in the last run of lifecycle policy " + named}
	case checks.LookAtAccount:
		if c.Region != "" {
			return Step{one: "Enable Region " + c.Region + " for the account, or stop distributing to it"}
		}
		return Step{one: "Reopen the account, or stop distributing to it"}
	case checks.CreateRepository:
		return Step{one: "Create a repository", many: "Create %d repositories"}
	case checks.TagRepository:
		return Step{one: "Tag a repository", many: "Tag %d repositories"}
	case checks.UntagRepository:
		return Step{one: "Remove a tag of a repository", many: "Remove a tag of %d repositories"}
	case checks.EditLifecyclePolicy:
		return Step{one: "Edit lifecycle policy " + named}
	case checks.EditTrust:
		return Step{one: "Edit the trust policy of " + role(c.Role)}
	case checks.EditInlinePolicy:
		return Step{one: fmt.Sprintf("Edit inline policy %s of %s", c.Policy, role(c.Role))}
	case checks.EditManagedPolicy:
		return Step{one: "Edit managed policy " + named}
	case checks.EditRepositoryPolicy:
		return Step{one: "Edit the policy of a repository", many: "Edit the policies of %d repositories"}
	case checks.EditRegistryPolicy:
		return Step{one: "Edit the policy of the ECR registry in " + c.Region}
	case checks.EditGuardrail:
		return Step{one: guardrails(f)}
	}
	return Step{one: f.Summary}
}

// guardrails is the step that edits the guardrails of a fix: policies, or levels at which no policy allows
// what is needed.
func guardrails(f *checks.Fix) string {
	var names, hints []string
	for _, c := range f.Changes {
		switch {
		case c.Action != checks.EditGuardrail:
		case c.Policy != "":
			names = append(names, cmp.Or(c.PolicyName, c.Policy))
		default:
			hints = append(hints, c.Hint)
		}
	}
	switch {
	case len(names) == 0:
		return "In the guardrails: " + strings.Join(hints, ", and ")
	case len(names)+len(hints) == 1:
		return "Edit guardrail " + names[0]
	}
	return "Edit guardrails: " + strings.Join(append(names, hints...), ", ")
}

// role is a role in a few words. The role in destination accounts has the same name everywhere.
func role(name string) string {
	if name == account.CrossAccountRoleName {
		return "the cross-account role"
	}
	return "role " + name
}

func managed(name string) string {
	if name == account.ManagedPolicyName {
		return "the managed policy"
	}
	return name
}

// name is the last part of an ARN.
func name(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// ReadStep is the step after which something can be read.
func ReadStep(u account.Unread) Step {
	call := u.Action
	if call == "" {
		call = "a call"
	}
	switch u.Reason {
	case account.AccessDenied:
		if u.DeniedBy != "" {
			return Step{one: fmt.Sprintf("Allow %s, which a %s denies", call, u.DeniedBy)}
		}
		if role := u.Role(); role != "" {
			return Step{one: fmt.Sprintf("Allow %s for role %s", call, role)}
		}
		return Step{one: "Allow " + call + " for iblint"}
	case account.NoCredentials, account.WrongAccount:
		return Step{one: "Name a profile or a role for the account, or set --role-name", many: "Name a profile or a role for %d accounts, or set --role-name"}
	case account.Throttled:
		return Step{one: "Run again with a lower --concurrency: " + call + " was throttled"}
	case account.Timeout:
		switch {
		case u.Detail == account.AccountTimeUp:
			return Step{one: "Run again with a longer --account-timeout: " + call + " had no response in time"}
		case u.Action == "" && u.Detail == account.RunTimeUp:
			return Step{one: "Run again with a longer --timeout: " + u.Detail}
		}
		return Step{one: "Run again with a longer --timeout: " + call + " had no response in time"}
	case account.Interrupted:
		return Step{one: "Run again: the run was interrupted"}
	case account.Unrecorded:
		return Step{one: "Record the account that no recording has: iblint snapshot", many: "Record the %d accounts that no recording has: iblint snapshot"}
	case account.Contradicted:
		return Step{one: "Run again later, or with --wait: AWS contradicts itself"}
	case account.Malformed, account.Failed:
		if u.Action == "" && u.Reason == account.Malformed {
			return Step{one: "Correct what could not be parsed"}
		}
		return Step{one: "Find out why " + call + " failed, and run again"}
	case account.NotCollected:
		if u.Action != "" {
			return Step{one: "Read what was not collected: " + call}
		}
		return Step{one: "Read what was not collected: check the live account"}
	case account.Undeclared:
		return Step{one: "Add the code or a recording of what is not declared"}
	case account.Unresolved:
		if u.Detail != "" {
			return Step{one: "Give the value: " + u.Detail}
		}
		return Step{one: "Give the value that the code leaves open"}
	}
	return Step{one: "Find out why " + call + " was not read, and run again"}
}

// SettleStep is the step that gives iblint what settles a verdict.
func SettleStep(settle string) Step { return Step{one: settle} }

// HandStep is the step about a problem that neither iblint nor anything that it could be given decides or fixes.
func HandStep(f checks.Finding) Step {
	if f.Status == checks.Unknown {
		return Step{one: "Decide by hand: " + f.Short, byHand: true}
	}
	return Step{one: "Correct by hand: " + f.Short, byHand: true}
}

// Accounts is a list of accounts in a few words.
func Accounts(ids []string) string {
	if len(ids) == 1 {
		return ids[0]
	}
	return fmt.Sprintf("%d accounts", len(ids))
}
