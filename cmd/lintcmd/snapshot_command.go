package lintcmd

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	var redacted bool
	c := &cobra.Command{
		Use:   "snapshot -o FILE",
		Short: "Record what iblint check reads, to check it later or elsewhere",
		Long: `Read what iblint check would read with the same flags, and write it to a file with mode 0600, for
iblint check --recorded FILE. The file contains role names, trust policies, inline policies, tags and account
IDs. It contains no AWS credentials. What could not be read is recorded with the reason.

Exit codes:
  0  everything was read
  2  wrong usage, configuration, input file or output path, found before anything is read from AWS
  3  something could not be read, or there are no usable credentials, or writing failed`,
		Example: "  iblint snapshot --execution-role ImageBuilderLifecycle -o snapshot.json",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if output == "" {
				return usage("-o is missing; expected -o FILE, or -o - for standard output")
			}
			s.without(c.Flags())
			if redacted && scope.debug {
				return usage(redactOrDebug)
			}
			end := time.Now().Add(scope.timeout)
			interruptionOf(c.Context()).prepareWithin(scope.timeout)
			scope.checks, scope.kinds, scope.stdin, scope.inputs = s.checks, kinds(s.checks), s.in, s.inputs
			live, err := scope.live(s, parts(s.checks))
			if err != nil {
				return err
			}
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
			} else if err = writeRecording(target, inv); err == nil {
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
	c.Flags().BoolVar(&redacted, "redact", false, redactUsage)
	c.Flags().StringVarP(&output, "output", "o", "", outputUsage)
	return c
}

// writeRecording writes a recording. It escapes text that a CI system would run as a
// command if the recording is printed to its log.
func writeRecording(out io.Writer, inv *account.Inventory) error {
	g := escape.NewGuard(out, escape.JSON)
	return errors.Join(recorded.Write(g, inv), g.Flush())
}
