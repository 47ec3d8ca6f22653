package lintcmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/report"
)

// outputs are the --format and --output flags in the order of the command line. Each
// --output belongs to the --format before it, or has the format that its name says.
type outputs struct{ list []output }

type output struct{ format, file string }

func (o *outputs) register(flags *pflag.FlagSet) {
	flags.Var((*formatFlag)(o), "format", "format: "+strings.Join(report.Names(), ", ")+" (default text)")
	flags.VarP((*outputFlag)(o), "output", "o", "file, or -; .html, .json and so on set the format")
}

type formatFlag outputs

func (f *formatFlag) String() string { return "" }
func (f *formatFlag) Type() string   { return "FORMAT" }
func (f *formatFlag) Set(name string) error {
	if _, err := report.Lookup(name); err != nil {
		return fmt.Errorf("expected one of %s%s", strings.Join(report.Names(), ", "), didYouMean(name, report.Names()))
	}
	f.list = append(f.list, output{format: name})
	return nil
}

type outputFlag outputs

func (f *outputFlag) String() string { return "" }
func (f *outputFlag) Type() string   { return "FILE" }
func (f *outputFlag) Set(name string) error {
	if len(f.list) == 0 || f.list[len(f.list)-1].file != "" {
		format, err := formatOf(name)
		if err != nil {
			return err
		}
		f.list = append(f.list, output{format: format})
	}
	f.list[len(f.list)-1].file = name
	return nil
}

// has reports whether the run writes a report in one of these formats.
func (o *outputs) has(formats ...string) bool {
	return slices.ContainsFunc(o.list, func(o output) bool { return slices.Contains(formats, o.format) })
}

// targets are outputs that are open for writing.
type targets []*target

type target struct {
	format report.Format
	color  bool
	width  int   // columns; 0: not known
	screen bool  // it is a terminal
	file   *file // nil: standard output
	out    io.Writer
}

// open opens every output, so that errors are found before anything is read from AWS.
func (o *outputs) open(s invocation) (targets, error) {
	list := o.list
	if len(list) == 0 {
		list = []output{{format: "text"}}
	}
	var all targets
	toStdout, names := "", map[string]bool{}
	for _, entry := range list {
		format, err := report.Lookup(entry.format)
		if err != nil {
			return nil, usage("--format: %w", err)
		}
		t := &target{format: format, out: s.out}
		if entry.file == "" || entry.file == "-" {
			if toStdout != "" {
				all.discard()
				return nil, usage("--format %s and --format %s both write to standard output; add --output to one of them", toStdout, entry.format)
			}
			toStdout = entry.format
			if err := s.checkStdout(); err != nil {
				all.discard()
				return nil, err
			}
			t.screen = isTerminal(s.out)
			t.color, t.width = s.colored(s.out), textWidth(s.out)
		} else {
			if t.file, err = s.createFile(entry.file, 0o666); err != nil {
				all.discard()
				return nil, usage("--output %w", err)
			}
			t.out = t.file
			if abs, err := filepath.Abs(t.file.name); err == nil && t.file.name != "" {
				if names[abs] {
					t.file.discard()
					all.discard()
					return nil, usage("--output %s is given twice", entry.file)
				}
				names[abs] = true
			}
		}
		all = append(all, t)
	}
	if o.has("github") {
		switch t, err := s.stepSummary(); {
		case err != nil:
			all.discard()
			return nil, err
		case t != nil:
			all = append(all, t)
		}
	}
	return all, nil
}

// write writes all reports. It returns the joined errors of those that failed.
func (all targets) write(r checks.Result, o report.Options) error {
	var failed []error
	for _, t := range all {
		o.Color, o.Width = t.color, t.width
		err := t.format(t.out, r, o)
		if t.file == nil && isClosedPipe(err) {
			continue
		}
		if err == nil && t.file != nil {
			err = t.file.commit()
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("cannot write the report: %w", err))
		}
	}
	return errors.Join(failed...)
}

// onTerminal reports whether a report is written to a terminal.
func (all targets) onTerminal() bool {
	return slices.ContainsFunc(all, func(t *target) bool { return t.screen })
}

