package lintcmd

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/iblint/iblint/checks/account"
)

// subjectName is a name of a subject in a file. Fields that the file does not specify are
// empty.
type subjectName struct {
	kind    account.Kind // empty: the subject is the account
	account string
	region  string
	name    string
}

// nameLines maps each name in a file to its line.
type nameLines map[subjectName]int

// add adds a name, unless the file has it on an earlier line.
func (n nameLines) add(what subjectName, line int) {
	if _, ok := n[what]; !ok {
		n[what] = line
	}
}

// subjectNames returns the names that a file may use for a subject, the most specific first.
func subjectNames(s account.Subject) []subjectName {
	switch kind := account.Kind(s.Type); kind {
	case account.ExecutionRoleKind:
		return []subjectName{{kind, s.Account, "", s.Name}, {kind, "", "", s.Name}}
	case account.DestinationKind:
		return []subjectName{{account.ExecutionRoleKind, s.Account, "", s.Name}, {kind, s.Account, "", ""}}
	case account.OrganizationKind:
		return []subjectName{{kind, "", "", s.Name}}
	case account.RepositoryKind, account.LifecyclePolicyKind:
		return []subjectName{{kind, s.Account, s.Region, s.Name}, {kind, "", "", s.Name}}
	}
	return nil
}

// nodeFunc is called for each key of a document, without text, and for each scalar value, with
// its text. Path is the position in the document. Line starts at 1.
type nodeFunc func(path []string, text string, line int)

// is reports whether a path matches a pattern of elements separated by slashes. The element *
// matches any element.
func is(path []string, pattern string) bool {
	for _, have := range path {
		want, rest, _ := strings.Cut(pattern, "/")
		if want != "*" && have != want || pattern == "" {
			return false
		}
		pattern = rest
	}
	return pattern == ""
}

// ownedName is a name below an entry of owners. The account of the entry may be on a later
// line.
type ownedName struct {
	owner      string // index of the owner
	repository string // indexes of owner and repository, if the Region is a separate field
	line       int
	subjectName
}

// ownerNames collects the names below owners. They have the same form in the configuration
// and in recordings.
type ownerNames struct {
	accounts map[string]string // by index of the owner
	regions  map[string]string // by indexes of owner and repository
	list     []ownedName
}

func (o *ownerNames) visit(path []string, text string, line int) {
	add := func(n subjectName) { o.list = append(o.list, ownedName{owner: path[1], line: line, subjectName: n}) }
	switch {
	case text == "":
	case is(path, "owners/*/account"):
		o.accounts[path[1]] = text
		add(subjectName{})
	case is(path, "owners/*/executionRoles/*"):
		ref, _ := account.ParseRoleReference(text)
		add(subjectName{kind: account.ExecutionRoleKind, name: ref.Name})
	case is(path, "owners/*/destinations/*/account"):
		add(subjectName{kind: account.DestinationKind, account: text})
	case is(path, "owners/*/repositories/*/region"):
		o.regions[path[1]+"/"+path[3]] = text
	case is(path, "owners/*/repositories/*/name"):
		add(subjectName{kind: account.RepositoryKind, name: text})
		o.list[len(o.list)-1].repository = path[1] + "/" + path[3]
	case is(path, "owners/*/repositories/*/*"): // by Region, in the configuration
		add(subjectName{kind: account.RepositoryKind, region: path[3], name: text})
	}
}

// addTo adds the names to n. Names in n take precedence.
func (o *ownerNames) addTo(n nameLines) {
	for _, entry := range o.list {
		if entry.account == "" {
			entry.account = o.accounts[entry.owner]
		}
		if entry.repository != "" {
			entry.region = o.regions[entry.repository]
		}
		n.add(entry.subjectName, entry.line)
	}
}

func newOwnerNames() *ownerNames {
	return &ownerNames{accounts: map[string]string{}, regions: map[string]string{}}
}

// namesOfConfiguration returns the names in a configuration file.
func namesOfConfiguration(data []byte) nameLines {
	n, o := nameLines{}, newOwnerNames()
	walkYAML(data, func(path []string, text string, line int) {
		o.visit(path, text, line)
		if text != "" && (is(path, "organization/accounts/*") || is(path, "organization/exclude/*")) {
			n.add(subjectName{account: text}, line)
		}
	})
	o.addTo(n)
	return n
}

