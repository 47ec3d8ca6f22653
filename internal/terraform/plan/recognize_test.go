package plan_test

import (
	"strings"
	"testing"

	"github.com/iblint/iblint/internal/terraform/plan"
)

func TestIs(t *testing.T) {
	for _, c := range []struct {
		data string
		want bool
	}{
		{`{"format_version":"1.2","terraform_version":"1.11.4"`, true},
		{"\n { \"format_version\" : \"0.1\"}", true},
		{`{"applyable":true,"configuration":{"a":["}{\""]},"format_version":"1.2"}`, true},
		{`{"version":4,"terraform_version":"1.11.4","serial":1}`, true},
		{`{"check_results":null,"lineage":"x","resources":[],"serial":1,"terraform_version":"1.11.4","version":4}`, true},
		{`{"Resources":{"format_version":1},"format_version":"1"}`, false},
		{`{"schemaVersion":"1.1","format_version":"1"}`, false},
		{`{"name":"format_version","a":"format_version"}`, false},
		{`{"a":{"format_version":"1.2"}}`, false},
		{`["format_version"]`, false},
		{`format_version: 1`, false},
		{`{"` + strings.Repeat("x", 1000), false},
		{"", false},
	} {
		if got := plan.Is([]byte(c.data)); got != c.want {
			t.Errorf("%s: %t", c.data, got)
		}
	}
}

func TestResourceOf(t *testing.T) {
	for address, want := range map[string]string{
		`aws_iam_role.x`: "aws_iam_role.x",
		`module.a["b.c[0]"].module.d[1].data.aws_iam_role.x["\"]"]`: "module.a.module.d.data.aws_iam_role.x",
		`aws_iam_role.x[…]`: "aws_iam_role.x",
		`aws_iam_role.x["`:  "aws_iam_role.x",
		``:                  "",
	} {
		if got := plan.ResourceOf(address); got != want {
			t.Errorf("%s: %s", address, got)
		}
	}
}
