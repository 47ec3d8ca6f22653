// Package lintcmd is the command line of iblint. Programs that add checks import it.
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
	exitOK        = 0 // nothing failed and everything was decided
	exitFail      = 1 // at least one fail
	exitUsage     = 2 // wrong usage, configuration, input file or output path; nothing was read from AWS
	exitUndecided = 3 // nothing failed, but something is unknown
)

// exitCodesInShort are the exit codes for commands with long help.
const exitCodesInShort = `Exit codes (all of it: iblint --help):
  0  nothing failed and everything was decided
  1  at least one prerequisite fails; 1 wins over 3
  2  wrong usage, configuration, input file or output path
  3  something is unknown, there was nothing to check, or the run ended early`

const exitCodes = `Exit codes, the same for every format:
  0  nothing failed and everything was decided
  1  at least one prerequisite fails
  2  wrong usage, configuration, input file or output path, found before
     anything is read from AWS
  3  nothing failed, but something is unknown, or there was nothing to check,
     or there are no usable credentials, or the run was cut short (interrupted,
     out of time, no access to an account), or writing a report failed half-way

1 wins over 3. --fail-on sets the threshold for 1. --allow-unknown stops unknown verdicts, and only those, from
causing 3. A run with unknown verdicts and no pass, warn or fail still exits with 3. A second signal ends the run
at once, with 130 (SIGINT) or 143 (SIGTERM).`

// invocation holds what Run passes to every command: the streams and all checks.
type invocation struct {
	in       io.Reader
	out, err io.Writer
	checks   []checks.Check
	inputs   *source.Inputs // the files that the run reads
	color    *colorFlag
}

// Main runs iblint with the arguments and streams of the process, and exits. It runs
// the extra checks in addition to iblint's own. The IDs of all checks must differ.
func Main(extra ...checks.Check) {
	ownProcess = true
	exitByAbortOnCrash()
	// Without SIGPIPE, writing to a closed pipe returns an error, which has an exit code.
	signal.Ignore(syscall.SIGPIPE)
	os.Exit(Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, extra...))
}

// Run runs iblint with args, which exclude the program's name, and returns the exit
// code that "iblint --help" documents. It handles the signals of the process, so a
// process must not call it concurrently.
func Run(args []string, stdin io.Reader, stdout, stderr io.Writer, extra ...checks.Check) int {
	s := invocation{in: stdin, out: stdout, err: stderr, checks: slices.Concat(lifecycle.All(), extra)}
	if err := checks.Validate(s.checks); err != nil {
		for line := range strings.Lines(err.Error() + "\n") {
			fmt.Fprint(stderr, "iblint: "+escape.Printable(strings.TrimSuffix(line, "\n"))+"\n")
		}
		return exitUsage
	}
	return s.run(args)
}

// guardedErrors makes text from outside safe to print to standard error. It escapes
// terminal control sequences, and commands that CI systems run when a log holds them.
type guardedErrors struct {
	*escape.Guard
	unguarded io.Writer
}

func guardErrors(w, unguarded io.Writer) *guardedErrors {
	return &guardedErrors{escape.NewGuard(w, func(line string) string { return escape.Inert(escape.Printable(line)) }), unguarded}
}

func (s invocation) run(args []string) int {
	s.inputs = &source.Inputs{}
	i := &interruption{}
	log := guardErrors(i.watched(s.err), s.err)
	defer func() { _ = log.Flush() }() // an error of standard error cannot be reported anywhere
	s.err = log
	ctx, stop := i.begin(s.err)
	defer stop()

	if hasRedactFlag(args) {
		s.err = &redacting{s.err, redact.Without().Error}
	}
	code := exitOK
	when := colorFlag("auto")
	s.color = &when
	root := &cobra.Command{
		Use:   "iblint",
		Short: "Check the prerequisites of EC2 Image Builder lifecycle management",
		Long: `iblint checks whether EC2 Image Builder lifecycle management can deprecate, disable and delete old images.
It checks lifecycle policies, the execution role, the role in each destination account, and the tag of each
ECR repository, and it prints what to change. It never changes anything itself.

` + exitCodes,
		Example: `  iblint check --demo
  iblint check --region eu-west-1 --role-name Audit
  iblint check infra`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return usage("no command given; try: iblint check --demo (all commands: iblint --help)")
		},
	}
	root.PersistentFlags().Var(s.color, "color", "colors of text: auto, always or never; auto respects NO_COLOR")
	root.SetArgs(args)
	root.SetIn(s.in)
	out := &checkedWriter{Writer: s.out}
	root.SetOut(out)
	checked := s
	checked.out = out
	root.SetErr(s.err)
	root.SetFlagErrorFunc(wrongFlag)
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { writeHelp(out, c, widthOf(s.out)) })
	root.Flags().BoolP("version", "v", false, "print the version") // Cobra reads it
	root.SetVersionTemplate("iblint version {{.Version}}\n")
	root.SetHelpCommand(helpCommand())
	root.AddCommand(checkCommand(s, &code), diffCommand(s, &code), remediateCommand(s, &code), trustCommand(s, &code), snapshotCommand(s, &code), permissionsCommand(checked), doctorCommand(s, &code), rulesCommand(checked), explainCommand(checked), schemaCommand(out), versionCommand(checked), suppressCommand(checked), initCommand(s, &code), manCommand(out), completionCommand(out))
	for _, c := range root.Commands() {
		refuseEmptyValues(c)
	}
	completeValues(root, s.checks)

	root.InitDefaultHelpCmd()
	err := wrongCommand(root, args)
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	switch {
	case err != nil && ctx.Err() != nil && exitCode(err) != exitUsage:
		fmt.Fprintln(s.err, "iblint: interrupted") // the error is a consequence of the interruption
		return exitUndecided
	case isClosedPipe(out.err):
		return code // also if the command says that it cannot write
	case out.err != nil:
		fmt.Fprintln(s.err, "iblint: cannot write to standard output: "+escape.Printable(out.err.Error()))
		return exitUndecided
	case err != nil:
		fmt.Fprintln(s.err, "iblint: "+escape.Printable(err.Error()))
		s.sayWhatNext(err)
		return exitCode(err)
	case ctx.Err() != nil:
		fmt.Fprintln(s.err, "iblint: interrupted; what was not read and evaluated before is unknown")
		return cmp.Or(code, exitUndecided)
	}
	return code
}

// exitCode returns the exit code for an error that ended a command before it had a result.
func exitCode(err error) int {
	var input *source.InputError
	if errors.As(err, &input) {
		return exitUsage
	}
	return exitUndecided
}

// usage returns an error in the user's input: a flag, an argument or a file. Its exit code is 2.
func usage(format string, args ...any) error {
	return &source.InputError{Err: fmt.Errorf(format, args...)}
}

func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("unexpected argument %q (see: %s --help)", args[0], c.CommandPath())
	}
	return nil
}

// version returns the version of the main module, as the Go linker recorded it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