// namesOfRecording returns the names in a recording.
func namesOfRecording(data []byte) nameLines {
	n, o := nameLines{}, newOwnerNames()
	walkJSON(data, func(path []string, text string, line int) {
		o.visit(path, text, line)
		switch {
		case is(path, "guardrails/*"):
			n.add(subjectName{account.OrganizationKind, "", "", path[1]}, line)
		case is(path, "accounts/*"):
			n.add(subjectName{account: path[1]}, line)
		case is(path, "accounts/*/roles/*"):
			n.add(subjectName{account.ExecutionRoleKind, path[1], "", path[3]}, line)
		case is(path, "accounts/*/repositoryTags/*/*"), is(path, "accounts/*/repositoryPolicies/*/*"):
			n.add(subjectName{account.RepositoryKind, path[1], path[3], path[4]}, line)
		case is(path, "accounts/*/imageBuilder/*/lifecyclePolicies/items/*/name") && text != "":
			n.add(subjectName{account.LifecyclePolicyKind, path[1], path[3], text}, line)
		case is(path, "organization/members/items/*/account") && text != "":
			n.add(subjectName{account: text}, line)
		}
	})
	o.addTo(n)
	return n
}

// namesOfAuthorization returns the names in the output of get-account-authorization-details.
func namesOfAuthorization(data []byte) nameLines {
	n := nameLines{}
	walkJSON(data, func(path []string, text string, line int) {
		if is(path, "RoleDetailList/*/Arn") && text != "" {
			ref, _ := account.ParseRoleReference(text)
			n.add(subjectName{account.ExecutionRoleKind, ref.Account, "", ref.Name}, line)
		}
	})
	return n
}

// namesOfPlan returns the names in an input file of the AWS CLI, which does not name the owner.
func namesOfPlan(data []byte) nameLines {
	n := nameLines{}
	walkJSON(data, func(path []string, text string, line int) {
		if text == "" || len(path) > 6 { // no name is nested deeper
			return
		}
		switch at := strings.ToLower(strings.Join(path, "/")); {
		case at == "name":
			n.add(subjectName{kind: account.LifecyclePolicyKind, name: text}, line)
		case at == "executionrole":
			ref, _ := account.ParseRoleReference(text)
			n.add(subjectName{kind: account.ExecutionRoleKind, name: ref.Name}, line)
		case is(strings.Split(at, "/"), "distributions/*/amidistributionconfiguration/targetaccountids/*"),
			is(strings.Split(at, "/"), "distributions/*/amidistributionconfiguration/launchpermission/userids/*"):
			n.add(subjectName{kind: account.DestinationKind, account: text}, line)
		case is(strings.Split(at, "/"), "distributions/*/containerdistributionconfiguration/targetrepository/repositoryname"):
			n.add(subjectName{kind: account.RepositoryKind, name: text}, line)
		}
	})
	return n
}

// walkJSON calls visit for the nodes of a JSON document. It stops at a syntax error, which the
// caller has reported before. It streams, because a recording may be large, and reports
// lines; the JSON readers of packages policy, redact and report/fix are for single policy
// documents.
func walkJSON(data []byte, visit nodeFunc) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	line, offset := 1, 0
	next := func() (json.Token, bool) {
		token, err := d.Token()
		to := int(d.InputOffset())
		line, offset = line+bytes.Count(data[offset:to], []byte("\n")), to
		return token, err == nil
	}
	var value func(path []string) bool
	value = func(path []string) bool {
		token, ok := next()
		if !ok {
			return false
		}
		switch token {
		case json.Delim('{'):
			for d.More() {
				key, _ := next()
				name, ok := key.(string)
				if !ok {
					return false
				}
				below := append(path, name)
				visit(below, "", line)
				if !value(below) {
					return false
				}
			}
			_, ok = next()
		case json.Delim('['):
			for i := 0; d.More(); i++ {
				if !value(append(path, strconv.Itoa(i))) {
					return false
				}
			}
			_, ok = next()
		default:
			if text, isText := token.(string); isText {
				visit(path, text, line)
			}
		}
		return ok
	}
	value(nil)
}

// walkYAML calls visit for the nodes of a YAML document. It ignores aliases, and documents with
// a syntax error, which the caller has reported before.
func walkYAML(data []byte, visit nodeFunc) {
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return
	}
	var walk func(node ast.Node, path []string)
	pair := func(node *ast.MappingValueNode, path []string) {
		key := node.Key.GetToken()
		below := append(path, key.Value)
		visit(below, "", key.Position.Line)
		walk(node.Value, below)
	}
	walk = func(node ast.Node, path []string) {
		switch node := node.(type) {
		case *ast.MappingNode:
			for _, value := range node.Values {
				pair(value, path)
			}
		case *ast.MappingValueNode:
			pair(node, path)
		case *ast.SequenceNode:
			for i, value := range node.Values {
				walk(value, append(path, strconv.Itoa(i)))
			}
		case *ast.AnchorNode:
			walk(node.Value, path)
		case *ast.TagNode:
			walk(node.Value, path)
		case ast.ScalarNode:
			visit(path, node.GetToken().Value, node.GetToken().Position.Line)
		}
	}
	for _, document := range file.Docs {
		walk(document.Body, nil)
	}
}
