package terraform

import (
	"maps"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// override merges an override file into the module: an argument replaces that of the same name,
// and the nested blocks of a kind replace all blocks of that kind.
func (m *module) override(f *file) {
	for _, raw := range f.body.Blocks {
		b := &block{raw, f}
		switch {
		case b.Type == "locals":
			maps.Copy(m.locals, b.Body.Attributes)
		case b.Type == "terraform":
			m.require(b)
		case b.Type == "provider" && len(b.Labels) == 1:
			for i, p := range m.providers {
				if p.Labels[0] == b.Labels[0] && alias(p) == alias(b) {
					m.providers[i] = merged(p, b)
				}
			}
		case (b.Type == "variable" || b.Type == "output" || b.Type == "module") && len(b.Labels) == 1:
			if set := m.named(b.Type); set[b.Labels[0]] != nil {
				set[b.Labels[0]] = merged(set[b.Labels[0]], b)
			}
		case (b.Type == "resource" || b.Type == "data") && len(b.Labels) == 2:
			key := resourceKey(b.Block)
			if m.resources[key] != nil {
				m.resources[key] = merged(m.resources[key], b)
			}
		}
	}
}

func alias(b *block) string {
	if a := b.attribute("alias"); a != nil {
		return literal(a.Expr)
	}
	return ""
}

// merged returns a block with the arguments and blocks of another one in front of its own. It
// changes neither, since parsed files are shared.
func merged(base, over *block) *block {
	body := *base.Body
	body.Attributes = maps.Clone(body.Attributes)
	if body.Attributes == nil {
		body.Attributes = hclsyntax.Attributes{}
	}
	maps.Copy(body.Attributes, over.Body.Attributes)
	replaced := map[string]bool{}
	for _, b := range over.Body.Blocks {
		replaced[blockKind(b)] = true
	}
	body.Blocks = nil
	for _, b := range base.Body.Blocks {
		if !replaced[blockKind(b)] || b.Type == "lifecycle" {
			body.Blocks = append(body.Blocks, b)
		}
	}
	body.Blocks = append(body.Blocks, over.Body.Blocks...)
	copied := *base.Block
	copied.Body = &body
	return &block{&copied, base.file}
}

// blockKind is the kind of blocks that a nested block gives: dynamic blocks give what their label
// says.
func blockKind(b *hclsyntax.Block) string {
	if b.Type == "dynamic" && len(b.Labels) == 1 {
		return b.Labels[0]
	}
	return b.Type
}
