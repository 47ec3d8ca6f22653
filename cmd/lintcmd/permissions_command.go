package lintcmd

import (
	"encoding/json"
	"errors"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source/awsapi"
	"github.com/iblint/iblint/report/escape"
)

func permissionsCommand(s invocation) *cobra.Command {
	var selection selectionFlags
	var scope scopeParts
	var reader readerFlags
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
that flags and the configuration file name.

--for prints what one kind of account needs: an owner builds images, a destination has copies of AMIs, and
management is the management account or a delegated administrator, in which iblint check --organization starts.
With --as, the output is the role to create there: as JSON, as a CloudFormation template, as a Terraform
configuration, or as a template that rolls the role out over an organization by a StackSet. Its trust policy
allows one principal, and its policy allows reading only.`,
		Example: `  iblint permissions > iblint-policy.json
  iblint permissions --only ecr-repository-tag
  iblint permissions --for owner --as stackset \
    --principal arn:aws:iam::111122223333:role/iblint --external-id iblint-7f3a`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			kind, err := reader.validate(c.Flags())
			if err != nil {
				return err
			}
			selected, err := selection.of(s.checks)
			if err != nil {
				return err
			}
			permissions := leastPolicy(selected, scope, kind)
			if reader.as != "" {
				return roleFormats[reader.as](s.out, kind, reader.role(kind, permissions))
			}
			return encodeJSON(s.out, permissions)
		},
	}
	selection.register(c.Flags())
	reader.register(c.Flags())
	c.Flags().BoolVar(&scope.organization, "organization", false, "include what iblint check --organization calls")
	c.Flags().BoolVar(&scope.allRegions, "all-regions", false, "include what iblint check --region all calls")
	c.Flags().BoolVar(&scope.allRepositories, "all-repositories", false, "include what --all-repositories calls")
	return c
}

// scopeParts are the flags of iblint check that need more actions.
type scopeParts struct{ organization, allRegions, allRepositories bool }

type statement struct {
	Sid       string `json:",omitempty"`
	Effect    string
	Principal map[string]string `json:",omitempty"`
	Action    []string
	Resource  string     `json:",omitempty"`
	Condition conditions `json:",omitempty"`
}

// conditions are values by operator and key.
type conditions map[string]map[string]string

type policyDocument struct {
	Version   string
	Statement []statement
}

// uses returns how the checks use each action in accounts of a kind; empty: of any kind. An action
// is Required if at least one check requires it.
func uses(selected []checks.Check, scope scopeParts, kind awsapi.AccountKind) map[string]account.Use {
	var needs []account.Need
	for _, c := range selected {
		needs = append(needs, c.Needs...)
	}
	for part, is := range map[account.Part]bool{
		account.MembersPart: scope.organization || kind == awsapi.ManagementAccount, account.RegionsPart: scope.allRegions, account.RepositoryNamesPart: scope.allRepositories,
	} {
		if is {
			needs = append(needs, account.Need{Part: part, Use: account.Required})
		}
	}
	use := map[string]account.Use{}
	for _, n := range needs {
		if kind != "" && !kind.Reads(n.Part) {
			continue
		}
		for _, action := range awsapi.Actions(n.Part) {
			if use[action] != account.Required {
				use[action] = n.Use
			}
		}
	}
	return use
}

// leastPolicy returns the policy that allows reading what the checks need.
func leastPolicy(selected []checks.Check, scope scopeParts, kind awsapi.AccountKind) policyDocument {
	use := uses(selected, scope, kind)
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
			document.Statement = append(document.Statement, statement{Sid: s.sid, Effect: "Allow", Action: actions, Resource: "*"})
		}
	}
	return document
}

// encodeJSON writes a value as indented JSON.
func encodeJSON(w io.Writer, value any) error {
	guard := escape.NewGuard(w, escape.JSON) // names of accounts and messages of AWS may hold commands of CI systems
	e := json.NewEncoder(guard)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return errors.Join(e.Encode(value), guard.Flush())
}
