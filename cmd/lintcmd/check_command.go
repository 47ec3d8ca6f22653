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
	"github.com/iblint/iblint/report"
	"github.com/iblint/iblint/report/escape"
)

type checkFlags struct {
	runFlags
	outputs      outputs
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
		Long: `Check the prerequisites of lifecycle management, in live accounts, or in what PATHs hold.

Without a PATH, iblint reads live accounts. It asks Image Builder what to check: it reads lifecycle policies,
distribution settings, images and container recipes. To check other execution roles, destinations or
repositories, name them by flags or in a configuration file (--config, default .iblint.yaml). They replace what
Image Builder lists of that kind.

A PATH is a file or a directory, recognised by its content: Terraform configurations (*.tf), plans and states
("terraform show -json", terraform.tfstate), CloudFormation and SAM templates, output of "cdk synth", recordings
by "iblint snapshot", and output of "aws iam get-account-authorization-details". ACCOUNT=PATH names the account
that it is deployed to, or that it is of.

` + exitCodes,
		Example: `  iblint check --demo
  iblint check --region eu-west-1 --region us-east-1
  iblint check --owner 111122223333 --region eu-west-1 infra 222233334444=destination
  iblint check --execution-role ImageBuilderLifecycle --repository app/web
  iblint check --authorization-details owner.json --authorization-details dest.json \
      --owner 111122223333 --execution-role ImageBuilderLifecycle --destination 222233334444 --region eu-west-1
  iblint check --recorded snapshot.json --format text --format json --output report.json
  iblint check --region eu-west-1 --previous last.json --format json --output report.json`,
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
	flags.StringVar(&f.anchor, "sarif-anchor", "", "file that results of --format sarif and github point at if no input file names their subject (default: the configuration file)")
	flags.StringVar(&f.failOn, "fail-on", "fail", "exit with 1 if a verdict is: fail, warn (or fail), or never")
	flags.BoolVar(&f.failOnNew, "fail-on-new", false, "let only failures (and with --fail-on warn, warnings) count that deploying the code makes; requires code, and a recording of what is there")
	flags.DurationVar(&f.wait, "wait", 0, "repeat the checks that failed, or for which AWS gave contradictory responses, until they pass, for at most this long; changes in IAM take time to become visible")
	flags.StringVar(&f.previous.file, "previous", "", "report only what changed since an earlier run: FILE with its JSON report or recording; the exit code is that of iblint diff, and reports with an --output are whole")
	flags.BoolVar(&f.redact, "redact", false, redactUsage)
	flags.BoolVar(&f.allowUnknown, "allow-unknown", false, "exit with 0 even if some verdicts are unknown; a run without pass, warn or fail still exits with 3")
	return c
}

func (f *checkFlags) run(ctx context.Context, s invocation, flags *pflag.FlagSet) (int, error) {
	if !slices.Contains([]string{"fail", "warn", "never"}, f.failOn) {
		return 0, usage("--fail-on %s: expected fail, warn or never", f.failOn)
	}
	if f.redact && f.scope.debug {
		return 0, usage(redactOrDebug)
	}
	run, err := f.prepare(ctx, s)
	if err != nil {
		return 0, err
	}
	if err := f.previous.read(s, f, flags); err != nil {
		return 0, err
	}
	if f.redact && run.code {
		return 0, usage("--redact does not cover code: messages quote its names and files; leave out the paths with code")
	}
	s.without(flags, run.live.names()...)
	if f.failOnNew && run.before == nil {
		return 0, usage("--fail-on-new compares the accounts before and after the code is deployed; give the code, and a recording of the accounts: iblint check PATH RECORDING")
	}
	if f.wait < 0 || f.wait > 0 && run.live == nil {
		return 0, usage("--wait %s: expected a duration above 0 and a live account; files do not change", f.wait)
	}
	where, err := f.locations()
	if err != nil {
		return 0, err
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
	if err == nil && f.wait > 0 {
		result = run.settle(ctx, result, f.wait)
	}
	if err == nil && f.redact {
		result, err = f.redacted(s, result, append(run.live.names(), where.names()...), where)
	}
	if err != nil {
		return 0, err
	}
	code := f.exitCode(ctx, result)
	if f.previous.given() {
		code = f.previous.report(s, result)
	}
	options := report.Options{Now: run.now, Locate: where.where()}
	if f.declared != nil {
		options.CodeFix = (&codeFixes{code: &f.code}).reported
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
	if f.failOnNew && r.Differences != nil {
		s.Fail, s.Warn = r.Differences.Fail, r.Differences.Warn
	}
	switch {
	case f.failOn != "never" && s.Fail > 0, f.failOn == "warn" && s.Warn > 0:
		return exitFail
	case r.Evaluations() == 0 && f.declared == nil, errors.Is(ctx.Err(), context.Canceled), r.FellShort():
		return exitUndecided
	case s.Unknown > 0 && (!f.allowUnknown || s.Pass+s.Warn+s.Fail == 0):
		return exitUndecided
	}
	return exitOK
}
