package lintcmd

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/internal/source/cloudformation"
	"github.com/iblint/iblint/internal/source/terraform"
	evaluator "github.com/iblint/iblint/internal/terraform"
)

// givenPath is a PATH of the command line or of the configuration.
type givenPath struct {
	text    string // as given
	account string // empty: not given
	path    string
}

var digits = lazyregexp.New(`^[0-9]+$`)

// parsePath parses PATH or ACCOUNT=PATH.
func parsePath(text string) (givenPath, error) {
	id, path, ok := strings.Cut(text, "=")
	switch {
	case !ok || !digits().MatchString(id):
		return givenPath{text: text, path: text}, nil
	case !account.IsAccountID(id):
		return givenPath{}, notAnAccountID("the path", text, id)
	case path == "":
		return givenPath{}, usage("%s: expected ACCOUNT=PATH", text)
	}
	return givenPath{text, id, path}, nil
}

// recognized is what the paths hold.
type recognized struct {
	codeReader
	roots         []root // Terraform root modules
	templates     []cloudformation.Template
	plans         []planPath
	recordings    []string // as --recorded takes them
	authorization []string // as --authorization-details takes them
}

// codeReader reads the files of code. They are inputs of the run: no output overwrites them.
type codeReader struct {
	inputs *source.Inputs
	limit  source.Limit
}

func (f *runFlags) codeReader() codeReader {
	return codeReader{f.scope.inputs, f.scope.maxInput.limit()}
}

func (r codeReader) read(name string) ([]byte, error) {
	return r.inputs.ReadBytes(name, nil, r.limit.Code())
}

// options are how a Terraform configuration below a directory is read.
func (r codeReader) options(tree string) evaluator.Options {
	return evaluator.Options{Tree: repositoryOf(tree), ReadFile: r.read, MaxFile: r.limit}
}

// root is the directory of a Terraform root module.
type root struct {
	directory string
	tree      string // the directory of the path
	account   string // that the path names; empty: none
}

// lookedFor is what a path can hold, for errors.
const lookedFor = "Terraform configurations (*.tf), plans and states (terraform show -json), CloudFormation and SAM templates, output of cdk synth, recordings by iblint snapshot, and output of aws iam get-account-authorization-details"

