package lintcmd

import (
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/fatih/color"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/report"
	"github.com/iblint/iblint/report/fix"
)

// textFlags are the flags of the text report.
type textFlags struct {
	verbose, quiet bool
	show           []string
}

func (f *textFlags) register(flags *pflag.FlagSet) {
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "text report: show the whole of each problem, with evidence and commands")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "text report: show the totals only")
	flags.StringSliceVar(&f.show, "show", nil, "text report: show the findings with this status on a line each: fail, unknown, warn, pass, skip or all (default fail,unknown,warn)")
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
			return o, usage("--show %s: expected fail, unknown, warn, pass, skip or all", word)
		}
	}
	return o, nil
}

// colorFlag is the value of --color: auto, always or never.
type colorFlag string

func (c *colorFlag) String() string { return string(*c) }
func (c *colorFlag) Type() string   { return "WHEN" }
func (c *colorFlag) Set(when string) error {
	if !slices.Contains([]string{"auto", "always", "never"}, when) {
		return errors.New("expected auto, always or never")
	}
	*c = colorFlag(when)
	return nil
}

// colored reports whether output to out has colors: auto means on a terminal, unless the environment
// has NO_COLOR (https://no-color.org) or TERM=dumb.
func (s invocation) colored(out io.Writer) bool {
	switch *s.color {
	case "always":
		return true
	case "never":
		return false
	}
	return unwrapped(out) == os.Stdout && !color.NoColor
}

// terminalWidth is the number of columns of the terminal that out is; 0: it is none.
func terminalWidth(out io.Writer) int {
	f, ok := unwrapped(out).(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd())) //nolint:gosec // a file descriptor fits
	if err != nil {
		return 0
	}
	return max(width, narrowest)
}

const narrowest = 40 // columns

// textWidth is the number of columns for text: of the terminal; or else COLUMNS, as POSIX defines it; 0:
// neither is known.
func textWidth(out io.Writer) int {
	if width := terminalWidth(out); width > 0 {
		return width
	}
	width, err := strconv.Atoi(os.Getenv("COLUMNS"))
	if err != nil || width < narrowest || width > 10_000 {
		return 0
	}
	return width
}

// next are the commands that go on from a text report: the details, and the fixes.
func (f *checkFlags) next(flags *pflag.FlagSet, r checks.Result) []string {
	if f.redact || r.Summary.Fail+r.Summary.Warn+r.Summary.Unknown == 0 {
		return nil
	}
	read := pflag.NewFlagSet("", pflag.ContinueOnError)
	new(runFlags).register(read)
	args := sameInput(flags, read)
	args = append(args, f.code.paths...)
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
				args = append(args, "--"+f.Name, item)
			}
		case interface{ IsBoolFlag() bool }:
			args = append(args, boolArg(f))
		default:
			switch {
			case f.Value.Type() == "bool":
				args = append(args, boolArg(f))
			case f.Name == "external-id": // a report is read by others than those who know it
				args = append(args, "--"+f.Name, "EXTERNAL_ID")
			case f.Value.String() != "":
				args = append(args, "--"+f.Name, f.Value.String())
			}
		}
	})
	return args
}

func boolArg(f *pflag.Flag) string {
	if f.Value.String() == "true" {
		return "--" + f.Name
	}
	return "--" + f.Name + "=" + f.Value.String()
}
