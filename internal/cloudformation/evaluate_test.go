package cloudformation_test

import (
	"os"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/cloudformation"
)

// head is before the properties that tests evaluate.
const head = `AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::LanguageExtensions
Parameters:
  Name: {Type: String, Default: web}
  Open: {Type: String}
  OpenList: {Type: CommaDelimitedList}
  Number: {Type: Number, Default: 3}
  Leading: {Type: String, Default: 012345670123}
  List: {Type: CommaDelimitedList, Default: 'a, b,c'}
  Empty: {Type: CommaDelimitedList, Default: ''}
  Zones: {Type: 'List<AWS::EC2::AvailabilityZone::Name>', Default: 'x,y'}
  Stored: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /a}
  StoredList: {Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: /a}
Mappings:
  Stages:
    web: {Size: 1, Names: [p, q]}
    012345670123: {Size: 2}
Conditions:
  IsWeb: !Equals [!Ref Name, web]
  IsOther: !Not [!Condition IsWeb]
  IsOpen: !Equals [!Ref Open, yes-it-is]
  Both: {'Fn::And': [{Condition: IsWeb}, {Condition: IsOpen}]}
  Never: !And [!Condition IsOther, !Condition IsOpen]
  Either: !Or [!Condition IsOpen, !Condition IsWeb]
  Self: !Not [!Condition Self]
  Same: !Equals [!Ref Open, !Ref Open]
  Apart: !Equals [!Sub 'a-${Open}', b]
  'Fn::ForEach::Many':
    - Stage
    - [One, Two]
    - 'Is${Stage}': !Equals [!Ref Stage, One]
Resources:
  Role: {Type: 'Test::Named::Role', Properties: {Name: given}}
  Unnamed: {Type: 'Test::Named::Role'}
  Other: {Type: 'Test::Other::Thing'}
  Never: {Type: 'Test::Other::Thing', Condition: IsOther}
  Narcissus: {Type: 'Test::Named::Role', Properties: {Name: !Sub '${Narcissus}-copy'}}
  Egg: {Type: 'Test::Named::Role', Properties: {Name: !Ref Hen}}
  Hen: {Type: 'Test::Named::Role', Properties: {Name: !Ref Egg}}
  'Fn::ForEach::Roles':
    - Which
    - [Left, 'Ri.ght']
    - 'Role&{Which}': {Type: 'Test::Named::Role', Properties: {Name: !Sub 'name-${Which}', Again: 'x-${Which}', Ref: !Ref Which}}
  X:
    Type: Test::T::T
    Properties:
      V: `

// compute names roles as IAM does.
func compute(r *cloudformation.Resource) map[string]string {
	if r.Type != "Test::Named::Role" {
		return nil
	}
	name := r.GeneratedName()
	if given := r.Properties.Member("Name"); given.Given() {
		name = given.Text
	}
	return map[string]string{"Ref": name, "Arn": "arn:aws:iam::111122223333:role/" + name}
}

func options() cloudformation.Options {
	return cloudformation.Options{Account: "111122223333", Region: "eu-west-1", Partition: "aws", URLSuffix: "amazonaws.com", Compute: compute}
}

