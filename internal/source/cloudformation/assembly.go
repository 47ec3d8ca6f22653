package cloudformation

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/internal/source/declared"
)

// manifestFile describes a cloud assembly, the output of cdk synth.
const manifestFile = "manifest.json"

// maxNestedAssemblies bounds the assemblies in assemblies: a stage is in a stage.
const maxNestedAssemblies = 20

// manifest is manifest.json of a cloud assembly (AWS CDK, cloud-assembly-schema).
type manifest struct {
	Version   string              `json:"version"`
	Artifacts map[string]artifact `json:"artifacts"`
}

type artifact struct {
	Type        string `json:"type"`
	Environment string `json:"environment"` // aws://ACCOUNT/REGION
	Properties  struct {
		TemplateFile  string `json:"templateFile"`
		StackName     string `json:"stackName"`
		DirectoryName string `json:"directoryName"`
	} `json:"properties"`
	Metadata     map[string][]metadata `json:"metadata"`
	MetadataFile string                `json:"additionalMetadataFile"`
}

// metadata is what the CDK notes about a construct. Stack traces of the source are innermost first.
// Newer versions note them as the data of an entry aws:cdk:creationStack, older ones, if they are
// asked to, as the trace of another entry.
type metadata struct {
	Type  string          `json:"type"`
	Data  json.RawMessage `json:"data"`
	Trace []string        `json:"trace"`
}

// IsAssembly reports whether a directory is a cloud assembly.
func IsAssembly(dir string) bool {
	m, err := readManifest(dir, os.ReadFile)
	return err == nil && m.Version != "" && m.Artifacts != nil
}

// Assembly returns the templates of a cloud assembly and of those nested in it, with the account
// and the Region that they are deployed to. It reads files with read, as ReadFile of Code. Errors
// are *source.InputError.
func Assembly(dir string, read func(string) ([]byte, error)) ([]Template, error) {
	return assembly(dir, 0, read)
}

func assembly(dir string, depth int, read func(string) ([]byte, error)) (all []Template, err error) {
	if depth > maxNestedAssemblies {
		return nil, &source.InputError{Err: fmt.Errorf("%s: assemblies are nested more than %d levels deep", dir, maxNestedAssemblies)}
	}
	m, err := readManifest(dir, read)
	if err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(m.Artifacts)) {
		a := m.Artifacts[id]
		switch a.Type {
		case "aws:cloudformation:stack":
			t, err := a.template(dir, id, read)
			if err != nil {
				return nil, err
			}
			all = append(all, t)
		case "cdk:cloud-assembly":
			nested, err := below(dir, id, a.Properties.DirectoryName)
			if err != nil {
				return nil, err
			}
			more, err := assembly(nested, depth+1, read)
			if err != nil {
				return nil, err
			}
			all = append(all, more...)
		}
	}
	return all, nil
}

// template is the template of a stack.
func (a artifact) template(dir, id string, read func(string) ([]byte, error)) (Template, error) {
	path, err := below(dir, id, a.Properties.TemplateFile)
	if err != nil {
		return Template{}, err
	}
	t := Template{Path: path, StackName: a.Properties.StackName, Generated: true, Written: a.written(dir, read)}
	if t.StackName == "" {
		t.StackName = id
	}
	// The CDK writes unknown-account and unknown-region for a stack without an environment.
	id, region, _ := strings.Cut(strings.TrimPrefix(a.Environment, "aws://"), "/")
	if account.IsAccountID(id) {
		t.Account = id
	}
	if account.IsRegion(region) {
		t.Region = region
	}
	return t, nil
}

// below is the path of a file or a directory in an assembly.
func below(dir, id, name string) (string, error) {
	if name == "" || !filepath.IsLocal(filepath.FromSlash(name)) {
		return "", &source.InputError{Err: fmt.Errorf("%s: the artifact %q names %q, which is no file in the assembly; run cdk synth again", filepath.Join(dir, manifestFile), id, name)}
	}
	return filepath.Join(dir, filepath.FromSlash(name)), nil
}

// written is where the source declares the constructs of a stack and of those nested in it, by
// construct path. The CDK notes it in the manifest, or in a file of its own.
func (a artifact) written(dir string, read func(string) ([]byte, error)) map[string]declared.Place {
	all := maps.Clone(a.Metadata)
	if a.MetadataFile != "" && filepath.IsLocal(filepath.FromSlash(a.MetadataFile)) {
		var more map[string][]metadata
		if data, err := readSmall(filepath.Join(dir, filepath.FromSlash(a.MetadataFile)), read); err == nil && json.Unmarshal(data, &more) == nil {
			all = more
		}
	}
	places := map[string]declared.Place{}
	for path, entries := range all {
		for _, e := range entries {
			if at, ok := sourceOf(e.trace()); ok {
				places[strings.TrimPrefix(path, "/")] = at
				break
			}
		}
	}
	return places
}

// trace is the stack trace in an entry, if it has one.
func (m metadata) trace() []string {
	var trace []string
	if m.Type == "aws:cdk:creationStack" && json.Unmarshal(m.Data, &trace) == nil {
		return trace
	}
	return m.Trace
}

// frame is a line of a stack trace of Node.js, such as "at new Images (/home/me/lib/images.ts:12:5)".
var frame = lazyregexp.New(`\(?([^()\s][^()]*):([0-9]+):([0-9]+)\)?$`)

// sourceOf is the innermost line of the user's own source: not of a library, and not of Node.js.
func sourceOf(trace []string) (declared.Place, bool) {
	for _, line := range trace {
		m := frame().FindStringSubmatch(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "at ")))
		if m == nil || strings.Contains(m[1], "node_modules") || strings.HasPrefix(m[1], "node:") || strings.HasPrefix(m[1], "internal/") {
			continue
		}
		number, _ := strconv.Atoi(m[2])
		column, _ := strconv.Atoi(m[3])
		return declared.Place{File: filepath.ToSlash(m[1]), Line: number, Column: column}, true
	}
	return declared.Place{}, false
}

func readManifest(dir string, read func(string) ([]byte, error)) (manifest, error) {
	name := filepath.Join(dir, manifestFile)
	data, err := readSmall(name, read)
	if err != nil {
		return manifest{}, unreadable(name, err)
	}
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return manifest{}, &source.InputError{Err: fmt.Errorf("%s: is no manifest of a cloud assembly: %w; run cdk synth again", name, err)}
	}
	return m, nil
}

// readSmall reads a regular file of the assembly.
func readSmall(name string, read func(string) ([]byte, error)) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("is no regular file")}
	case info.Size() > source.Code:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fmt.Errorf("is larger than %d MiB", source.Code>>20)}
	}
	return read(name)
}
