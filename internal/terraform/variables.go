package terraform

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// constraint is the type of a variable.
type constraint struct {
	ty       cty.Type
	defaults *typeexpr.Defaults
	literal  bool // a value on the command line is text, not an expression
}

func typeOf(b *block) (constraint, error) {
	a := b.attribute("type")
	if a == nil {
		return constraint{cty.DynamicPseudoType, nil, true}, nil
	}
	x := hcl.Expression(a.Expr)
	if text := literal(a.Expr); b.file.json || text != "" && hcl.ExprAsKeyword(a.Expr) == "" {
		// JSON, and the quoted types of Terraform 0.11.
		switch text {
		case "list", "map":
			text += "(any)"
		}
		parsed, diags := hclsyntax.ParseExpression([]byte(text), a.SrcRange.Filename, a.SrcRange.Start)
		if err := diagnostics(diags); err != nil {
			return constraint{}, err
		}
		x = parsed
	}
	switch hcl.ExprAsKeyword(x) {
	case "list":
		return constraint{cty.List(cty.DynamicPseudoType), nil, false}, nil
	case "map":
		return constraint{cty.Map(cty.DynamicPseudoType), nil, false}, nil
	}
	ty, defaults, diags := typeexpr.TypeConstraintWithDefaults(x)
	if err := diagnostics(diags); err != nil {
		return constraint{}, err
	}
	return constraint{ty, defaults, ty.IsPrimitiveType()}, nil
}

// variable returns the value of a variable in a module instance.
func (e *evaluator) variable(in *instance, name string, at hcl.Range) (cty.Value, error) {
	b, ok := in.module.variables[name]
	if !ok {
		return cty.NilVal, fatal(at, "var.%s is not declared; declare it in a variable block", name)
	}
	return e.once(in.variables, name, in.name("var."+name), b.TypeRange, func() (cty.Value, error) {
		return e.variableValue(in, name, b)
	})
}

func (e *evaluator) variableValue(in *instance, name string, b *block) (cty.Value, error) {
	c, err := typeOf(b)
	if err != nil {
		return cty.NilVal, err
	}
	address := in.name("var." + name)
	v, from, given := cty.NilVal, b.TypeRange, false
	if in.parent == nil {
		v, given = in.given[name]
	} else if a := in.call.attribute(name); a != nil {
		s := *in.scope
		s.where = address
		from = a.SrcRange
		if v, err = e.tolerant(a.Expr, &s); err != nil {
			return v, err
		}
		given = true
	}
	standard := b.attribute("default")
	if given && v.IsNull() && standard != nil && notNullable(b) {
		given = false
	}
	if !given {
		if standard == nil {
			v := unknown(address, "variable without a value ("+place(b.TypeRange)+")")
			if c.ty != cty.DynamicPseudoType {
				v = e.typed(v, c.ty)
			}
			return v, nil
		}
		from = standard.SrcRange
		s := &scope{in: in, where: address, closed: true}
		if v, err = e.eval(standard.Expr, s); err != nil {
			if f, ok := soft(err); ok {
				return v, fatal(f.at, "the default of var.%s must be a literal: %s", name, f.say)
			}
			return v, err
		}
	}
	out, err := conform(v, c.ty, c.defaults, e.kinds)
	if err != nil {
		return cty.NilVal, fatal(from, "the value of var.%s does not have its type: %s", name, err)
	}
	return out, nil
}

func notNullable(b *block) bool {
	a := b.attribute("nullable")
	return a != nil && hcl.ExprAsKeyword(a.Expr) == "false"
}

// rootVariables reads the values of the root module's variables, in Terraform's order.
func (e *evaluator) rootVariables(root *instance) error {
	root.given, root.written = map[string]cty.Value{}, map[string]hclsyntax.Expression{}
	var names, auto []string
	for _, name := range root.module.names {
		if strings.HasSuffix(name, ".auto.tfvars") || strings.HasSuffix(name, ".auto.tfvars.json") {
			auto = append(auto, name)
		}
	}
	for _, name := range []string{"terraform.tfvars", "terraform.tfvars.json"} {
		if slices.Contains(root.module.names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(auto)
	for _, name := range append(names, auto...) {
		if err := e.variableFile(root, e.files.join(e.root, name), false); err != nil {
			return err
		}
	}
	undeclared := map[string]bool{}
	for _, name := range e.o.VarFiles {
		if err := e.variableFile(root, name, true); err != nil {
			return err
		}
	}
	for _, one := range e.o.Variables {
		name, value, ok := strings.Cut(one, "=")
		if !ok || name == "" {
			return fatal(hcl.Range{}, "--var %s: write NAME=VALUE", quote(one))
		}
		b, ok := root.module.variables[name]
		if !ok {
			undeclared[name] = true
			continue
		}
		v, err := e.flagValue(b, name, value)
		if err != nil {
			return err
		}
		root.given[name], root.written[name] = v, nil
	}
	e.result.Undeclared = slices.Sorted(maps.Keys(undeclared))
	return nil
}

// flagValue parses a value of the command line by the type of the variable.
func (e *evaluator) flagValue(b *block, name, value string) (cty.Value, error) {
	c, err := typeOf(b)
	if err != nil {
		return cty.NilVal, err
	}
	if c.literal {
		return cty.StringVal(value), nil
	}
	where := "variable " + name
	if err := checkNesting([]byte(value), where); err != nil {
		return cty.NilVal, err
	}
	x, diags := hclsyntax.ParseExpression([]byte(value), where, hcl.InitialPos)
	if err := diagnostics(diags); err != nil {
		return cty.NilVal, err
	}
	return e.eval(x, &scope{closed: true})
}

// variableFile reads a file of values of variables. A file that the user names may be outside of
// the tree.
func (e *evaluator) variableFile(root *instance, name string, named bool) error {
	read := e.files.code
	if named {
		read = e.files.codeAnywhere
	}
	src, err := read(name)
	if err != nil {
		return err
	}
	var body *hclsyntax.Body
	if strings.EqualFold(filepath.Ext(name), ".json") {
		body, err = parseJSON(name, src, nil)
	} else if err = checkNesting(src, name); err == nil {
		parsed, diags := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
		if err = diagnostics(diags); err == nil {
			body = parsed.Body.(*hclsyntax.Body)
		}
	}
	if err != nil {
		return err
	}
	for _, a := range arguments(body) {
		if root.module.variables[a.Name] == nil {
			continue // Terraform only warns
		}
		v, err := e.eval(a.Expr, &scope{closed: true})
		if err != nil {
			return err
		}
		root.given[a.Name], root.written[a.Name] = v, a.Expr
	}
	return nil
}
