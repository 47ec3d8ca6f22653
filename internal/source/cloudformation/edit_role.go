package cloudformation

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/cloudformation"
	"github.com/iblint/iblint/internal/edit"
	"github.com/iblint/iblint/internal/source/declared"
)

// roleResource is the resource that declares a role.
func (w *proposing) roleResource(id, name string) *cloudformation.Resource {
	if r := w.renamed[id+"/"+name]; r != nil {
		return r
	}
	return w.byKey[declared.RoleKey(id, name)]
}

// createdRole is a role that a fix adds to a template.
type createdRole struct {
	stack *cloudformation.Stack
	id    string // logical ID
}

// renameRole gives a role the name and the path that it should have, if the fix deletes it and
// creates one whose name differs at most in letter case.
func (w *proposing) renameRole(c checks.Change) bool {
	r := w.roleResource(c.Account, c.Role)
	i := slices.IndexFunc(w.all, func(other checks.Change) bool {
		return other.Action == checks.CreateRole && other.Account == c.Account && strings.EqualFold(other.Role, c.Role)
	})
	if r == nil || i < 0 {
		return false
	}
	made := w.all[i]
	w.renamed[c.Account+"/"+made.Role] = r
	if made.Role != c.Role {
		w.setName(r, made.Role)
	}
	if path := cmp.Or(values{r.Properties}.in("Path").text(), "/"); path != cmp.Or(made.Path, "/") {
		edits, ok := w.setText(r, "Path", path, cmp.Or(made.Path, "/"))
		w.make(edits, ok, manual{resource: r, note: "give the role the path " + cmp.Or(made.Path, "/"), properties: edit.Object{{Key: "Path", Value: cmp.Or(made.Path, "/")}}, cdk: cdkArgument("Path", cmp.Or(made.Path, "/"))})
	}
	return true
}

// setName sets the name of a role where it is written, also where other resources write it.
func (w *proposing) setName(r *cloudformation.Resource, name string) {
	before := values{r.Properties}.in("RoleName").text()
	edits, ok := w.setText(r, "RoleName", before, name)
	w.make(edits, ok, manual{resource: r, note: "give the role the name " + name, properties: edit.Object{{Key: "RoleName", Value: name}}, cdk: cdkArgument("RoleName", name)})
	for _, other := range w.resources {
		if accountOf(other) != accountOf(r) {
			continue
		}
		var at *edit.Node
		switch other.Type {
		case "AWS::IAM::RolePolicy":
			at = w.property(other, "RoleName")
		case "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy":
			at = itemWith(w.property(other, "Roles"), before)
		}
		if at != nil && at.IsText && at.Text == before {
			w.make([]edit.Edit{at.Replace(name)}, true, manual{resource: other, note: "refer to the role " + name})
		}
	}
}

// itemWith is the item of a list that is a text; nil: there is none.
func itemWith(n *edit.Node, text string) *edit.Node {
	if n == nil {
		return nil
	}
	for _, m := range n.Members {
		if m.Value.IsText && m.Value.Text == text {
			return m.Value
		}
	}
	return nil
}

// setText sets a property that is a text. In a function, the text is changed if it stands there.
func (w *proposing) setText(r *cloudformation.Resource, name, before, after string) ([]edit.Edit, bool) {
	if edits, ok := w.set(r, name, before, after); ok {
		return edits, true
	}
	n := w.property(r, name)
	if function, _ := n.Function(); function == "Sub" || function == "Join" {
		return n.ReplaceText(before, after)
	}
	return nil, false
}

