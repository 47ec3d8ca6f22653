package lintcmd_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/cmd/lintcmd"
)

// RoleIsOurs is a check of an organization's own: its execution roles follow its naming rule.
var RoleIsOurs = checks.On(checks.Check{
	ID:       "acme-role-name",
	Title:    "The execution role is named by our rule",
	Severity: checks.Low,
	Kind:     account.ExecutionRoleKind,
	Doc:      "Our auditors find roles by their prefix. The execution role's name must begin with ImageBuilder.",
	Cases: []checks.Case{
		{Status: checks.Pass, When: "the name begins with ImageBuilder"},
		{Status: checks.Warn, When: "the name begins with something else"},
	},
	Needs: checks.Needs(account.ExecutionRoleKind),
}, (*demand.View).ExecutionRoles, func(r demand.ExecutionRole) (checks.Verdict, error) {
	name := r.Reference.Name
	v := checks.Verdict{
		Status: checks.Pass, Message: "role " + name + " is named by our rule", Short: "is named by our rule",
		Evidence: []string{"the role's name is " + name},
	}
	if !strings.HasPrefix(name, "ImageBuilder") {
		v.Status, v.Message, v.Short = checks.Warn, "role "+name+" must be named ImageBuilder…", "must be named ImageBuilder…"
	}
	return v, nil
})

// This program runs iblint with one more check. Its main is one line:
//
//	func main() { lintcmd.Main(RoleIsOurs) }
func Example() {
	args := []string{"check", "--demo", "--only", "acme-role-name", "--format", "markdown"}
	code := lintcmd.Run(args, os.Stdin, os.Stdout, os.Stderr, RoleIsOurs)
	fmt.Println("exit code", code)
	// Output:
	// # EC2 Image Builder lifecycle prerequisites
	//
	// - owner 111122223333, Regions eu-west-1
	// - read 2026-11-01 06:00:00 UTC
	//
	// **1 pass, 0 warn, 0 fail, 0 skip, 0 unknown**
	//
	// ## Coverage
	//
	// 1 of 1 check completed
	//
	// <details><summary>Could not be read: 1</summary>
	//
	// | account | Region | part | name | reason |
	// | --- | --- | --- | --- | --- |
	// | 666677778888 |  | role | Ec2ImageBuilderCrossAccountLifecycleAccess | iam:GetRole: access denied (AccessDenied: User: arn:aws:sts::666677778888:assumed-role/Audit/iblint is not authorized to perform: iam:GetRole) |
	//
	// </details>
	//
	// <details><summary>1 finding that needs no action</summary>
	//
	// | verdict | check | account | Region | subject | message |
	// | --- | --- | --- | --- | --- | --- |
	// | pass | acme-role-name | 111122223333 |  | execution-role ImageBuilderLifecycle | role ImageBuilderLifecycle is named by our rule |
	//
	// </details>
	// exit code 0
}
