package lintcmd

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/redact"
	"github.com/iblint/iblint/internal/source/declared"
	"github.com/iblint/iblint/report"
)

// subjectLocations finds the lines of the run's input files that name a subject.
type subjectLocations struct {
	files    []namingFile    // searched in this order
	fallback report.Location // for subjects that no file names

	code declared.Places
}

type namingFile struct {
	name  string // as reports print it
	names nameLines
}

// locations reads the input files for the formats that point at lines of files. It
// returns nil for other formats.
func (f *checkFlags) locations() (*subjectLocations, error) {
	var l subjectLocations
	if f.declared != nil {
		l.code = f.declared.Places()
	}
	if !f.outputs.has("sarif", "codequality", "github") {
		return &l, nil
	}
	if f.anchor != "" {
		name, err := anchor(f.anchor)
		if err != nil {
			return nil, err
		}
		f.scope.inputs.Protect(f.anchor)
		l.fallback = report.Location{File: name, Line: 1}
	}
	if f.demo {
		l.add("fixtures/demo.json", namesOfRecording(fixtures.Demo))
	} else if err := l.addFiles(f); err != nil {
		return nil, err
	}
	for _, r := range f.code.roots {
		if name, ok := inWorkingDirectory(firstFile(r.directory)); ok && l.fallback.File == "" {
			l.fallback = report.Location{File: name, Line: 1}
		}
	}
	for _, t := range f.code.templates {
		if name, ok := inWorkingDirectory(t.Path); ok && l.fallback.File == "" {
			l.fallback = report.Location{File: name, Line: 1}
		}
	}
	for _, needs := range []struct{ format, service string }{{"sarif", "GitHub"}, {"codequality", "GitLab"}} {
		if l.fallback.File == "" && f.outputs.has(needs.format) {
			return nil, usage("--format %s: %s requires a file in the working directory for each result, and this run reads none there; "+
				"name a file that the results can point at: --sarif-anchor FILE", needs.format, needs.service)
		}
	}
	return &l, nil
}

// names returns the names of the files.
func (l *subjectLocations) names() (names []string) {
	if l == nil {
		return nil
	}
	for _, f := range l.files {
		names = append(names, f.name)
	}
	return append(names, l.fallback.File)
}

// redact replaces file names, and the names in the files, by pseudonyms, so that locate
// finds the redacted subjects. It keeps the name of the demo's file, which is iblint's own.
func (l *subjectLocations) redact(r *redact.Redactor, demo bool) {
	if l == nil {
		return
	}
	path := r.Path
	if demo {
		path = func(name string) string { return name }
	}
	for i, f := range l.files {
		named := nameLines{}
		for n, line := range f.names {
			n.account, n.region, n.name = r.Text(n.account), r.Text(n.region), r.Text(n.name)
			named[n] = line
		}
		l.files[i] = namingFile{path(f.name), named}
	}
	l.fallback.File = path(l.fallback.File)
}

// where returns the function that reports call to find a subject, or nil without locations.
func (l *subjectLocations) where() report.Locate {
	if l == nil {
		return nil
	}
	return l.locate
}

// anchor is the place in the working directory of subjects that only other files name.
func (l *subjectLocations) anchor() report.Location {
	if l == nil {
		return report.Location{}
	}
	return l.fallback
}

func (l *subjectLocations) addFiles(f *checkFlags) error {
	var authorization []string
	for _, name := range f.authorization {
		if id, file, ok := strings.Cut(name, "="); ok && account.IsAccountID(id) {
			name = file
		}
		authorization = append(authorization, name)
	}
	var configuration []string
	if name := f.scope.configFile(); name != "" {
		configuration = []string{name}
	}
	for _, kind := range []struct {
		files []string
		names func([]byte) nameLines
	}{
		{configuration, namesOfConfiguration},
		{f.scope.lifecyclePolicies, namesOfPlan},
		{f.scope.distributions, namesOfPlan},
		{f.recordings, namesOfRecording},
		{authorization, namesOfAuthorization},
	} {
		for _, file := range kind.files {
			name, ok := inWorkingDirectory(file)
			if info, err := os.Stat(file); !ok || err != nil || !info.Mode().IsRegular() { // a pipe cannot be read a second time
				continue
			}
			data, err := f.scope.inputs.ReadFile(file, nil, f.scope.maxInput.limit().Large())
			if err != nil {
				return err
			}
			l.add(name, kind.names(data))
		}
	}
	return nil
}

func (l *subjectLocations) add(name string, n nameLines) {
	l.files = append(l.files, namingFile{name, n})
	if l.fallback.File == "" {
		l.fallback = report.Location{File: name, Line: 1}
	}
}

// locate returns the line that names the subject, or else the line that names its account.
func (l *subjectLocations) locate(check string, s account.Subject) report.Location {
	if place, ok := l.code.Of(check, s); ok {
		name := place.File
		if path, ok := inWorkingDirectory(name); ok {
			name = path
		}
		return report.Location{File: name, Line: place.Line, Column: place.Column, Address: place.Address}
	}
	for _, names := range [][]subjectName{subjectNames(s), {{account: s.Account}}} {
		for _, f := range l.files {
			for _, n := range names {
				if line, ok := f.names[n]; ok {
					return report.Location{File: f.name, Line: line}
				}
			}
		}
	}
	return l.fallback
}

// inWorkingDirectory returns a file's path relative to the working directory, with
// slashes. It returns false for standard input and for files in other directories.
func inWorkingDirectory(name string) (path string, ok bool) {
	if name == "-" {
		return "", false
	}
	directory, err := os.Getwd()
	if err != nil {
		return "", false
	}
	absolute, err := filepath.Abs(name)
	if err != nil {
		return "", false
	}
	path, err = filepath.Rel(directory, absolute)
	if err != nil || !filepath.IsLocal(path) || path == "." {
		return "", false
	}
	return filepath.ToSlash(path), true
}

// anchor returns the path of the file that --sarif-anchor names, relative to the working
// directory.
func anchor(name string) (string, error) {
	path, ok := inWorkingDirectory(name)
	if !ok {
		return "", usage("--sarif-anchor %s: expected a file in the working directory", name)
	}
	info, err := os.Stat(name)
	var fault *fs.PathError
	if errors.As(err, &fault) {
		err = fault.Err // the message names the file already
	}
	switch {
	case err != nil:
		return "", usage("--sarif-anchor %s: cannot be read: %w", name, err)
	case !info.Mode().IsRegular():
		return "", usage("--sarif-anchor %s: expected a regular file", name)
	}
	return path, nil
}
