package cloudformation

import (
	"bytes"
	"cmp"
	"path/filepath"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/cloudformation"
	"github.com/iblint/iblint/internal/edit"
	"github.com/iblint/iblint/internal/source/declared"
)

// Editor finds the edits of templates that make changes.
type Editor struct {
	stacks     []*cloudformation.Stack
	resources  []*cloudformation.Resource
	documents  map[*cloudformation.Stack]*edit.YAML
	files      map[string]*cloudformation.Template // the first of each name is the file itself
	generated  map[string]bool                     // files that the CDK wrote
	constructs constructs
	labels     map[string]string                   // of resources that fixes add: what each is for, by file and logical ID
	byKey      map[string]*cloudformation.Resource // roles, repositories and lifecycle policies
}

// Editor evaluates the templates for editing.
func (c Code) Editor() (*Editor, error) {
	_, stacks, err := c.Read()
	if err != nil {
		return nil, err
	}
	e := &Editor{
		stacks: stacks, documents: map[*cloudformation.Stack]*edit.YAML{}, files: map[string]*cloudformation.Template{},
		generated: map[string]bool{}, constructs: constructsIn(c.Templates), labels: map[string]string{}, byKey: map[string]*cloudformation.Resource{},
	}
	for _, t := range c.Templates {
		if t.Generated {
			e.generated[filepath.ToSlash(t.Path)] = true
		}
	}
	for _, s := range stacks {
		t := s.Template()
		if e.files[t.Name] == nil {
			e.files[t.Name] = t
		}
		if t.HasConstructs() {
			e.generated[t.Name] = true
		}
		resources, err := s.Resources()
		if err != nil {
			return nil, err
		}
		for _, r := range resources {
			if types[r.Type] == nil {
				continue
			}
			e.resources = append(e.resources, r)
			if key := key(r); key != "" && e.byKey[key] == nil {
				e.byKey[key] = r
			}
		}
	}
	return e, nil
}

// key identifies a role, a repository or a lifecycle policy; empty: it is something else.
func key(r *cloudformation.Resource) string {
	v, t := values{r.Properties}, targetOf(r.Stack())
	switch r.Type {
	case "AWS::IAM::Role":
		return declared.RoleKey(t.account, nameOf(r, v, "RoleName"))
	case "AWS::ECR::Repository":
		return declared.RepositoryKey(t.account, t.region, nameOf(r, v, "RepositoryName"))
	case "AWS::ImageBuilder::LifecyclePolicy":
		return compute(r)["Arn"]
	}
	return ""
}

// Propose returns the edits that make changes, in order. Undeclared are the indexes of the changes
// of what the templates do not declare.
func (e *Editor) Propose(changes []checks.Change) (p edit.Proposal, undeclared []int) {
	w := &proposing{Editor: e, all: changes, renamed: map[string]*cloudformation.Resource{}, created: map[string]createdRole{}, replaced: map[string]bool{}}
	for i, c := range changes {
		if how := editors[c.Action]; how == nil || !how(w, c) {
			undeclared = append(undeclared, i)
		}
	}
	return w.Proposal, undeclared
}

// File is a template as it is, under the name that patches give it.
func (e *Editor) File(file, name string) *edit.File {
	f := edit.NewFile(name, nil)
	if t := e.files[file]; t != nil {
		f = edit.NewFile(name, t.Source)
	}
	f.Check = func(content []byte) bool {
		_, err := cloudformation.Parse(name, content)
		return err == nil
	}
	return f
}

// proposing collects the edits of one fix.
type proposing struct {
	*Editor
	edit.Proposal
	all      []checks.Change
	renamed  map[string]*cloudformation.Resource // roles by their new names
	created  map[string]createdRole              // by account and name
	replaced map[string]bool                     // keys of tags that another one replaces
}

// editors make changes. They return false for what the templates do not declare.
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

// manual is what a person does if no edit can be made.
type manual struct {
	resource   *cloudformation.Resource
	note       string
	properties edit.Object // to set
	within     string      // the property that they are in, such as PolicyDetails.0.Action; empty: they are those of the resource
	cdk        cdkCode     // where the CDK wrote the template; zero: the properties
}

// make adds edits if they can be made, and else a snippet.
func (w *proposing) make(edits []edit.Edit, ok bool, otherwise manual) bool {
	for _, one := range edits {
		ok = ok && !hasSymbol(one.Text)
	}
	if w.isGenerated(otherwise.resource.Stack()) {
		w.Snippets = append(w.Snippets, w.cdkSnippet(otherwise))
		return true
	}
	if !ok || edit.Overlap(edits) || edit.Conflicts(edits, w.Edits) {
		w.Snippets = append(w.Snippets, w.snippet(otherwise))
		return true
	}
	w.Edits = append(w.Edits, edits...)
	return true
}

// hasSymbol reports whether code contains a symbol, perhaps escaped: no file can.
func hasSymbol(text string) bool {
	return symbol.In(text) || strings.Contains(strings.ToLower(text), `\ufdd0`)
}

// snippet is what to set in a template by hand.
func (w *proposing) snippet(m manual) edit.Snippet {
	r := m.resource
	s := edit.Snippet{File: r.At.File, Line: r.At.Line, Address: r.Address(), Note: symbol.Text(m.note)}
	if len(m.properties) > 0 {
		shown, _ := templated(m.properties, r.Stack(), "").(edit.Object)
		s.Text = symbol.Text(w.document(r.Stack()).Text(shown))
	}
	return s
}

