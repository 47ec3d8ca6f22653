package checks_test

import (
	"fmt"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/lifecycle"
)

// Checks are functions of what was read. An inventory comes from a recording, or from a program that
// reads accounts in its own way. What it does not contain is unknown.
func ExampleRun() {
	inventory := &account.Inventory{
		Owners: []account.Owner{{Account: "111122223333", Regions: []string{"eu-west-1"}, ExecutionRoles: []string{"Gone", "Unread"}}},
		Accounts: map[string]*account.Account{"111122223333": {
			Partition: "aws",
			Roles: map[string]account.Read[account.Role]{
				"Gone":   account.Absent[account.Role](),
				"Unread": account.Unreadable[account.Role](account.Unread{Reason: account.AccessDenied, Action: "iam:GetRole"}),
			},
		}},
	}
	var selected []checks.Check
	for _, c := range lifecycle.All() {
		if c.ID == "execution-role-exists" {
			selected = append(selected, c)
		}
	}
	result := checks.Run(inventory, selected)
	for f := range result.Findings() {
		fmt.Printf("%s: %s\n", f.Status, f.Message)
	}
	fmt.Printf("%d fail, %d unknown\n", result.Summary.Fail, result.Summary.Unknown)
	// Output:
	// fail: role Gone does not exist in account 111122223333
	// unknown: role Unread could not be read: iam:GetRole: access denied
	// 1 fail, 1 unknown
}

// A check is a value: what it is about, what it needs, and a function that decides about one
// subject.
func ExampleOn() {
	tagged := checks.On(checks.Check{
		ID: "acme-repository-name", Title: "The repository belongs to a team", Severity: checks.Low, Kind: account.RepositoryKind,
		Doc:   "The first part of a repository's name is the team that owns it.",
		Cases: []checks.Case{{Status: checks.Pass, When: "the name has two parts"}},
		Needs: checks.Needs(account.RepositoryKind),
	}, (*demand.View).ContainerRepositories, func(r demand.ContainerRepository) (checks.Verdict, error) {
		return checks.Verdict{Status: checks.Pass, Message: "repository " + r.Name}, nil
	})
	fmt.Println(checks.Validate([]checks.Check{tagged}))
	inventory := &account.Inventory{Owners: []account.Owner{{Account: "111122223333", Repositories: []account.Repository{{Region: "eu-west-1", Name: "team/app"}}}}}
	for f := range checks.Run(inventory, []checks.Check{tagged}).Findings() {
		fmt.Println(f.Check.ID, f.Status, f.Message)
	}
	// Output:
	// <nil>
	// acme-repository-name pass repository team/app
}