// watch makes a signal end the run if a write to a pipe or a terminal is stuck.
func (all targets) watch(ctx context.Context) {
	for _, t := range all {
		if t.file == nil {
			t.out = watched(ctx, t.out)
		} else {
			t.out = t.file.watched(ctx)
		}
	}
}

func (all targets) discard() {
	for _, t := range all {
		if t.file != nil {
			t.file.discard()
		}
	}
}

// file is an output file. It is written under a temporary name and renamed when it is
// complete. A file that is not regular, such as a pipe, is written directly.
type file struct {
	*os.File
	name string // final name; empty if the file is written directly or already renamed
}

// createFile opens an output file. Mode applies to a new file; an existing one keeps its
// permissions. Errors name the file.
func (s invocation) createFile(name string, mode fs.FileMode) (*file, error) {
	if info, err := os.Stat(name); err == nil {
		if err := s.checkOverwrite(name, info); err != nil {
			return nil, err
		}
	}
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	info, err := os.Stat(name)
	keep := err == nil // a file that is replaced keeps its permissions
	switch {
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("%s: is a directory; expected a file", name)
	case err == nil && !info.Mode().IsRegular():
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return nil, cannotWrite(name, err)
		}
		return &file{File: f}, nil
	case keep:
		mode &= info.Mode().Perm()
	}
	for i := range 100 {
		aside := filepath.Join(filepath.Dir(name), fmt.Sprintf(".iblint.%d-%d.tmp", os.Getpid(), i))
		f, err := unfinished.create(aside, mode)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, cannotWrite(name, err)
		}
		if keep {
			if err := f.Chmod(mode); err != nil { // the umask does not apply
				(&file{File: f, name: name}).discard()
				return nil, cannotWrite(name, err)
			}
		}
		return &file{File: f, name: name}, nil
	}
	return nil, fmt.Errorf("%s: cannot be written: too many temporary files in its directory; remove .iblint.*.tmp", name)
}

func cannotWrite(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return fmt.Errorf("%s: cannot be written: %w", name, err)
}

func (f *file) commit() error {
	aside, name := f.Name(), f.name
	if name == "" {
		return f.Close()
	}
	err := errors.Join(f.Sync(), f.Close())
	if err == nil {
		err = unfinished.finish(aside, name)
	}
	if err != nil {
		return cannotWrite(name, err)
	}
	f.name = ""
	return nil
}

// watched returns a writer to the file. A signal ends the process if a write to a pipe is stuck.
func (f *file) watched(ctx context.Context) io.Writer {
	if f.name != "" {
		return f
	}
	return watched(ctx, f)
}

// discard removes the temporary file, unless the file was committed.
func (f *file) discard() {
	if f.name != "" {
		f.Close()
		unfinished.remove(f.Name())
	}
}

// checkOverwrite returns an error if an output is also an input file of this run. Writing
// it would destroy the input.
func (s invocation) checkOverwrite(output string, about fs.FileInfo) error {
	if input := s.inputs.Name(about); input != "" {
		return fmt.Errorf("%s: this file is also an input of this run (%s) and would be overwritten; name another output file", output, input)
	}
	return nil
}

// checkStdout is checkOverwrite for standard output that is redirected to a file.
func (s invocation) checkStdout() error {
	f, ok := unchecked(s.out).(*os.File)
	if !ok {
		return nil
	}
	info, err := f.Stat()
	if err != nil {
		return nil //nolint:nilerr // writing returns the error
	}
	if err := s.checkOverwrite("standard output", info); err != nil {
		return usage("%w", err)
	}
	return nil
}

// outputUsage is the usage of -o for commands that write one document.
const outputUsage = "file to write; - is standard output"

// textOrJSON chooses between the two formats of commands that are not reports.
func textOrJSON[T any](format string, text, json T) (write T, err error) {
	switch format {
	case "text":
		return text, nil
	case "json":
		return json, nil
	}
	return write, usage("--format %s: expected text or json%s", format, didYouMean(format, textAndJSON))
}