// recognize finds out by their content what the paths hold.
func recognize(paths []string, reader codeReader) (recognized, error) {
	all := recognized{codeReader: reader}
	for _, text := range paths {
		p, err := parsePath(text)
		if err != nil {
			return all, err
		}
		if p.path == "" {
			return all, usage("a path is empty; name a file or a directory")
		}
		info, err := os.Stat(p.path)
		if err != nil {
			return all, unreadablePath(p.path, err)
		}
		switch {
		case info.IsDir():
			err = all.directory(p)
		case info.Mode().IsRegular():
			err = all.file(p)
		default:
			err = usage("%s: is neither a regular file nor a directory", p.path)
		}
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

func unreadablePath(path string, err error) error {
	var fault *fs.PathError
	if errors.As(err, &fault) {
		err = fault.Err // the message names the path already
	}
	return usage("%s: cannot be read: %w", path, err)
}

// file adds a file.
func (all *recognized) file(p givenPath) error {
	if isTerraform(p.path) {
		all.add(root{filepath.Dir(p.path), filepath.Dir(p.path), p.account})
		return nil
	}
	if is, err := all.plan(p, false); is || err != nil {
		return err
	}
	if is, err := all.template(p, false); is || err != nil {
		return err
	}
	if dir := filepath.Dir(p.path); filepath.Base(p.path) == "manifest.json" && cloudformation.IsAssembly(dir) {
		return all.assembly(givenPath{p.text, p.account, dir})
	}
	switch kind, err := contentOf(p.path); {
	case err != nil:
		return err
	case kind == aRecording:
		return all.recording(p)
	case kind == authorizationDetails && p.account != "":
		all.authorization = append(all.authorization, p.text)
	case kind == authorizationDetails:
		all.authorization = append(all.authorization, p.path)
	default:
		return usage("%s: it is none of these: %s", p.path, lookedFor)
	}
	return nil
}

func (all *recognized) recording(p givenPath) error {
	if p.account != "" {
		return usage("%s: a recording says itself which accounts it is of; write %s", p.text, p.path)
	}
	all.recordings = append(all.recordings, p.path)
	return nil
}

// answers adds a directory without code. It holds the parts of one recording, or also output of
// aws iam get-account-authorization-details.
func (all *recognized) answers(p givenPath) error {
	entries, err := os.ReadDir(p.path)
	if err != nil {
		return unreadablePath(p.path, err)
	}
	var recordings, details []givenPath
	for _, e := range entries {
		file := givenPath{p.text, p.account, filepath.Join(p.path, e.Name())}
		if info, err := os.Stat(file.path); filepath.Ext(file.path) != ".json" || err != nil || !info.Mode().IsRegular() {
			continue
		}
		switch kind, err := contentOf(file.path); {
		case err != nil:
			return err
		case kind == aRecording:
			recordings = append(recordings, file)
		case kind == authorizationDetails:
			details = append(details, file)
		}
	}
	switch {
	case len(recordings)+len(details) == 0:
		return usage("%s: it holds none of these: %s", p.path, lookedFor)
	case len(details) == 0:
		return all.recording(p)
	}
	for _, file := range details {
		if p.account != "" {
			file.path = p.account + "=" + file.path
		}
		all.authorization = append(all.authorization, file.path)
	}
	for _, file := range recordings {
		if err := all.recording(file); err != nil {
			return err
		}
	}
	return nil
}

func (all *recognized) add(r root) {
	if !slices.Contains(all.roots, r) {
		all.roots = append(all.roots, r)
	}
}

// isTerraform reports whether a file is a part of a Terraform or OpenTofu configuration.
func isTerraform(name string) bool {
	return slices.ContainsFunc([]string{".tf", ".tf.json", ".tofu", ".tofu.json"}, func(suffix string) bool { return strings.HasSuffix(name, suffix) })
}

type content int

const (
	nothingKnown content = iota
	aRecording
	authorizationDetails
)

// contentOf says what a JSON file is, by the names of its members.
func contentOf(path string) (content, error) {
	f, err := os.Open(path)
	if err != nil {
		return nothingKnown, unreadablePath(path, err)
	}
	defer func() { _ = f.Close() }() // it was only read
	scan := make([]byte, 1<<20)
	n, err := f.Read(scan)
	if err != nil && n == 0 {
		return nothingKnown, nil // an empty file
	}
	head := scan[:n]
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) { // UTF-16
		head = bytes.ReplaceAll(head[2:], []byte{0}, nil)
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	switch {
	case !bytes.HasPrefix(head, []byte("{")):
	case slices.ContainsFunc([]string{`"RoleDetailList"`, `"UserDetailList"`, `"GroupDetailList"`}, func(name string) bool { return bytes.Contains(head, []byte(name)) }):
		return authorizationDetails, nil
	case bytes.Contains(head, []byte(`"schemaVersion"`)) || bytes.Contains(head, []byte(`"accounts"`)) || bytes.Contains(head, []byte(`"owners"`)):
		return aRecording, nil
	}
	return nothingKnown, nil
}

// directory adds the root modules in a directory: itself if it holds a module, else each module
// below it that no other one calls, and each template below it.
func (all *recognized) directory(p givenPath) error {
	if cloudformation.IsAssembly(p.path) {
		return all.assembly(p)
	}
	switch has, err := hasModule(p.path); {
	case err != nil:
		return unreadablePath(p.path, err)
	case has:
		all.add(root{p.path, p.path, p.account})
		return nil
	}
	modules, templates, assemblies, err := below(p.path)
	if err != nil {
		return err
	}
	found := len(modules)+len(assemblies) > 0
	for _, path := range assemblies {
		if err := all.assembly(givenPath{p.text, p.account, path}); err != nil {
			return err
		}
	}
	for _, path := range templates {
		is, err := all.template(givenPath{p.text, p.account, path}, true)
		if err != nil {
			return err
		}
		found = found || is
	}
	for _, path := range templates {
		if found {
			break // plans and states of code that is given, too
		}
		if found, err = all.plan(givenPath{p.text, p.account, path}, true); err != nil {
			return err
		}
	}
	if !found {
		return all.answers(p)
	}
	called := terraform.Called(modules, all.options(p.path))
	before := len(all.roots)
	for _, dir := range modules {
		if !called[filepath.Clean(dir)] {
			all.add(root{dir, p.path, p.account})
		}
	}
	if len(all.roots) == before && len(modules) > 0 { // modules that call each other
		all.add(root{modules[0], p.path, p.account})
	}
	return nil
}

// below are the directories with modules below a directory, the files that may be templates, and
// the cloud assemblies. Directories of tools are left out.
func below(dir string) (modules, templates, assemblies []string, err error) {
	// os.DirFS also walks a directory that is a symbolic link itself.
	err = fs.WalkDir(os.DirFS(dir), ".", func(name string, entry fs.DirEntry, err error) error {
		path := filepath.Join(dir, filepath.FromSlash(name))
		switch {
		case err != nil:
			return unreadablePath(path, err)
		case !entry.IsDir():
			switch {
			case isTerraform(path):
				modules = append(modules, filepath.Dir(path))
			case isTemplateName(path) && entry.Type().IsRegular():
				templates = append(templates, path)
			}
			return nil
		case name != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules"):
			return filepath.SkipDir
		case name != "." && cloudformation.IsAssembly(path):
			assemblies = append(assemblies, path)
			return filepath.SkipDir
		}
		return nil
	})
	slices.Sort(modules)
	return slices.Compact(modules), templates, assemblies, err
}

func hasModule(dir string) (bool, error) {
	entries, err := os.ReadDir(dir)
	return slices.ContainsFunc(entries, isSource), err
}

func isSource(e fs.DirEntry) bool { return !e.IsDir() && isTerraform(e.Name()) }

// firstFile is the first source file of a module; empty: it cannot be read.
func firstFile(dir string) string {
	entries, _ := os.ReadDir(dir) // in the order of the names
	i := slices.IndexFunc(entries, isSource)
	if i < 0 {
		return ""
	}
	return filepath.Join(dir, entries[i].Name())
}