func (e *Editor) isGenerated(s *cloudformation.Stack) bool { return e.generated[s.Template().Name] }

// document is the template of a stack as what it evaluates to is written. Nothing is edited in a
// template that is a text in another one, or is not UTF-8.
func (e *Editor) document(s *cloudformation.Stack) *edit.YAML {
	if y := e.documents[s]; y != nil {
		return y
	}
	t := s.Template()
	y := &edit.YAML{File: t.Name, Source: t.Source, IsJSON: t.IsJSON(), Function: cloudformation.Function, Follow: s.Follow}
	if bytes.HasPrefix(t.Source, []byte("\xEF\xBB\xBF")) {
		y.Offset = 3
	}
	if first := e.files[t.Name]; t.IsUTF8() && (first == t || bytes.Equal(first.Source, t.Source)) {
		y.Root = t.Root()
	}
	e.documents[s] = y
	return y
}

// written is the map of a resource in its template; nil: it is not edited.
func (e *Editor) written(r *cloudformation.Resource) *edit.Node {
	n := r.Node()
	if n == nil {
		return nil
	}
	if node := e.document(r.Stack()).Node(n); node != nil && node.Kind == edit.Shape {
		return node
	}
	return nil
}

// property is what a property of a resource is written as; nil: it is not written out.
func (e *Editor) property(r *cloudformation.Resource, name string) *edit.Node {
	return e.written(r).Member("Properties").Member(name)
}

// set sets a property that has another value, or none.
func (e *Editor) set(r *cloudformation.Resource, name string, before, after any) ([]edit.Edit, bool) {
	if n := e.property(r, name); n != nil {
		return edit.Change(n, before, after)
	}
	return e.add(r, name, after)
}

// add adds a property that is not there. A value that is not written out may have it.
func (e *Editor) add(r *cloudformation.Resource, name string, v any) ([]edit.Edit, bool) {
	n := e.written(r)
	if n == nil || (values{r.Properties}).in(name).given() {
		return nil, false
	}
	switch p := n.Member("Properties"); {
	case p == nil:
		return n.Add("Properties", edit.Object{{Key: name, Value: v}}), true
	case p.Kind == edit.Shape:
		return p.Add(name, v), true
	}
	return nil, false
}

// templated is a value as a template writes it: functions stand in place of symbols, as far as the
// stack has what they stand for, and in place of the ID of an account, if one is given.
func templated(v any, s *cloudformation.Stack, id string) any {
	switch v := v.(type) {
	case edit.Object:
		out := edit.Object{}
		for _, p := range v {
			out = append(out, edit.Pair{Key: p.Key, Value: templated(p.Value, s, id)})
		}
		return out
	case []any:
		out := []any{}
		for _, one := range v {
			out = append(out, templated(one, s, id))
		}
		return out
	case string:
		if id != "" && !symbol.In(id) {
			v = replaceID(v, id)
		}
		return templatedText(v, s)
	}
	return v
}

// ownAccount is the account of a stack, whichever it is.
var ownAccount = symbol.New("AWS::AccountId", "the account that the stack is deployed to")

// replaceID puts the account of the stack in the place of an ID, in an ARN, too.
func replaceID(text, id string) string {
	if text == id {
		return ownAccount
	}
	return strings.ReplaceAll(text, ":"+id+":", ":"+ownAccount+":")
}

func templatedText(text string, s *cloudformation.Stack) any {
	if !symbol.In(text) {
		return text
	}
	var b strings.Builder
	parts, last := 0, ""
	for _, p := range symbol.Split(text) {
		parts++
		if !p.IsSymbol() {
			b.WriteString(strings.ReplaceAll(p.Text, "${", "${!"))
			continue
		}
		if last = variable(p, s); last == "" {
			return text
		}
		b.WriteString("${" + last + "}")
	}
	switch {
	case parts > 1:
		return edit.Call{Function: "Sub", Argument: b.String()}
	case strings.Contains(last, ".") && !strings.Contains(last, "::"):
		return edit.Call{Function: "GetAtt", Argument: last}
	}
	return edit.Call{Function: "Ref", Argument: last}
}

// variable is what a symbol stands for in Fn::Sub of a template; empty: nothing.
func variable(p symbol.Part, s *cloudformation.Stack) string {
	switch is := symbol.New(p.Name, p.Why); {
	case is == ownAccount || is == declared.ThisAccount && is == s.Options().Account:
		return "AWS::AccountId"
	case is == declared.ThisRegion && is == s.Options().Region:
		return "AWS::Region"
	}
	name := p.Name
	if prefix := s.Options().Name; prefix != "" {
		name = strings.TrimPrefix(name, prefix+"/")
	}
	id, _, _ := strings.Cut(name, ".")
	if s.Template().Declares(id) && !strings.ContainsAny(name, "${}()/ ") {
		return name
	}
	return ""
}

// find returns the first resource that matches, or nil.
func (e *Editor) find(match func(*cloudformation.Resource) bool) *cloudformation.Resource {
	for _, r := range e.resources {
		if match(r) {
			return r
		}
	}
	return nil
}

// account is the account that a resource is deployed to.
func accountOf(r *cloudformation.Resource) string { return targetOf(r.Stack()).account }

// titled is a text that is never empty, for people.
func titled(text, otherwise string) string { return cmp.Or(symbol.Text(text), otherwise) }
