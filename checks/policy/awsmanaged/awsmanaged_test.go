package awsmanaged

import (
	"cmp"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/iblint/iblint/checks/policy"
)

func TestCatalogueIsWellFormed(t *testing.T) {
	c := parsed()
	if _, err := time.Parse(time.DateOnly, c.date); err != nil {
		t.Errorf("the date: %v", err)
	}
	if want := strings.Join(Actions(), " "); c.actions != want {
		t.Errorf("the catalogue is about %s, and iblint needs it about %s: set IBLINT_MOTO and run go generate ./checks/policy/awsmanaged", c.actions, want)
	}
	if len(c.entries) < 1500 || len(c.named) != len(c.entries) {
		t.Errorf("%d policies with %d names", len(c.entries), len(c.named))
	}
	withStatements := 0
	for name, e := range c.entries {
		d, err := e.document()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(d.Statements) > 0 {
			withStatements++
		}
		if !slices.IsSortedFunc(d.Statements, func(a, b policy.Statement) int { return cmp.Compare(a.Index, b.Index) }) {
			t.Errorf("%s: the positions are not in order", name)
		}
	}
	if withStatements < 300 {
		t.Errorf("%d policies have statements", withStatements)
	}
}

func TestNamed(t *testing.T) {
	const name = "EC2ImageBuilderLifecycleExecutionPolicy"
	if arn, ok := Named(name); !ok || arn != "arn:aws:iam::aws:policy/service-role/"+name {
		t.Errorf("%s: %s, %v", name, arn, ok)
	}
	if arn, ok := Named("NobodyKnowsIt"); ok {
		t.Error(arn)
	}
}

func TestFind(t *testing.T) {
	const allowed, denied = policy.Allowed, policy.Denied
	for _, c := range []struct {
		arn, action string
		want        policy.Outcome
	}{
		{"arn:aws:iam::aws:policy/AdministratorAccess", "ec2:DeregisterImage", allowed},
		{"arn:aws:iam::aws:policy/PowerUserAccess", "ec2:DeregisterImage", allowed}, // by NotAction
		{"arn:aws:iam::aws:policy/ReadOnlyAccess", "ec2:DescribeImages", allowed},   // by a wildcard
		{"arn:aws:iam::aws:policy/ReadOnlyAccess", "ec2:DeregisterImage", denied},
		{"arn:aws:iam::aws:policy/EC2InstanceProfileForImageBuilder", "ec2:DescribeImages", denied},
		{"arn:aws:iam::aws:policy/IAMUserChangePassword", "ec2:DescribeImages", denied}, // no statement about it
		{"arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy", "tag:GetResources", allowed},
		{"arn:aws:iam::aws:policy/EC2ImageBuilderExecutionPolicy", "sts:AssumeRole", denied}, // for one role only
	} {
		d, exists := Find(c.arn)
		if !exists {
			t.Errorf("%s is missing", c.arn)
			continue
		}
		r := &policy.Request{Principal: policy.Principal{Type: "AWS", ID: "arn:aws:iam::111122223333:role/a"}, Action: c.action, Resource: policy.Known("*")}
		if got := policy.Evaluate(d, r).Outcome; got != c.want {
			t.Errorf("%s: %s is %s, want %s", c.arn, c.action, got, c.want)
		}
	}
	for _, arn := range []string{
		"",
		prefix,
		"AdministratorAccess",
		"arn:aws:iam::aws:policy/administratoraccess",
		"arn:aws:iam::aws:policy/service-role/AdministratorAccess",
		"arn:aws:iam::aws:policy/EC2ImageBuilderLifecycleExecutionPolicy",
		"arn:aws:iam::111122223333:policy/AdministratorAccess",
		"arn:aws-cn:iam::aws:policy/AdministratorAccess",
		"arn:aws:iam::aws:policy/AdministratorAccess 1",
		"arn:aws:iam::aws:policy/# AWS managed policies as of " + Date(),
	} {
		if _, exists := Find(arn); exists {
			t.Errorf("%q is in the catalogue", arn)
		}
	}
}

// Statements keep their position in the document of AWS.
func TestStatementsKeepTheirPosition(t *testing.T) {
	d, _ := Find("arn:aws:iam::aws:policy/EC2ImageBuilderExecutionPolicy")
	at := slices.IndexFunc(d.Statements, func(s policy.Statement) bool { return s.Sid == "EC2DeregisterImagePermissions" })
	if at != 1 || d.Statements[at].Index != 8 {
		t.Errorf("the statement is number %d of those in the catalogue", at+1)
	}
}

// The catalogue has the whole managed policy of lifecycle management, because all its
// actions are in it.
func TestManagedPolicyIsWhole(t *testing.T) {
	whole, err := os.ReadFile("../testdata/EC2ImageBuilderLifecycleExecutionPolicy.json")
	if err != nil {
		t.Fatal(err)
	}
	want, err := policy.Parse(policy.Identity, string(whole))
	if err != nil {
		t.Fatal(err)
	}
	got, exists := Find("arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy")
	if !exists {
		t.Fatal("it is missing")
	}
	if canonical(t, got) != canonical(t, want) {
		t.Errorf("got  %s\nwant %s", canonical(t, got), canonical(t, want))
	}
}

// canonical is the statements of a document, without lines and the order of lists.
func canonical(t *testing.T, d *policy.Document) string {
	var all []policy.Statement
	for _, s := range d.Statements {
		s.Line = 0
		for _, list := range [][]string{s.Actions, s.Resources} {
			slices.SortFunc(list, strings.Compare)
		}
		slices.SortFunc(s.Conditions, func(a, b policy.Condition) int { return cmp.Compare(a.Key, b.Key) })
		all = append(all, s)
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestRightARN(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:iam::aws:policy/EC2ImageBuilderLifecycleExecutionPolicy":              "arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy",
		"arn:aws:iam::aws:policy/service-role/EC2ImageBuilderExecutionPolicy":          "arn:aws:iam::aws:policy/EC2ImageBuilderExecutionPolicy",
		"arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy": "", // it is right
		"arn:aws:iam::aws:policy/NewerThanTheCatalogue":                                "",
		"arn:aws-cn:iam::aws:policy/EC2ImageBuilderLifecycleExecutionPolicy":           "",
		"arn:aws:iam::111122223333:policy/EC2ImageBuilderLifecycleExecutionPolicy":     "",
		prefix: "",
	} {
		if got, ok := RightARN(arn); got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v; want %q", arn, got, ok, want)
		}
	}
}
