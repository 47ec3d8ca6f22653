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
	var asked scopeParts
	c := &cobra.Command{
		Use:   "permissions",
		Short: "Print the least IAM policy that reading needs",
		Long: `Print the least IAM policy for reading what the selected checks look at, in the owner account and in each
destination. The statement Required holds the actions without which verdicts are unknown; HasFallback those
whose refusal changes no verdict, and makes more calls; EvidenceOnly those whose refusal changes no verdict,
only what is said about it. Besides, iblint calls sts:GetCallerIdentity,
which needs no permission, and assumes the roles that the configuration names (sts:AssumeRole on them).`,
		Example: "  iblint permissions > iblint-policy.json\n  iblint permissions --only ecr-repository-tag",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			selected, err := selection.of(s.checks)
			if err != nil {
				return err
			}
			e := json.NewEncoder(s.out)
			e.SetIndent("", "  ")
			_ = e.Encode(leastPolicy(selected, asked)) // the writer keeps the error
			return nil
		},
	}
	selection.register(c.Flags())
	c.Flags().BoolVar(&asked.organization, "organization", false, "for iblint check --organization, too")
	c.Flags().BoolVar(&asked.allRegions, "all-regions", false, "for iblint check --region all, too")
	c.Flags().BoolVar(&asked.allRepositories, "all-repositories", false, "for iblint check --all-repositories")
	return c
}

// scopeParts are the ways of saying what to look at that take actions of their own.
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

// leastPolicy allows reading what the checks need; an action that any check requires is required.
func leastPolicy(selected []checks.Check, asked scopeParts) policyDocument {
	var needs []account.Need
	for _, c := range selected {
		needs = append(needs, c.Needs...)
	}
	for part, is := range map[account.Part]bool{
		account.MembersPart: asked.organization, account.RegionsPart: asked.allRegions, account.RepositoryNamesPart: asked.allRepositories,
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
