package terraform

import (
	"encoding/base64"
	"errors"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// try is the first argument that can be evaluated. If one of them may fail, because of a value
// that is not known, the result is not known, unless all candidates are equal.
func (c *callSite) try() (cty.Value, error) {
	if len(c.x.Args) == 0 {
		return cty.NilVal, fatal(c.x.NameRange, "function try needs at least one argument")
	}
	e := c.e
	before := e.mayFail
	var candidates []cty.Value
	var last error
	for _, x := range c.x.Args {
		start := e.mayFail
		e.trying++
		v, err := e.eval(x, c.s)
		e.trying--
		if err != nil {
			if _, ok := soft(err); !ok {
				return cty.NilVal, err
			}
			last = err
			continue
		}
		if _, err := e.built(v, x.Range()); err != nil {
			return cty.NilVal, err
		}
		candidates = append(candidates, v)
		if e.mayFail == start {
			e.mayFail = before // the last candidate is certain
			break
		}
	}
	if len(candidates) == 0 {
		return cty.NilVal, last
	}
	for _, v := range candidates[1:] {
		if equal(candidates[0], v) != yes {
			return c.uncertain("try", candidates), nil
		}
	}
	if e.mayFail != before && !hasSymbol(candidates[0]) {
		return candidates[0], nil // Terraform would refuse all others
	}
	return candidates[0], nil
}

func (c *callSite) can() (cty.Value, error) {
	if len(c.x.Args) != 1 {
		return cty.NilVal, fatal(c.x.NameRange, "function can needs one argument")
	}
	e := c.e
	before := e.mayFail
	e.trying++
	v, err := e.eval(c.x.Args[0], c.s)
	e.trying--
	may := e.mayFail != before
	e.mayFail = before
	switch {
	case err != nil:
		if _, ok := soft(err); !ok {
			return cty.NilVal, err
		}
		return cty.False, nil
	case may:
		return e.typed(c.uncertain("can", []cty.Value{v}), cty.Bool), nil
	}
	return cty.True, nil
}

// uncertain is derived for arguments that may have no symbols.
func (c *callSite) uncertain(name string, args []cty.Value) cty.Value {
	for _, a := range args {
		if hasSymbol(a) {
			return derived(name, args...)
		}
	}
	return c.e.opaque(c.x.Range(), c.s, "depends on a value that is not known"+at(c.x.NameRange))
}

// oneText evaluates the first argument as a file name. The value is NilVal if it is known.
func (c *callSite) oneText(args []cty.Value) (string, cty.Value, error) {
	if len(args) == 0 {
		return "", cty.NilVal, fatal(c.x.NameRange, "function %s needs an argument", c.name)
	}
	if hasSymbol(args[0]) {
		return "", c.unknown(cty.String, args...), nil
	}
	name, err := text(args[0], c.x.Range())
	return name, cty.NilVal, err
}

// locate returns the name of a file that a function reads.
func (c *callSite) locate(name string) string { return c.e.files.join(c.e.root, name) }

// unreadableFile is the result of reading a file that is not there: it may be written before
// terraform runs. try sees a failure.
func (c *callSite) unreadableFile(name string, args []cty.Value, err error) (cty.Value, error) {
	var f *failure
	if errors.As(err, &f) {
		return cty.NilVal, err
	}
	reason := "cannot be read"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		reason = "is not there"
	case errors.Is(err, errOutside), errors.Is(err, errNotRegular), errors.Is(err, errText), errors.Is(err, errLarge):
		reason = err.Error()
	}
	say := "file " + quote(c.locate(name)) + " " + reason
	if c.e.trying > 0 {
		return cty.NilVal, failed(c.x.NameRange, "%s", say)
	}
	c.e.mayFail++
	return c.because(say, args), nil
}

var errText = errors.New("is not UTF-8 text")

func fileFunction(convert func(c *callSite, data []byte) (cty.Value, error)) func(*callSite) (cty.Value, error) {
	return func(c *callSite) (cty.Value, error) {
		args, err := c.args()
		if err != nil {
			return cty.NilVal, err
		}
		if len(args) != 1 {
			return cty.NilVal, fatal(c.x.NameRange, "function %s has %d arguments; it needs 1", c.name, len(args))
		}
		name, v, err := c.oneText(args)
		if err != nil || v != cty.NilVal {
			return v, err
		}
		data, err := c.e.files.content(c.locate(name))
		if err == nil {
			v, err = convert(c, data)
		}
		if err != nil {
			return c.unreadableFile(name, args, err)
		}
		return c.e.grownValue(v, c.x.NameRange)
	}
}

func fileText(_ *callSite, data []byte) (cty.Value, error) {
	if !utf8.Valid(data) {
		return cty.NilVal, errText
	}
	return cty.StringVal(string(data)), nil
}

func fileBase64(_ *callSite, data []byte) (cty.Value, error) {
	return cty.StringVal(base64.StdEncoding.EncodeToString(data)), nil
}

func fileHash(f function.Function) func(*callSite, []byte) (cty.Value, error) {
	return func(c *callSite, data []byte) (cty.Value, error) {
		if !utf8.Valid(data) {
			return cty.NilVal, errText // a string of cty is UTF-8
		}
		return f.Call([]cty.Value{cty.StringVal(string(data))})
	}
}

