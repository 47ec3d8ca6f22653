//go:build emulator

package main

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/goccy/go-yaml"

	"github.com/iblint/iblint/checks/account"
)

const readerName = "iblint"

// testReaderRole deploys the roles that iblint permissions prints in an organization of a management
// account, an owner and a destination, and runs iblint doctor and iblint check with them only.
func (e *emulator) testReaderRole(t *testing.T) {
	// Setting up: an organization, with a complete owner and destination.
	m := e.enter(t, "aws", management, "Setup")
	client := organizations.NewFromConfig(m.cfg)
	_, err := client.CreateOrganization(t.Context(), &organizations.CreateOrganizationInput{})
	must(t, err)
	var members []string
	for _, name := range []string{"images", "apps"} {
		created, err := client.CreateAccount(t.Context(), &organizations.CreateAccountInput{AccountName: aws.String(name), Email: aws.String("nobody@example.com")})
		must(t, err)
		members = append(members, *created.CreateAccountStatus.AccountId)
	}
	own, dest := members[0], members[1]
	trust := strings.NewReplacer(destination, dest, owner, own).Replace(crossAccountTrust)
	images, apps := e.enter(t, "aws", own, "Setup"), e.enter(t, "aws", dest, "Setup")
	images.createRole(t, execution, "/", executionTrust)
	must(t, images.attach(t.Context(), execution, account.ManagedPolicyARN("aws")))
	apps.createRole(t, account.CrossAccountRoleName, "/", trust)
	must(t, apps.attach(t.Context(), account.CrossAccountRoleName, account.ManagedPolicyARN("aws")))

	role := func(kind, as, principal string) string {
		text, code := e.iblint(t, e.environment(t), "permissions", "--for", kind, "--as", as, "--principal", principal, "--external-id", "iblint-7f3a")
		if code != exitOK {
			t.Fatalf("iblint permissions --for %s --as %s: exit code %d", kind, as, code)
		}
		return text
	}
	reader := account.RoleARN("aws", management, "/", readerName)
	templates := map[string]string{
		"management": role("management", "cloudformation", account.RoleARN("aws", management, "/", "ci")),
		"owner":      role("owner", "cloudformation", reader), "destination": role("destination", "cloudformation", reader),
		"stackset": role("owner", "stackset", reader),
	}
	var files []string
	for name, text := range templates {
		files = append(files, write(t, name+".yaml", text))
	}
	if out, err := exec.Command("cfn-lint", files...).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("cfn-lint: %v\n%s", err, out)
	}
	deploy := func(id, template string) {
		e.deploy(t, id, write(t, "role.yaml", strings.ReplaceAll(template, "- tag:GetResources", "- tagging:GetResources"))) // see forMoto
	}
	deploy(management, templates["management"])
	deploy(dest, templates["destination"])
	// moto has no StackSets in templates, so its API takes the template in the StackSet.
	var stackSet struct {
		Resources struct {
			Readers struct {
				Properties struct {
					TemplateBody string `yaml:"TemplateBody"`
				} `yaml:"Properties"`
			} `yaml:"Readers"`
		} `yaml:"Resources"`
	}
	must(t, yaml.Unmarshal([]byte(templates["stackset"]), &stackSet))
	deploy(own, stackSet.Resources.Readers.Properties.TemplateBody)

	run := e.environment(t, append(e.enter(t, "aws", management, readerName).environment(region), "AWS_ENDPOINT_URL_IMAGEBUILDER="+emptyImageBuilder(t))...)
	scope := []string{"--owner", own, "--destination", dest, "--region", region, "--role-name", readerName, "--external-id", "iblint-7f3a",
		"--skip", "organization-guardrails"} // moto has no other roots
	doctor := func(t *testing.T, environment []string) (int, map[string]examined) {
		t.Helper()
		out, code := e.iblint(t, environment, append([]string{"doctor", "--format", "json"}, scope...)...)
		var d struct{ Accounts []examined }
		must(t, json.Unmarshal([]byte(out), &d))
		by := map[string]examined{}
		for _, a := range d.Accounts {
			by[a.Account] = a
		}
		return code, by
	}
	t.Run("complete", func(t *testing.T) {
		e.enforce(t)
		code, found := doctor(t, run)
		for _, id := range members {
			a := found[id]
			a.Undecided = slices.DeleteFunc(a.Undecided, func(u tried) bool { // moto does not have them
				return slices.Contains([]string{"iam:SimulatePrincipalPolicy", "ecr:GetAccountSetting", "ram:ListResources"}, u.Action)
			})
			if a.NotEntered != "" || len(a.Missing)+len(a.Undecided) > 0 || a.Permitted == 0 {
				t.Errorf("account %s: %+v", id, a)
			}
		}
		if code != exitUndecided {
			t.Errorf("exit code %d: %+v", code, found)
		}
		r, code := e.check(t, run, append(slices.Clone(scope), deleting(t, own, execution)...)...)
		for _, g := range r.Unread {
			if g.Reason == account.AccessDenied {
				t.Errorf("refused: %+v", g)
			}
		}
		if code == exitFail || r.Summary.Pass == 0 {
			t.Errorf("exit code %d, %+v", code, r.Summary)
		}
	})
	t.Run("without one permission", func(t *testing.T) {
		text, _ := e.iblint(t, e.environment(t), "permissions", "--for", "destination")
		p := parsePolicy(t, text)
		for i, s := range p.Statement {
			p.Statement[i].Action = slices.DeleteFunc(s.Action, func(action string) bool { return action == "iam:GetRolePolicy" })
		}
		apps.putInline(t, readerName, "iblint", forMoto(t, p))
		e.enforce(t)
		code, found := doctor(t, run)
		// moto's refusal by IAM is a web page with the status 403, so iblint does not take it for an answer of AWS.
		is := func(a tried) bool { return a.Action == "iam:GetRolePolicy" && strings.Contains(a.Reason, "HTTP 403") }
		if code != exitUndecided || !slices.ContainsFunc(found[dest].Undecided, is) || slices.ContainsFunc(found[own].Undecided, is) {
			t.Errorf("exit code %d, %+v", code, found)
		}
	})
}

// examined is an account in the output of iblint doctor.
type examined struct {
	Account, NotEntered string
	Permitted           int
	Missing, Undecided  []tried
}

// tried is an action that is refused, or of which it is not known.
type tried struct{ Action, Reason string }
