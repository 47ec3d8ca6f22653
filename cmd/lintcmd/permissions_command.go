package lintcmd

import (
	"encoding/json"
	"slices"

	"github.com/spf13/cobra"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source/awsapi"
)

func permissionsCommand(s invocation) *cobra.Command {
	var selection selectionFlags
	var scope scopeParts
	c := &cobra.Command{
		Use:   "permissions",
		Short: "Print the least-privilege IAM policy for running iblint",
		Long: `Print the least-privilege IAM policy that lets iblint read what the selected checks need, in the owner
account and in each destination account.

Its statements are:

  Required      without these actions, verdicts are unknown
  HasFallback   without these actions, verdicts are the same, but iblint makes more calls
  EvidenceOnly  without these actions, verdicts are the same, but reports contain less evidence

In addition, iblint calls sts:GetCallerIdentity, which needs no permission, and sts:AssumeRole on the roles
that flags and the configuration file name.`,
		Example: "  iblint permissions > iblint-policy.json\n  iblint permissions --only ecr-repository-tag",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			selected, err := selection.of(s.checks)
			if err != nil {
				return err
			}
			e := json.NewEncoder(s.out)
			e.SetIndent("", "  ")
			_ = e.Encode(leastPolicy(selected, scope)) // s.out keeps the error
			return nil
		},
	}
	selection.register(c.Flags())
	c.Flags().BoolVar(&scope.organization, "organization", false, "include what iblint check --organization calls")
	c.Flags().BoolVar(&scope.allRegions, "all-regions", false, "include what iblint check --region all calls")
	c.Flags().BoolVar(&scope.allRepositories, "all-repositories", false, "include what --all-repositories calls")
	return c
}

// scopeParts are the flags of iblint check that need more actions.
type scopeParts struct{ organization, allRegions, allRepositories bool }

type statement struct {
	Sid      string
	Effect   string
	Action   []string
	Resource string
}

type policyDocument struct {
	Version   string
	Statement []statement
}

// leastPolicy returns the policy that allows reading what the checks need. An action is
// Required if at least one check requires it.
func leastPolicy(selected []checks.Check, scope scopeParts) policyDocument {
	var needs []account.Need
	for _, c := range selected {
		needs = append(needs, c.Needs...)
	}
	for part, is := range map[account.Part]bool{
		account.MembersPart: scope.organization, account.RegionsPart: scope.allRegions, account.RepositoryNamesPart: scope.allRepositories,
	} {
		if is {
			needs = append(needs, account.Need{Part: part, Use: account.Required})
		}
	}
	use := map[string]account.Use{}
	for _, n := range needs {
		for _, action := range awsapi.Actions(n.Part) {
			if use[action] != account.Required {
				use[action] = n.Use
			}
		}
	}
	document := policyDocument{Version: "2012-10-17"}
	for _, s := range []struct {
		sid string
		use account.Use
	}{{"Required", account.Required}, {"HasFallback", account.Fallback}, {"EvidenceOnly", account.Evidence}} {
		var actions []string
		for action, u := range use {
			if u == s.use {
				actions = append(actions, action)
			}
		}
		if len(actions) > 0 {
			slices.Sort(actions)
			document.Statement = append(document.Statement, statement{s.sid, "Allow", actions, "*"})
		}
	}
	return document
}
