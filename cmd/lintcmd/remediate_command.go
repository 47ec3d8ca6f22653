package lintcmd

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/fix"
)

type remediateFlags struct {
	runFlags
	dialect  string
	output   string
	warnings bool
}

func remediateCommand(s invocation, code *int) *cobra.Command {
	var f remediateFlags
	c := &cobra.Command{
		Use:   "remediate [PATH...]",
		Short: "Print the fixes as a script, Terraform, CloudFormation or a patch",
		Long: `Run the same checks as iblint check, with the same flags, and print the changes that fix all failures. The output
is one document, grouped by account. It contains each change once, in the order to apply them, with the commands to
undo it. iblint never applies a change itself.

  --as cli             a POSIX shell script that uses the AWS CLI and jq. It applies only the changes of the
                       account that the credentials belong to, so run it once with those of each account
  --as cloudformation  one template for all accounts and Regions; each stack creates only what belongs to its
                       account and Region
  --as terraform       a configuration with a provider for each account and Region, and import blocks for
                       resources that exist
  --as patch           one patch of the code in PATH, relative to the working directory, for git apply. What it
                       does not contain is on standard error: code to add by hand, and changes of what the code
                       does not declare. If two fixes edit the same lines, the patch contains the first one

A change that the dialect cannot express, or that needs a decision, is a comment with its AWS CLI commands.
Suppressed findings are not fixed. Warnings are fixed only with --warnings.

Exit codes:
  0  nothing fails and everything was decided: there is nothing to change
  1  something fails, and the changes are printed
  2  wrong usage, configuration, input file or output path, found before anything is read from AWS
  3  nothing is known to fail, but something is unknown, or there was nothing to check, or there are no usable
     credentials, or the run was cut short, or writing failed half-way
1 wins over 3. Warnings never change the exit code, even with --warnings.`,
		Example: `  iblint remediate --demo
  iblint remediate --region eu-west-1 --output fix.sh; less fix.sh; sh fix.sh
  iblint remediate --recorded snapshot.json --as terraform > iblint.tf
  iblint remediate --demo --as cloudformation --only execution-role-trust
  iblint remediate --as patch infra/ > fix.patch; git apply fix.patch`,
		RunE: func(c *cobra.Command, paths []string) error {
			f.code.paths = paths
			var err error
			*code, err = f.run(c.Context(), s)
			return err
		},
	}
	flags := c.Flags()
	f.register(flags)
	flags.StringVar(&f.dialect, "as", "cli", "language: "+strings.Join(languages(), ", "))
	flags.StringVarP(&f.output, "output", "o", "", outputUsage)
	flags.BoolVar(&f.warnings, "warnings", false, "also print the changes that fix warnings")
	return c
}

func (f *remediateFlags) run(ctx context.Context, s invocation) (int, error) {
	if !slices.Contains(languages(), f.dialect) {
		return 0, usage("--as %s: expected one of %s%s", f.dialect, strings.Join(languages(), ", "), didYouMean(f.dialect, languages()))
	}
	run, err := f.prepare(ctx, s)
	if err != nil {
		return 0, err
	}
	switch {
	case f.dialect == asPatch && !f.code.any():
		return 0, usage("--as patch changes code; name its directory: iblint remediate --as patch PATH")
	case f.dialect != asPatch && f.code.any():
		return 0, usage("--as %s changes accounts, and %s holds code; use --as patch", f.dialect, f.code.paths[0])
	}
	var target *file
	if f.output != "" && f.output != "-" {
		if target, err = s.createFile(f.output, 0o666); err != nil {
			return 0, usage("--output %w", err)
		}
		defer target.discard()
	} else if err := s.checkStdout(); err != nil {
		return 0, err
	}
	out := watched(ctx, s.out)
	if target != nil {
		out = target.watched(ctx)
	}
	interruptionOf(ctx).reports(run.live != nil)
	result, err := run.evaluate(ctx)
	if err != nil {
		return 0, err
	}
	code := (&checkFlags{runFlags: f.runFlags, failOn: "fail"}).exitCode(ctx, result)
	if err := f.write(s, out, target, result); err != nil {
		fmt.Fprintln(s.err, "iblint: "+escape.Printable(err.Error()))
		if code != exitFail {
			code = exitUndecided
		}
	}
	if n := result.Summary.Unknown; n > 0 {
		fmt.Fprintf(s.err, "iblint: unknown verdicts: %d; more changes may be necessary (iblint check reports what is missing)\n", n)
	}
	if f.declared == nil {
		s.warnIfNothing(result)
	}
	return code, nil
}

// write renders the document completely before it writes it, because a user could run an
// incomplete script. Out is standard output, or writes to target.
func (f *remediateFlags) write(s invocation, out io.Writer, target *file, r checks.Result) error {
	var document bytes.Buffer
	var err error
	if f.dialect == asPatch {
		err = f.writePatch(s, &document, r)
	} else {
		err = fix.Write(&document, r, f.dialect, f.warnings)
	}
	if err == nil {
		if _, err = document.WriteTo(out); target == nil && isClosedPipe(err) {
			err = nil
		}
	}
	if err == nil && target != nil {
		err = target.commit()
	}
	if err != nil {
		return fmt.Errorf("cannot write the changes: %w", err)
	}
	return nil
}

// asPatch is the language of --as that changes code.
const asPatch = "patch"

// languages are the values of --as.
func languages() []string { return append(fix.Dialects(), asPatch) }

// writePatch writes the patch of the code to out, and what it does not contain to standard error.
func (f *remediateFlags) writePatch(s invocation, out *bytes.Buffer, r checks.Result) error {
	p, err := (&codeFixes{code: &f.code}).patchOf(r, f.warnings)
	if err != nil {
		return err
	}
	p.writeNotes(s.err)
	patch, err := p.text()
	out.WriteString(patch)
	return err
}
