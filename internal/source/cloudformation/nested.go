package cloudformation

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/cloudformation"
)

// nestedTemplate is the template of a resource that creates a stack: a file beside the template
// of the resource. TemplateURL is the path of a file, as aws cloudformation package takes it, or
// a URL that ends in the name of the file; the CDK writes the file's path beside it.
func (r *reader) nestedTemplate(resource *cloudformation.Resource) (*cloudformation.Template, string) {
	v := values{resource.Properties}
	if body := v.in("TemplateBody"); body.given() {
		return inline(resource, body)
	}
	url := v.in("TemplateURL").text()
	parent := resource.Stack().Template().Name
	candidates := []string{resource.Asset}
	if !strings.Contains(url, "://") && !symbol.In(url) {
		candidates = append(candidates, url)
	}
	// The bucket is often a parameter, and the file the last part.
	if last := path.Base(url); strings.Contains(url, "/") && !symbol.In(last) {
		candidates = append(candidates, last)
	}
	for _, name := range candidates {
		if name == "" || filepath.IsAbs(name) {
			continue
		}
		t, why := r.beside(parent, filepath.FromSlash(name))
		if t != nil || why != "" {
			return t, why
		}
	}
	return nil, "the template " + symbol.Text(url) + " is not beside " + parent
}

// beside reads a template by its path from another one. It returns neither a template nor a
// reason if there is no such file in the tree.
func (r *reader) beside(parent, name string) (*cloudformation.Template, string) {
	file := filepath.Join(filepath.Dir(parent), name)
	tree := r.Tree
	if tree == "" {
		tree = filepath.Dir(parent)
	}
	if !inside(tree, file) {
		return nil, ""
	}
	t, err := r.template(file)
	switch {
	case err == nil:
		r.nested[filepath.Clean(file)] = true
		return t, ""
	case errors.Is(err, os.ErrNotExist):
		return nil, ""
	}
	return nil, err.Error()
}

// inside reports whether a file is in a tree, also after symbolic links.
func inside(tree, file string) bool {
	root, err := filepath.Abs(tree)
	if err != nil {
		return false
	}
	if root, err = filepath.EvalSymlinks(root); err != nil {
		return false
	}
	target, err := filepath.Abs(file)
	if err != nil {
		return false
	}
	if target, err = filepath.EvalSymlinks(target); err != nil {
		return false
	}
	rel, err := filepath.Rel(root, target)
	return err == nil && filepath.IsLocal(rel)
}

// inline is a template in a property. Its lines are those of the file if it is a block of YAML.
func inline(resource *cloudformation.Resource, body values) (*cloudformation.Template, string) {
	text := body.text()
	if symbol.In(text) || text == "" {
		return nil, "the TemplateBody is not known"
	}
	at := body.value.At
	if strings.Contains(text, "\n") {
		text = strings.Repeat("\n", at.Line) + text
	}
	t, err := cloudformation.Parse(at.File, []byte(text))
	if err != nil {
		return nil, "the TemplateBody cannot be read: " + err.Error()
	}
	return t, ""
}