// createRole adds a role at the end of the resources of a template: of the one with the lifecycle
// policy that the fix makes refer to it, or else of one of the account.
func (w *proposing) createRole(c checks.Change) bool {
	if w.roleResource(c.Account, c.Role) != nil { // renamed, or there already
		return true
	}
	trust, err := edit.Parse(c.Document)
	if err != nil || symbol.In(c.Role) {
		return false
	}
	near := w.near(c)
	if near == nil {
		return false
	}
	s := near.Stack()
	id := w.unused(s, logicalID(c.Role), c.Account+"/"+c.Role)
	properties := edit.Object{{Key: "RoleName", Value: c.Role}}
	if c.Path != "" && c.Path != "/" {
		properties = append(properties, edit.Pair{Key: "Path", Value: c.Path})
	}
	properties = append(properties, edit.Pair{Key: "AssumeRolePolicyDocument", Value: w.portable(trust, s)})
	policies := []any{}
	for _, other := range w.all {
		if other.Action == checks.AttachPolicy && other.Account == c.Account && other.Role == c.Role {
			policies = append(policies, other.Policy)
		}
	}
	if len(policies) > 0 {
		properties = append(properties, edit.Pair{Key: "ManagedPolicyArns", Value: policies})
	}
	role := edit.Object{{Key: "Type", Value: "AWS::IAM::Role"}, {Key: "Properties", Value: properties}}
	w.created[c.Account+"/"+c.Role] = createdRole{s, id}
	var edits []edit.Edit
	ok := false
	if n := w.document(s).Node(s.Template().Section("Resources")); n != nil && n.Kind == edit.Shape {
		edits, ok = n.AddEntry(id, role), true
	}
	// A template that is deployed several times to the account would create the role several times.
	for _, other := range w.stacks {
		ok = ok && (other == s || other.Template().Name != s.Template().Name || targetOf(other).account != c.Account)
	}
	return w.make(edits, ok, manual{
		resource: near, note: "add the role " + c.Role + " to the code of account " + symbol.Text(c.Account), properties: edit.Object{{Key: id, Value: role}},
		cdk: cdkRole(id, c, trust, policies),
	})
}

// near is a resource of the template that a new role belongs to.
func (w *proposing) near(c checks.Change) *cloudformation.Resource {
	for _, other := range w.all {
		if other.Action == checks.ReferToRole && other.Account == c.Account {
			if policies := w.policiesWith(other); len(policies) > 0 {
				return policies[0].resource
			}
		}
	}
	return w.find(func(r *cloudformation.Resource) bool { return accountOf(r) == c.Account })
}

// logicalID is a name of a resource, which consists of letters and digits.
func logicalID(name string) string {
	var b strings.Builder
	upper := true
	for _, r := range name {
		switch {
		case r >= 0x80 || !unicode.IsLetter(r) && !unicode.IsDigit(r):
			upper = true
		case upper:
			b.WriteRune(unicode.ToUpper(r))
			upper = false
		default:
			b.WriteRune(r)
		}
	}
	if id := b.String(); id != "" && !unicode.IsDigit(rune(id[0])) {
		return id
	}
	return "Role" + b.String()
}

// unused is a logical ID that the template does not declare, and that no other fix gives to a
// resource. The same fix gets the same one again.
func (w *proposing) unused(s *cloudformation.Stack, id, what string) string {
	free := id
	for i := 2; ; i++ {
		key := s.Template().Name + " " + free
		if had, given := w.labels[key]; !s.Template().Declares(free) && (!given || had == what) {
			w.labels[key] = what
			return free
		}
		free = fmt.Sprintf("%s%d", id, i)
	}
}

// rolePlace is where a resource names a lifecycle execution role.
type rolePlace struct {
	resource *cloudformation.Resource
	path     []string // of properties
}

// policiesWith are the lifecycle policies that name the roles that a change is about, and the images
// with settings for their deletion.
func (w *proposing) policiesWith(c checks.Change) (all []rolePlace) {
	for _, r := range w.resources {
		path := map[string][]string{"AWS::ImageBuilder::LifecyclePolicy": {"ExecutionRole"}, "AWS::ImageBuilder::Image": {"DeletionSettings", "ExecutionRole"}}[r.Type]
		v := values{r.Properties}
		for _, name := range path {
			v = v.in(name)
		}
		if len(path) > 0 && accountOf(r) == c.Account && v.given() && slices.Contains(c.References, v.text()) {
			all = append(all, rolePlace{r, path})
		}
	}
	return all
}