// stack evaluates a template that has no errors.
func stack(t *testing.T, text string, o cloudformation.Options) *cloudformation.Stack {
	t.Helper()
	template, err := cloudformation.Parse("a.yaml", []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return cloudformation.NewSet().Add(template, o)
}

func resources(t *testing.T, s *cloudformation.Stack) map[string]*cloudformation.Resource {
	t.Helper()
	all, err := s.Resources()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*cloudformation.Resource{}
	for _, r := range all {
		byName[r.LogicalID] = r
	}
	return byName
}

// value evaluates an expression.
func value(t *testing.T, expression string, o cloudformation.Options) string {
	t.Helper()
	v := resources(t, stack(t, head+expression+"\n", o))["X"].Properties.Member("V")
	if !v.Given() {
		return "none"
	}
	return symbol.Text(v.JSON())
}

// functionCases are expressions with what they return.
var functionCases = map[string]string{
	// scalars
	`text`: `"text"`, `"a b"`: `"a b"`, `true`: `true`, `True`: `true`, `yes`: `true`, `'yes'`: `"yes"`, `Off`: `false`,
	`222233334444`: `222233334444`, `012345670123`: `"012345670123"`, `2012-10-17`: `"2012-10-17"`, `0x1F`: `"0x1F"`, `~`: `none`,
	`[1, ~, 2]`: `[1,2]`, `{a: 1, b: ~}`: `{"a":1}`, `{a: [b, {c: d}]}`: `{"a":["b",{"c":"d"}]}`,

	// Ref
	`!Ref Name`: `"web"`, `{Ref: Name}`: `"web"`, `!Ref Number`: `3`, `!Ref Leading`: `"012345670123"`, `!Ref Open`: `"${Open}"`,
	`!Ref List`: `["a","b","c"]`, `!Ref Empty`: `[]`, `!Ref Zones`: `["x","y"]`, `!Ref OpenList`: `"${OpenList}"`,
	`!Ref Stored`: `"${Stored}"`, `!Ref StoredList`: `"${StoredList}"`, `!Ref Nothing`: `"${Nothing}"`, `!Ref [a]`: `"the value at a.yaml:47:10"`,
	`!Ref Role`: `"given"`, `!Ref Unnamed`: `"${Unnamed}"`, `!Ref Other`: `"${Other}"`, `!Ref Never`: `"${Never}"`,
	`!Ref AWS::AccountId`: `"111122223333"`, `!Ref 'AWS::Region'`: `"eu-west-1"`, `{Ref: 'AWS::Partition'}`: `"aws"`, `!Ref AWS::URLSuffix`: `"amazonaws.com"`,
	`!Ref AWS::StackName`: `"${AWS::StackName}"`, `!Ref AWS::NoValue`: `none`, `!Ref AWS::NotificationARNs`: `"${AWS::NotificationARNs}"`,
	`!Ref AWS::StackId`: `"arn:aws:cloudformation:eu-west-1:111122223333:stack/${AWS::StackName}/${AWS::StackId}"`,
	`!Ref Narcissus`:    `"${Narcissus}-copy"`, `!Ref Egg`: `"${Egg}"`,

	// GetAtt
	`!GetAtt Role.Arn`: `"arn:aws:iam::111122223333:role/given"`, `!GetAtt [Role, Arn]`: `"arn:aws:iam::111122223333:role/given"`,
	`{Fn::GetAtt: [Role, Arn]}`: `"arn:aws:iam::111122223333:role/given"`, `{'Fn::GetAtt': Role.Arn}`: `"arn:aws:iam::111122223333:role/given"`,
	`!GetAtt Unnamed.Arn`: `"arn:aws:iam::111122223333:role/${Unnamed}"`, `!GetAtt Role.RoleId`: `"${Role.RoleId}"`, `!GetAtt Other.A.B`: `"${Other.A.B}"`,
	`!GetAtt Nothing.Arn`: `"${Nothing.Arn}"`, `!GetAtt Role`: `"the value at a.yaml:47:10"`, `!GetAtt [Other, !Ref Name]`: `"${Other.web}"`,

	// Sub
	`!Sub 'a-${Name}-${!Literal}-${Role.Arn}'`:  `"a-web-${Literal}-arn:aws:iam::111122223333:role/given"`,
	`{Fn::Sub: '${AWS::Partition}/${Unnamed}'}`: `"aws/${Unnamed}"`, `!Sub ['${a}${b}${Name}', {a: x, b: !Ref Open}]`: `"x${Open}web"`,
	`{Fn::Sub: ['${a}', {a: !GetAtt Role.Arn}]}`: `"arn:aws:iam::111122223333:role/given"`, `!Sub '${List}'`: `"the value at a.yaml:47:10"`,
	`!Sub '${Nothing}'`: `"${Nothing}"`, `!Sub '${unclosed'`: `"${unclosed"`, `!Sub '$x {y}'`: `"$x {y}"`, `!Sub {a: b}`: `"the value at a.yaml:47:10"`,

	// functions where a literal stands usually
	`{Ref: !Sub '${Name}'}`: `"${web}"`, `{Ref: !Ref Open}`: `"${Ref(${Open})}"`, `{Fn::Sub: !Ref Open}`: `"the value at a.yaml:47:20"`, `{Fn::GetAtt: !Ref Open}`: `"the value at a.yaml:47:23"`,
	`{Fn::Join: !Split [a, b]}`: `"the value at a.yaml:47:21"`, `{Fn::If: [!Ref Open, a, b]}`: `"the value at a.yaml:47:19"`,

	// Join, Split, Select
	`!Join ['-', [a, !Ref Name, 3]]`: `"a-web-3"`, `{Fn::Join: [':', [a, {Ref: Open}]]}`: `"a:${Open}"`, `!Join [',', !Ref List]`: `"a,b,c"`,
	`!Join [',', !Ref OpenList]`: `"Fn::Join(,, ${OpenList})"`, `!Join ['', []]`: `""`, `!Join [a]`: `"the value at a.yaml:47:10"`,
	`!Join [',', [a, !If [IsOpen, b, !Ref AWS::NoValue]]]`: `"Fn::Join(,, ["a","${IsOpen?b:}"])"`,
	`!Select [1, !Ref List]`:                               `"b"`, `{Fn::Select: ['0', [x, y]]}`: `"x"`, `!Select [7, [x]]`: `"the value at a.yaml:47:10"`, `!Select [0, !Ref OpenList]`: `"Fn::Select(0, ${OpenList})"`,
	`!Select [!Ref Open, [x]]`: `"Fn::Select(${Open}, ["x"])"`,
	`!Split [':', 'a:b:']`:     `["a","b",""]`, `{Fn::Split: ['/', !GetAtt Role.Arn]}`: `["arn:aws:iam::111122223333:role","given"]`,
	`!Select [1, !Split ['/', !GetAtt Unnamed.Arn]]`: `"${Unnamed}"`, `!Split ['-', !GetAtt Unnamed.Arn]`: `"Fn::Split(-, arn:aws:iam::111122223333:role/${Unnamed})"`,
	`!Split [',', !Ref Open]`: `"Fn::Split(,, ${Open})"`,

	// If
	`!If [IsWeb, a, b]`: `"a"`, `{Fn::If: [IsOther, a, b]}`: `"b"`, `!If [IsWeb, !Ref AWS::NoValue, b]`: `none`, `[x, !If [IsOther, y, !Ref AWS::NoValue], z]`: `["x","z"]`,
	`!If [IsOpen, a, b]`: `"${IsOpen?a:b}"`, `!If [IsOpen, a, a]`: `"a"`, `!If [Both, a, b]`: `"${Both?a:b}"`, `!If [Never, a, b]`: `"b"`, `!If [Either, a, b]`: `"a"`,
	`!If [Self, a, b]`: `"${Self?a:b}"`, `!If [Missing, a, b]`: `"${Missing?a:b}"`, `!If [Same, a, b]`: `"a"`, `!If [Apart, a, b]`: `"b"`,
	`!If [IsOne, a, !If [IsTwo, c, d]]`: `"a"`, `!If [IsTwo, c, d]`: `"d"`, `!If [IsOpen, [a], [b]]`: `"the value at a.yaml:47:10"`, `!If [IsWeb, a]`: `"the value at a.yaml:47:10"`,

	// FindInMap
	`!FindInMap [Stages, web, Size]`: `1`, `{Fn::FindInMap: [Stages, !Ref Name, Names]}`: `["p","q"]`, `!FindInMap [Stages, '012345670123', Size]`: `2`,
	`!FindInMap [Stages, !Ref Open, Size]`: `"Fn::FindInMap(Stages, ${Open}, Size)"`, `!FindInMap [Stages, none, Size]`: `"the value at a.yaml:47:10"`,
	`!FindInMap [Stages, none, Size, {DefaultValue: !Ref Name}]`: `"web"`, `!FindInMap [None, web, Size, {DefaultValue: 7}]`: `7`,

	// others
	`!Base64 abc`: `"YWJj"`, `{Fn::Base64: !Ref Name}`: `"d2Vi"`, `!Base64 {Ref: Open}`: `"${Fn::Base64(${Open})}"`,
	`!Cidr [10.0.0.0/24, 3, 5]`: `["10.0.0.0/27","10.0.0.32/27","10.0.0.64/27"]`, `{Fn::Cidr: ['10.0.0.0/16', 1]}`: `["10.0.0.0/24"]`, `!Cidr ['fc00::/56', 2, 64]`: `["fc00::/64","fc00:0:0:1::/64"]`,
	`!Cidr [10.0.0.0/24, 300, 5]`: `"the value at a.yaml:47:10"`, `!Cidr [x, 1, 2]`: `"the value at a.yaml:47:10"`, `!Cidr [10.0.0.0/24, 4, 200]`: `"the value at a.yaml:47:10"`, `!Cidr [!Ref Open, 1, 2]`: `"Fn::Cidr(${Open}, 1, 2)"`,
	`!Length [a, b]`: `2`, `{Fn::Length: !Ref List}`: `3`, `!Length {Ref: OpenList}`: `"${Fn::Length(${OpenList})}"`, `!Length x`: `"the value at a.yaml:47:10"`,
	`!ToJsonString {b: 1, a: [true, '2']}`: `"{\"b\":1,\"a\":[true,\"2\"]}"`, `{Fn::ToJsonString: [!Ref Open]}`: `"[\"${Open}\"]"`,
	`!GetAZs eu-west-1`: `"Fn::GetAZs(eu-west-1, AWS::Region zones)"`, `!Transform {Name: 'AWS::Include'}`: `"the value at a.yaml:47:10"`,
	`{Fn::Transform: {Name: M}}`: `"the value at a.yaml:47:26"`, `{a: 1, Fn::Transform: {Name: M}}`: `{"a":1,"the value at a.yaml:47:17":"the value at a.yaml:47:17"}`,
	`!Unheard [a]`: `"the value at a.yaml:47:10"`, `{Fn::Unheard: a, b: c}`: `"the value at a.yaml:47:10"`,
	`!ImportValue x`: `"export x"`, `{Fn::ImportValue: !Sub '${Name}-role'}`: `"export web-role"`,
	`'{{resolve:ssm:/a:1}}'`: `"${resolve:ssm:/a:1}"`, `!Sub 'x-{{resolve:ssm:/${Name}}}-y'`: `"x-${resolve:ssm:/web}-y"`, `'{{ imagebuilder:buildDate }}'`: `"{{ imagebuilder:buildDate }}"`,
	`['{{resolve:ssm:/a}}', {b: '{{resolve:ssm:/a}}'}]`: `["${resolve:ssm:/a}",{"b":"${resolve:ssm:/a}"}]`,

	// ForEach
	`!Ref RoleLeft`: `"name-Left"`, `!Ref RoleRight`: `"name-Ri.ght"`, `!GetAtt RoleLeft.Arn`: `"arn:aws:iam::111122223333:role/name-Left"`,
	`{'Fn::ForEach::P': [K, [a, b], {'K${K}': !Ref K}], z: 1}`:                                                    `{"Ka":"a","Kb":"b","z":1}`,
	`{'Fn::ForEach::P': [K, !Ref List, {'Fn::ForEach::Q': [L, [x, y], {'${K}${L}': !Sub '${K}.${L}.${Name}'}]}]}`: `{"ax":"a.x.web","ay":"a.y.web","bx":"b.x.web","by":"b.y.web","cx":"c.x.web","cy":"c.y.web"}`,
}

func TestFunctions(t *testing.T) {
	for expression, want := range functionCases {
		if got := value(t, expression, options()); got != want {
			t.Errorf("%s\n got %s\nwant %s", expression, got, want)
		}
	}
}

// What is not known has a reason with its place.
func TestReasons(t *testing.T) {
	for expression, want := range map[string]string{
		`!Ref Open`:            "parameter without value (a.yaml:5)",
		`!Ref Stored`:          "value of a parameter in SSM, read at the deployment (a.yaml:12)",
		`!GetAtt Nothing.Arn`:  `the template has no resource Nothing (a.yaml:47)`,
		`!Ref Never`:           "the resource is not created, because its condition does not hold (a.yaml:47)",
		`!Ref Narcissus`:       "the resource depends on itself (a.yaml:37)",
		`!If [IsOpen, a, b]`:   "condition IsOpen depends on ${Open}: parameter without value (a.yaml:5) (a.yaml:47)",
		`!If [Self, a, b]`:     "condition Self depends on itself (a.yaml:25) (a.yaml:47)",
		`!Select [9, [a]]`:     "Fn::Select of an item that is not there (a.yaml:47)",
		`!ImportValue x`:       "exported by a stack that is not given (a.yaml:47)",
		`!Base64 {Ref: Open}`:  "parameter without value (a.yaml:5)",
		`'{{resolve:ssm:/a}}'`: "read at the deployment (a.yaml:47)",
	} {
		v := resources(t, stack(t, head+expression+"\n", options()))["X"].Properties.Member("V")
		if s, ok := v.Symbol(); !ok && !strings.Contains(v.Text, "copy") && v.Text != "" || s.Why != want && symbol.First(v.Text).Why != want {
			t.Errorf("%s: %q", expression, symbol.First(v.Text).Why)
		}
	}
}

// The same text in JSON gives the same as in YAML.
func TestJSON(t *testing.T) {
	text, err := os.ReadFile("testdata/functions.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range []string{string(text), "\ufeff" + string(text), strings.ReplaceAll(string(text), "\n", "\r\n"), strings.ReplaceAll(strings.ReplaceAll(string(text), "\n", ""), "  ", "\t")} {
		r := resources(t, stack(t, data, options()))["Role"]
		if got := r.Properties.JSON(); got != `{"Name":"base-eu-west-1","Services":["a","imagebuilder.amazonaws.com"],"Emoji":"😀","Count":3,"Is":true}` {
			t.Error(got)
		}
		if strings.Contains(data, "  ") && (r.At.Line != 4 || r.At.Column != 5 || r.Properties.Member("Name").At.Line != 7 || r.Properties.Member("Emoji").At.Column != 18) {
			t.Errorf("%+v %+v %+v", r.At, r.Properties.Member("Name").At, r.Properties.Member("Emoji").At)
		}
	}
}
