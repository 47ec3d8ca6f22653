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
	"github.com/iblint/iblint/internal/source/declared"
	"github.com/iblint/iblint/internal/terraform"
)

// Editor finds the edits of a configuration that make changes.
type Editor struct {
	code      Code
	resources []*terraform.Resource
	files     map[string]*content
	labels    map[string]string // of resources that fixes add: what each is for, by address

	targets map[*terraform.Resource]target
	byKey   map[string]*terraform.Resource // roles, repositories and lifecycle policies
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
	e := &Editor{code: c, resources: cfg.Resources, files: map[string]*content{}, labels: map[string]string{}}
	e.index()
	return e, nil
}

// index finds out where resources are deployed to, and what they are called.
func (e *Editor) index() {
	e.targets, e.byKey = map[*terraform.Resource]target{}, map[string]*terraform.Resource{}
	for _, r := range e.resources {
		e.targets[r] = e.code.targetOf(r)
		if key := e.key(r); key != "" && e.byKey[key] == nil {
			e.byKey[key] = r
		}
	}
}

// key identifies a role, a repository or a lifecycle policy; empty: it is something else.
func (e *Editor) key(r *terraform.Resource) string {
	v, at := valuesOf(r), e.targets[r]
	switch {
	case r.Data:
	case roleTypes[r.Type] != "":
		return declared.RoleKey(at.account, v.in(roleTypes[r.Type]).text())
	case repositoryTypes[r.Type] != "":
		return declared.RepositoryKey(at.account, at.region, v.in(repositoryTypes[r.Type]).text())
	case isLifecyclePolicy(r):
		return v.in("arn").text()
	}
	return ""
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

// File is a file of the configuration as it is, under the name that patches give it.
func (e *Editor) File(file, name string) *edit.File {
	return edit.NewFile(name, e.content(file).source)
}

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
	left := maxValues
	return e.following(name, s, terraform.Scope.Follow, &left)
}

// maxValues is how many values an expression may stand for. One with more is not edited.
const maxValues = 100_000

// following is a file in HCL in which references are followed in a way.
func (e *Editor) following(name string, s terraform.Scope, follow func(terraform.Scope, hclsyntax.Expression) (hclsyntax.Expression, terraform.Scope), left *int) *edit.HCL {
	c := e.content(name)
	h := &edit.HCL{File: name, Source: c.source, Offset: c.offset, Closed: c.closed, Left: left}
	h.Follow = func(x hclsyntax.Expression) (hclsyntax.Expression, *edit.HCL) {
		y, scope := follow(s, x)
		if y == x {
			return nil, nil
		}
		return y, e.following(y.Range().Filename, scope, follow, left)
	}
	return h
}

// node is what an expression writes out.
func (e *Editor) node(x hclsyntax.Expression, s terraform.Scope) *edit.Node {
	return e.hcl(x.Range().Filename, s).Node(x)
}

// ownNode is what an expression writes out for itself: it does not follow references to what others
// refer to, too.
func (e *Editor) ownNode(x hclsyntax.Expression, s terraform.Scope) *edit.Node {
	left := maxValues
	return e.following(x.Range().Filename, s, terraform.Scope.FollowOwn, &left).Node(x)
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
