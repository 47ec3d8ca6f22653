package terraform

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// evaluator evaluates one configuration, on demand and each thing once.
type evaluator struct {
	budget
	o     Options
	files *files
	root  string // directory of the root module

	modules   map[string]*module // by directory
	dirs      []string
	installed map[string]installed // by the path of calls
	missing   map[string]bool
	result    Configuration

	kinds    map[string]cty.Type // types of symbols that are not strings
	opaques  map[string]int      // how many opaque values have a name
	declared map[string]bool     // prefixes of resources: their further attributes exist

	// mayFail counts operations on unknown values that may fail in Terraform, which decides the
	// results of try and can.
	mayFail int
	trying  int // how many try and can are being evaluated

	templates map[string]hclsyntax.Expression
	bodies    map[*hclsyntax.Body][]*hclsyntax.Attribute
}

func newEvaluator(dir string, o Options) (*evaluator, error) {
	f, err := newFiles(dir, o)
	if err != nil {
		return nil, inputError(err)
	}
	return &evaluator{
		budget:   newBudget(o),
		o:        o,
		files:    f,
		root:     dir,
		modules:  map[string]*module{},
		missing:  map[string]bool{},
		kinds:    map[string]cty.Type{},
		opaques:  map[string]int{},
		declared: map[string]bool{},

		templates: map[string]hclsyntax.Expression{},
		bodies:    map[*hclsyntax.Body][]*hclsyntax.Attribute{},
	}, nil
}

func (e *evaluator) load(dir string) (*Configuration, error) {
	if err := e.files.isDir(dir); err != nil {
		return nil, unreadable(dir, err)
	}
	if err := e.readInstalled(dir); err != nil {
		return nil, err
	}
	m, err := e.module(dir)
	if err != nil {
		return nil, err
	}
	root := &instance{module: m, tree: &callTree{module: m}}
	if err := e.readCalls(root.tree, nil); err != nil {
		return nil, err
	}
	if err := e.rootVariables(root); err != nil {
		return nil, err
	}
	root.reset()
	if err := e.rootProviders(root); err != nil {
		return nil, err
	}
	if err := e.collect(root); err != nil {
		return nil, err
	}
	sortResources(e.result.Resources)
	e.result.Modules = e.dirs
	e.result.Files = e.files.names
	return &e.result, nil
}

