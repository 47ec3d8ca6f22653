package cloudformation

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/iblint/iblint/internal/cloudformation"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/internal/source/declared"
)

// reader reads the templates of Code, each once, and deploys them.
type reader struct {
	Code
	parsed map[string]*cloudformation.Template // by path
	failed map[string]error
	nested map[string]bool // paths of templates that stacks of others nest
}

func newReader(c Code) *reader {
	return &reader{Code: c, parsed: map[string]*cloudformation.Template{}, failed: map[string]error{}, nested: map[string]bool{}}
}

// deploy returns the stacks of templates, with those that they nest and those of stack sets.
func (r *reader) deploy(templates []Template) ([]*cloudformation.Stack, error) {
	set := cloudformation.NewSet()
	var work []*cloudformation.Stack
	for _, t := range templates {
		template := t.Parsed
		if template == nil {
			var err error
			if template, err = r.template(t.Path); err != nil {
				return nil, err
			}
		}
		o := r.options(t.target(), r.Parameters)
		o.Name, o.StackName = name(templates, t), t.StackName
		work = append(work, set.Add(template, o))
	}
	for i := 0; i < len(work); i++ {
		more, err := r.inside(set, work[i])
		if err != nil {
			return nil, err
		}
		work = append(work, more...)
	}
	return work, nil
}

// options are what a stack is deployed with.
func (r *reader) options(t target, parameters map[string]string) cloudformation.Options {
	return cloudformation.Options{
		Account: t.account, Region: t.region, Partition: t.partition, URLSuffix: declared.DNSSuffix(t.partition),
		Parameters: parameters, Compute: compute, Nested: r.nestedTemplate,
	}
}

// name distinguishes stacks in the names of symbols, if there are several.
func name(templates []Template, t Template) string {
	if len(templates) == 1 {
		return ""
	}
	named := func(other Template) bool { return other.Path != t.Path && other.StackName == t.StackName }
	if t.StackName != "" && !slices.ContainsFunc(templates, named) {
		return t.StackName
	}
	short := func(path string) string {
		base := filepath.Base(path)
		return cmp.Or(base[:len(base)-len(filepath.Ext(base))], base)
	}
	alike := func(other Template) bool { return other.Path != t.Path && short(other.Path) == short(t.Path) }
	if slices.ContainsFunc(templates, alike) {
		return filepath.ToSlash(t.Path)
	}
	return short(t.Path)
}

// template reads a template that the user named.
func (r *reader) template(path string) (*cloudformation.Template, error) {
	if t, err := r.parsed[path], r.failed[path]; t != nil || err != nil {
		return t, err
	}
	t, err := r.parse(path)
	if err != nil {
		r.failed[path] = err
		return nil, err
	}
	r.parsed[path] = t
	return t, nil
}

func (r *reader) parse(path string) (*cloudformation.Template, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, unreadable(path, err)
	case !info.Mode().IsRegular():
		return nil, &source.InputError{Err: fmt.Errorf("%s: is no regular file", path)}
	case info.Size() > r.Limit.Code().Bytes:
		return nil, r.Limit.Code().Exceeded(path)
	}
	read := os.ReadFile
	if r.ReadFile != nil {
		read = r.ReadFile
	}
	data, err := read(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	t, err := cloudformation.Parse(path, data)
	if errors.Is(err, cloudformation.ErrOther) {
		return nil, &source.InputError{Err: fmt.Errorf("%s: is no CloudFormation template; expected Resources with types such as AWS::IAM::Role", path)}
	}
	return t, err
}

func unreadable(path string, err error) error {
	var input *source.InputError
	if errors.As(err, &input) {
		return err
	}
	var fault *os.PathError
	if errors.As(err, &fault) {
		err = fault.Err // the message names the path already
	}
	return &source.InputError{Err: fmt.Errorf("%s: cannot be read: %w", path, err)}
}

// withoutNested are the templates without those that were found, and that others nest.
func (r *reader) withoutNested(templates []Template) (left []Template) {
	for _, t := range templates {
		if !t.Found || !r.nested[filepath.Clean(t.Path)] {
			left = append(left, t)
		}
	}
	if len(left) == 0 { // templates that nest each other
		return templates
	}
	return left
}
