package cloudformation_test

import (
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/cloudformation"
)

func parse(t *testing.T, name, text string) *cloudformation.Template {
	t.Helper()
	template, err := cloudformation.Parse(name, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return template
}

// What one stack exports, another one imports, also if it only knows it in part.
func TestImports(t *testing.T) {
	set := cloudformation.NewSet()
	importing := set.Add(parse(t, "import.yaml", `
Resources:
  X:
    Type: AWS::T::T
    Properties: {Role: !ImportValue platform-role, Name: !ImportValue platform-name, None: !ImportValue platform-none, Again: !ImportValue platform-none, Off: !ImportValue gone}
Outputs:
  Back: {Value: !ImportValue platform-role, Export: {Name: back}}
`), options())
	set.Add(parse(t, "export.yaml", `
Parameters:
  Stage: {Type: String}
Conditions:
  Off: !Equals [a, b]
Resources:
  Role: {Type: 'Test::Named::Role'}
Outputs:
  Arn: {Value: !GetAtt Role.Arn, Export: {Name: !Join ['-', [platform, role]]}}
  Name: {Value: !Ref Stage, Export: {Name: platform-name}}
  Off: {Condition: Off, Value: x, Export: {Name: gone}}
  Loop: {Value: !ImportValue loop, Export: {Name: loop}}
  Named: {Value: !ImportValue back, Export: {Name: !Sub 'x-${Stage}'}}
`), options())
	elsewhere := options()
	elsewhere.Region = "eu-central-1"
	far := set.Add(parse(t, "far.yaml", "Resources: {X: {Type: 'AWS::T::T', Properties: {Role: !ImportValue platform-role}}}"), elsewhere)
	got := resources(t, importing)["X"].Properties
	for name, want := range map[string]string{"Role": "arn:aws:iam::111122223333:role/${Role}", "Name": "${Stage}", "None": "export platform-none", "Off": "export gone"} {
		if text := symbol.Text(got.Member(name).Text); text != want {
			t.Errorf("%s: %s", name, text)
		}
	}
	if got.Member("None").Text != got.Member("Again").Text {
		t.Error("two imports of the same export differ")
	}
	if text := symbol.Text(resources(t, far)["X"].Properties.Member("Role").Text); text != "export platform-role" {
		t.Errorf("an export of another Region is imported: %s", text)
	}
}

// A nested stack gets the parameters of its resource, and its outputs are attributes of it.
func TestNested(t *testing.T) {
	child := parse(t, "child.yaml", `
Parameters:
  Name: {Type: String, Default: standard}
  Names: {Type: CommaDelimitedList}
  Late: {Type: String}
Resources:
  Named: {Type: 'Test::Named::Role', Properties: {Name: !Ref Name, Names: !Ref Names, Late: !Ref Late}}
  Unnamed: {Type: 'Test::Named::Role'}
Outputs:
  Arn: {Value: !GetAtt Named.Arn}
  Unnamed: {Value: !GetAtt Unnamed.Arn}
`)
	parent := parse(t, "parent.yaml", `
Parameters: {Stage: {Type: String}}
Resources:
  One: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: child.yaml, Parameters: {Name: given, Names: [a, b], Late: !GetAtt Other.Thing}}}
  Two: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: child.yaml, Parameters: {Names: 'x, y', Name: !Sub 'a-${Stage}'}}}
  Open: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: child.yaml, Parameters: !Ref Stage}}
  Gone: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: elsewhere.yaml}}
  Other: {Type: 'AWS::T::T'}
  X:
    Type: AWS::T::T
    Properties: {One: !GetAtt One.Outputs.Arn, Two: !GetAtt Two.Outputs.Arn, U1: !GetAtt One.Outputs.Unnamed, U2: !Sub '${Two.Outputs.Unnamed}', Open: !GetAtt Open.Outputs.Arn, Gone: !GetAtt Gone.Outputs.Arn, No: !GetAtt One.Outputs.No}
`)
	o := options()
	o.Nested = func(r *cloudformation.Resource) (*cloudformation.Template, string) {
		if r.Properties.Member("TemplateURL").Text == "child.yaml" {
			return child, ""
		}
		return nil, "it is not here"
	}
	all := resources(t, cloudformation.NewSet().Add(parent, o))
	const role = "arn:aws:iam::111122223333:role/"
	for name, want := range map[string]string{
		"One": role + "given", "Two": role + "a-${Stage}", "U1": role + "${One.Unnamed}", "U2": role + "${Two.Unnamed}",
		"Open": role + "${Open.Name}", "Gone": "${Gone.Outputs.Arn}", "No": "${One.Outputs.No}",
	} {
		if text := symbol.Text(all["X"].Properties.Member(name).Text); text != want {
			t.Errorf("%s: %s", name, text)
		}
	}
	nested, why := all["One"].Nested()
	if nested == nil {
		t.Fatal(why)
	}
	r := resources(t, nested)["Named"]
	if got := symbol.Text(r.Properties.JSON()); got != `{"Name":"given","Names":["a","b"],"Late":"${Other.Thing}"}` || r.Address() != "One.Named" {
		t.Error(r.Address(), got)
	}
	if _, why := all["Gone"].Nested(); why != "it is not here" {
		t.Error(why)
	}
}

// A template that nests itself ends.
func TestNestedInItself(t *testing.T) {
	self := parse(t, "self.yaml", `
Resources:
  A: {Type: 'AWS::CloudFormation::Stack'}
  B: {Type: 'AWS::CloudFormation::Stack'}
  X: {Type: 'AWS::T::T', Properties: {A: !GetAtt A.Outputs.Out, B: !GetAtt B.Outputs.Out}}
Outputs: {Out: {Value: !Sub '${A.Outputs.Out}${B.Outputs.Out}'}}
`)
	o := options()
	o.Nested = func(*cloudformation.Resource) (*cloudformation.Template, string) { return self, "" }
	if _, err := cloudformation.NewSet().Add(self, o).Resources(); err == nil || strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
}

// SAM makes a role for a function without one.
func TestServerless(t *testing.T) {
	all := resources(t, stack(t, `
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Conditions: {Never: !Equals [a, b]}
Resources:
  Notify: {Type: AWS::Serverless::Function, Properties: {Handler: x}}
  Has: {Type: AWS::Serverless::Function, Properties: {Role: !Ref Notify}}
  Off: {Type: AWS::Serverless::Function, Condition: Never}
  X: {Type: AWS::T::T, Properties: {V: !GetAtt NotifyRole.Arn}}
`, options()))
	role := all["NotifyRole"]
	if role == nil || role.Type != "AWS::IAM::Role" || role.At.Line != 5 || role.Uncertain != "" || !strings.Contains(role.Properties.JSON(), `"Service":["lambda.amazonaws.com"]`) {
		t.Fatalf("%+v", role)
	}
	if all["HasRole"] != nil || all["OffRole"] != nil {
		t.Error("a role for a function that needs none")
	}
	if got := symbol.Text(all["X"].Properties.Member("V").Text); got != "${NotifyRole.Arn}" {
		t.Error(got)
	}
}

// What a macro makes of a template is not known.
func TestMacros(t *testing.T) {
	for text, want := range map[string]string{
		"Transform: Own\nResources: {X: {Type: AWS::T::T}}":                                                "the macro Own may change the template (a.yaml:1)",
		"Transform: {Name: 'AWS::Include', Parameters: {Location: s3}}\nResources: {X: {Type: AWS::T::T}}": "the macro AWS::Include may change the template (a.yaml:1)",
		"Transform: AWS::LanguageExtensions\nResources: {X: {Type: AWS::T::T}}":                            "",
	} {
		s := stack(t, text, options())
		if got := resources(t, s)["X"].Uncertain; got != want || s.More() != want {
			t.Errorf("%s: %q %q", text, got, s.More())
		}
	}
	s := stack(t, "Resources: {X: {Type: AWS::T::T}, 'Fn::Transform': {Name: 'AWS::Include'}}", options())
	if all := resources(t, s); len(all) != 1 || all["X"].Uncertain != "" || s.More() == "" {
		t.Errorf("%v %q", all, s.More())
	}
}

// A resource whose condition is not decided may exist, and one that is repeated an unknown number
// of times stands for all of them.
func TestUncertain(t *testing.T) {
	all := resources(t, stack(t, `
Transform: AWS::LanguageExtensions
Parameters: {Stage: {Type: String}, List: {Type: CommaDelimitedList}}
Conditions: {Prod: !Equals [!Ref Stage, prod], Never: !And [!Condition Prod, !Equals [a, b]]}
Resources:
  X: {Type: AWS::T::T, Condition: Prod}
  No: {Type: AWS::T::T, Condition: Never}
  Gone: {Type: AWS::T::T, Condition: Missing}
  'Fn::ForEach::Each':
    - Item
    - !Ref List
    - 'Y${Item}': {Type: AWS::T::T, Properties: {Name: !Ref Item}}
`, options()))
	got := map[string]string{}
	for id, r := range all {
		got[symbol.Text(id)] = r.Uncertain
	}
	for id, want := range map[string]string{
		"X":                 "condition Prod depends on ${Stage}: parameter without value (a.yaml:3)",
		"Gone":              "condition Missing is not in the template (a.yaml:8)",
		"Yeach of(${List})": "Fn::ForEach::Each: how often it is repeated depends on each of(${List}) (a.yaml:9)",
	} {
		if got[id] != want {
			t.Errorf("%s: %q in %q", id, got[id], got)
		}
	}
	if len(got) != 3 {
		t.Errorf("%q", got)
	}
}

// Values of parameters win over defaults, and symbols in them stay what they are.
func TestParameterValues(t *testing.T) {
	o := options()
	account := symbol.New("this account", "")
	o.Account = account
	o.Parameters = map[string]string{"A": "given", "L": "x, " + symbol.New("Open", "why"), "N": "7", "W": "1," + account}
	got := resources(t, stack(t, `
Parameters: {A: {Type: String, Default: a}, B: {Type: String, Default: b}, L: {Type: CommaDelimitedList}, N: {Type: Number}, W: {Type: CommaDelimitedList}, D: {Type: CommaDelimitedList, Default: [1, 2]}}
Resources:
  X: {Type: AWS::T::T, Properties: {A: !Ref A, B: !Ref B, L: !Ref L, N: !Ref N, W: !Ref W, D: !Ref D}}
`, o))["X"].Properties.JSON()
	if want := `{"A":"given","B":"b","L":"Fn::Split(,, x, ${Open})","N":7,"W":["1","this account"],"D":["1","2"]}`; symbol.Text(got) != want {
		t.Error(symbol.Text(got))
	}
	o.OtherParameters = "the map is not known"
	got = resources(t, stack(t, "Parameters: {B: {Type: String, Default: b}}\nResources: {X: {Type: AWS::T::T, Properties: {B: !Ref B}}}", o))["X"].Properties.JSON()
	if symbol.Text(got) != `{"B":"${B}"}` {
		t.Error(symbol.Text(got))
	}
}

// Places are those of the template, columns in bytes, whatever its encoding.
func TestPlaces(t *testing.T) {
	text := "# ümläut\nResources:\n  Röle: {Type: AWS::T::T, Properties: {Ä: ö, Name: x}, Metadata: {'aws:cdk:path': App/Röle}}\n"
	for _, data := range []string{text, "\ufeff" + text, strings.ReplaceAll(text, "\n", "\r\n"), utf16(text)} {
		r := resources(t, stack(t, data, options()))["Röle"]
		if r.At.Line != 3 || r.At.Column != 3 || r.Path != "App/Röle" {
			t.Errorf("%+v", r)
		}
		if at := r.Properties.Member("Name").At; at.Column != 1+strings.Index("  Röle: {Type: AWS::T::T, Properties: {Ä: ö, Name: x}", "x}") {
			t.Errorf("%+v", at)
		}
	}
}

func utf16(text string) string {
	out := []byte{0xff, 0xfe}
	for _, r := range text {
		out = append(out, byte(r), byte(r>>8))
	}
	return string(out)
}

// CloudFormation refuses resources that depend on themselves, and what only refers to them may
// exist.
func TestCycles(t *testing.T) {
	all := resources(t, stack(t, `
Resources:
  Out: {Type: 'Test::Named::Role', Properties: {Name: !Ref A}}
  A: {Type: 'Test::Named::Role', Properties: {Name: !Ref B}}
  B: {Type: 'Test::Named::Role', Properties: {Name: !Ref C}}
  C: {Type: 'Test::Named::Role', Properties: {Name: !Ref B}}
`, options()))
	for id, want := range map[string]string{"Out": "", "A": "", "B": "it depends on itself (a.yaml:6)", "C": "it depends on itself (a.yaml:6)"} {
		if got := all[id].Uncertain; got != want {
			t.Errorf("%s: %q", id, got)
		}
	}
}
