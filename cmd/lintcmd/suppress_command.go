package lintcmd

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/internal/redact"
	"github.com/iblint/iblint/report"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/wrap"
)

var fingerprint = lazyregexp.New(`^[0-9a-f]{32}$`)

func suppressCommand(s invocation) *cobra.Command {
	var report string
	var entry suppressionConfig
	var most maxInput
	c := &cobra.Command{
		Use:   "suppress FINGERPRINT",
		Short: "Print the suppression of a finding, for the configuration file",
		Long: `Print the entry of the configuration file that suppresses one finding: its check about its subject, and nothing else.

FINGERPRINT is the finding's in a JSON report, or its first 8 or more characters. The finding is looked up in the report
that iblint check showed last on a terminal, or in --report: a JSON report, or a recording, on which iblint runs all
checks. iblint changes no file: paste the entry below "suppressions:" in
.iblint.yaml. A suppressed finding stays in every report, and does not change the exit code until the last day.`,
		Example: `  iblint check --output report.json
  iblint suppress 0a1b2c3d --report report.json --owner "images team" \
      --reason "moves to the new registry" --expires 2027-01-31`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) != 1:
				return usage("expected one fingerprint of a finding, as in the JSON report")
			case !isFingerprint().MatchString(args[0]):
				return usage("%s is not a fingerprint: expected its 32 hexadecimal digits, or the first 8 or more", args[0])
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			found, err := s.identify(args[0], report, most)
			if err != nil {
				return err
			}
			if _, err := find(s.checks, found.Check); err != nil {
				return err
			}
			entry.Check, entry.Fingerprint = found.Check, found.Fingerprint
			if err := entry.validate(s.checks); err != nil {
				return usage("--%w", err)
			}
			now, err := clock()
			if err != nil {
				return err
			}
			if today := now.UTC().Format(time.DateOnly); entry.Expires < today {
				return usage("--expires %s: this day is over; expected a day from %s on", entry.Expires, today)
			}
			if err := s.checkStdout(); err != nil {
				return err
			}
			return s.writeSuppression(entry, found)
		},
	}
	flags := c.Flags()
	flags.StringVar(&report, "report", "", "JSON report or recording with the finding; - is standard input (default: the last report on a terminal)")
	flags.StringVar(&entry.Reason, "reason", "", "why the finding is acceptable")
	flags.StringVar(&entry.Owner, "owner", "", "person or team that decided so")
	flags.StringVar(&entry.Expires, "expires", "", "last day of the suppression, such as 2027-01-31")
	most.register(flags)
	return c
}

// identify returns the finding with a fingerprint of a report or a recording, or if file is empty of the
// last report.
func (s invocation) identify(prefix, file string, most maxInput) (found report.Identified, err error) {
	if file == "" {
		last, err := s.reported(prefix, "", most.limit())
		if err != nil {
			return found, err
		}
		found = last[0].Identified()
		if redact.IsPseudonym(found.Subject.Account) {
			return found, usage("the last report is redacted, and %s; name a report that is not: --report FILE", redactedFingerprints)
		}
		return found, nil
	}
	verdicts, err := s.verdicts(file, most.limit())
	if err != nil {
		return found, err
	}
	if redactedVerdicts(verdicts) {
		return found, usage("%s: the report is redacted, and %s; name a report that is not", file, redactedFingerprints)
	}
	all := verdicts.Identify(prefix)
	switch {
	case len(all) == 0:
		return found, usage("%s has no finding with the fingerprint %s", file, prefix)
	case len(all) > 1:
		return found, usage("%s has %d findings whose fingerprints begin with %s; write more of it", file, len(all), prefix)
	case all[0].Status == checks.Pass || all[0].Status == checks.Skip:
		return found, usage("the finding %s is a %s, which needs no suppression", prefix, all[0].Status)
	}
	return all[0], nil
}

const redactedFingerprints = "its fingerprints match nothing in other runs"

// commentLength is the longest message in the comment of an entry.
const commentLength = 100

// writeSuppression writes an entry of the configuration file, with a comment about the finding.
func (s invocation) writeSuppression(entry suppressionConfig, f report.Identified) error {
	message := []rune(f.Message)
	if len(message) > commentLength {
		message = append(message[:commentLength], '…')
	}
	where := strings.Join(strings.Fields(f.Subject.Account+" "+f.Subject.Region+" "+cmp.Or(f.Subject.Name, f.Subject.ARN)), " ")
	const lead = "  # "
	width := cmp.Or(textWidth(s.out), defaultWidth) - len(lead)
	for _, comment := range []string{where + ": " + string(f.Status), string(message)} {
		for _, line := range wrap.Lines(escape.Printable(comment), width, width) {
			fmt.Fprintln(s.out, lead+line)
		}
	}
	for i, field := range []struct{ key, value string }{
		{"check", entry.Check}, {"fingerprint", entry.Fingerprint}, {"reason", entry.Reason}, {"owner", entry.Owner}, {"expires", entry.Expires},
	} {
		value := field.value // words that YAML reads as they are
		if field.key != "check" && field.key != "expires" {
			encoded, err := yaml.MarshalWithOptions(field.value, yaml.JSON())
			if err != nil {
				return usage("--%s: %w", field.key, err)
			}
			value = escape.JSON(strings.TrimSpace(string(encoded))) // YAML has the same escapes
		}
		indent := "    "
		if i == 0 {
			indent = "  - "
		}
		fmt.Fprintf(s.out, "%s%s: %s\n", indent, field.key, value)
	}
	return nil
}