// referToRole sets the execution role of lifecycle policies: by reference, if the template declares
// the role, and else by its ARN, where the former one is written.
func (w *proposing) referToRole(c checks.Change) bool {
	policies := w.policiesWith(c)
	for _, at := range policies {
		r := at.resource
		role := templated(c.NewReference, r.Stack(), "")
		id := w.roleReference(r.Stack(), c)
		if id != "" {
			role = edit.Call{Function: "GetAtt", Argument: id + ".Arn"}
		}
		set := edit.Object{{Key: "ExecutionRole", Value: role}}
		n, before := w.written(r).Member("Properties"), values{r.Properties}
		for i, name := range at.path {
			n, before = n.Member(name), before.in(name)
			if i > 0 {
				set = edit.Object{{Key: at.path[i-1], Value: set}}
			}
		}
		otherwise := manual{resource: r, note: "set the execution role", properties: set, cdk: cdkReference(id, c.NewReference, at.path)}
		function, _ := n.Function()
		ref, _ := account.ParseRoleReference(c.NewReference)
		_, added := w.created[c.Account+"/"+ref.Name]
		switch written, ok := edit.Change(n, before.text(), c.NewReference); {
		case n == nil:
			w.make(nil, false, otherwise)
		case ok && function == "Ref" && !added && !symbol.In(c.NewReference): // the default of a parameter
			w.make(written, true, otherwise)
		case id != "" && (n.IsText || slices.Contains([]string{"Ref", "GetAtt", "Sub", "Join"}, function)):
			w.make([]edit.Edit{n.Replace(role)}, true, otherwise)
		default:
			edits, ok := edit.Change(n, before.text(), role)
			w.make(edits, ok, otherwise)
		}
	}
	return len(policies) > 0
}

// roleReference is the logical ID of a role in a stack; empty: the stack does not declare it.
func (w *proposing) roleReference(s *cloudformation.Stack, c checks.Change) string {
	ref, ok := account.ParseRoleReference(c.NewReference)
	if !ok {
		return ""
	}
	if made, ok := w.created[c.Account+"/"+ref.Name]; ok && made.stack == s {
		return made.id
	}
	role := w.roleResource(c.Account, ref.Name)
	if role == nil || role.Stack() != s || role.Uncertain != "" || compute(role)["Arn"] != c.NewReference {
		return ""
	}
	return role.LogicalID
}

// attachPolicy attaches a managed policy to a role.
func (w *proposing) attachPolicy(c checks.Change) bool {
	if _, ok := w.created[c.Account+"/"+c.Role]; ok { // with its attachment
		return true
	}
	r := w.roleResource(c.Account, c.Role)
	if r == nil {
		return false
	}
	list := values{r.Properties}.in("ManagedPolicyArns")
	items, _ := list.texts()
	if slices.Contains(items, c.Policy) { // the fix gives the role another name or path
		return true
	}
	otherwise := manual{
		resource: r, note: "attach the managed policy to the role " + titled(c.Role, r.LogicalID),
		properties: edit.Object{{Key: "ManagedPolicyArns", Value: []any{c.Policy}}}, cdk: cdkAttach(c),
	}
	n := w.property(r, "ManagedPolicyArns")
	nodes := []*edit.Node{n}
	if n != nil && n.Kind == edit.List {
		nodes = nil
		for _, m := range n.Members {
			nodes = append(nodes, m.Value)
		}
	}
	if len(nodes) == len(items) {
		for i, have := range items {
			if nodes[i] != nil && misspelled(have, c.Policy) {
				edits, ok := corrected(nodes[i], have, c.Policy)
				return w.make(edits, ok, otherwise)
			}
		}
	}
	switch {
	case n == nil:
		edits, ok := w.add(r, "ManagedPolicyArns", []any{c.Policy})
		return w.make(edits, ok, otherwise)
	case n.Kind == edit.List:
		return w.make(n.Add("", c.Policy), true, otherwise)
	case n.IsText && len(items) == 1:
		edits, ok := edit.Change(n, items[0], []any{items[0], c.Policy})
		return w.make(edits, ok, otherwise)
	}
	return w.make(nil, false, otherwise)
}

// misspelled reports whether a managed policy that AWS does not have stands in place of another
// one: its name is right, and its path, partition or letter case is not.
func misspelled(have, policy string) bool {
	return have != policy && strings.Contains(have, ":aws:policy/") && strings.EqualFold(lastPart(have), lastPart(policy))
}

func lastPart(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// corrected are the edits of an ARN. In a function, only what follows the partition and the account
// is changed.
func corrected(n *edit.Node, have, policy string) ([]edit.Edit, bool) {
	if edits, ok := edit.Change(n, have, policy); ok {
		return edits, true
	}
	before, old, _ := strings.Cut(have, ":policy/")
	after, right, _ := strings.Cut(policy, ":policy/")
	if before != after {
		return []edit.Edit{n.Replace(policy)}, true
	}
	return n.ReplaceText(":policy/"+old, ":policy/"+right)
}
