package lintcmd

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	evaluator "github.com/iblint/iblint/internal/cloudformation"
	"github.com/iblint/iblint/internal/source/cloudformation"
	"github.com/iblint/iblint/internal/source/declared"
)

// isTemplateName reports whether a file in a directory may be a template. A file that the user
// names itself may have any name.
func isTemplateName(name string) bool {
	return slices.Contains([]string{".yaml", ".yml", ".json", ".template", ".cfn"}, strings.ToLower(filepath.Ext(name)))
}

// template adds a file if it is a template. Found says that the user named a directory.
func (all *recognized) template(p givenPath, found bool) (is bool, err error) {
	info, err := os.Stat(p.path)
	if err != nil {
		return false, unreadablePath(p.path, err)
	}
	if limit := all.limit.Code(); info.Size() > limit.Bytes {
		head, err := headOf(p.path)
		if err != nil || !evaluator.Begins(head) {
			return false, err // a recording may be larger
		}
		return true, limit.Exceeded(p.path)
	}
	data, err := codeReader{limit: all.limit}.read(p.path) // any other file may be an output, such as the last report
	if err != nil {
		return false, err
	}
	t, err := evaluator.Parse(filepath.ToSlash(p.path), data)
	if errors.Is(err, evaluator.ErrOther) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	all.inputs.Protect(p.path)
	if !slices.ContainsFunc(all.templates, func(other cloudformation.Template) bool { return other.Path == p.path && other.Account == p.account }) {
		all.templates = append(all.templates, cloudformation.Template{Path: p.path, Account: p.account, Parsed: t, Found: found})
	}
	return true, nil
}

// assembly adds the stacks of a cloud assembly. The account of the path is that of stacks that name
// none.
func (all *recognized) assembly(p givenPath) error {
	templates, err := cloudformation.Assembly(p.path, all.read)
	if err != nil {
		return err
	}
	for _, t := range templates {
		if t.Account == "" {
			t.Account = p.account
		}
		all.templates = append(all.templates, t)
	}
	return nil
}

// readTemplates reads the templates of the run. Their account is the owner, and their Region that
// of the run, if they name none.
func (f *runFlags) readTemplates(owner, region string) (declared.Code, error) {
	parameters := map[string]string{}
	for _, name := range f.code.parameterFiles {
		data, err := f.scope.inputs.ReadFile(name, f.scope.stdin, f.scope.maxInput.limit().Small())
		if err != nil {
			return declared.Code{}, err
		}
		values, err := evaluator.ParseParameters(name, data)
		if err != nil {
			return declared.Code{}, err
		}
		for key, value := range values {
			parameters[key] = value
		}
	}
	for _, given := range f.code.parameters {
		key, value, ok := strings.Cut(given, "=")
		if !ok || key == "" {
			return declared.Code{}, usage("--parameter %q: write KEY=VALUE", given)
		}
		parameters[key] = value
	}
	code := cloudformation.Code{
		Templates: slices.Clone(f.code.templates), Parameters: parameters, ReadFile: f.codeReader().read, Limit: f.scope.maxInput.limit(),
	}
	for i := range code.Templates {
		t := &code.Templates[i]
		if t.Account == "" {
			t.Account = owner
		}
		if t.Region == "" {
			t.Region = region
		}
	}
	f.code.deployed = code
	all, stacks, err := code.Read()
	if err != nil {
		return declared.Code{}, err
	}
	for _, given := range f.code.parameters {
		if key := variableName(given); slices.Contains(code.Undeclared(stacks), key) {
			return declared.Code{}, usage("--parameter %s: no template declares this parameter", key)
		}
	}
	return all, nil
}
