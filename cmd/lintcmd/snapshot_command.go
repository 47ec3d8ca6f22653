package lintcmd

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/redact"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/report/escape"
)

func snapshotCommand(s invocation, code *int) *cobra.Command {
	var scope scopeFlags
	var output string
	var partText string
	var redacted bool
	c := &cobra.Command{
		Use:   "snapshot -o FILE",
		Short: "Record what iblint check reads, to check it later or elsewhere",
		Long: `Read what iblint check would read with the same flags, and write it to a file with mode 0600, for
iblint check --recorded FILE. The file contains role names, trust policies, inline policies, tags and account
IDs. It contains no AWS credentials. What could not be read is recorded with the reason.

--part I/N reads part I of N of the accounts that build images, and the accounts that these distribute to. Each of N
processes writes one recording, and iblint check --recorded DIRECTORY joins them. --part auto takes I and N from the
environment of an AWS Batch array job or of a GitLab job with parallel; --part auto/N takes I from that of a
Kubernetes Indexed Job, too.

Exit codes:
  0  everything was read
  2  wrong usage, configuration, input file or output path, found before anything is read from AWS
  3  something could not be read, or there are no usable credentials, or writing failed`,
		Example: `  iblint snapshot --execution-role ImageBuilderLifecycle -o snapshot.json
  iblint snapshot --organization --role-name iblint --part 3/50 -o parts/3.json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if output == "" {
				return usage("-o is missing; expected -o FILE, or -o - for standard output")
			}
			s.without(c.Flags())
			if redacted && scope.debug {
				return usage(redactOrDebug)
			}
			if redacted && partText != "" {
				return usage("--redact and --part exclude each other, because the same pseudonym can mean another account in another part; redact the report of all parts: iblint check --recorded DIRECTORY --redact")
			}
			part, err := parsePart(partText, os.Getenv)
			if err != nil {
				return err
			}
			end := time.Now().Add(scope.timeout)
			interruptionOf(c.Context()).prepareWithin(scope.timeout)
			scope.checks, scope.kinds, scope.stdin, scope.inputs = s.checks, kinds(s.checks), s.in, s.inputs
			live, err := scope.live(s, parts(s.checks))
			if err != nil {
				return err
			}
			live.scope.Part = part
			s.without(c.Flags(), live.names()...)
			var target *file
			if output != "-" {
				if target, err = s.createFile(output, 0o600); err != nil {
					return usage("-o %w", err)
				}
				defer target.discard()
			} else if err := s.checkStdout(); err != nil {
				return err
			}
			interruptionOf(c.Context()).reports(true)
			ctx, cancel := context.WithDeadline(c.Context(), end)
			defer cancel()
			inv, err := live.load(ctx)
			if err == nil && redacted {
				var redactor *redact.Redactor
				if redactor, inv, err = redactedInventory(inv, live.names()); err == nil {
					s.pseudonyms(redactor)
				}
			}
			if err != nil {
				return err
			}
			if target == nil {
				if err = writeRecording(watched(c.Context(), s.out), inv); isClosedPipe(err) {
					err = nil
				}
			} else if err = writeRecording(target.watched(c.Context()), inv); err == nil {
				err = target.commit()
			}
			if err != nil {
				return fmt.Errorf("cannot write the recording: %w", err)
			}
			gaps := inv.Gaps()
			for _, g := range gaps {
				fmt.Fprintln(s.err, "iblint: not read: "+escape.Printable(fmt.Sprintf("%s: %s", strings.Join(slices.DeleteFunc([]string{g.Account, g.Region, string(g.Part), g.Name}, func(s string) bool { return s == "" }), " "), g.Error())))
			}
			if len(gaps) > 0 || ctx.Err() != nil {
				*code = exitUndecided
			}
			return nil
		},
	}
	scope.register(c.Flags())
	c.Flags().StringVar(&partText, "part", "", "read one part of the accounts: I/N, or auto or auto/N to take I, and N, from the environment of the job")
	c.Flags().BoolVar(&redacted, "redact", false, redactUsage)
	c.Flags().StringVarP(&output, "output", "o", "", outputUsage)
	return c
}

// writeRecording writes a recording. It escapes text that a CI system would run as a
// command if the recording is printed to its log.
func writeRecording(out io.Writer, inv *account.Inventory) error {
	g := escape.NewGuard(out, escape.JSON)
	if err := recorded.Write(g, inv); err != nil {
		return err
	}
	return g.Flush()
}
