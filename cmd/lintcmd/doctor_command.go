package lintcmd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source/awsapi"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/wording"
)

func doctorCommand(s invocation, code *int) *cobra.Command {
	var scope scopeFlags
	var selection selectionFlags
	var format string
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Find out which accounts and operations iblint cannot read",
		Long: `Before a long run, enter each account as iblint check would with the same flags, and try each operation once by
its cheapest call. Services are tried in the first Region, and Image Builder in each; with --region all, in one Region
only. Destinations that only Image Builder names are not known before a run; name them by --destination.

Exit codes:
  0  every account can be entered, and no required permission is missing
  1  an account cannot be entered, or a required permission is missing
  2  wrong usage or configuration
  3  something could not be decided, or there are no usable credentials`,
		Example: `  iblint doctor --region eu-west-1
  iblint doctor --organization --role-name iblint --region eu-west-1`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			write, err := textOrJSON(format, writeDiagnosis, func(w io.Writer, d diagnosis) error { return encodeJSON(w, d) })
			if err != nil {
				return err
			}
			selected, err := selection.of(s.checks)
			if err != nil {
				return err
			}
			interruptionOf(c.Context()).prepareWithin(scope.timeout)
			scope.checks, scope.kinds, scope.stdin, scope.inputs = s.checks, kinds(selected), s.in, s.inputs
			live, err := scope.live(s, parts(selected))
			if err != nil {
				return err
			}
			if err := s.checkStdout(); err != nil {
				return err
			}
			out := watched(c.Context(), s.out)
			interruptionOf(c.Context()).reports(true)
			ctx, cancel := context.WithTimeout(c.Context(), scope.timeout)
			defer cancel()
			d, err := live.diagnose(ctx, selected)
			if err != nil {
				return err
			}
			*code = d.exitCode()
			if err := write(out, d); err != nil {
				return fmt.Errorf("cannot write the result: %w", err)
			}
			return nil
		},
	}
	scope.register(c.Flags())
	selection.register(c.Flags())
	c.Flags().StringVar(&format, "format", "text", "format of the result: text or json")
	return c
}

// diagnosis is what iblint doctor found out.
type diagnosis struct {
	Accounts []accountDiagnosis `json:"accounts"`

	// NotListed is why the accounts of the organization are not known completely; empty: they are.
	NotListed string `json:"notListed,omitempty"`
}

type accountDiagnosis struct {
	Account    string               `json:"account"`
	Name       string               `json:"name,omitempty"`
	Kinds      []awsapi.AccountKind `json:"kinds"`
	NotEntered string               `json:"notEntered,omitempty"` // the reason
	undecided  bool                 // whether it can be entered
	Permitted  int                  `json:"permitted"`
	Missing    []missingPermission  `json:"missing"`
	Undecided  []missingPermission  `json:"undecided"`
}

// missingPermission is an action that is refused, or of which it is not known.
type missingPermission struct {
	Action string      `json:"action"`
	Region string      `json:"region,omitempty"`
	Use    account.Use `json:"use"`
	Reason string      `json:"reason"`
}

// diagnose examines the accounts of the scope.
func (l live) diagnose(ctx context.Context, selected []checks.Check) (diagnosis, error) {
	scope := scopeParts{
		organization: l.scope.Organization != nil,
		allRegions:   slices.ContainsFunc(l.scope.Owners, func(o account.Owner) bool { return o.AllRegions }) || l.scope.Organization != nil && l.scope.Organization.Owner.AllRegions,
		allRepositories: slices.ContainsFunc(l.scope.Owners, func(o account.Owner) bool { return o.AllRepositories }) ||
			l.scope.Organization != nil && l.scope.Organization.Owner.AllRepositories,
	}
	byKind := func(kind awsapi.AccountKind) map[string]account.Use { return uses(selected, scope, kind) }
	found, gap, err := l.aws.Examine(ctx, l.scope, byKind)
	if err != nil {
		return diagnosis{}, err
	}
	d := diagnosis{}
	if gap.Reason != "" {
		d.NotListed = gap.Error()
	}
	for _, e := range found {
		one := accountDiagnosis{Account: e.Account, Name: e.Name, Kinds: e.Kinds, Permitted: e.Permitted, Missing: []missingPermission{}, Undecided: []missingPermission{}}
		if e.NotEntered != nil {
			one.NotEntered = e.NotEntered.Error()
			one.undecided = slices.Contains([]account.Reason{account.Throttled, account.Timeout, account.Interrupted, account.Failed}, e.NotEntered.Reason)
		}
		use := map[string]account.Use{}
		for _, kind := range e.Kinds {
			for action, u := range byKind(kind) {
				if use[action] != account.Required {
					use[action] = u
				}
			}
		}
		for _, r := range e.Refused {
			one.Missing = append(one.Missing, missingPermission{r.Action, r.Region, use[r.Action], cmp.Or(r.DeniedBy, "access denied")})
		}
		for _, r := range e.Undecided {
			one.Undecided = append(one.Undecided, missingPermission{r.Action, r.Region, use[r.Action], r.Error()})
		}
		d.Accounts = append(d.Accounts, one)
	}
	return d, nil
}

func (d diagnosis) exitCode() int {
	code := exitOK
	if d.NotListed != "" {
		code = exitUndecided
	}
	for _, a := range d.Accounts {
		switch {
		case a.NotEntered != "" && !a.undecided, slices.ContainsFunc(a.Missing, isRequired):
			return exitFail
		case a.NotEntered != "", slices.ContainsFunc(a.Undecided, isRequired):
			code = exitUndecided
		}
	}
	return code
}

func isRequired(m missingPermission) bool { return m.Use == account.Required }

// writeDiagnosis writes a line for each account, and below it what is missing.
func writeDiagnosis(w io.Writer, d diagnosis) error {
	g := escape.NewGuard(w, func(line string) string { return escape.Inert(escape.Printable(line)) })
	good, refused := 0, false
	for _, a := range d.Accounts {
		var kinds []string
		for _, kind := range a.Kinds {
			kinds = append(kinds, string(kind))
		}
		name := a.Account
		if a.Name != "" {
			name += " " + a.Name
		}
		fmt.Fprintf(g, "%s (%s)\n", name, strings.Join(kinds, ", "))
		refused = refused || a.NotEntered != "" && !a.undecided || slices.ContainsFunc(a.Missing, isRequired)
		if a.NotEntered != "" {
			fmt.Fprintf(g, "  cannot be entered: %s\n", a.NotEntered)
			continue
		}
		if !slices.ContainsFunc(a.Missing, isRequired) && !slices.ContainsFunc(a.Undecided, isRequired) {
			good++
		}
		fmt.Fprintf(g, "  entered; %s found\n", wording.Count(a.Permitted, "permission", "permissions"))
		for _, m := range a.Missing {
			fmt.Fprintf(g, "  missing: %s (%s): %s\n", m.action(), m.Use, m.Reason)
		}
		for _, m := range a.Undecided {
			fmt.Fprintf(g, "  not decided: %s (%s): %s\n", m.action(), m.Use, m.Reason)
		}
	}
	if d.NotListed != "" {
		fmt.Fprintf(g, "There may be more accounts: %s\n", d.NotListed)
	}
	fmt.Fprintf(g, "\nReady accounts: %d of %d.", good, len(d.Accounts))
	if refused { // a role does not help against throttling
		fmt.Fprint(g, " iblint permissions --for KIND --as cloudformation prints the role that is needed.")
	}
	fmt.Fprintln(g)
	return g.Flush()
}

func (m missingPermission) action() string {
	if m.Region == "" {
		return m.Action
	}
	return m.Action + " in " + m.Region
}
