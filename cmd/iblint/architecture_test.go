package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/internal/testrun"
)

const (
	module     = "github.com/iblint/iblint/"
	lazyregexp = "internal/lazyregexp"
)

// The packages of this module that each package may import. Imports go one way:
// policy <- account <- demand <- checks <- report <- cmd, and account <- source <- cmd.
var mayImport = map[string][]string{
	"checks/symbol":                  {},
	"checks/policy":                  {"checks/symbol"},
	"checks/policy/awsmanaged":       {"checks/policy"},
	"checks/account":                 {"checks/symbol"},
	"checks/demand":                  {"checks/account", "checks/policy", "checks/symbol"},
	"checks":                         {"checks/account", "checks/demand", "checks/policy", "checks/symbol"},
	"checks/lifecycle":               {"checks", "checks/account", "checks/demand", "checks/policy", "checks/policy/awsmanaged", "checks/symbol"},
	"report":                         {"checks", "checks/account", "checks/policy", "report/escape", "report/fix", "report/wording", "report/wrap"},
	"report/wrap":                    {},
	"report/escape":                  {},
	"report/fix":                     {"checks", "checks/account", "checks/policy", "report/escape", "report/wording"},
	"report/wording":                 {"checks", "checks/account"},
	"fixtures":                       {},
	"internal/source":                {"checks/account"},
	"internal/source/awsapi":         {"checks/account", "checks/demand", "checks/policy", "checks/symbol", "internal/source"},
	"internal/source/recorded":       {"checks/account", "internal/source"},
	"internal/source/authorization":  {"checks/account", "internal/source"},
	"internal/source/planned":        {"checks/account", "internal/source"},
	"internal/source/declared":       {"checks/account", "checks/symbol"},
	"internal/edit":                  {},
	"internal/source/terraform":      {"checks", "checks/account", "checks/policy/awsmanaged", "checks/symbol", "internal/edit", "internal/source/declared", "internal/source/planned", "internal/terraform", "internal/terraform/plan"},
	"internal/terraform":             {"checks/symbol", "internal/source"},
	"internal/terraform/plan":        {"checks/symbol", "internal/source", "internal/terraform"},
	"internal/source/cloudformation": {"checks", "checks/account", "checks/symbol", "internal/cloudformation", "internal/edit", "internal/source", "internal/source/declared", "internal/source/planned"},
	"internal/cloudformation":        {"checks/symbol", "internal/source"},
	"internal/notice":                {},
	"internal/fakeaws":               {"checks/account", "checks/demand"},
	"internal/cilog":                 {},
	"internal/testrun":               {},
	lazyregexp:                       {},
	"internal/redact":                {"checks/account", "checks/policy", "internal/source/recorded"},
	"cmd/iblint":                     {"cmd/lintcmd"},
	"cmd/lintcmd":                    {"checks", "checks/lifecycle", "checks/account", "checks/demand", "checks/policy", "report", "report/escape", "report/fix", "report/wording", "report/wrap", "fixtures", "internal/source", "internal/source/awsapi", "internal/source/recorded", "internal/source/authorization", "internal/source/planned", "internal/source/declared", "internal/source/terraform", "internal/terraform", "internal/terraform/plan", "internal/source/cloudformation", "internal/cloudformation", "checks/symbol", "internal/edit", "internal/redact"},
}

// The checks have no dependencies outside the module. Only one package imports the AWS SDK.
func TestImportsGoOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for _, line := range lines {
		fields := strings.Fields(line)
		name := strings.TrimPrefix(fields[0], module)
		allowed, ok := mayImport[name]
		if !ok {
			t.Errorf("package %s is not in the architecture; what may it import?", name)
		}
		for _, imported := range fields[1:] {
			own := strings.HasPrefix(imported, module)
			switch {
			case imported == module+lazyregexp: // any package may
			case own && !slices.Contains(allowed, strings.TrimPrefix(imported, module)):
				t.Errorf("%s must not import %s", name, imported)
			case strings.HasPrefix(imported, "github.com/aws/") && name != "internal/source/awsapi":
				t.Errorf("%s must not import the AWS SDK (%s)", name, imported)
			case strings.HasPrefix(name, "checks") && !own && strings.Contains(imported, "."):
				t.Errorf("%s must not depend on %s", name, imported)
			case strings.HasPrefix(name, "checks") && (imported == "net" || strings.HasPrefix(imported, "net/http") || imported == "os"):
				t.Errorf("%s must not reach out (%s)", name, imported)
			}
		}
	}
	if len(lines) != len(mayImport) {
		t.Errorf("%d packages, and %d in the architecture", len(lines), len(mayImport))
	}
}

// Code is read where it is: nothing that reads it can download a module or run a program.
func TestReadingCodeReachesNothing(t *testing.T) {
	testrun.Long(t)
	for _, name := range []string{"internal/terraform", "internal/terraform/plan", "internal/source/terraform", "internal/cloudformation", "internal/source/cloudformation", "internal/edit"} {
		out, err := exec.Command("go", "list", "-deps", module+name).Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, imported := range strings.Fields(string(out)) {
			if imported == "net/http" || imported == "os/exec" {
				t.Errorf("%s depends on %s", name, imported)
			}
		}
	}
}
