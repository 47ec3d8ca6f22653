package lintcmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/internal/source/awsapi"
	"github.com/iblint/iblint/report"
	"github.com/iblint/iblint/report/escape"
)

type checkFlags struct {
	runFlags
	outputs      outputs
	text         textFlags
	previous     previous
	anchor       string
	failOn       string
	failOnNew    bool
	allowUnknown bool
	redact       bool
	wait         time.Duration
}

func checkCommand(s invocation, code *int) *cobra.Command {
	var f checkFlags
	c := &cobra.Command{
		Use:   "check [PATH...]",
		Short: "Check the prerequisites and write a report",
		Long: `Check the prerequisites of lifecycle management, and write a report.

Without a PATH, iblint reads live accounts and asks Image Builder what to check. Flags that name what to check
replace what Image Builder lists of that kind. Flags for accounts, Regions, files and the like can be repeated.
--owner and --destination also take ACCOUNT=PROFILE or ACCOUNT=ROLE_ARN, which says how to read the account.

A PATH is a file or directory with Terraform (*.tf, plan, state), CloudFormation, SAM or "cdk synth" output, a
recording by iblint snapshot, or output of "aws iam get-account-authorization-details". ACCOUNT=PATH names the
account of it. Code beside a recording, or with --with-live, is deployed over what is there, and each finding says
what that changes.

` + exitCodesInShort,
		Example: `  iblint check --demo                                  # no credentials needed
  iblint check --region eu-west-1 --role-name Audit    # live accounts
  iblint check infra --output report.html              # code`,
		RunE: func(c *cobra.Command, paths []string) error {
			s.without(c.Flags())
			f.code.paths = paths
			var err error
			*code, err = f.run(c.Context(), s, c.Flags())
			return err
		},
	}
	flags := c.Flags()
	f.register(flags)
	f.outputs.register(flags)
	f.text.register(flags)
	flags.StringVar(&f.anchor, "sarif-anchor", "", "where SARIF, GitHub, GitLab put what no file names")
	flags.StringVar(&f.failOn, "fail-on", "fail", "fail (default), warn or never: what exits with 1")
	flags.BoolVar(&f.failOnNew, "fail-on-new", false, "count only problems that deploying the code makes")
	flags.DurationVar(&f.wait, "wait", 0, "repeat what failed, for at most this long")
	flags.StringVar(&f.previous.file, "previous", "", "report only what changed since this report or recording")
	flags.BoolVar(&f.redact, "redact", false, redactUsage)
	flags.BoolVar(&f.allowUnknown, "allow-unknown", false, "exit with 0 even if verdicts are unknown")
	return c
}

func (f *checkFlags) run(ctx context.Context, s invocation, flags *pflag.FlagSet) (int, error) {
	if !slices.Contains(verdictsToFail, f.failOn) {
		return 0, usage("--fail-on %s: expected fail, warn or never%s", f.failOn, didYouMean(f.failOn, verdictsToFail))
	}
	if f.redact && f.scope.debug {
		return 0, usage(redactOrDebug)
	}
	text, err := f.text.options()
	if err != nil {
		return 0, err
	}
	run, err := f.prepare(ctx, s)
	if err != nil {
		return 0, err
	}
	if err := f.previous.read(ctx, s, f, flags); err != nil {
		return 0, err
	}
	if f.redact && run.code {
		return 0, usage("--redact does not cover code: messages quote its names and files; leave out the paths with code")
	}
	s.without(flags, run.live.names()...)
	if run.live != nil {
		run.live.aws.OwnerMayBeUnknown = !f.redact // which has pseudonyms of account IDs only
	}
	if f.failOnNew && f.before == nil && !f.withLive {
		return 0, usage("--fail-on-new compares the accounts before and after the code is deployed; give the code, and what is there: iblint check PATH RECORDING, or iblint check PATH --with-live")
	}
	if f.wait < 0 || f.wait > 0 && (run.live == nil || run.code) {
		return 0, usage("--wait %s: expected a duration above 0 and a live account; files do not change", f.wait)
	}
	where, err := f.locations()
	if err != nil {
		return 0, err
	}
	for _, name := range where.code.Files() {
		s.inputs.Protect(name) // the report quotes it
	}
	var targets targets
	if !f.previous.given() || len(f.outputs.list) > 0 {
		if targets, err = f.outputs.open(s); err != nil {
			return 0, err
		}
	}
	defer targets.discard()
	targets.watch(ctx)
	interruptionOf(ctx).reports(run.live != nil)
	result, err := run.evaluate(ctx)
	if f.withLive {
		where.code = f.declared.Places() // the account may have become known
	}
	if err == nil && f.wait > 0 {
		result = run.settle(ctx, result, f.wait)
	}
	if err == nil && f.redact {
		result, err = f.redacted(s, result, append(run.live.names(), where.names()...), where)
	}
	var unidentified *awsapi.NoIdentityError
	switch {
	case errors.As(err, &unidentified) && !f.scope.organization:
		return 0, fmt.Errorf("%w (to get a report anyway, name the owner account: --owner ACCOUNT)", err)
	case err != nil:
		return 0, err
	}
	code := f.exitCode(ctx, result)
	if f.previous.given() {
		code = f.previous.report(s, result)
	}
	text.ExitCode, text.Next = &code, f.next(flags, result)
	options := report.Options{TextOptions: text, Now: run.now, Locate: where.where(), Anchor: where.anchor()}
	if f.declared != nil {
		options.CodeFix = (&codeFixes{code: &f.code}).reported
		options.Source = (&sourceLines{f.scope.inputs, f.scope.maxInput.limit().Small(), map[string][]string{}}).of
	}
	if targets.onTerminal() {
		s.keepLastReport(result, options)
	}
	if err := targets.write(result, options); err != nil {
		fmt.Fprintln(s.err, "iblint: "+escape.Printable(err.Error()))
		if code != exitFail {
			code = exitUndecided
		}
	}
	if f.declared == nil {
		s.warnIfNothing(result)
	}
	return code, nil
}

// redacted returns r with pseudonyms. From then on, standard error and where use the same pseudonyms.
func (f *checkFlags) redacted(s invocation, r checks.Result, named []string, where *subjectLocations) (checks.Result, error) {
	r, redactor, err := redacted(r, named)
	if err != nil {
		return r, err
	}
	s.pseudonyms(redactor)
	where.redact(redactor, f.demo)
	return r, nil
}

// exitCode returns the exit code of a run that has a result.
func (f *checkFlags) exitCode(ctx context.Context, r checks.Result) int {
	s := r.Summary
	decided := s.Pass+s.Warn+s.Fail > 0
	if f.failOnNew && r.Differences != nil {
		s.Fail, s.Warn = r.Differences.Fail, r.Differences.Warn
	}
	switch {
	case f.failOn != "never" && s.Fail > 0, f.failOn == "warn" && s.Warn > 0:
		return exitFail
	case r.Evaluations() == 0 && f.declared == nil, errors.Is(ctx.Err(), context.Canceled), r.FellShort():
		return exitUndecided
	case s.Unknown > 0 && (!f.allowUnknown || !decided):
		return exitUndecided
	}
	return exitOK
}
