package terraform

import (
	"encoding/json"
	"errors"
	"io/fs"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// callTree is the tree of module calls, whatever count and for_each say.
type callTree struct {
	module *module
	parent *callTree
	calls  map[string]*callTree // nil for a module that is missing
	why    map[string]string    // of missing modules
}

// installed is a module in .terraform/modules.
type installed struct {
	Key, Source, Dir string
}

// readInstalled reads the list of modules that terraform init has installed.
func (e *evaluator) readInstalled(root string) error {
	e.installed = map[string]installed{}
	data, err := e.files.content(e.files.join(root, ".terraform/modules/modules.json"))
	if err != nil {
		var f *failure
		if errors.As(err, &f) {
			return err
		}
		return nil // usually, terraform init has not run here
	}
	var list struct{ Modules []installed }
	_ = json.Unmarshal(data, &list) // what it does not say is missing
	for _, one := range list.Modules {
		e.installed[one.Key] = one
	}
	return nil
}

// readCalls reads the modules that a module calls, to any depth.
func (e *evaluator) readCalls(t *callTree, path []string) error {
	t.calls, t.why = map[string]*callTree{}, map[string]string{}
	for _, name := range t.module.callOrder {
		b := t.module.calls[name]
		if err := e.addInstance(b.TypeRange); err != nil {
			return err
		}
		here := append(path[:len(path):len(path)], name)
		dir, source, why := e.find(t.module.dir, b, here)
		if why != "" {
			e.result.Missing = append(e.result.Missing, Missing{
				Address: "module." + strings.Join(here, ".module."),
				Source:  source,
				Why:     why,
				Range:   b.DefRange(),
			})
			t.why[name] = why
			continue
		}
		m, err := e.module(dir)
		if err != nil {
			return err
		}
		child := &callTree{module: m, parent: t}
		for above := t; above != nil; above = above.parent {
			if above.module.real == m.real {
				return fatal(b.DefRange(), "module %s calls itself, directly or through others; remove the cycle", quote(name))
			}
		}
		if len(here) > maxNesting {
			return fatal(b.DefRange(), "modules are nested more than %d levels deep; simplify them", maxNesting)
		}
		t.calls[name] = child
		if err := e.readCalls(child, here); err != nil {
			return err
		}
	}
	return nil
}

// find returns the directory of a called module, or why it is not there.
func (e *evaluator) find(dir string, b *block, path []string) (found, source, why string) {
	a := b.attribute("source")
	if a == nil {
		return "", "", "the module has no source (" + place(b.TypeRange) + ")"
	}
	source = literal(a.Expr)
	if source == "" {
		return "", "", "the module's source is not a literal (" + place(a.SrcRange) + ")"
	}
	local := strings.HasPrefix(source, "./") || strings.HasPrefix(source, "../") || source == "." || source == ".."
	if local {
		found = e.files.join(dir, source)
	} else if one, ok := e.installed[strings.Join(path, ".")]; ok {
		found = e.files.join(e.root, one.Dir)
	} else {
		return "", source, "the module's source is not here (" + source + ")"
	}
	err := e.files.isDir(found)
	if local && errors.Is(err, errOutside) {
		err = e.files.admit(found)
	}
	switch {
	case err == nil:
		return found, source, ""
	case errors.Is(err, fs.ErrNotExist):
		return "", source, "the module's source is not here (" + source + ")"
	case errors.Is(err, errOutside):
		return "", source, "the module's source is outside of the directory that is read (" + source + ")"
	default:
		return "", source, "the module's source cannot be read (" + source + ")"
	}
}

// calls returns the instances of a called module.
func (e *evaluator) calls(in *instance, name string) (*expansion[*instance], error) {
	b := in.module.calls[name]
	address := in.name("module." + name)
	if x, ok := in.called[name]; ok {
		if x.running {
			return nil, fatal(b.TypeRange, "%s depends on itself; remove the cycle", address)
		}
		return x, nil
	}
	x := &expansion[*instance]{running: true}
	in.called[name] = x
	keys, err := e.expand(b, in, address)
	if err != nil {
		return nil, err
	}
	x.keys = keys
	x.make = func(k instanceKey) (*instance, error) {
		if err := e.addInstance(b.TypeRange); err != nil {
			return nil, err
		}
		child := &instance{
			module: in.tree.calls[name].module, tree: in.tree.calls[name], parent: in, call: b,
			address:   address + k.suffix,
			uncertain: k.uncertain,
			scope:     &scope{in: in, vars: k.vars},
		}
		if child.uncertain == "" {
			child.uncertain = in.uncertain
		}
		child.reset()
		return child, e.childProviders(child)
	}
	if in.tree.calls[name] != nil {
		if err := x.makeAll(); err != nil {
			return nil, err
		}
	}
	x.running = false
	return x, nil
}

// callReference evaluates module.name with what follows it.
func (e *evaluator) callReference(in *instance, name string, steps hcl.Traversal, at hcl.Range) (cty.Value, error) {
	b, ok := in.module.calls[name]
	address := in.name("module." + name)
	if !ok {
		return e.follow(unknown(address, "module call that is not declared in the code"+in.dirText()), steps)
	}
	if in.tree.calls[name] == nil {
		return e.absent(address, in.tree.why[name], steps)
	}
	x, err := e.calls(in, name)
	if err != nil {
		return cty.NilVal, err
	}
	child, steps, err := pick(x, steps)
	if err != nil {
		return cty.NilVal, err
	}
	if child == nil {
		v, err := whole(x, unknown(address, x.keys.why), func(child *instance) (cty.Value, error) { return e.outputsOf(child, b.TypeRange) })
		if err != nil {
			return v, err
		}
		return e.follow(v, steps)
	}
	if len(steps) > 0 {
		if attr, ok := steps[0].(hcl.TraverseAttr); ok {
			v, err := e.output(child, attr.Name, attr.SrcRange)
			if err != nil {
				return v, err
			}
			return e.follow(v, steps[1:])
		}
	}
	v, err := e.outputsOf(child, at)
	if err != nil {
		return v, err
	}
	return e.follow(v, steps)
}

// absent is a reference into something that the code does not contain. Its first attribute is
// there, whatever it is.
func (e *evaluator) absent(address, why string, steps hcl.Traversal) (cty.Value, error) {
	name := address
	for i, one := range steps {
		switch t := one.(type) {
		case hcl.TraverseAttr:
			return e.follow(unknown(name+"."+t.Name, why), steps[i+1:])
		case hcl.TraverseIndex:
			name += index(t.Key)
		default:
			return e.follow(unknown(name, why), steps[i:])
		}
	}
	return unknown(name, why), nil
}

func (in *instance) dirText() string { return " (" + in.module.dir + ")" }
