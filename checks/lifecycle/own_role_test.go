package lifecycle_test

import (
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/internal/source/recorded"
)

// No fix edits a role that AWS manages or that is broad, refers to one, or creates a role with
// its name or path.
func TestFixesLeaveSomeRolesAlone(t *testing.T) {
	const (
		linked   = "/aws-service-role/imagebuilder.amazonaws.com/"
		reserved = "/aws-reserved/sso.amazonaws.com/"
		lambda   = `{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"lambda.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}`
	)
	for _, test := range []struct {
		reference  string
		name, path string // of the role that exists; empty: there is none
		check      string
	}{
		{"awsserviceroleforimagebuilder", "AWSServiceRoleForImageBuilder", linked, "execution-role-exists"}, // GetRole may not find it in this case
		{"arn:aws:iam::111122223333:role" + linked + "AWSServiceRoleForImageBuilder", "", "", "execution-role-exists"},
		{"arn:aws:iam::111122223333:role" + reserved + "AWSReservedSSO_Ops_0", "", "", "execution-role-exists"},
		{"awsreservedsso_ops_0", "AWSReservedSSO_Ops_0", reserved, "execution-role-exists"},
		{"arn:aws:iam::999988887777:role/OrganizationAccountAccessRole", "", "", "execution-role-exists"},
		{"OrganizationAccountAccessRole", "OrganizationAccountAccessRole", "/", "execution-role-trust"},
		{"AWSControlTowerExecution", "AWSControlTowerExecution", "/", "execution-role-trust"},
		{"NetworkAdministrator", "NetworkAdministrator", "/", "execution-role-trust"},
	} {
		role, names := `{"absent":true}`, ""
		if test.name != "" {
			names = `{"name":"` + test.name + `","path":"` + test.path + `"}`
			if test.name == test.reference {
				role = `{"value":{"name":"` + test.name + `","path":"` + test.path + `","arn":"arn:aws:iam::111122223333:role` + test.path + test.name + `","trust":{"value":"` + lambda + `"}}}`
			}
		}
		inv, err := recorded.Parse("test", []byte(`{"schemaVersion":"1.0","owners":[{"account":"111122223333","regions":["eu-west-1"],"executionRoles":["`+test.reference+`"]}],
			"accounts":{"111122223333":{"partition":"aws","otherRoles":{"absent":true},"roles":{"`+test.reference[strings.LastIndexByte(test.reference, '/')+1:]+`":`+role+`},"roleNames":{"items":[`+names+`]}}}}`))
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for f := range checks.Run(inv, lifecycle.All()).Findings() {
			if f.Check.ID != test.check {
				continue
			}
			found = true
			fix := f.Fix()
			if f.Status != checks.Fail || fix == nil {
				t.Errorf("%s: %s %s", test.reference, f.Status, f.Message)
				continue
			}
			for _, c := range fix.Changes {
				if c.Action == checks.EditTrust || c.Role != "" && c.Role != "EC2ImageBuilderLifecycleExecutionRole" || c.Path != "" && c.Path != "/" ||
					c.Action == checks.ReferToRole && !strings.HasSuffix(c.NewReference, ":role/EC2ImageBuilderLifecycleExecutionRole") {
					t.Errorf("%s: %+v", test.reference, c)
				}
			}
		}
		if !found {
			t.Errorf("%s: no finding of %s", test.reference, test.check)
		}
	}
}

// A broad role with the name of the role to create does not become the role of its own.
func TestOwnRoleIsAnother(t *testing.T) {
	const name = "EC2ImageBuilderLifecycleExecutionRole"
	inv, err := recorded.Parse("test", []byte(`{"schemaVersion":"1.0","owners":[{"account":"111122223333","regions":["eu-west-1"],"executionRoles":["`+name+`"]}],
		"accounts":{"111122223333":{"partition":"aws","roles":{"`+name+`":{"value":{"name":"`+name+`","path":"/","arn":"arn:aws:iam::111122223333:role/`+name+`",
		"trust":{"value":"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"ec2.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"}}}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	changes := 0
	for f := range checks.Run(inv, []checks.Check{lifecycle.ExecutionRoleTrust}).Findings() {
		for _, c := range f.Fix().Changes {
			changes++
			if c.Role == name || strings.HasSuffix(c.NewReference, "/"+name) {
				t.Errorf("%+v", c)
			}
		}
	}
	if changes == 0 {
		t.Error("no changes")
	}
}
