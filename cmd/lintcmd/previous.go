package lintcmd

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/pflag"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/report"
	"github.com/iblint/iblint/report/escape"
)

// previous is an earlier run. With it, iblint check writes what changed since then to standard output,
// and exits as iblint diff does. Reports with an --output are whole, so that the next run has one to
// compare with.
type previous struct {
	file     string
	verdicts report.Verdicts
	write    func(report.Difference) error
}

// read reads the earlier run, before anything is read from AWS. It takes the format of the difference
// from the outputs: it is the one without a file.
func (p *previous) read(ctx context.Context, s invocation, f *checkFlags, flags *pflag.FlagSet) error {
	if p.file == "" {
		return nil
	}
	for _, other := range []struct{ name, reason string }{
		{"fail-on", exitCodeOfDifference},
		{"fail-on-new", exitCodeOfDifference},
		{"allow-unknown", exitCodeOfDifference},
		{"redact", "the same pseudonym can mean another thing in another run, so the runs cannot be compared"},
		{"wait", "a failure that did not change would be waited for as well"},
	} {
		if given := givenOf(flags, other.name); len(given) > 0 {
			return usage("--previous and %s exclude each other: %s", given, other.reason)
		}
	}
	if p.file == "-" {
		return usage("--previous -: expected a file")
	}
	format := "text"
	f.outputs.list = slices.DeleteFunc(f.outputs.list, func(o output) bool {
		toStdout := o.file == "" || o.file == "-"
		if toStdout {
			format = o.format
		}
		return toStdout
	})
	write, err := textOrJSON(format, report.WriteDifference, report.WriteDifferenceJSON)
	if err != nil {
		return usage("--format %s: what changed is written as text or json; add --output FILE for a report", format)
	}
	for _, name := range []string{"show", "quiet", "verbose"} {
		if flags.Changed(name) && len(f.outputs.list) == 0 {
			return usage("--previous and --%s exclude each other: there is no text report; add --output FILE for one", name)
		}
	}
	out := watched(ctx, s.out)
	p.write = func(d report.Difference) error { return write(out, d, s.forPeople()) }
	if p.verdicts, err = s.verdicts(p.file, f.scope.maxInput.limit()); err != nil {
		return err
	}
	if redactedVerdicts(p.verdicts) {
		return usage("--previous %s: the report is redacted, and the same pseudonym can mean another thing in another run; keep a report that is not redacted", p.file)
	}
	return s.checkStdout()
}

const exitCodeOfDifference = "the exit code says what changed, as that of iblint diff"

// given reports whether there is an earlier run.
func (p *previous) given() bool { return p.file != "" }

// report writes what changed, and returns the exit code.
func (p *previous) report(s invocation, result checks.Result) int {
	d := report.Compare(p.verdicts, report.VerdictsOf(result))
	d.Version = version()
	code := differenceCode(d)
	if err := p.write(d); err != nil && !isClosedPipe(err) {
		fmt.Fprintln(s.err, "iblint: cannot write the difference: "+escape.Printable(err.Error()))
		if code != exitFail {
			code = exitUndecided
		}
	}
	return code
}

// differenceCode is the exit code that says what changed.
func differenceCode(d report.Difference) int {
	switch {
	case d.HasNewFailures():
		return exitFail
	case d.HasNewUnknowns():
		return exitUndecided
	}
	return exitOK
}
