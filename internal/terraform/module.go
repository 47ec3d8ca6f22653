package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// module is the parsed code of one directory.
type module struct {
	dir       string
	real      string   // dir without symbolic links
	names     []string // of the directory, for variable files
	variables map[string]*block
	locals    map[string]*hclsyntax.Attribute
	outputs   map[string]*block
	calls     map[string]*block
	resources map[string]*block // by type.name or data.type.name
	order     []string          // keys of resources in the order of the code
	callOrder []string
	providers []*block
	required  map[string]string // type of a provider by local name
}

// block is a block with the file that it is in.
type block struct {
	*hclsyntax.Block
	file *file
}

func (b *block) attribute(name string) *hclsyntax.Attribute { return b.Body.Attributes[name] }

// isCode reports whether a file name is that of a source file, and whether it overrides others.
func isCode(name string) (code, override bool) {
	if strings.HasPrefix(name, ".") || strings.HasSuffix(name, "~") || strings.HasPrefix(name, "#") && strings.HasSuffix(name, "#") {
		return false, false
	}
	base := strings.TrimSuffix(name, ".json")
	stem, ok := strings.CutSuffix(base, ".tf")
	if !ok {
		if stem, ok = strings.CutSuffix(base, ".tofu"); !ok {
			return false, false
		}
	}
	return true, stem == "override" || strings.HasSuffix(stem, "_override")
}

// parseModule reads and parses the source files of a directory.
func (e *evaluator) parseModule(dir string) (*module, error) {
	entries, err := e.files.list(dir)
	if err != nil {
		return nil, unreadable(dir, err)
	}
	real, err := e.files.resolve(dir)
	if err != nil {
		return nil, unreadable(dir, err)
	}
	m := &module{
		dir:       dir,
		real:      real,
		variables: map[string]*block{},
		locals:    map[string]*hclsyntax.Attribute{},
		outputs:   map[string]*block{},
		calls:     map[string]*block{},
		resources: map[string]*block{},
		required:  map[string]string{},
	}
	has := map[string]bool{}
	for _, entry := range entries {
		if !entry.IsDir() {
			m.names = append(m.names, entry.Name())
			has[entry.Name()] = true
		}
	}
	var sources []sourceFile
	for _, name := range m.names {
		code, override := isCode(name)
		if !code || hidden(name, has) {
			continue
		}
		full := e.files.join(dir, name)
		src, err := e.files.code(full)
		if err != nil {
			return nil, err
		}
		sources = append(sources, sourceFile{name: full, src: src, override: override})
	}
	if err := e.o.Cache.parseAll(sources); err != nil {
		return nil, err
	}
	for _, one := range sources {
		if !one.override {
			if err := m.add(one.file); err != nil {
				return nil, err
			}
		}
	}
	for _, one := range sources {
		if one.override {
			m.override(one.file)
		}
	}
	return m, nil
}

// hidden reports whether OpenTofu reads another file in place of this one: x.tofu wins over x.tf.
func hidden(name string, has map[string]bool) bool {
	if stem, ok := strings.CutSuffix(name, ".tf"); ok {
		return has[stem+".tofu"]
	}
	if stem, ok := strings.CutSuffix(name, ".tf.json"); ok {
		return has[stem+".tofu.json"]
	}
	return false
}

// add adds the declarations of a file.
func (m *module) add(f *file) error {
	for _, raw := range f.body.Blocks {
		b := &block{raw, f}
		switch b.Type {
		case "variable", "output", "module":
			if err := b.wantLabels(1); err != nil {
				return err
			}
			set := m.named(b.Type)
			name := b.Labels[0]
			if before, ok := set[name]; ok {
				return duplicate(b, before.TypeRange, b.Type+" "+quote(name))
			}
			set[name] = b
			if b.Type == "module" {
				m.callOrder = append(m.callOrder, name)
			}
		case "locals":
			for name, a := range b.Body.Attributes {
				if before, ok := m.locals[name]; ok {
					first, second := before.NameRange, a.NameRange
					if second.Filename == first.Filename && second.Start.Byte < first.Start.Byte {
						first, second = second, first
					}
					return fatal(second, "local value %s is declared twice, first at %s; remove one", quote(name), place(first))
				}
				m.locals[name] = a
			}
		case "resource", "data", "ephemeral":
			if err := b.wantLabels(2); err != nil {
				return err
			}
			key := resourceKey(b.Block)
			if before, ok := m.resources[key]; ok {
				return duplicate(b, before.TypeRange, b.Type+" "+quote(b.Labels[0])+" "+quote(b.Labels[1]))
			}
			m.resources[key] = b
			m.order = append(m.order, key)
		case "provider":
			if err := b.wantLabels(1); err != nil {
				return err
			}
			m.providers = append(m.providers, b)
		case "terraform":
			m.require(b)
		}
	}
	return nil
}

func (m *module) named(kind string) map[string]*block {
	switch kind {
	case "variable":
		return m.variables
	case "output":
		return m.outputs
	default:
		return m.calls
	}
}

func resourceKey(b *hclsyntax.Block) string {
	switch b.Type {
	case "data":
		return "data." + b.Labels[0] + "." + b.Labels[1]
	case "ephemeral":
		return "ephemeral." + b.Labels[0] + "." + b.Labels[1]
	default:
		return b.Labels[0] + "." + b.Labels[1]
	}
}

func (b *block) wantLabels(n int) error {
	if len(b.Labels) != n {
		return fatal(b.TypeRange, "a %s block has %d labels; it must have %d", b.Type, len(b.Labels), n)
	}
	return nil
}

func duplicate(b *block, before hcl.Range, what string) error {
	return fatal(b.DefRange(), "%s is declared twice, first at %s; remove one", what, place(before))
}

// require records the types of the providers that the module names.
func (m *module) require(b *block) {
	for _, inside := range b.Body.Blocks {
		if inside.Type != "required_providers" {
			continue
		}
		for name, a := range inside.Body.Attributes {
			object, ok := a.Expr.(*hclsyntax.ObjectConsExpr)
			if !ok {
				continue
			}
			for _, item := range object.Items {
				if literal(item.KeyExpr) == "source" {
					from := literal(item.ValueExpr)
					m.required[name] = from[strings.LastIndexByte(from, '/')+1:]
				}
			}
		}
	}
}

// literal returns the text of a keyword or of a string without templates, or "".
func literal(e hclsyntax.Expression) string {
	if word := hcl.ExprAsKeyword(e); word != "" {
		return word
	}
	switch e := e.(type) {
	case *hclsyntax.ObjectConsKeyExpr:
		return literal(e.Wrapped)
	case *hclsyntax.ParenthesesExpr:
		return literal(e.Expression)
	case *hclsyntax.TemplateExpr:
		if len(e.Parts) == 0 {
			return ""
		}
		if v, diags := e.Value(nil); e.IsStringLiteral() && !diags.HasErrors() {
			return v.AsString()
		}
	case *hclsyntax.LiteralValueExpr:
		if stringType(e.Val) {
			return e.Val.AsString()
		}
	}
	return ""
}
