package terraform

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"github.com/iblint/iblint/internal/source"
)

// files reads regular files and directories inside one tree, and counts what it reads.
type files struct {
	fsys     fs.FS // nil: the disk
	readFile func(string) ([]byte, error)
	tree     string   // resolved
	modules  []string // outside of the tree, resolved
	read     map[string][]byte
	names    []string
	bytes    int64
	tokens   int64

	maxFiles  int
	maxFile   source.Limit
	maxBytes  int64
	maxTokens int64
}

// anywhere is the tree that everything is in.
const anywhere = "."

func newFiles(dir string, o Options) (*files, error) {
	f := &files{
		fsys:      o.FS,
		readFile:  o.ReadFile,
		read:      map[string][]byte{},
		maxFiles:  cmp.Or(o.MaxFiles, defaultFiles),
		maxFile:   o.MaxFile.Code(),
		maxBytes:  cmp.Or(o.MaxBytes, max(defaultBytes, o.MaxFile.Bytes)),
		maxTokens: cmp.Or(o.MaxTokens, max(defaultTokens, o.MaxFile.Bytes-source.Code)),
	}
	if f.readFile == nil {
		f.readFile = os.ReadFile
	}
	tree, err := f.resolve(cmp.Or(o.Tree, dir))
	if err != nil {
		return nil, unreadable(cmp.Or(o.Tree, dir), err)
	}
	f.tree = tree
	return f, nil
}

// unreadable is the error of a file or directory that cannot be read.
func unreadable(name string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return fatal(hcl.Range{}, "%s: cannot be read: %v", name, err)
}

var (
	errOutside    = errors.New("is outside of the tree that may be read")
	errLarge      = errors.New("is larger than files that are read")
	errNotRegular = errors.New("is not a regular file")
)

// join adds a relative name to a directory.
func (f *files) join(dir, name string) string {
	if f.fsys != nil {
		if path.IsAbs(name) {
			return path.Clean(name)
		}
		return path.Join(dir, name)
	}
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(dir, name)
}

// relative returns the name of a directory below another one.
func (f *files) relative(base, dir string) string {
	rel, err := filepath.Rel(base, dir)
	if err != nil {
		return dir
	}
	return filepath.ToSlash(rel)
}

// resolve returns the name of a file or directory without symbolic links.
func (f *files) resolve(name string) (string, error) {
	if f.fsys != nil {
		clean := path.Clean(name)
		if _, err := fs.Stat(f.fsys, clean); err != nil {
			return "", err
		}
		return clean, nil
	}
	real, err := filepath.EvalSymlinks(name)
	if err != nil {
		return "", err
	}
	return filepath.Abs(real)
}

// inside resolves a name and refuses what is not in the tree.
func (f *files) inside(name string) (string, error) {
	real, err := f.resolve(name)
	if err != nil {
		return "", err
	}
	if f.tree == anywhere || below(f.tree, real) || slices.ContainsFunc(f.modules, func(dir string) bool { return below(dir, real) }) {
		return real, nil
	}
	return "", errOutside
}

// below reports whether a resolved name is that of a directory or of something in it.
func below(dir, name string) bool {
	separator := string(filepath.Separator)
	return name == dir || strings.HasPrefix(name, strings.TrimSuffix(dir, separator)+separator)
}

// admit lets the directory of a module outside of the tree be read, if code calls it by its name,
// and not through a symbolic link, and if it has code.
func (f *files) admit(name string) error {
	real, err := f.resolve(name)
	if err != nil || f.fsys != nil {
		return cmp.Or(err, errOutside)
	}
	if named, err := filepath.Abs(name); err != nil || below(f.tree, named) {
		return errOutside // a symbolic link leads out of the tree
	}
	entries, err := os.ReadDir(real)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { code, _ := isCode(e.Name()); return code && e.Type().IsRegular() }) {
		return errOutside
	}
	f.modules = append(f.modules, real)
	return nil
}

// content reads a file. The error of a file that is too large is fatal.
func (f *files) content(name string) ([]byte, error) {
	real, err := f.inside(name)
	if err != nil {
		return nil, err
	}
	if data, ok := f.read[real]; ok {
		return data, nil
	}
	var info fs.FileInfo
	if f.fsys != nil {
		info, err = fs.Stat(f.fsys, real)
	} else {
		info, err = os.Stat(real)
	}
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errNotRegular
	case info.Size() > f.maxFile.Bytes:
		return nil, errLarge
	case f.bytes+info.Size() > f.maxBytes:
		return nil, fatal(hcl.Range{}, "%s: the configuration is larger than %d bytes; evaluate a part of it", name, f.maxBytes)
	case len(f.names) >= f.maxFiles:
		return nil, fatal(hcl.Range{}, "%s: the configuration has more than %d files; evaluate a part of it", name, f.maxFiles)
	}
	var data []byte
	if f.fsys != nil {
		data, err = fs.ReadFile(f.fsys, real)
	} else {
		data, err = f.readFile(name)
	}
	if err != nil {
		return nil, err
	}
	f.bytes += int64(len(data))
	f.read[real] = data
	f.names = append(f.names, name)
	return data, nil
}

// code reads a source file, which must be UTF-8.
func (f *files) code(name string) ([]byte, error) {
	data, err := f.content(name)
	if err != nil {
		var own *failure
		var input *source.InputError
		switch {
		case errors.Is(err, errLarge):
			return nil, f.maxFile.Exceeded(name)
		case errors.As(err, &own), errors.As(err, &input):
			return nil, err
		}
		return nil, unreadable(name, err)
	}
	if f.tokens += countTokens(data); f.tokens > f.maxTokens {
		raise := ""
		if f.maxFile.Flag != "" {
			raise = ", or raise the limit with " + f.maxFile.Flag
		}
		return nil, fatal(hcl.Range{}, "%s: the configuration has more than %d words and signs; evaluate a part of it%s", name, f.maxTokens, raise)
	}
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	if !utf8.Valid(data) {
		at := 1 + bytes.Count(data[:invalidAt(data)], []byte("\n"))
		return nil, fatal(hcl.Range{Filename: name, Start: hcl.Pos{Line: at}}, "is not UTF-8; save the file as UTF-8")
	}
	return data, nil
}

// codeAnywhere is code for a file that the user names, which may be outside of the tree.
func (f *files) codeAnywhere(name string) ([]byte, error) {
	tree := f.tree
	defer func() { f.tree = tree }()
	f.tree = anywhere
	return f.code(name)
}

func invalidAt(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(data)
}

// list returns the names in a directory in order.
func (f *files) list(dir string) ([]fs.DirEntry, error) {
	real, err := f.inside(dir)
	if err != nil {
		return nil, err
	}
	var entries []fs.DirEntry
	if f.fsys != nil {
		entries, err = fs.ReadDir(f.fsys, real)
	} else {
		entries, err = os.ReadDir(real)
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return entries, err
}

// isDir reports whether a directory is in the tree.
func (f *files) isDir(dir string) error {
	real, err := f.inside(dir)
	if err != nil {
		return err
	}
	var info fs.FileInfo
	if f.fsys != nil {
		info, err = fs.Stat(f.fsys, real)
	} else {
		info, err = os.Stat(real)
	}
	if err == nil && !info.IsDir() {
		return errors.New("is not a directory")
	}
	return err
}
