package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/internal/redact"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/report"
)

func snapshotCommand(s streams, code *int) *cobra.Command {
	var scope scopeFlags
	var output string
	var redacted bool
	c := &cobra.Command{
		Use:   "snapshot -o FILE",
		Short: "Record what a check would read, to judge it later or elsewhere",
		Long: `Read what a check of the same scope would read, and write it to a file, mode 0600, for
iblint check --recorded FILE. The file holds role names, trust policies, inline policies, tags and account IDs,
and no secrets of AWS's. A part that could not be read stays unread in it.

Exit codes: 0 all was read, 3 something could not be read or there are no usable credentials, 2 wrong usage.`,
		Example: "  iblint snapshot --execution-role ImageBuilderLifecycle -o snapshot.json",
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if output == "" {
				return usage("name the file to write: -o FILE (- is standard output)")
			}
			s.without(c.Flags())
			if redacted && scope.debug {
				return usage(redactOrDebug)
			}
			scope.kinds, scope.stdin = kinds(checks.All()), s.in
			live, err := scope.live(s, parts(checks.All()))
			if err != nil {
				return err
			}
			s.without(c.Flags(), live.names()...)
			var target *file
			if output != "-" {
				if target, err = createFile(output, 0o600); err != nil {
					return usage("-o %w", err)
				}
				defer target.discard()
			}
			ctx, cancel := context.WithTimeout(c.Context(), scope.timeout)
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
				err = recorded.Write(s.out, inv)
			} else if err = recorded.Write(target, inv); err == nil {
				err = target.commit()
			}
			if err != nil {
				return fmt.Errorf("the recording could not be written: %w", err)
			}
			gaps := inv.Gaps()
			for _, g := range gaps {
				fmt.Fprintln(s.err, "iblint: not read: "+report.Printable(fmt.Sprintf("%s: %s", strings.Join(slices.DeleteFunc([]string{g.Account, g.Region, string(g.Part), g.Name}, func(s string) bool { return s == "" }), " "), g.Error())))
			}
			if len(gaps) > 0 || ctx.Err() != nil {
				*code = exitUndecided
			}
			return nil
		},
	}
	scope.register(c.Flags())
	c.Flags().BoolVar(&redacted, "redact", false, redactUsage)
	c.Flags().StringVarP(&output, "output", "o", "", "file to write; - is standard output")
	return c
}
