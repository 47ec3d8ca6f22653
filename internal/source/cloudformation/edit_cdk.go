package cloudformation

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/edit"
	"github.com/iblint/iblint/internal/lazyregexp"
)

// cdkCode is code for the AWS CDK (aws-cdk-lib).
type cdkCode struct {
	typescript, python string
	added              bool // it is a construct to add; else it is for a construct of the AWS Construct Library (L2)
	anywhere           bool // it holds for constructs that are resources (L1), too
}

// cdkSnippet is what to change in the source of a template that the CDK wrote.
func (w *proposing) cdkSnippet(m manual) edit.Snippet {
	r := m.resource
	s := edit.Snippet{File: r.At.File, Line: r.At.Line, Address: cmp.Or(r.Path, r.Address()), Note: symbol.Text(m.note)}
	if at, ok := inSource(w.constructs.of(r.Stack()), r.Path); ok {
		s.File, s.Line = at.File, at.Line
	}
	construct, library := strings.CutSuffix(r.Path, "/Resource")
	code := m.cdk
	where := ", in the source of construct " + construct
	if construct == "" {
		where = ", in the source of the template"
	}
	if code.added {
		where = ", in the source of the stack"
	}
	s.Note += where
	properties, _ := templated(m.properties, r.Stack(), "").(edit.Object)
	if !code.added && !code.anywhere && (!library || code == (cdkCode{})) {
		code = setProperties(r.Type, m.within, properties, library)
	}
	if code.typescript != "" {
		s.Text = symbol.Text("TypeScript:\n  " + strings.ReplaceAll(code.typescript, "\n", "\n  ") + "\nPython:\n  " + strings.ReplaceAll(code.python, "\n", "\n  "))
	}
	return s
}

// setProperties sets properties of a resource: where it is a construct itself (L1), in its
// properties, and in a construct of the library by overrides.
func setProperties(kind, within string, properties edit.Object, library bool) (code cdkCode) {
	var typescript, python []string
	if within != "" {
		within += "."
	}
	for _, p := range properties {
		if library {
			name := edit.Marshal(within+p.Key, "")
			typescript = append(typescript, "(construct.node.defaultChild as "+classOf(kind)+").addPropertyOverride("+name+", "+typeScript.value(p.Value, "", true)+");")
			python = append(python, "construct.node.default_child.add_property_override("+name+", "+pythonCode.value(p.Value, "", true)+")")
			continue
		}
		verbatim := documents[p.Key]
		typescript = append(typescript, lowerFirst(p.Key)+": "+typeScript.value(p.Value, "", verbatim)+",")
		python = append(python, snake(p.Key)+"="+pythonCode.value(p.Value, "", verbatim)+",")
	}
	return cdkCode{typescript: strings.Join(typescript, "\n"), python: strings.Join(python, "\n")}
}

// documents are properties whose keys are not names of properties.
var documents = map[string]bool{"AssumeRolePolicyDocument": true, "PolicyDocument": true, "RepositoryPolicyText": true, "PolicyText": true}

// classOf is the class of a resource: iam.CfnRole.
func classOf(kind string) string {
	parts := strings.Split(kind, "::")
	return strings.ToLower(parts[1]) + ".Cfn" + parts[2]
}

// cdkArgument sets a property of a construct of the library that has the name of that of the resource.
func cdkArgument(name, value string) cdkCode {
	return cdkCode{typescript: lowerFirst(name) + ": " + edit.Marshal(value, "") + ",", python: snake(name) + "=" + edit.Marshal(value, "") + ","}
}

func cdkAttach(c checks.Change) cdkCode {
	typescript, python := policyReference(c.Policy)
	return cdkCode{typescript: "role.addManagedPolicy(" + typescript + ");", python: "role.add_managed_policy(" + python + ")"}
}

