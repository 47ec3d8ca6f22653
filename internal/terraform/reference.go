package terraform

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// reference evaluates a reference such as var.x or aws_iam_role.y.arn.
func (e *evaluator) reference(t hcl.Traversal, s *scope) (cty.Value, error) {
	at := t.SourceRange()
	root := t.RootName()
	steps := t[1:]
	if v, ok := s.lookup(root); ok {
		return e.follow(v, steps)
	}
	if s.isClosed() {
		return cty.NilVal, failed(at, "there is no variable %s here", quote(root))
	}
	name := func(i int) string {
		if i < len(steps) {
			if a, ok := steps[i].(hcl.TraverseAttr); ok {
				return a.Name
			}
		}
		return ""
	}
	in := s.in
	switch root {
	case "var", "local", "module", "data", "path", "terraform", "tofu", "ephemeral", "resource":
		if name(0) == "" {
			return cty.NilVal, fatal(at, "a reference to %s needs a name, such as %s.name", root, root)
		}
	}
	switch root {
	case "var":
		v, err := e.variable(in, name(0), at)
		if err != nil {
			return v, err
		}
		return e.follow(v, steps[1:])
	case "local":
		v, err := e.local(in, name(0), at)
		if err != nil {
			return v, err
		}
		return e.follow(v, steps[1:])
	case "module":
		return e.callReference(in, name(0), steps[1:], at)
	case "path":
		return e.path(in, name(0), at)
	case "terraform", "tofu":
		return unknown(root+"."+name(0), "set by the command line of terraform"), nil
	case "each", "count", "self":
		return e.follow(unknown(s.where+": "+root, root+" has no value here ("+place(at)+")"), steps)
	case "data", "ephemeral":
		if name(1) == "" {
			return cty.NilVal, fatal(at, "a reference to %s needs a type and a name, such as %s.type.name", root, root)
		}
		return e.resourceReference(in, root+"."+name(0)+"."+name(1), steps[2:], at)
	case "resource":
		if name(1) == "" {
			return cty.NilVal, fatal(at, "a reference to a resource needs a type and a name")
		}
		return e.resourceReference(in, name(0)+"."+name(1), steps[2:], at)
	}
	if name(0) == "" {
		return cty.NilVal, fatal(at, "%s is not declared; a reference to a resource needs a type and a name", root)
	}
	return e.resourceReference(in, root+"."+name(0), steps[1:], at)
}

// path evaluates path.module and the like. As with Terraform, they are relative to the root module,
// and so are the names of files that functions read.
func (e *evaluator) path(in *instance, name string, at hcl.Range) (cty.Value, error) {
	switch name {
	case "module":
		return cty.StringVal(e.files.relative(e.root, in.module.dir)), nil
	case "root":
		return cty.StringVal("."), nil
	case "cwd":
		return unknown("path.cwd", "where terraform will run"), nil
	}
	return cty.NilVal, fatal(at, "path.%s does not exist; there are path.module, path.root and path.cwd", name)
}

// resourceReference evaluates a reference to a resource or data source with what follows it.
func (e *evaluator) resourceReference(in *instance, key string, steps hcl.Traversal, at hcl.Range) (cty.Value, error) {
	address := in.name(key)
	if _, ok := in.module.resources[key]; !ok {
		return e.absent(address, "not declared in the code"+in.dirText(), steps)
	}
	x, err := e.resources(in, key)
	if err != nil {
		return cty.NilVal, err
	}
	if x.running {
		return cty.NilVal, fatal(at, "%s depends on itself; remove the cycle", address)
	}
	one, steps, err := pick(x, steps)
	if err != nil {
		return cty.NilVal, err
	}
	if one == nil {
		v, err := whole(x, unknown(address, x.keys.why), func(r *resource) (cty.Value, error) { return e.object1(r, at) })
		if err != nil {
			return v, err
		}
		return e.follow(v, steps)
	}
	if len(steps) > 0 {
		if a, ok := steps[0].(hcl.TraverseAttr); ok {
			v, err := e.attribute(one, a.Name, at)
			if err != nil {
				return v, err
			}
			return e.follow(v, steps[1:])
		}
	}
	v, err := e.object1(one, at)
	if err != nil {
		return v, err
	}
	return e.follow(v, steps)
}

// indexed evaluates a reference with a computed index, such as aws_iam_role.x[each.key].arn, as a
// reference to one instance.
func (e *evaluator) indexed(x *hclsyntax.IndexExpr, after hcl.Traversal, s *scope) (cty.Value, bool, error) {
	collection, ok := x.Collection.(*hclsyntax.ScopeTraversalExpr)
	if !ok {
		return cty.NilVal, false, nil
	}
	if _, ok := s.lookup(collection.Traversal.RootName()); ok || s.isClosed() {
		return cty.NilVal, false, nil
	}
	key, err := e.eval(x.Key, s)
	if err != nil {
		return key, true, err
	}
	if hasSymbol(key) || key.IsNull() || !key.Type().IsPrimitiveType() {
		return cty.NilVal, false, nil
	}
	steps := append(hcl.Traversal{}, collection.Traversal...)
	steps = append(steps, hcl.TraverseIndex{Key: key, SrcRange: x.SrcRange})
	v, err := e.reference(append(steps, after...), s)
	return v, true, err
}
