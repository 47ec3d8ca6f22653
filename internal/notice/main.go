// Command notice writes what iblint owes to the modules that it is made of. Without
// arguments it prints the list for NOTICE; with "texts" it prints the licence texts,
// which every release has to contain.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/licensecheck"

	"github.com/iblint/iblint/internal/lazyregexp"
)

// allowed are the licences that a dependency may have: the permissive ones, and the
// Mozilla Public License, whose copyleft ends at its own files.
var allowed = []string{"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MPL-2.0", "Unicode-DFS-2016"}

// platforms are those that releases are built for. Some modules are linked on one only.
var platforms = []string{"linux", "darwin", "windows"}

// tags select every test of the repository.
const tags = "emulator,oracle,chromium,schemas,moto"

// module is a dependency with the licence files that apply to what is used of it.
type module struct {
	path  string
	files map[string][]byte // by their names in the module
}

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "notice: "+err.Error())
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	linked, err := inProgram()
	if err != nil {
		return err
	}
	if len(args) == 1 && args[0] == "texts" {
		return texts(out, linked)
	}
	tests, err := dependencies("linux", "-test", "-tags", tags, "./...")
	if err != nil {
		return err
	}
	list, err := list(linked, tests)
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, list)
	return err
}

// inProgram returns what is linked into iblint on some platform.
func inProgram() (map[string]*module, error) {
	all := map[string]*module{}
	for _, platform := range platforms {
		found, err := dependencies(platform, "./cmd/iblint")
		if err != nil {
			return nil, err
		}
		for path, m := range found {
			if all[path] == nil {
				all[path] = m
			}
			maps.Copy(all[path].files, m.files)
		}
	}
	return all, nil
}

// dependencies asks the go command for the modules of packages, the standard library included.
func dependencies(platform string, arguments ...string) (map[string]*module, error) {
	c := exec.Command("go", append([]string{"list", "-deps", "-json=Dir,Root,Standard,Module"}, arguments...)...)
	c.Env = append(os.Environ(), "GOOS="+platform, "CGO_ENABLED=0")
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", c, err, errs.String())
	}
	found := map[string]*module{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var pkg struct {
			Dir, Root string
			Standard  bool
			Module    *struct {
				Path, Dir string
				Main      bool
			}
		}
		if err := decoder.Decode(&pkg); errors.Is(err, io.EOF) {
			return found, nil
		} else if err != nil {
			return nil, err
		}
		path, root, dir := "Go standard library", pkg.Root, pkg.Root
		switch {
		case pkg.Standard: // below its root are licences of parts that only other builds contain
		case pkg.Module == nil || pkg.Module.Main:
			continue
		default:
			path, root, dir = pkg.Module.Path, pkg.Module.Dir, pkg.Dir
		}
		if found[path] == nil {
			found[path] = &module{path, map[string][]byte{}}
		}
		if err := found[path].read(root, dir); err != nil {
			return nil, err
		}
	}
}

var licenceFile = lazyregexp.New(`(?i)^(licen[cs]e|copying|notice|patents)([-._].*)?$`)

// read adds the licence files between the root of a module and one of its packages.
func (m *module) read(root, dir string) error {
	for ; ; dir = filepath.Dir(dir) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.IsDir() || !licenceFile().MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".go") {
				continue
			}
			name, err := filepath.Rel(root, filepath.Join(dir, e.Name()))
			if err != nil {
				return err
			}
			if m.files[name], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
		if dir == root || len(dir) <= len(root) {
			return nil
		}
	}
}

// licences returns the SPDX identifiers of what the module's files say, or an error if
// it has no licence or one that is not allowed.
func (m *module) licences() (string, error) {
	ids := map[string]bool{}
	for name, text := range m.files {
		for _, match := range licensecheck.Scan(text).Match {
			if match.IsURL {
				continue // a reference to a licence, such as in a NOTICE
			}
			id := strings.TrimSuffix(match.ID, "-Header")
			if id == "GooglePatentsFile" || id == "GooglePatentClause" {
				continue // a grant in addition to the licence
			}
			if !slices.Contains(allowed, id) {
				return "", fmt.Errorf("%s: %s has the licence %s, which is not allowed", m.path, name, id)
			}
			ids[id] = true
		}
	}
	if len(ids) == 0 {
		return "", fmt.Errorf("%s: no licence was recognized", m.path)
	}
	return strings.Join(slices.Sorted(maps.Keys(ids)), " AND "), nil
}

func sorted(modules map[string]*module) []*module {
	return slices.SortedFunc(maps.Values(modules), func(a, b *module) int { return cmp.Compare(a.path, b.path) })
}

// list returns the list for NOTICE. It has no versions, so that an update alone does not change it.
func list(linked, tests map[string]*module) (string, error) {
	var b strings.Builder
	b.WriteString("The program contains these modules; a release has the texts of their licences in THIRD-PARTY-LICENSES:\n\n")
	var failed []error
	write := func(m *module) {
		ids, err := m.licences()
		failed = append(failed, err)
		fmt.Fprintf(&b, "  %s: %s\n", m.path, ids)
	}
	for _, m := range sorted(linked) {
		write(m)
	}
	b.WriteString("\nOnly the tests and tools of the repository use these:\n\n")
	for _, m := range sorted(tests) {
		if linked[m.path] == nil {
			write(m)
		}
	}
	return b.String(), errors.Join(failed...)
}

// texts writes the licence files of all modules.
func texts(out io.Writer, linked map[string]*module) error {
	for _, m := range sorted(linked) {
		for _, name := range slices.Sorted(maps.Keys(m.files)) {
			if _, err := fmt.Fprintf(out, "==== %s: %s ====\n\n%s\n\n", m.path, filepath.ToSlash(name), bytes.TrimSpace(m.files[name])); err != nil {
				return err
			}
		}
	}
	return nil
}
