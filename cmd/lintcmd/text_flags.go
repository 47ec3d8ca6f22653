package lintcmd

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/report"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/fix"
)

// textFlags are the flags of the text report.
type textFlags struct {
	verbose, quiet bool
	show           []string
}

func (f *textFlags) register(flags *pflag.FlagSet) {
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "text: the whole of each problem")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "text: the totals only")
	flags.StringSliceVar(&f.show, "show", nil, "text: findings with a line, such as pass,skip, or all")
}

// options returns the settings of the text report.
func (f *textFlags) options() (o report.TextOptions, err error) {
	if f.verbose && f.quiet {
		return o, usage("--verbose and --quiet contradict each other; use one of them")
	}
	o.Details, o.Quiet = f.verbose, f.quiet
	for _, word := range f.show {
		switch status := checks.Status(word); {
		case word == "all":
			o.Show = append(o.Show, checks.Statuses...)
		case slices.Contains(checks.Statuses, status):
			o.Show = append(o.Show, status)
		default:
			return o, usage("--show %q: expected fail, unknown, warn, pass, skip or all%s", word, didYouMean(word, append(statuses(), "all")))
		}
	}
	return o, nil
}

// next are the commands that go on from a text report: the details, and the fixes.
func (f *checkFlags) next(flags *pflag.FlagSet, r checks.Result) []string {
	if f.redact || r.Summary.Fail+r.Summary.Warn+r.Summary.Unknown == 0 {
		return nil
	}
	read := pflag.NewFlagSet("", pflag.ContinueOnError)
	new(runFlags).register(read)
	args := sameInput(flags, read)
	for _, path := range f.code.paths {
		if strings.HasPrefix(path, "-") { // it would be a flag
			path = "./" + path
		}
		args = append(args, path)
	}
	if all := strings.Join(args, " "); escape.Printable(all) != all {
		return nil // a report cannot show them so that a shell reads the same
	}
	command := func(words ...string) string {
		var quoted []string
		for _, word := range slices.Concat([]string{"iblint"}, words) {
			quoted = append(quoted, fix.Quote(word))
		}
		return strings.Join(quoted, " ")
	}
	var lines []string
	if !f.text.verbose {
		lines = append(lines, "Details: "+command(slices.Concat([]string{"check"}, args, []string{"-v"})...))
	}
	switch {
	case r.Summary.Fail == 0:
	case f.declared != nil:
		lines = append(lines, "Patch:   "+command(slices.Concat([]string{"remediate"}, args, []string{"--as", "patch"})...)+" > fix.patch")
	default:
		lines = append(lines, "Script:  "+command(slices.Concat([]string{"remediate"}, args)...)+" > fix.sh")
	}
	return lines
}

// sameInput returns the flags that were given and that say what to read.
func sameInput(given, read *pflag.FlagSet) (args []string) {
	given.Visit(func(f *pflag.Flag) {
		if read.Lookup(f.Name) == nil {
			return
		}
		switch v := f.Value.(type) {
		case pflag.SliceValue:
			for _, item := range v.GetSlice() {
				if name, _, _ := strings.Cut(item, "="); mayBeSecret[f.Name] {
					item = name + "=VALUE"
				}
				args = append(args, "--"+f.Name, item)
			}
		case interface{ IsBoolFlag() bool }:
			args = append(args, boolArg(f))
		default:
			switch {
			case f.Value.Type() == "bool":
				args = append(args, boolArg(f))
			case f.Name == "external-id": // see mayBeSecret
				args = append(args, "--"+f.Name, "EXTERNAL_ID")
			case f.Value.String() != "":
				args = append(args, "--"+f.Name, f.Value.String())
			}
		}
	})
	return args
}

// mayBeSecret are flags whose values may be secrets, such as passwords in variables of code. A report is
// read by others than those who know them.
var mayBeSecret = map[string]bool{"var": true, "parameter": true}

func boolArg(f *pflag.Flag) string {
	if f.Value.String() == "true" {
		return "--" + f.Name
	}
	return "--" + f.Name + "=" + f.Value.String()
}