// policyReference refers to a managed policy: by name if it is one of AWS.
func policyReference(arn string) (typescript, python string) {
	if _, name, ok := strings.Cut(arn, ":aws:policy/"); ok {
		return "iam.ManagedPolicy.fromAwsManagedPolicyName(" + edit.Marshal(name, "") + ")", "iam.ManagedPolicy.from_aws_managed_policy_name(" + edit.Marshal(name, "") + ")"
	}
	return `iam.ManagedPolicy.fromManagedPolicyArn(this, "LifecyclePolicy", ` + edit.Marshal(arn, "") + ")", `iam.ManagedPolicy.from_managed_policy_arn(self, "LifecyclePolicy", ` + edit.Marshal(arn, "") + ")"
}

func cdkTag(key, value string) cdkCode {
	arguments := edit.Marshal(key, "") + ", " + edit.Marshal(value, "") + ")"
	return cdkCode{typescript: "Tags.of(repository).add(" + arguments + ";", python: "Tags.of(repository).add(" + arguments, anywhere: true}
}

func cdkUntag(key string) cdkCode {
	name := edit.Marshal(key, "")
	return cdkCode{typescript: "Tags.of(repository).remove(" + name + ");", python: "Tags.of(repository).remove(" + name + ")", anywhere: true}
}

// cdkReference sets the role that an Image Builder resource names. ID is empty if the template does
// not declare the role.
func cdkReference(id, arn string, path []string) cdkCode {
	typescript, python := edit.Marshal(arn, ""), edit.Marshal(arn, "")
	if id != "" {
		typescript, python = "role.roleArn", "role.role_arn"
	}
	code := cdkCode{typescript: "executionRole: " + typescript, python: "execution_role=" + python, anywhere: true}
	if len(path) > 1 {
		return cdkCode{typescript: "deletionSettings: { " + code.typescript + " },", python: `deletion_settings={"execution_role": ` + python + "},", anywhere: true}
	}
	code.typescript, code.python = code.typescript+",", code.python+","
	return code
}

// cdkTrust sets the trust policy of a role, if it lets one service assume the role.
func cdkTrust(document any) cdkCode {
	typescript, python, ok := servicePrincipal(document)
	if !ok {
		return cdkCode{}
	}
	return cdkCode{typescript: "assumedBy: " + typescript + ",", python: "assumed_by=" + python + ","}
}

// cdkRole is a role to add.
func cdkRole(id string, c checks.Change, trust any, policies []any) cdkCode {
	typescript, python, ok := servicePrincipal(trust)
	if !ok {
		return setProperties("AWS::IAM::Role", "", edit.Object{{Key: "RoleName", Value: c.Role}, {Key: "AssumeRolePolicyDocument", Value: trust}, {Key: "ManagedPolicyArns", Value: policies}}, false)
	}
	name := edit.Marshal(c.Role, "")
	ts := "const role = new iam.Role(this, " + edit.Marshal(id, "") + ", {\n  roleName: " + name + ",\n  assumedBy: " + strings.ReplaceAll(typescript, "\n", "\n  ") + ",\n"
	py := "role = iam.Role(\n    self, " + edit.Marshal(id, "") + ",\n    role_name=" + name + ",\n    assumed_by=" + strings.ReplaceAll(python, "\n", "\n    ") + ",\n"
	if c.Path != "" && c.Path != "/" {
		ts += "  path: " + edit.Marshal(c.Path, "") + ",\n"
		py += "    path=" + edit.Marshal(c.Path, "") + ",\n"
	}
	var inTypeScript, inPython []string
	for _, policy := range policies {
		arn, _ := policy.(string)
		t, p := policyReference(arn)
		inTypeScript, inPython = append(inTypeScript, t), append(inPython, p)
	}
	if len(policies) > 0 {
		ts += "  managedPolicies: [" + strings.Join(inTypeScript, ", ") + "],\n"
		py += "    managed_policies=[" + strings.Join(inPython, ", ") + "],\n"
	}
	return cdkCode{typescript: ts + "});", python: py + ")", added: true}
}

