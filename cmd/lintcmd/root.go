// Package lintcmd is the command line of iblint, for programs that add checks of their own.
package lintcmd

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/internal/redact"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/report/escape"
)

// The exit codes, the same for every format.
const (
	exitOK        = 0 // nothing failed and all was decided
	exitFail      = 1 // at least one fail
	exitUsage     = 2 // wrong usage, configuration, input file or output path; nothing was read from AWS
	exitUndecided = 3 // nothing failed, but not all is known
)

const exitCodes = `Exit codes, the same for every format:
  0  nothing failed and all was decided
  1  at least one prerequisite fails
  2  wrong usage, configuration, input file or output path; found before anything is read from AWS
  3  nothing failed, but something is unknown, or there was nothing to check, or there are no usable
     credentials, or the run fell short (interrupted, out of time, no way into an account), or writing the
     report failed half-way
1 wins over 3. --fail-on sets the threshold of 1. --allow-unknown stops unknown verdicts, and nothing else, from
causing 3; a run with unknown verdicts and no pass, warn or fail still exits with 3.
A second signal ends the run at once, with 130 (SIGINT) or 143 (SIGTERM).`

// invocation is what a run is given: where it reads and writes, and the checks there are.
type invocation struct {
	in       io.Reader
	out, err io.Writer
	checks   []checks.Check
}

// Main runs iblint with the arguments and streams of the process, and exits. Extra
// checks run besides iblint's own; their IDs must be others.
func Main(extra ...checks.Check) {
	exitByAbortOnCrash()
	// A reader that goes away is an error of the write, with its exit code, not the end of the process.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, extra...))
}

// Run runs iblint with these arguments, without the program's name, and returns its exit
// code, which "iblint --help" documents. It handles the process's signals while it runs,
// so one run at a time is allowed in a process.
func Run(args []string, stdin io.Reader, stdout, stderr io.Writer, extra ...checks.Check) int {
	s := invocation{stdin, stdout, stderr, slices.Concat(lifecycle.All(), extra)}
	if err := checks.Validate(s.checks); err != nil {
		for line := range strings.Lines(err.Error() + "\n") {
			fmt.Fprint(stderr, "iblint: "+escape.Printable(strings.TrimSuffix(line, "\n"))+"\n")
		}
		return exitUsage
	}
	return s.run(args)
}

// guardedErrors is standard error for text from outside: on a terminal, and in the log
// of a CI system, which runs the commands in it.
type guardedErrors struct {
	*escape.Guard
	itself io.Writer
}

func guardErrors(w io.Writer) *guardedErrors {
	return &guardedErrors{escape.NewGuard(w, func(line string) string { return escape.Inert(escape.Printable(line)) }), w}
}

func (s invocation) run(args []string) int {
	source.Forget()
	log := guardErrors(s.err)
	defer func() { _ = log.Flush() }() // there is nowhere to report that standard error cannot be written
	s.err = log
	ctx, stop := interruptible(s.err)
	defer stop()

	if asksToRedact(args) {
		s.err = &redacting{s.err, redact.Without().Error}
	}
	code := exitOK
	root := &cobra.Command{
		Use:   "iblint",
		Short: "Will EC2 Image Builder's lifecycle management work here, and if not, what must be changed?",
		Long: `iblint checks, without changing anything, whether EC2 Image Builder's lifecycle management will be able
to deprecate, disable and delete old images: the execution role, the role in each destination account,
and the tag of each ECR repository.

` + exitCodes,
		Example:           "  iblint check --demo\n  iblint check --execution-role ImageBuilderLifecycle --destination 222233334444=audit-profile",
		Version:           version(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		Args:              noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return usage("name a command, such as: iblint check --demo (all commands: iblint --help)")
		},
	}
	root.SetArgs(args)
	root.SetIn(s.in)
	out := &checkedWriter{Writer: s.out}
	root.SetOut(out)
	checked := s
	checked.out = out
	root.SetErr(s.err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage("%v (all flags: %s --help)", err, c.CommandPath())
	})
	root.AddCommand(checkCommand(s, &code), diffCommand(s, &code), remediateCommand(s, &code), trustCommand(s, &code), snapshotCommand(s, &code), permissionsCommand(checked), rulesCommand(checked), explainCommand(checked), schemaCommand(out))

	err := root.ExecuteContext(ctx)
	switch {
	case err != nil && ctx.Err() != nil && exitCode(err) != exitUsage:
		fmt.Fprintln(s.err, "iblint: interrupted") // whatever else failed came of it
		return exitUndecided
	case out.err != nil:
		fmt.Fprintln(s.err, "iblint: standard output could not be written: "+escape.Printable(out.err.Error()))
		return exitUndecided
	case err != nil:
		fmt.Fprintln(s.err, "iblint: "+escape.Printable(err.Error()))
		return exitCode(err)
	case ctx.Err() != nil:
		fmt.Fprintln(s.err, "iblint: interrupted; what was not read and evaluated by then is unknown")
		return cmp.Or(code, exitUndecided)
	}
	return code
}

// exitCode of an error that ended a command before there was a result.
func exitCode(err error) int {
	var input *source.InputError
	if errors.As(err, &input) {
		return exitUsage
	}
	return exitUndecided
}

// usage is an error of what the user gave.
func usage(format string, args ...any) error {
	return &source.InputError{Err: fmt.Errorf(format, args...)}
}

func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("%q is not expected here (see: %s --help)", args[0], c.CommandPath())
	}
	return nil
}

// version is what the module was built as.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
