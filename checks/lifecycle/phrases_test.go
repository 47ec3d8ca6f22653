package lifecycle

import (
	"errors"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/policy"
	"github.com/iblint/iblint/checks/symbol"
)

// Phrases of reports, for what recordings have seldom.
func TestPhrases(t *testing.T) {
	have, must := apart("Ec2ImageBuilderCrossAccountLifecycleaccess", account.CrossAccountRoleName)
	for got, want := range map[string]string{
		have + " " + must:                     "…ycleacce… …ycleAcce…",
		wrongValue(" EC2 Image Builder"):      "tag value has a leading space",
		wrongValue("EC2 Image Builder "):      "tag value has a trailing space",
		wrongValue("\tEC2 Image Builder\n"):   "tag value has white space around it",
		wrongValue("EC2  Image Builder"):      "tag value has wrong spaces",
		thousands(999) + " " + thousands(1e4): "999 10,000",
		evaluation{}.forRules():               "",
		notToWiden(account.Role{Path: "/aws-service-role/imagebuilder.amazonaws.com/"}): "it is a service-linked role",
		describe(policy.Principal{Type: "AWS", ID: "111122223333"}):                     "account 111122223333",
		access{role: &account.Role{Name: "L"}}.inDoubt():                                "role L may not be used on container images",
		strangeOrganization("o-9999999999 o-9999999998"):                                "o-9999999997",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Keys of tags that code leaves open, and keys that differ in case, leave the condition keys open.
func TestOpenTags(t *testing.T) {
	request := func(tags account.Tags) *policy.Request {
		c := policy.NewContext()
		setTags(c, tags, "aws:ResourceTag/")
		return &policy.Request{Principal: policy.Principal{Type: "Service", ID: "s"}, Action: "sts:AssumeRole", Context: c}
	}
	d, err := policy.Parse(policy.Trust, `{"Statement":{"Effect":"Allow","Principal":{"Service":"s"},"Action":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"a"}}}}`)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		tags account.Tags
		want policy.Outcome
	}{
		{account.Tags{"team": "a"}, policy.Allowed},
		{account.Tags{"team": "a", "Team": "a"}, policy.Undecidable},
		{account.Tags{symbol.New("var.key", "no value"): "a"}, policy.Undecidable},
	} {
		if got := policy.Evaluate(d, request(test.tags)).Outcome; got != test.want {
			t.Errorf("%v: %s, want %s", test.tags, got, test.want)
		}
	}
}

func TestTrustThatIsMissing(t *testing.T) {
	role := &account.Role{Name: "L", ARN: "arn:aws:iam::111122223333:role/L", Trust: account.Absent[string]()}
	if _, err := readTrust("aws", "111122223333", role); err == nil || !strings.Contains(err.Error(), "is missing from the input") {
		t.Error(err)
	}
	if _, _, ok := FixTrust(`{"Statement"`, AssumeRole(ServicePrincipal), nil); ok {
		t.Error("half a document is edited")
	}
}

// A boundary that does not exist leaves open what it allows.
func TestBoundaryThatDoesNotExist(t *testing.T) {
	l := &policy.Layer{}
	addBoundary(l, &account.Role{Boundary: "arn:aws:iam::111122223333:policy/gone", BoundaryDocument: account.Absent[string]()})
	if l.Unread == nil || !strings.Contains(l.Unread.Error(), "does not exist") {
		t.Error(l.Unread)
	}
}

// Whether a reference is the ARN of a role depends on what code leaves open in it.
func TestRoleByAnOpenARN(t *testing.T) {
	const owner, arn = "111122223333", "arn:aws:iam::111122223333:role/x/L"
	for path, sure := range map[string]bool{
		symbol.New(account.PathOf+"data.aws_iam_role.l", "known after apply"): true,
		symbol.New("var.path", "variable without a value"):                    false,
	} {
		ref, ok := account.ParseRoleReference("arn:aws:iam::111122223333:role/" + path + "/L")
		if !ok {
			ref, ok = account.ParseRoleReference("arn:aws:iam::111122223333:role" + path + "L")
		}
		if !ok {
			t.Fatalf("no reference: %q", path)
		}
		role, _, err := executionRole(demand.ExecutionRole{Owner: owner, Partition: "aws", Reference: ref, Role: account.Present(account.Role{Name: "L", Path: "/x/", ARN: arn})})
		var why account.Unread
		if sure && (err != nil || role == nil) || !sure && (!errors.As(err, &why) || why.Reason != account.Unresolved) {
			t.Errorf("%q: %+v, %v", path, role, err)
		}
	}
}
