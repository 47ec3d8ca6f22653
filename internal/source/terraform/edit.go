package terraform

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/edit"
	"github.com/iblint/iblint/internal/terraform"
)

// Editor finds the edits of a configuration that make changes.
type Editor struct {
	code      Code
	resources []*terraform.Resource
	root      string // directory of the root module
	files     map[string]*content
	labels    map[string]string // of resources that fixes add: what each is for, by address
}

// content is a file as it is on disk.
type content struct {
	source []byte
	offset int // of the first byte after a byte order mark
	closed bool
}

// Editor evaluates the configuration for editing.
func (c Code) Editor() (*Editor, error) {
	o := c.Options
	o.Types = func(kind string) bool { return types[kind] != nil || kind == "aws_iam_policy_document" }
	o.Compute = c.compute
	cfg, err := terraform.Load(c.Directory, o)
	if err != nil {
		return nil, err
	}
	return &Editor{code: c, resources: cfg.Resources, root: c.Directory, files: map[string]*content{}, labels: map[string]string{}}, nil
}

// Propose returns the edits that make changes, in order. Undeclared are the indexes of the changes
// of what the configuration does not declare.
func (e *Editor) Propose(changes []checks.Change) (p edit.Proposal, undeclared []int) {
	w := &proposing{Editor: e, all: changes, renamed: map[string]*terraform.Resource{}, created: map[string]createdRole{}, replaced: map[string]bool{}}
	for i, c := range changes {
		if how := editors[c.Action]; how == nil || !how(w, c) {
			undeclared = append(undeclared, i)
		}
	}
	return w.Proposal, undeclared
}

// Source is the content of a file of the configuration.
func (e *Editor) Source(name string) []byte { return e.content(name).source }

// proposing collects the edits of one fix.
type proposing struct {
	*Editor
	edit.Proposal
	all      []checks.Change
	renamed  map[string]*terraform.Resource // roles by their new names
	created  map[string]createdRole         // by name
	replaced map[string]bool                // keys of tags that another one replaces
}

// editors make changes. They return false for what the configuration does not declare.
var editors = map[checks.Action]func(*proposing, checks.Change) bool{
	checks.CreateRole:           (*proposing).createRole,
	checks.DeleteRole:           (*proposing).renameRole,
	checks.AttachPolicy:         (*proposing).attachPolicy,
	checks.ReferToRole:          (*proposing).referToRole,
	checks.EnablePolicy:         (*proposing).enablePolicy,
	checks.IncludeResources:     (*proposing).includeResources,
	checks.EditLifecyclePolicy:  (*proposing).decideOnPolicy,
	checks.LookAtSelection:      (*proposing).decideOnPolicy,
	checks.TagRepository:        (*proposing).tagRepository,
	checks.UntagRepository:      (*proposing).untagRepository,
	checks.EditTrust:            (*proposing).editTrust,
	checks.EditInlinePolicy:     (*proposing).editInlinePolicy,
	checks.EditManagedPolicy:    (*proposing).editManagedPolicy,
	checks.EditRepositoryPolicy: (*proposing).editRepositoryPolicy,
	checks.EditRegistryPolicy:   (*proposing).editRegistryPolicy,
}

// make adds edits if they can be made, and else a snippet.
func (w *proposing) make(edits []edit.Edit, ok bool, otherwise edit.Snippet) bool {
	for _, one := range edits {
		ok = ok && !w.content(one.File).closed && !hasSymbol(one.Text)
	}
	if !ok || edit.Overlap(edits) || edit.Conflicts(edits, w.Edits) {
		w.Snippets = append(w.Snippets, otherwise)
		return true
	}
	w.Edits = append(w.Edits, edits...)
	return true
}

// hasSymbol reports whether code contains a symbol, perhaps escaped: no file can.
func hasSymbol(text string) bool {
	return symbol.In(text) || strings.Contains(strings.ToLower(text), `\ufdd0`)
}

// formatted is code as terraform fmt writes it.
func formatted(text string) string { return string(hclwrite.Format([]byte(text))) }

// snippet is code to add to a resource by hand.
func snippet(r *terraform.Resource, note, text string) edit.Snippet {
	return edit.Snippet{File: r.Range.Filename, Line: r.Range.Start.Line, Address: r.Address, Note: symbol.Text(note), Text: formatted(symbol.Text(text))}
}

// content is a file on disk. Files in JSON syntax and of installed modules are not edited.
func (e *Editor) content(name string) *content {
	if c := e.files[name]; c != nil {
		return c
	}
	c := &content{}
	e.files[name] = c
	read := os.ReadFile
	if e.code.Options.ReadFile != nil {
		read = e.code.Options.ReadFile
	}
	var err error
	if c.source, err = read(name); err != nil {
		c.closed = true
	}
	if bytes.HasPrefix(c.source, []byte("\xEF\xBB\xBF")) {
		c.offset = 3
	}
	installed := slices.Contains(strings.Split(filepath.ToSlash(name), "/"), ".terraform")
	c.closed = c.closed || installed || strings.HasSuffix(name, ".tf.json") || strings.HasSuffix(name, ".tofu.json") || strings.HasSuffix(name, ".tfvars.json")
	return c
}

// hcl is a file in HCL whose expressions stand in a scope.
func (e *Editor) hcl(name string, s terraform.Scope) *edit.HCL {
	c := e.content(name)
	h := &edit.HCL{File: name, Source: c.source, Offset: c.offset, Closed: c.closed}
	h.Follow = func(x hclsyntax.Expression) (hclsyntax.Expression, *edit.HCL) {
		y, scope := s.Follow(x)
		if y == x {
			return nil, nil
		}
		return y, e.hcl(y.Range().Filename, scope)
	}
	return h
}

// node is what an expression writes out.
func (e *Editor) node(x hclsyntax.Expression, s terraform.Scope) *edit.Node {
	return e.hcl(x.Range().Filename, s).Node(x)
}

// in is the file of a block of a resource.
func (e *Editor) in(r *terraform.Resource) *edit.HCL { return e.hcl(r.Range.Filename, r.Scope()) }

// argument is an argument of a resource as the code gives it; nil: it does not, or it does not say
// so in a block.
func argument(r *terraform.Resource, name string) hclsyntax.Expression {
	if r.Block == nil {
		return nil
	}
	if a := r.Block.Body.Attributes[name]; a != nil {
		return a.Expr
	}
	return nil
}

// editable reports whether a resource is written in the native syntax.
func editable(r *terraform.Resource) bool { return r.Block != nil }

// set sets an argument of a block to an expression.
func (e *Editor) set(r *terraform.Resource, b *hclsyntax.Block, name, expression string) []edit.Edit {
	if a := b.Body.Attributes[name]; a != nil {
		return []edit.Edit{e.replace(a.Expr, expression)}
	}
	return e.in(r).AddArgument(b, name, expression)
}

// replace replaces an expression where it stands.
func (e *Editor) replace(x hclsyntax.Expression, expression string) edit.Edit {
	c := e.content(x.Range().Filename)
	h := &edit.HCL{File: x.Range().Filename, Source: c.source, Offset: c.offset, Closed: c.closed}
	n := h.Node(x)
	return edit.Edit{File: n.File, Start: n.Start, End: n.End, Text: expression}
}

// find returns the first resource that matches, or nil.
func (e *Editor) find(match func(*terraform.Resource) bool) *terraform.Resource {
	for _, r := range e.resources {
		if match(r) {
			return r
		}
	}
	return nil
}
