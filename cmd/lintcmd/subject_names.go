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

// naming is one way in which a file names a subject. What it leaves out, the file
// does not tell.
type naming struct {
	kind    account.Kind // empty: the account itself
	account string
	region  string
	name    string
}

// names are the lines on which a file names something.
type names map[naming]int

// put keeps the first line.
func (n names) put(what naming, line int) {
	if _, ok := n[what]; !ok {
		n[what] = line
	}
}

// namings are the ways in which a file may name a subject, the closest first.
func namings(s account.Subject) []naming {
	switch kind := account.Kind(s.Type); kind {
	case account.ExecutionRoleKind:
		return []naming{{kind, s.Account, "", s.Name}, {kind, "", "", s.Name}}
	case account.DestinationKind:
		return []naming{{account.ExecutionRoleKind, s.Account, "", s.Name}, {kind, s.Account, "", ""}}
	case account.RepositoryKind, account.LifecyclePolicyKind:
		return []naming{{kind, s.Account, s.Region, s.Name}, {kind, "", "", s.Name}}
	}
	return nil
}

// A visit is told of each key, without text, and of each value that is no
// container, with its text: where it stands in the document, and on which line.
type visit func(path []string, text string, line int)

// is says whether a path has these elements, of which * is any.
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

// owned are names below owners, whose account may stand behind them.
type owned struct {
	owner      string // number
	repository string // number, where the Region stands beside the name
	line       int
	naming
}

// owners collects what owners name, in the configuration and in recordings alike.
type owners struct {
	accounts map[string]string // by number
	regions  map[string]string // of repositories, by numbers
	list     []owned
}

func (o *owners) visit(path []string, text string, line int) {
	add := func(n naming) { o.list = append(o.list, owned{owner: path[1], line: line, naming: n}) }
	switch {
	case text == "":
	case is(path, "owners/*/account"):
		o.accounts[path[1]] = text
		add(naming{})
	case is(path, "owners/*/executionRoles/*"):
		ref, _ := account.ParseRoleReference(text)
		add(naming{kind: account.ExecutionRoleKind, name: ref.Name})
	case is(path, "owners/*/destinations/*/account"):
		add(naming{kind: account.DestinationKind, account: text})
	case is(path, "owners/*/repositories/*/region"):
		o.regions[path[1]+"/"+path[3]] = text
	case is(path, "owners/*/repositories/*/name"):
		add(naming{kind: account.RepositoryKind, name: text})
		o.list[len(o.list)-1].repository = path[1] + "/" + path[3]
	case is(path, "owners/*/repositories/*/*"): // by Region, in the configuration
		add(naming{kind: account.RepositoryKind, region: path[3], name: text})
	}
}

// into puts the names into others, which go before them.
func (o *owners) into(n names) {
	for _, entry := range o.list {
		if entry.account == "" {
			entry.account = o.accounts[entry.owner]
		}
		if entry.repository != "" {
			entry.region = o.regions[entry.repository]
		}
		n.put(entry.naming, entry.line)
	}
}

func newOwners() *owners {
	return &owners{accounts: map[string]string{}, regions: map[string]string{}}
}

func namesOfConfiguration(data []byte) names {
	n, o := names{}, newOwners()
	walkYAML(data, func(path []string, text string, line int) {
		o.visit(path, text, line)
		if text != "" && (is(path, "organization/accounts/*") || is(path, "organization/exclude/*")) {
			n.put(naming{account: text}, line)
		}
	})
	o.into(n)
	return n
}

func namesOfRecording(data []byte) names {
	n, o := names{}, newOwners()
	walkJSON(data, func(path []string, text string, line int) {
		o.visit(path, text, line)
		switch {
		case is(path, "accounts/*"):
			n.put(naming{account: path[1]}, line)
		case is(path, "accounts/*/roles/*"):
			n.put(naming{account.ExecutionRoleKind, path[1], "", path[3]}, line)
		case is(path, "accounts/*/repositoryTags/*/*"), is(path, "accounts/*/repositoryPolicies/*/*"):
			n.put(naming{account.RepositoryKind, path[1], path[3], path[4]}, line)
		case is(path, "accounts/*/imageBuilder/*/lifecyclePolicies/items/*/name") && text != "":
			n.put(naming{account.LifecyclePolicyKind, path[1], path[3], text}, line)
		case is(path, "organization/members/items/*/account") && text != "":
			n.put(naming{account: text}, line)
		}
	})
	o.into(n)
	return n
}

// namesOfAuthorization are those in the output of get-account-authorization-details.
func namesOfAuthorization(data []byte) names {
	n := names{}
	walkJSON(data, func(path []string, text string, line int) {
		if is(path, "RoleDetailList/*/Arn") && text != "" {
			ref, _ := account.ParseRoleReference(text)
			n.put(naming{account.ExecutionRoleKind, ref.Account, "", ref.Name}, line)
		}
	})
	return n
}

// namesOfPlan are those in an input file of the AWS CLI, whose owner stands elsewhere.
func namesOfPlan(data []byte) names {
	n := names{}
	walkJSON(data, func(path []string, text string, line int) {
		if text == "" || len(path) > 6 { // deeper, there is nothing that is looked for
			return
		}
		switch at := strings.ToLower(strings.Join(path, "/")); {
		case at == "name":
			n.put(naming{kind: account.LifecyclePolicyKind, name: text}, line)
		case at == "executionrole":
			ref, _ := account.ParseRoleReference(text)
			n.put(naming{kind: account.ExecutionRoleKind, name: ref.Name}, line)
		case is(strings.Split(at, "/"), "distributions/*/amidistributionconfiguration/targetaccountids/*"),
			is(strings.Split(at, "/"), "distributions/*/amidistributionconfiguration/launchpermission/userids/*"):
			n.put(naming{kind: account.DestinationKind, account: text}, line)
		case is(strings.Split(at, "/"), "distributions/*/containerdistributionconfiguration/targetrepository/repositoryname"):
			n.put(naming{kind: account.RepositoryKind, name: text}, line)
		}
	})
	return n
}

// walkJSON visits a document that was parsed before: what is no JSON ends it.
func walkJSON(data []byte, visit visit) {
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

// walkYAML visits a document that was parsed before, as written: an alias names nothing.
func walkYAML(data []byte, visit visit) {
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