func (c *callSite) fileExists() (cty.Value, error) {
	args, err := c.args()
	if err != nil {
		return cty.NilVal, err
	}
	name, v, err := c.oneText(args)
	if err != nil {
		return v, err
	}
	if v != cty.NilVal {
		return c.e.typed(v, cty.Bool), nil
	}
	_, err = c.e.files.content(c.locate(name))
	switch {
	case err == nil:
		return cty.True, nil
	case errors.Is(err, fs.ErrNotExist):
		return cty.False, nil
	}
	v, err = c.unreadableFile(name, args, err)
	return c.e.typed(v, cty.Bool), err
}

// fileSet returns the names of the regular files below a directory that match a pattern.
func (c *callSite) fileSet() (cty.Value, error) {
	args, err := c.args()
	if err != nil {
		return cty.NilVal, err
	}
	if len(args) != 2 {
		return cty.NilVal, fatal(c.x.NameRange, "function fileset has %d arguments; it needs 2", len(args))
	}
	dir, v, err := c.oneText(args)
	if err != nil || v != cty.NilVal {
		return v, err
	}
	pattern, v, err := c.oneText(args[1:])
	if err != nil || v != cty.NilVal {
		return v, err
	}
	if !doublestar.ValidatePattern(pattern) {
		return cty.NilVal, failed(c.x.NameRange, "fileset: the pattern %s is not valid", quote(pattern))
	}
	var found []cty.Value
	var walk func(dir, rel string, depth int) error
	walk = func(dir, rel string, depth int) error {
		entries, err := c.e.files.list(dir)
		if err != nil {
			if depth == 0 {
				return err
			}
			return nil
		}
		if err := c.e.spend(1+len(entries), c.x.NameRange); err != nil {
			return err
		}
		for _, entry := range entries {
			name := path.Join(rel, entry.Name())
			switch {
			case entry.IsDir() && depth < 100:
				if err := walk(c.e.files.join(dir, entry.Name()), name, depth+1); err != nil {
					return err
				}
			case entry.Type().IsRegular() && doublestar.MatchUnvalidated(pattern, name):
				found = append(found, cty.StringVal(name))
			}
		}
		return nil
	}
	if err := walk(c.locate(dir), "", 0); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return cty.SetValEmpty(cty.String), nil
		}
		return c.unreadableFile(dir, args, err)
	}
	if len(found) == 0 {
		return cty.SetValEmpty(cty.String), nil
	}
	return cty.SetVal(found), nil
}

func (c *callSite) pathExpand() (cty.Value, error) {
	args, err := c.args()
	if err != nil {
		return cty.NilVal, err
	}
	name, v, err := c.oneText(args)
	switch {
	case err != nil || v != cty.NilVal:
		return v, err
	case strings.HasPrefix(name, "~"):
		return c.because("the home directory of who runs terraform", args), nil
	}
	return cty.StringVal(name), nil
}

// templateFile evaluates a template with the variables of its second argument only.
func (c *callSite) templateFile() (cty.Value, error) {
	args, err := c.args()
	if err != nil {
		return cty.NilVal, err
	}
	if len(args) != 2 {
		return cty.NilVal, fatal(c.x.NameRange, "function templatefile has %d arguments; it needs 2", len(args))
	}
	name, v, err := c.oneText(args)
	if err != nil || v != cty.NilVal {
		return v, err
	}
	full := c.locate(name)
	x, ok := c.e.templates[full]
	if !ok {
		data, err := c.e.files.content(full)
		if err == nil && !utf8.Valid(data) {
			err = errText
		}
		if err != nil {
			return c.unreadableFile(name, args, err)
		}
		if x, err = parseTemplate(string(data), full); err != nil {
			return cty.NilVal, err
		}
		c.e.templates[full] = x
	}
	return c.render(x, args[1], args)
}

func (c *callSite) templateString() (cty.Value, error) {
	args, err := c.args()
	if err != nil {
		return cty.NilVal, err
	}
	if len(args) != 2 {
		return cty.NilVal, fatal(c.x.NameRange, "function templatestring has %d arguments; it needs 2", len(args))
	}
	source, v, err := c.oneText(args)
	if err != nil || v != cty.NilVal {
		return v, err
	}
	x, err := parseTemplate(source, c.x.NameRange.Filename)
	if err != nil {
		return cty.NilVal, failed(c.x.NameRange, "templatestring: %s", err)
	}
	return c.render(x, args[1], args)
}

func parseTemplate(source, name string) (hclsyntax.Expression, error) {
	if countTokens([]byte(source)) > defaultTokens {
		return nil, fatal(hcl.Range{}, "%s: a template has more than %d words and signs; use a shorter one", name, defaultTokens)
	}
	if err := checkTemplateNesting([]byte(source), name); err != nil {
		return nil, err
	}
	x, diags := hclsyntax.ParseTemplate([]byte(source), name, hcl.InitialPos)
	return x, diagnostics(diags)
}

func (c *callSite) render(x hclsyntax.Expression, vars cty.Value, args []cty.Value) (cty.Value, error) {
	if isSymbol(vars) {
		return c.unknown(cty.String, args...), nil
	}
	if vars.IsNull() || !isKeyed(vars.Type()) {
		return cty.NilVal, failed(c.x.NameRange, "%s: the variables must be an object", c.name)
	}
	if _, open := rest(vars); open {
		return c.unknown(cty.String, args...), nil
	}
	v, err := c.e.eval(x, &scope{in: c.s.in, vars: vars.AsValueMap(), closed: true, where: c.s.where})
	if err != nil {
		return v, err
	}
	if isSymbol(v) {
		return v, nil
	}
	t, err := text(v, c.x.NameRange)
	return cty.StringVal(t), err
}
