package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// provider is a configuration of a provider during the evaluation.
type provider struct {
	*Provider
	block   *block // nil: not declared
	in      *instance
	done    bool
	running bool
}

// rootProviders evaluates the provider configurations of the root module.
func (e *evaluator) rootProviders(in *instance) error {
	if err := e.ownProviders(in); err != nil {
		return err
	}
	for _, b := range in.module.providers {
		p := in.providers[providerKey(b.Labels[0], alias(b))]
		if err := e.configure(p); err != nil {
			return err
		}
		e.result.Providers = append(e.result.Providers, p.Provider)
	}
	return nil
}

func providerKey(name, alias string) string {
	if alias == "" {
		return name
	}
	return name + "." + alias
}

// ownProviders adds the provider blocks of a module.
func (e *evaluator) ownProviders(in *instance) error {
	own := map[string]hcl.Range{}
	for _, b := range in.module.providers {
		name := b.Labels[0]
		key := providerKey(name, alias(b))
		if before, ok := own[key]; ok {
			return duplicate(b, before, "the configuration of provider "+key)
		}
		own[key] = b.TypeRange
		in.providers[key] = &provider{
			Provider: &Provider{Type: in.providerType(name), Alias: alias(b), Values: cty.EmptyObjectVal, Range: b.DefRange()},
			block:    b,
			in:       in,
		}
	}
	return nil
}

func (in *instance) providerType(name string) string {
	if kind := in.module.required[name]; kind != "" {
		return kind
	}
	return name
}

// childProviders gives a called module its provider configurations: those that the call passes,
// or else the default ones of the caller.
func (e *evaluator) childProviders(in *instance) error {
	for key, p := range in.parent.providers {
		if !strings.Contains(key, ".") {
			in.providers[key] = p
		}
	}
	if a := in.call.attribute("providers"); a != nil {
		object, ok := a.Expr.(*hclsyntax.ObjectConsExpr)
		if !ok {
			return fatal(a.SrcRange, "providers must be an object, such as { aws = aws.west }")
		}
		for _, item := range object.Items {
			inside, outside := traversalName(item.KeyExpr), traversalName(item.ValueExpr)
			if inside == "" || outside == "" {
				return fatal(item.KeyExpr.Range(), "providers must map names of configurations to configurations, such as { aws = aws.west }")
			}
			in.providers[inside] = in.parent.providerNamed(outside)
		}
	}
	return e.ownProviders(in)
}

// providerNamed returns a configuration by its local name and alias.
func (in *instance) providerNamed(key string) *provider {
	if p, ok := in.providers[key]; ok {
		return p
	}
	name, as, _ := strings.Cut(key, ".")
	p := &provider{Provider: &Provider{Type: in.providerType(name), Alias: as, Values: cty.EmptyObjectVal}, in: in, done: true}
	in.providers[key] = p
	return p
}

// traversalName returns aws.west for the reference to it, also as a string as in JSON.
func traversalName(x hclsyntax.Expression) string {
	switch k := x.(type) {
	case *hclsyntax.ObjectConsKeyExpr:
		return traversalName(k.Wrapped)
	case *hclsyntax.IndexExpr: // for_each of OpenTofu: aws.by_region["…"]
		return traversalName(k.Collection)
	}
	if word := literal(x); word != "" {
		return word
	}
	t, diags := hcl.AbsTraversalForExpr(x)
	if diags.HasErrors() || len(t) == 0 {
		return ""
	}
	name := t.RootName()
	if len(t) > 1 {
		if a, ok := t[1].(hcl.TraverseAttr); ok {
			name += "." + a.Name
		}
	}
	return name
}

// providerOf returns the configuration that applies to a resource.
func (e *evaluator) providerOf(r *resource) (*Provider, error) {
	name, _, _ := strings.Cut(r.Type, "_")
	if a := r.block.attribute("provider"); a != nil {
		if given := traversalName(a.Expr); given != "" {
			name = given
		}
	}
	p := r.in.providerNamed(name)
	return p.Provider, e.configure(p)
}

// configure evaluates the arguments of a provider configuration, once.
func (e *evaluator) configure(p *provider) error {
	if p.done {
		return nil
	}
	if p.running {
		return nil // the configuration refers to a data source of the same provider
	}
	p.running = true
	defer func() { p.running = false }()
	address := p.in.name("provider." + providerKey(p.block.Labels[0], p.Alias))
	values, err := e.body(p.block.Body, &scope{in: p.in, where: address}, address, &node{}, false)
	if err != nil {
		return err
	}
	p.Values = e.shown(cty.ObjectVal(values))
	p.done = true
	return nil
}
