package lintcmd

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/fatih/color"
	"github.com/spf13/cobra"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/internal/redact"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/report"
	"github.com/iblint/iblint/report/escape"
)

func diffCommand(s invocation, code *int) *cobra.Command {
	var format string
	var most maxInput
	c := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Compare two reports or recordings: what broke, what was mended",
		Long: `Compare two runs: JSON reports by iblint check, or recordings by iblint snapshot, which are judged by all checks.
Findings are joined by check, partition, account, Region and ARN. Yesterday's report, kept, is the baseline. What is
suppressed does not fail.

Exit codes:
  0  nothing broke
  1  something fails now that did not, or that was not there
  2  wrong usage or input file
  3  nothing broke, but something is not known or not looked at any more, or is new and not known`,
		Example: `  iblint check --format json --output today.json
  iblint diff yesterday.json today.json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage("%d files given; name two: iblint diff OLD NEW", len(args))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			formats := map[string]func(io.Writer, report.Difference, report.Options) error{"text": report.WriteDifference, "json": report.WriteDifferenceJSON}
			write := formats[format]
			if write == nil {
				return usage("--format %s: expected text or json", format)
			}
			if args[0] == "-" && args[1] == "-" {
				return usage("standard input (-) can be given once only")
			}
			var sides [2]report.Verdicts
			for i, name := range args {
				var err error
				if sides[i], err = s.verdicts(name, most.limit()); err != nil {
					return err
				}
			}
			if err := keepsInputs(s.out); err != nil {
				return err
			}
			if args[0] != args[1] && slices.ContainsFunc(sides[:], redactedVerdicts) {
				fmt.Fprintln(s.err, "iblint: a redacted report is compared: a pseudonym is the same for the same thing within a run, and may stand for another in the next; compare reports that are not redacted")
			}
			d := report.Compare(sides[0], sides[1])
			d.Version = version()
			switch {
			case d.HasNewFailures():
				*code = exitFail
			case d.HasNewUnknowns():
				*code = exitUndecided
			}
			if err := write(s.out, d, report.Options{Color: s.out == os.Stdout && !color.NoColor}); err != nil {
				fmt.Fprintln(s.err, "iblint: the difference could not be written: "+escape.Printable(err.Error()))
				if *code != exitFail {
					*code = exitUndecided
				}
			}
			return nil
		},
	}
	most.register(c.Flags())
	c.Flags().StringVar(&format, "format", "text", "format of the difference: text or json")
	return c
}

// redactedVerdicts says that pseudonyms stand in verdicts for accounts.
func redactedVerdicts(v report.Verdicts) bool {
	return slices.ContainsFunc(v.Accounts(), redact.IsPseudonym)
}

// verdicts reads a report, or judges a recording.
func (s invocation) verdicts(name string, limit source.Limit) (report.Verdicts, error) {
	data, err := source.ReadFile(name, s.in, limit.Large())
	if err != nil {
		return report.Verdicts{}, err
	}
	if err := json.Unmarshal(data, new(json.RawMessage)); err != nil {
		return report.Verdicts{}, source.DecodeError(name, "a JSON report by iblint check or a recording by iblint snapshot", data, err)
	}
	if report.IsReport(data) {
		v, err := report.ReadVerdicts(data)
		if err != nil {
			return v, source.DecodeError(name, "a JSON report by iblint check", data, err)
		}
		return v, nil
	}
	inv, err := recorded.Parse(name, data)
	if err != nil {
		return report.Verdicts{}, err
	}
	result := checks.Run(inv, s.checks)
	result.Version = version()
	return report.VerdictsOf(result), nil
}
