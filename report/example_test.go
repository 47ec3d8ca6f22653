package report_test

import (
	"fmt"
	"os"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/report"
)

// A format is found by its name, and writes a result.
func ExampleLookup() {
	inventory := &account.Inventory{
		Owners:   []account.Owner{{Account: "111122223333", ExecutionRoles: []string{"Gone"}}},
		Accounts: map[string]*account.Account{"111122223333": {Roles: map[string]account.Read[account.Role]{"Gone": account.Absent[account.Role]()}}},
	}
	write, err := report.Lookup("markdown")
	if err != nil {
		fmt.Println(err)
		return
	}
	result := checks.Run(inventory, lifecycle.All()[:1])
	if err := write(os.Stdout, result, report.Options{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// # EC2 Image Builder lifecycle prerequisites
	//
	// - owner 111122223333
	//
	// **0 pass, 0 warn, 1 fail, 0 skip, 0 unknown**
	//
	// ## Fix first
	//
	// 1. **Create role Gone** in 111122223333: clears 1 fail (reversible)
	//
	// ## Problems
	//
	// <details><summary>✗ <b>fail</b> execution-role-exists, 111122223333 Gone: role does not exist</summary>
	//
	// **Problem:** role Gone does not exist in account 111122223333
	//
	// - evidence: IAM has no role with this name
	// - <https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-prerequisites.html>
	// - <https://docs.aws.amazon.com/imagebuilder/latest/userguide/create-lifecycle-policies.html>
	// - <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
	//
	// **Fix:** Create the role Gone with the trust policy for Image Builder, and attach the managed policy.
	//
	// ```sh
	// # in account 111122223333
	// aws iam create-role --role-name Gone --assume-role-policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
	// # undo: aws iam delete-role --role-name Gone
	// aws iam attach-role-policy --role-name Gone --policy-arn arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy
	// # undo: aws iam detach-role-policy --role-name Gone --policy-arn arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy
	// ```
	//
	// </details>
	//
	// ## Coverage
	//
	// 1 of 1 check completed
}
