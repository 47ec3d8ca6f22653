package policy

import (
	"encoding/json"
	"errors"
	"math/rand"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/iblint/iblint/internal/testrun"
)

// In each text, ^ marks the position of a note and is not part of the text.
func TestLint(t *testing.T) {
	trust := func(elements string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` + elements + `}]}`
	}
	service := func(value string) string {
		return trust(`"Principal":{"Service":` + value + `},"Action":"sts:AssumeRole"`)
	}
	action := func(value string) string {
		return trust(`"Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":` + value)
	}
	when := func(condition string) string { return action(`"sts:AssumeRole","Condition":{` + condition + `}`) }
	old := func(text string) string { return strings.Replace(text, "2012-10-17", "2008-10-17", 1) }
	tests := []struct {
		text  string
		notes []string // parts of path: problem
	}{
		// All errors of Parse.
		{`^{}`, []string{"the document has no Statement"}},
		{`^[]`, []string{"expected an object, found an array"}},
		{`{^"version":"x","Version":^"2013","Statement":[^1,^{^"Efect":"Allow"}],"Id":^1}`, []string{
			`version: element "version" is not valid here; it is probably a misspelling of Version`,
			`Version: Version "2013" is not valid`,
			"Statement[0]: expected an object, found 1",
			"Statement[1]: the statement has no Effect", "neither Action", "neither Principal",
			`Statement[1].Efect: element "Efect" is not valid here; it is probably a misspelling of Effect`,
			"Id: expected a string, found 1",
		}},
		{`{"Statement":{"Effect":^"allow","Principal":^"AWS","Action":[^"AssumeRole",^2,^"*:x"],^"Action":"*"}}`, []string{
			`Statement.Effect: Effect "allow" is not valid`, `principal "AWS" is not valid; it must be`,
			`Statement.Action[0]: action "AssumeRole" is not valid; it must be`, "expected a string, found 2", "is not valid; it must be",
			`Statement.Action: "Action" appears twice in one object; the first is at line 1, column 50`,
		}},
		{trust(`"Principal":{^"service":"ec2.amazonaws.com","Service":[^"*",^null]},"Action":"*"`), []string{
			"principal type \"service\" is not valid; it must be AWS, Service, Federated or CanonicalUser; it is probably a misspelling of Service",
			"contains a wildcard", "expected a string",
		}},
		{when(`^"StringEqual":{"aws:k":^null},^"NullIfExists":{},"Bool":^[]`), []string{
			`condition operator "StringEqual" does not exist; it is probably a misspelling of StringEquals`,
			"expected a string, a number or a boolean, found null", "Null cannot be combined with", "expected an object",
		}},
		{when(`^"ForAllValue:StringLike":{},^"Unheard":{},"Null":{^"":true}`), []string{
			"it is probably a misspelling of ForAllValues:StringLike", `"Unheard" does not exist`, "the condition key is empty",
		}},
		{action(`[^"*:*","sts:AssumeRole"]`), []string{`AWS does not document what the action "*:*" includes`}},
		// Text that is not JSON.
		{`{"Id":^1,"x" ^2}`, []string{"Id: expected a string, found 1", "x: expected \":\", found 2"}},
		{`^`, []string{"the text is empty"}},
		{`{"Id":"^\u0000"}`, []string{"Id: NUL"}},
		// Names.
		{service(`["imagebuilder.amazonaws.com","ec2.amazonaws.com","imagebuilder.us-east-1.amazonaws.com","member.org.stacksets.cloudformation.amazonaws.com","alexa-appkit.amazon.com"]`), nil},
		{service(`[^"image-builder.amazonaws.com",^"imagebuilder.amazon.com",^"ec2imagebuilder.amazonaws.com",^"ec2.imagebuilder.amazonaws.com",^"aws-ec2-image_builder.amazonaws.com",^"ImageBuilder.amazonaws.com",^"imagebuider.amazonaws.com",^"imagebuilder",^"imagebuilder.amazonaws.com.cn"]`),
			slices.Repeat([]string{"is not imagebuilder.amazonaws.com"}, 9)},
		{service(`[^"EC2.amazonaws.com",^"ec2.amazon.com",^"ec2"]`), []string{"contains an upper-case letter", "service principal \"ec2.amazon.com\" does not end in .amazonaws.com", "end in .amazonaws.com"}},
		{trust(`"Principal":{"AWS":[^"AROAEXAMPLEEXAMPLE",^"AIDAEXAMPLE",^"ANPAEXAMPLE",^"11112222333","111122223333","arn:aws:iam::111122223333:role/AROAX","AROAEXAMPLE:session"]},"Action":"sts:AssumeRole"`),
			[]string{"deleted", "deleted", "deleted", "fewer than 12 digits"}},
		{trust(`^"Principal":{"AWS":["111122223333","*"]},"Action":"sts:AssumeRole"`), []string{"allows every principal"}},
		{trust(`^"Principal":"*","Action":"sts:AssumeRole"`), []string{"allows every principal"}},
		{trust(`"Principal":"*","Action":"sts:AssumeRole","Condition":{"Bool":{"aws:PrincipalIsAWSService":"true"}}`), nil},
		{`{"Statement":{"Effect":"Deny","Principal":"*","NotAction":"sts:AssumeRole"}}`, nil},
		{trust(`^"NotPrincipal":{"AWS":"111122223333"},^"NotAction":"sts:TagSession"`), []string{"NotPrincipal with Allow", "NotAction with Allow"}},
		{action(`[^"sts:AssumeRol",^"st:AssumeRole",^"imagebuider:DeleteImage",^"imagebuilder:DeleteImages",^"image-builder:*",^"ec2:DeregisterImages",^"tags:GetResources",^"ecr:BatchGetImages",^"sts:AsusmeRole"]`),
			[]string{"it is probably a misspelling of sts:AssumeRole", "it is probably a misspelling of sts:AssumeRole", "it is probably a misspelling of imagebuilder:...", "it is probably a misspelling of imagebuilder:DeleteImage", "it is probably a misspelling of imagebuilder:...",
				"it is probably a misspelling of ec2:DeregisterImage", "it is probably a misspelling of tag:GetResources", "it is probably a misspelling of ecr:BatchGetImage", "it is probably a misspelling of sts:AssumeRole"}},
		{action(`["sts:*","STS:assumerole","sts:AssumeRoot","sts:Assume?ole","ec2:RegisterImage","sns:Publish","ecs:DescribeTasks","sts:AssumeRoleWithSAML","imagebuilder:GetImage","*","ec2:EnableImage","ec2:DisableImage"]`), nil},
		{action(`^[]`), []string{"the list is empty"}},
		// Conditions.
		{when(`"StringEquals":{"aws:SourceAccount":["111122223333",^"1111*"],"aws:SourceArn":^"arn:*"},"StringNotEqualsIgnoreCase":{"aws:SourceArn":^"a?"},"StringLike":{"aws:SourceArn":"a*"}`),
			[]string{"StringEquals compares the wildcard in \"1111*\" as literal text, so only that exact text matches", "compares the wildcard", "excludes only that exact text"}},
		{when(`"StringEquals":{"aws:SourceArn":["${*}","${?}x"],"aws:PrincipalTag/a":"${aws:PrincipalTag/b, 'x'}"}`), nil},
		{old(when(`"StringEquals":{"aws:SourceArn":[^"${*}",^"${aws:X}"],"aws:X":"$"}`)), []string{"literal text here: policy variables require Version 2012-10-17", "compares the wildcard", "literal text here"}},
		{when(`"StringLike":{"aws:SourceArn":[^"${",^"${}",^"${aws:X, y}"]}`), []string{"does not start a valid policy variable", "does not start a valid policy variable", "does not start a valid policy variable"}},
		{when(`"ForAllValues:StringEquals":{^"aws:SourceAccount":"111122223333","aws:TagKeys":"a"},"ForAnyValue:StringLike":{^"aws:SourceArn":"a*","aws:PrincipalOrgPaths":"x*"}`),
			[]string{"aws:SourceAccount has a single value and does not need ForAllValues, which also matches a request without the key", "does not need ForAnyValue"}},
		{when(`"StringEquals":{"aws:X":^[]},"StringNotLike":{"aws:X":^[]},"StringLikeIfExists":{"aws:X":^[]},"ForAllValues:StringLike":{"aws:X":^[]},"Null":{"aws:X":^[]}`),
			[]string{"never holds", "holds for every value", "only for a request without aws:X", "only for a request without aws:X", "never holds"}},
		{when(`"ArnLike":{"aws:SourceArn":[^"*",^"arn:aws:imagebuilder:*","arn:*:*:*:*:*","${aws:X}"]},"ArnNotEquals":{"aws:SourceArn":^"x"}`), []string{"fewer than the six parts", "fewer", "fewer"}},
		{when(`"Bool":{"aws:SecureTransport":[true,"false",^"True",^1,^""]},"Null":{"aws:X":[false,^"no"]}`), slices.Repeat([]string{"is not valid; it must be true or false"}, 4)},
		{when(`"NumericEquals":{"a:b":[1,"-2.5",^"one",^true,^1e3]},"DateLessThan":{"a:b":["2020-01-01",^"soon",^"2020","2020-01-01T00:00:00Z",1577836800]},"BinaryEquals":{"a:b":["QQ==",^"="]},"IpAddress":{"aws:SourceIp":["10.0.0.0/8","10.1.1.1","2001:db8::1",^"10.0.0",^"10.0.0.0/33"]}`),
			[]string{"number", "number", "number", "date", "date", "base64", "address", "address"}},
		{when(`"StringEquals":{"aws:SourceAccount":["111122223333",^11122223333,^"1111-2222-3333","${aws:PrincipalAccount}"],"AWS:ResourceAccount":^""},"StringLike":{"aws:sourceaccount":["1*",^"1111222233334"]}`),
			[]string{"fewer than 12 digits; leading zeros are lost", "does not consist of 12 digits", "does not consist of 12 digits", "does not consist of 12 digits"}},
		{when(`"StringEquals":{"aws:X":"1",^"AWS:x":"2",^"aws:X":"3"},^"stringequals":{}`), []string{`condition keys "AWS:x" and "aws:X" (at line 1) differ only in letter case`, "appears twice", "condition operators"}},
		{when(`"StringEquals":{^"aws:SourceAcount":"x",^"aws:ResorceTag/CreatedBy":"x","aws:RequestTag/a":"x","aws:PrincipalTag/ab":"x","aws:sourceVPCE":"x","aws:New":"x","iam:X":"x"}`),
			[]string{"it is probably a misspelling of aws:SourceAccount", "it is probably a misspelling of aws:ResourceTag"}},
		{`{"Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"*"},{"Sid":^"a","Effect":"Deny","Principal":"*","Action":"*"},{"Sid":"","Effect":"Deny","Principal":"*","Action":"*"},{"Sid":"","Effect":"Deny","Principal":"*","Action":"*"}]}`, []string{`Statement[1].Sid: Sid "a" is already used by the statement at line 1`}},
	}
	for _, test := range tests {
		checkNotes(t, Trust, test.text, test.notes)
	}
	checkNotes(t, Identity, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":["*",^1,^"${",^"arn:aws:ec2:*:111122223333:image/*",^"arn:aws:ec2:*:111122223333:snapshot/*","arn:aws:ec2:*::image/*","arn:aws:ec2:*:111122223333:instance/*"]},^{"Effect":"Allow","Action":"*","Principal":"*"}]}`,
		[]string{"Statement[0].Resource[1]: expected a string", "does not start a valid policy variable", "contains no account ID", "contains no account ID", "identity policy must not have Principal", "neither Resource nor NotResource"})
	checkNotes(t, Resource, `{"Version":"2012-10-17","Statement":[^{"Effect":"Allow","Action":"*","Resource":"*","NotResource":"x"},{"Effect":"Allow","Action":"*","Principal":"*"}]}`,
		[]string{"neither Principal", "both Resource"})
}

// checkNotes compares the notes of Lint with the positions marked by ^.
func checkNotes(t *testing.T, kind Kind, marked string, want []string) {
	t.Helper()
	text := strings.ReplaceAll(marked, "^", "")
	var places []Note
	before := ""
	for _, part := range strings.Split(marked, "^")[:strings.Count(marked, "^")] {
		before += part
		line, column := position(text, len(before))
		places = append(places, Note{Line: line, Column: column})
	}
	notes := Lint(kind, text)
	if len(notes) != len(want) {
		t.Errorf("%s: got %d notes, want %d: %v", text, len(notes), len(want), notes)
		return
	}
	marks := map[[2]int]bool{}
	for i, n := range notes {
		checkLine(t, n.String())
		if at := n.Path + ": " + n.Problem; !strings.Contains(at, want[i]) {
			t.Errorf("%s: got %q, want %q", text, at, want[i])
		}
		marks[[2]int{n.Line, n.Column}] = true
	}
	for _, p := range places {
		if !marks[[2]int{p.Line, p.Column}] {
			t.Errorf("%s: no note at %d:%d: %v", text, p.Line, p.Column, notes)
		}
	}
}

// Correct documents have no notes: those of the Image Builder User Guide and the managed
// policy.
func TestLintNothing(t *testing.T) {
	for _, text := range []string{executionTrust, crossAccountTrust} {
		for _, note := range Lint(Trust, text) {
			t.Errorf("%s\n%s", note, text)
		}
	}
	for _, note := range Lint(Identity, managedPolicy) {
		t.Error(note)
	}
}

const executionTrust = `{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {
                "Service": [
                    "imagebuilder.amazonaws.com"
                ]
            },
            "Action": "sts:AssumeRole"
        }
    ]
}`

const crossAccountTrust = `{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {
                "Service": [
                    "imagebuilder.amazonaws.com"
                ]
            },
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": {
                    "aws:SourceAccount": "444455556666"
                },
                "StringLike": {
                    "aws:SourceArn": "arn:*:imagebuilder:*:*:image/*/*/*"
                }
            }
        }
    ]
}`

const managedPolicy = `{
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Ec2ImagePermission",
            "Effect": "Allow",
            "Action": [
                "ec2:EnableImage",
                "ec2:DeregisterImage",
                "ec2:EnableImageDeprecation",
                "ec2:DescribeImageAttribute",
                "ec2:DisableImage",
                "ec2:DisableImageDeprecation"
            ],
            "Resource": "arn:aws:ec2:*::image/*",
            "Condition": {
                "StringEquals": {
                    "aws:ResourceTag/CreatedBy": "EC2 Image Builder"
                }
            }
        },
        {
            "Sid": "EC2DeleteSnapshotPermission",
            "Effect": "Allow",
            "Action": "ec2:DeleteSnapshot",
            "Resource": "arn:aws:ec2:*::snapshot/*",
            "Condition": {
                "StringEquals": {
                    "aws:ResourceTag/CreatedBy": "EC2 Image Builder"
                }
            }
        },
        {
            "Sid": "EC2TagsPermission",
            "Effect": "Allow",
            "Action": [
                "ec2:DeleteTags",
                "ec2:CreateTags"
            ],
            "Resource": [
                "arn:aws:ec2:*::snapshot/*",
                "arn:aws:ec2:*::image/*"
            ],
            "Condition": {
                "StringEquals": {
                    "aws:RequestTag/DeprecatedBy": "EC2 Image Builder",
                    "aws:ResourceTag/CreatedBy": "EC2 Image Builder"
                },
                "ForAllValues:StringEquals": {
                    "aws:TagKeys": "DeprecatedBy"
                }
            }
        },
        {
            "Sid": "ECRImagePermission",
            "Effect": "Allow",
            "Action": [
                "ecr:BatchGetImage",
                "ecr:BatchDeleteImage"
            ],
            "Resource": "arn:aws:ecr:*:*:repository/*",
            "Condition": {
                "StringEquals": {
                    "ecr:ResourceTag/LifecycleExecutionAccess": "EC2 Image Builder"
                }
            }
        },
        {
            "Sid": "ImageBuilderEC2TagServicePermission",
            "Effect": "Allow",
            "Action": [
                "ec2:DescribeImages",
                "tag:GetResources",
                "imagebuilder:DeleteImage"
            ],
            "Resource": "*"
        }
    ]
}`

// checkLint checks the promises of Lint for any text.
func checkLint(t *testing.T, kind Kind, text string) {
	t.Helper()
	notes := Lint(kind, text)
	if len(notes) > maxNotes {
		t.Errorf("%d notes", len(notes))
	}
	if !slices.IsSortedFunc(notes, func(a, b Note) int { return slices.Compare([]int{a.Line, a.Column}, []int{b.Line, b.Column}) }) {
		t.Errorf("not sorted: %v", notes)
	}
	for _, n := range notes {
		checkLine(t, n.String())
	}
	_, err := Parse(kind, text)
	var e *SyntaxError
	if errors.As(err, &e) && len(notes) < maxNotes && !slices.ContainsFunc(notes, func(n Note) bool {
		return n.Line == e.Line && n.Column == e.Column && n.Path == e.Path && strings.HasPrefix(n.Problem, e.Problem)
	}) {
		t.Errorf("not noted: %v\n%v\n%s", e, notes, text)
	}
	if err == nil && !json.Valid([]byte(text)) {
		t.Errorf("not JSON: %s", text)
	}
}

// The error of Parse is among the notes, for any broken text.
func TestLintIncludesTheErrorOfParse(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewSource(6))
	g := newGenerator(6)
	pieces := []string{`"`, `{`, `}`, `[`, `]`, `,`, `:`, `null`, `1`, `"x"`, `[]`, `{}`, `"Effect"`, `"Sid"`, `"Action":"*",`, `"Resource":"*",`, `"NotPrincipal":{},`, `*`, `"*"`}
	refused, kinds := 0, []Kind{Trust, Identity, Resource}
	rounds := 20000 / testrun.Thin()
	for range rounds {
		kind := kinds[r.Intn(3)]
		text := g.document(kind).write(g.style())
		for range 1 + r.Intn(2) {
			// Replace a value, or any piece of the text.
			from := r.Intn(len(text))
			to := min(len(text), from+r.Intn(3))
			if i := strings.IndexByte(text[from:], '"'); i >= 0 && r.Intn(2) == 0 {
				from += i
				to = from + 1 + max(0, strings.IndexByte(text[from+1:], '"')) + 1
				to = min(to, len(text))
			}
			text = text[:from] + pieces[r.Intn(len(pieces))] + text[to:]
		}
		if json.Valid([]byte(text)) {
			refused++
		}
		checkLint(t, kind, text)
	}
	if refused < rounds/10 {
		t.Errorf("%d texts are JSON", refused)
	}
}

// The work and the number of notes are bounded for any text.
func TestLintHostile(t *testing.T) {
	fill := func(before, piece, after string) string {
		return before + strings.Repeat(piece, (maxSize-len(before)-len(after))/len(piece)) + after
	}
	for _, text := range []string{
		fill(`{"Statement":[`, `1,`, `1]}`),
		fill(`{"Statement":{"Action":[`, `"sts:AssumeRolo",`, `1]}}`),
		fill(`{"Statement":{"Action":[`, `"ec2:DescribeImageBttribupp",`, `1]}}`),
		fill(`{"Statement":{"Condition":{"StringEquals":{`, `"aws:SourceAccounyyy":1,`, `"x":1}}}}`),
		fill(`{"Statement":{"Condition":{`, `"ForAllValues:StringNotEqualsXgnozzz":{},`, `"x":1}}}`),
		fill(`{"Statement":{`, `"x":1,`, `"x":1}}`),
		fill(``, `[`, ``),
		fill(`{"Id":"`, `\"`, `"}`),
	} {
		start := time.Now()
		checkLint(t, Trust, text)
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%.60s: %v", text, took)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"Sid", "Effect", "StringEquals"}
	for name, want := range map[string]string{
		"sid": "Sid", "Si": "Sid", "Id": "Sid", "Sidee": "", "Efect": "Effect", "Efetc": "Effect", "Effcte": "Effect", "Fefetc": "Effect", "EFFE": "Effect", "EFF": "",
		"StringEqual": "StringEquals", "tSringEqulas": "StringEquals", "StrinEqua": "", "": "", strings.Repeat("x", 100): "",
	} {
		if got := nearest(name, known); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
	// A limit does not change a smaller distance.
	r := rand.New(rand.NewSource(7))
	for range 20000 / testrun.Thin() {
		a, b := randomText(r, "abc", 6), randomText(r, "abc", 6)
		for limit := range 4 {
			if got, want := distance(a, b, limit), min(distance(a, b, 20), limit+1); got != want {
				t.Fatalf("%q, %q within %d: got %d, want %d", a, b, limit, got, want)
			}
		}
		if distance(a, b, 20) != distance(b, a, 20) {
			t.Fatalf("%q, %q: not symmetric", a, b)
		}
	}
}

func FuzzLint(f *testing.F) {
	for _, s := range append(seeds, executionTrust, crossAccountTrust, managedPolicy) {
		for kind := range 3 {
			f.Add(kind, s)
		}
	}
	f.Fuzz(func(t *testing.T, kind int, text string) {
		if kind >= 0 && kind <= int(Resource) {
			checkLint(t, Kind(kind), text)
		}
	})
}