// collect adds the wanted resources of a module instance and of the modules that it calls.
func (e *evaluator) collect(in *instance) error {
	for _, key := range in.module.order {
		b := in.module.resources[key]
		if b.Type == "ephemeral" || !e.wanted(b.Labels[0]) {
			continue
		}
		x, err := e.resources(in, key)
		if err != nil {
			return err
		}
		for _, r := range x.list {
			if err := e.evaluate(r); err != nil {
				return err
			}
			if err := e.finish(r); err != nil {
				return err
			}
			e.result.Resources = append(e.result.Resources, r.Resource)
		}
	}
	for _, name := range in.module.callOrder {
		tree := in.tree.calls[name]
		if tree == nil || !e.wantsAny(tree) {
			continue
		}
		x, err := e.calls(in, name)
		if err != nil {
			return err
		}
		for _, child := range x.list {
			if err := e.collect(child); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *evaluator) wanted(kind string) bool { return e.o.Types == nil || e.o.Types(kind) }

// wantsAny reports whether a module or one that it calls declares a wanted resource.
func (e *evaluator) wantsAny(t *callTree) bool {
	for _, b := range t.module.resources {
		if e.wanted(b.Labels[0]) {
			return true
		}
	}
	for _, child := range t.calls {
		if e.wantsAny(child) {
			return true
		}
	}
	return false
}

// module returns the parsed module of a directory.
func (e *evaluator) module(dir string) (*module, error) {
	if m, ok := e.modules[dir]; ok {
		return m, nil
	}
	m, err := e.parseModule(dir)
	if err != nil {
		return nil, err
	}
	e.modules[dir] = m
	e.dirs = append(e.dirs, dir)
	return m, nil
}

// instance is a module with the arguments of one call.
type instance struct {
	module    *module
	tree      *callTree
	parent    *instance // nil: the root module
	call      *block
	scope     *scope // of the arguments of the call, in the parent
	address   string // "" or module.x[0]
	uncertain string

	variables map[string]*lazy
	locals    map[string]*lazy
	outputs   map[string]*lazy
	expanded  map[string]*expansion[*resource]
	called    map[string]*expansion[*instance]
	providers map[string]*provider // by local name and alias: aws, aws.west

	given   map[string]cty.Value            // variables of the root module
	written map[string]hclsyntax.Expression // where files give them; nil: on the command line
}

func (in *instance) reset() {
	in.variables = map[string]*lazy{}
	in.locals = map[string]*lazy{}
	in.outputs = map[string]*lazy{}
	in.expanded = map[string]*expansion[*resource]{}
	in.called = map[string]*expansion[*instance]{}
	in.providers = map[string]*provider{}
}

// name is the address of something in the module.
func (in *instance) name(what string) string {
	if in.address == "" {
		return what
	}
	return in.address + "." + what
}

// lazy is a value that is evaluated when it is needed, once.
type lazy struct {
	value   cty.Value
	err     error
	done    bool
	running bool
}

// once evaluates a lazy value. What it depends on must not depend on it.
func (e *evaluator) once(set map[string]*lazy, key, name string, at hcl.Range, f func() (cty.Value, error)) (cty.Value, error) {
	l := set[key]
	if l == nil {
		l = &lazy{}
		set[key] = l
	}
	switch {
	case l.done:
		return l.value, l.err
	case l.running:
		return cty.NilVal, fatal(at, "%s depends on itself; remove the cycle", name)
	}
	l.running = true
	before := e.mayFail
	l.value, l.err = f()
	e.mayFail = before // try sees failures of its own argument only
	l.running, l.done = false, true
	return l.value, l.err
}

func (e *evaluator) local(in *instance, name string, at hcl.Range) (cty.Value, error) {
	a, ok := in.module.locals[name]
	if !ok {
		return cty.NilVal, fatal(at, "local.%s is not declared; declare it in a locals block", name)
	}
	return e.once(in.locals, name, "local."+name, a.NameRange, func() (cty.Value, error) {
		return e.tolerant(a.Expr, &scope{in: in, where: in.name("local." + name)})
	})
}

func (e *evaluator) output(in *instance, name string, at hcl.Range) (cty.Value, error) {
	b, ok := in.module.outputs[name]
	if !ok {
		return unknown(in.name(name), "the module has no such output ("+in.module.dir+")"), nil
	}
	return e.once(in.outputs, name, in.name(name), b.TypeRange, func() (cty.Value, error) {
		a := b.attribute("value")
		if a == nil {
			return unknown(in.name(name), "output without a value ("+place(b.TypeRange)+")"), nil
		}
		return e.tolerant(a.Expr, &scope{in: in, where: in.name(name)})
	})
}

// outputsOf returns all outputs as one object.
func (e *evaluator) outputsOf(in *instance, at hcl.Range) (cty.Value, error) {
	out := map[string]cty.Value{}
	for _, name := range slices.Sorted(maps.Keys(in.module.outputs)) {
		v, err := e.output(in, name, at)
		if err != nil {
			return v, err
		}
		out[name] = v
	}
	return cty.ObjectVal(out), e.spend(1+len(out), at)
}

// arguments is the function of the same name, sorted once for each body.
func (e *evaluator) arguments(b *hclsyntax.Body) []*hclsyntax.Attribute {
	list, ok := e.bodies[b]
	if !ok {
		list = arguments(b)
		e.bodies[b] = list
	}
	return list
}

// arguments returns the attributes of a body in the order of the code.
func arguments(b *hclsyntax.Body) []*hclsyntax.Attribute {
	list := slices.Collect(maps.Values(b.Attributes))
	slices.SortFunc(list, func(a, b *hclsyntax.Attribute) int {
		return cmp.Or(strings.Compare(a.SrcRange.Filename, b.SrcRange.Filename), cmp.Compare(a.SrcRange.Start.Byte, b.SrcRange.Start.Byte), strings.Compare(a.Name, b.Name))
	})
	return list
}
