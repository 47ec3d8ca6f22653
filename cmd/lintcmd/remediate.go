package lintcmd

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/fix"
)

type remediateFlags struct {
	judgedFlags
	dialect  string
	output   string
	warnings bool
}

func remediateCommand(s invocation, code *int) *cobra.Command {
	var f remediateFlags
	c := &cobra.Command{
		Use:   "remediate",
		Short: "Print what to change, as commands, as Terraform or as a CloudFormation template",
		Long: `Judge as iblint check does, with the same flags, and print what to change so that nothing fails: one whole
document, by account, each change once, in the order that works, with the undo beside it. iblint itself
changes nothing, here as anywhere.

  --as cli             a script for a POSIX shell with the AWS CLI and jq. The part of each account looks first
                       whether these are its credentials, so run it once with those of each account
  --as cloudformation  one template for all accounts and Regions; in each it makes only what belongs there
  --as terraform       a configuration with a provider for each account and Region, and import blocks for
                       what exists

What a dialect cannot say, or a person has to decide, is a comment with the AWS CLI commands for it.
What is suppressed stays as it is; so do warnings, without --warnings.

Exit codes:
  0  nothing fails and all was decided: there is nothing to change
  1  something fails, and what to change is printed
  2  wrong usage, configuration, input file or output path; found before anything is read from AWS
  3  nothing fails of what could be decided, but something is unknown, or there was nothing to check, or there
     are no usable credentials, or the run fell short, or writing failed half-way
1 wins over 3. Warnings change no exit code, with --warnings neither.`,
		Example: `  iblint remediate --demo
  iblint remediate --region eu-west-1 --output mend.sh; less mend.sh; sh mend.sh
  iblint remediate --recorded snapshot.json --as terraform > iblint.tf
  iblint remediate --recorded snapshot.json --as cloudformation --only execution-role-exists`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			var err error
			*code, err = f.run(c.Context(), s)
			return err
		},
	}
	flags := c.Flags()
	f.register(flags)
	flags.StringVar(&f.dialect, "as", "cli", "dialect: one of "+strings.Join(fix.Dialects(), ", "))
	flags.StringVarP(&f.output, "output", "o", "", "file to write; - is standard output")
	flags.BoolVar(&f.warnings, "warnings", false, "print what to change for warnings, too")
	return c
}

func (f *remediateFlags) run(ctx context.Context, s invocation) (int, error) {
	if !slices.Contains(fix.Dialects(), f.dialect) {
		return 0, usage("--as %s: expected one of %s", f.dialect, strings.Join(fix.Dialects(), ", "))
	}
	run, err := f.prepare(ctx, s)
	if err != nil {
		return 0, err
	}
	var target *file
	if f.output != "" && f.output != "-" {
		if target, err = createFile(f.output, 0o666); err != nil {
			return 0, usage("--output %w", err)
		}
		defer target.discard()
	} else if err := keepsInputs(s.out); err != nil {
		return 0, err
	}
	s.out = watched(ctx, s.out)
	interruptionOf(ctx).reports(run.live != nil)
	result, err := run.judge(ctx)
	if err != nil {
		return 0, err
	}
	code := (&checkFlags{failOn: "fail"}).exitCode(ctx, result)
	if err := f.write(s, target, result); err != nil {
		fmt.Fprintln(s.err, "iblint: "+escape.Printable(err.Error()))
		if code != exitFail {
			code = exitUndecided
		}
	}
	if n := result.Summary.Unknown; n > 0 {
		fmt.Fprintf(s.err, "iblint: %d unknown, so there may be more to change (iblint check tells what is missing)\n", n)
	}
	if result.Evaluations() == 0 {
		fmt.Fprintln(s.err, "iblint: the selected checks found nothing to check")
	}
	return code, nil
}

// write writes the document when it is whole: half a script could be run.
func (f *remediateFlags) write(s invocation, target *file, r checks.Result) error {
	var document bytes.Buffer
	err := fix.Write(&document, r, f.dialect, f.warnings)
	if err == nil {
		out := s.out
		if target != nil {
			out = target
		}
		_, err = document.WriteTo(out)
	}
	if err == nil && target != nil {
		err = target.commit()
	}
	if err != nil {
		return fmt.Errorf("what to change could not be written: %w", err)
	}
	return nil
}
