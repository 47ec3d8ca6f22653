package lintcmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/spf13/cobra"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/internal/redact"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/report"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/wording"
)

func diffCommand(s invocation, code *int) *cobra.Command {
	var format string
	var most maxInput
	c := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Compare two reports or recordings: what broke, what was fixed",
		Long: `Compare two runs. OLD and NEW are JSON reports by iblint check, or recordings by iblint snapshot, on which iblint
runs all checks. Two findings are the same if check, partition, account, Region and ARN are equal. Keep the report
of a run to compare the next one with it. Suppressed findings do not count as failures.

Exit codes:
  0  nothing broke
  1  something fails in NEW that did not fail in OLD, or was not in OLD
  2  wrong usage or input file
  3  nothing broke, but something became unknown, is no longer checked, or is new and unknown`,
		Example: `  iblint check --format json --output today.json
  iblint diff yesterday.json today.json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage("got %s; expected two: iblint diff OLD NEW", wording.Count(len(args), "file", "files"))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			write, err := textOrJSON(format, report.WriteDifference, report.WriteDifferenceJSON)
			if err != nil {
				return err
			}
			if args[0] == "-" && args[1] == "-" {
				return usage(stdinOnce)
			}
			var sides [2]report.Verdicts
			for i, name := range args {
				var err error
				if sides[i], err = s.verdicts(name, most.limit()); err != nil {
					return err
				}
			}
			if err := s.checkStdout(); err != nil {
				return err
			}
			if args[0] != args[1] && slices.ContainsFunc(sides[:], redactedVerdicts) {
				fmt.Fprintln(s.err, "iblint: a report is redacted, so this comparison may be wrong: the same pseudonym can mean another thing in another run; compare reports that are not redacted")
			}
			d := report.Compare(sides[0], sides[1])
			d.Version = version()
			*code = differenceCode(d)
			if err := write(s.out, d, s.forPeople()); err != nil && !isClosedPipe(err) {
				fmt.Fprintln(s.err, "iblint: cannot write the difference: "+escape.Printable(err.Error()))
				if *code != exitFail {
					*code = exitUndecided
				}
			}
			return nil
		},
	}
	most.register(c.Flags())
	c.Flags().StringVar(&format, "format", "text", "text or json")
	return c
}

// redactedAccounts reports whether one of the account IDs is a pseudonym.
func redactedAccounts(ids iter.Seq[string]) bool {
	for id := range ids {
		if redact.IsPseudonym(id) {
			return true
		}
	}
	return false
}

// redactedVerdicts reports whether v contains pseudonyms instead of account IDs.
func redactedVerdicts(v report.Verdicts) bool {
	return redactedAccounts(slices.Values(v.Accounts()))
}

// verdicts reads the verdicts from a report, or runs all checks on a recording.
func (s invocation) verdicts(name string, limit source.Limit) (report.Verdicts, error) {
	data, err := s.inputs.ReadFile(name, s.in, limit.Large())
	if err != nil {
		return report.Verdicts{}, err
	}
	if is, err := isReport(name, data); err != nil {
		return report.Verdicts{}, err
	} else if is {
		v, err := report.ReadVerdicts(data)
		if err != nil {
			return v, source.DecodeError(name, "a JSON report by iblint check", data, err)
		}
		return v, nil
	}
	result, err := s.runRecording(name, data)
	if err != nil {
		return report.Verdicts{}, err
	}
	return report.VerdictsOf(result), nil
}

// isReport reports whether a file is a JSON report. Otherwise it may be a recording; it returns an error
// for what is neither.
func isReport(name string, data []byte) (bool, error) {
	var content struct {
		SchemaVersion json.RawMessage `json:"schemaVersion"`
	}
	err := json.Unmarshal(data, &content)
	if err == nil && content.SchemaVersion == nil {
		err = errors.New(`it has no "schemaVersion"`)
	}
	if err != nil {
		return false, source.DecodeError(name, "a JSON report by iblint check or a recording by iblint snapshot", data, err)
	}
	return report.IsReport(data), nil
}

// runRecording runs all checks on a recording.
func (s invocation) runRecording(name string, data []byte) (checks.Result, error) {
	inv, err := recorded.Parse(name, data)
	if err != nil {
		return checks.Result{}, err
	}
	if inv.EvaluatedAt, err = clock(); err != nil {
		return checks.Result{}, err
	}
	result := checks.Run(inv, s.checks)
	result.Version = version()
	return result, nil
}