// servicePrincipal is the principal of a trust policy that lets one service assume the role.
func servicePrincipal(document any) (typescript, python string, ok bool) {
	o, _ := document.(edit.Object)
	v, _ := o.Get("Statement")
	statements, isList := v.([]any)
	if !isList {
		statements = []any{v}
	}
	if len(statements) != 1 {
		return "", "", false
	}
	s, _ := statements[0].(edit.Object)
	effect, _ := s.Get("Effect")
	action, _ := s.Get("Action")
	principal, _ := s.Get("Principal")
	condition, conditional := s.Get("Condition")
	p, _ := principal.(edit.Object)
	service, _ := p.Get("Service")
	name, isName := only(service).(string)
	known := len(s) == 3 && !conditional || len(s) == 4 && conditional
	if _, sid := s.Get("Sid"); sid {
		known = len(s) == 4 && !conditional || len(s) == 5 && conditional
	}
	if effect != "Allow" || only(action) != "sts:AssumeRole" || len(p) != 1 || !isName || !known {
		return "", "", false
	}
	quoted := edit.Marshal(name, "")
	if !conditional {
		return "new iam.ServicePrincipal(" + quoted + ")", "iam.ServicePrincipal(" + quoted + ")", true
	}
	return "new iam.ServicePrincipal(" + quoted + ", { conditions: " + typeScript.value(condition, "", true) + " })",
		"iam.ServicePrincipal(" + quoted + ", conditions=" + pythonCode.value(condition, "", true) + ")", true
}

// only is the item of a list of one, or the value itself.
func only(v any) any {
	if list, ok := v.([]any); ok && len(list) == 1 {
		return list[0]
	}
	if _, isList := v.([]any); isList {
		return nil
	}
	return v
}

// language is how values are written in a language.
type language struct {
	key                 func(name string, verbatim bool) string
	yes, no, null, call string
}

var (
	identifier = lazyregexp.New(`^[A-Za-z_][A-Za-z0-9_]*$`)
	newWord    = lazyregexp.New(`([a-z0-9])([A-Z])`)

	typeScript = language{func(name string, verbatim bool) string {
		if !verbatim {
			name = lowerFirst(name)
		}
		if identifier().MatchString(name) {
			return name
		}
		return edit.Marshal(name, "")
	}, "true", "false", "undefined", "Fn.getAtt"}
	pythonCode = language{func(name string, verbatim bool) string {
		if !verbatim {
			name = snake(name)
		}
		return edit.Marshal(name, "")
	}, "True", "False", "None", "Fn.get_att"}
)

func lowerFirst(name string) string {
	if name == "" {
		return name
	}
	return strings.ToLower(name[:1]) + name[1:]
}

func snake(name string) string { return strings.ToLower(newWord().ReplaceAllString(name, "${1}_${2}")) }

// value is a value in the language. Verbatim says that keys are no names of properties.
func (l language) value(v any, indent string, verbatim bool) string {
	switch v := v.(type) {
	case edit.Object:
		inner := indent + "  "
		text := "{\n"
		for _, p := range v {
			text += inner + l.key(p.Key, verbatim) + ": " + l.value(p.Value, inner, verbatim) + ",\n"
		}
		return text + indent + "}"
	case []any:
		var items []string
		for _, item := range v {
			items = append(items, l.value(item, indent, verbatim))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case edit.Call:
		return l.function(v)
	case json.Number:
		return v.String()
	case bool:
		if v {
			return l.yes
		}
		return l.no
	case nil:
		return l.null
	}
	return edit.Marshal(v, "")
}

// function is a call of a function of templates.
func (l language) function(c edit.Call) string {
	id, attribute, _ := strings.Cut(c.Argument, ".")
	switch {
	case c.Argument == "AWS::AccountId":
		return "Aws.ACCOUNT_ID"
	case c.Argument == "AWS::Region":
		return "Aws.REGION"
	case c.Function == "Ref":
		return "Fn.ref(" + edit.Marshal(c.Argument, "") + ")"
	case c.Function == "GetAtt":
		return l.call + "(" + edit.Marshal(id, "") + ", " + edit.Marshal(attribute, "") + ")"
	}
	return "Fn.sub(" + edit.Marshal(c.Argument, "") + ")"
}
