package lintcmd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/cmd/lintcmd"
	"github.com/iblint/iblint/internal/fakeaws"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/internal/testrun"
)

// A guardrail in code is evaluated against what the accounts of a recorded organization need, before
// it is attached. The finding names the accounts that it stops.
func TestGuardrailsOfCode(t *testing.T) {
	testrun.Long(t)
	const (
		denied   = `jsonencode({ Statement = [{ Effect = "Deny", Action = "ec2:DeregisterImage", Resource = "*" }] })`
		harmless = `jsonencode({ Statement = [{ Effect = "Deny", Action = "s3:*", Resource = "*" }] })`
		template = `{ Resources: { Keep: { Type: AWS::Organizations::Policy, Properties: { Name: keep, Type: SERVICE_CONTROL_POLICY, Content: { Statement: [{ Effect: Deny, Action: 'ec2:DeregisterImage', Resource: '*' }] }, TargetIds: [%s] } } }, Parameters: { Unit: { Type: String } } }`
	)
	configuration := func(document, target string) string {
		return `resource "aws_organizations_organizational_unit" "new" {
  name      = "new"
  parent_id = "r-ab12"
}
resource "aws_organizations_policy" "keep" {
  name    = "keep"
  content = ` + document + `
}
resource "aws_organizations_policy_attachment" "keep" {
  policy_id = aws_organizations_policy.keep.id
  target_id = ` + target + `
}
`
	}
	var stopped []string
	for i := range 14 {
		stopped = append(stopped, member(i))
	}
	all := "in 14 accounts: " + strings.Join(stopped, ", ")
	for name, test := range map[string]struct{ file, content, status, change, message, place string }{
		"a unit":                {"main.tf", configuration(denied, `"ou-ab12-workload"`), "fail", "new", all, "main.tf:5"},
		"a recorded unit":       {"main.tf", configuration(denied, `"ou-ab12-workload"`), "fail", "new", all, "main.tf:5"},
		"the root":              {"main.tf", configuration(denied, `"r-ab12"`), "fail", "new", "in 15 accounts: ", "main.tf:5"},
		"an account":            {"main.tf", configuration(denied, `"`+member(3)+`"`), "fail", "new", "of " + member(3), "main.tf:5"},
		"another unit":          {"main.tf", configuration(denied, `"ou-ab12-elsewhere"`), "pass", "unchanged", "", "main.tf:5"},
		"not known, and denied": {"main.tf", configuration(denied, "aws_organizations_organizational_unit.new.id"), "unknown", "new", "perhaps do not allow ec2:DeregisterImage on AMIs in eu-west-1 by role expiry of 111122223300 (denied by a possible service control policy \"keep\"", "main.tf:5"},
		"not known, harmless":   {"main.tf", configuration(harmless, "aws_organizations_organizational_unit.new.id"), "pass", "unchanged", "", "main.tf:5"},
		"a policy that exists": {"main.tf", `resource "aws_organizations_policy_attachment" "keep" {
  policy_id = "p-detached"
  target_id = "ou-ab12-workload"
}`, "fail", "new", all, ""},
		"a policy that is not here": {"main.tf", `resource "aws_organizations_policy_attachment" "keep" {
  policy_id = "p-elsewhere"
  target_id = "ou-ab12-workload"
}`, "unknown", "new", "not declared in the code", ""},
		"the document of an attached one": {"main.tf", `resource "aws_organizations_policy" "old" {
  name    = "attached"
  content = ` + denied + `
}`, "fail", "new", all, "main.tf:1"},
		"a template":                       {"keep.yaml", fmt.Sprintf(template, "ou-ab12-workload"), "fail", "new", all, "keep.yaml:1"},
		"a template for what is not known": {"keep.yaml", fmt.Sprintf(template, "!Ref Unit"), "unknown", "new", "Unit", "keep.yaml:1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			var recording, stdout, stderr bytes.Buffer
			if err := recorded.Write(&recording, organizationOf(15)); err != nil {
				t.Fatal(err)
			}
			for file, data := range map[string]string{"there.json": recording.String(), test.file: test.content} {
				if err := os.WriteFile(file, []byte(data), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			args := []string{"check", "--only", "organization-guardrails", "--format", "json", test.file}
			if name == "a unit" { // the same over live accounts
				args = append(args, live(t, organizationOf(15))...)
			} else {
				args = append(args, "there.json")
			}
			lintcmd.Run(args, nil, &stdout, &stderr)
			var r struct {
				Findings []struct {
					Status, Change, Message string
					Location                struct {
						File string
						Line int
					}
				}
			}
			if err := json.Unmarshal(stdout.Bytes(), &r); err != nil || len(r.Findings) != 1 {
				t.Fatalf("%v, %s\n%s", err, &stderr, &stdout)
			}
			f := r.Findings[0]
			place := ""
			if f.Location.Line > 0 {
				place = fmt.Sprintf("%s:%d", f.Location.File, f.Location.Line)
			}
			if f.Status != test.status || f.Change != test.change || !strings.Contains(f.Message, test.message) || place != test.place {
				t.Errorf("%s, %s at %s: %s", f.Status, f.Change, place, f.Message)
			}
		})
	}
}

// live starts a server of the accounts. It returns the arguments to read them all.
func live(t *testing.T, inv *account.Inventory) []string {
	t.Helper()
	server := fakeaws.Start(inv, fakeaws.Options{})
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"HOME": t.TempDir(), "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": server.URL, "AWS_ENDPOINT_URL_STS": server.URL,
		"AWS_ACCESS_KEY_ID": fakeaws.Key(inv.Owners[0].Account), "AWS_SECRET_ACCESS_KEY": "secret",
	} {
		t.Setenv(name, value)
	}
	args := []string{"--with-live", "--role-name", "Audit", "--region", "eu-west-1"}
	for _, o := range inv.Owners {
		args = append(args, "--owner", o.Account)
	}
	return args
}

func member(i int) string { return fmt.Sprintf("1111222233%02d", i) }

// organizationOf is an organization of accounts that each delete their own images. The last one is
// directly below the root, the others are in a unit.
func organizationOf(accounts int) *account.Inventory {
	const region, full, scp = "eu-west-1", "p-FullAWSAccess", account.ServiceControlPolicy
	trust := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"imagebuilder.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	attached := func(ids ...string) map[string]account.List[string] {
		return map[string]account.List[string]{scp: account.Complete(ids)}
	}
	allow := `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	g := &account.Guardrails{
		Enabled: account.Present([]string{scp}),
		Parents: map[string]account.Read[string]{"r-ab12": account.Absent[string](), "ou-ab12-workload": account.Present("r-ab12")},
		Attached: map[string]map[string]account.List[string]{
			"r-ab12": attached(full), "ou-ab12-workload": attached(full, "p-attached"),
		},
		Policies: map[string]account.Read[account.Guardrail]{
			full:         account.Present(account.Guardrail{Name: "FullAWSAccess", Document: allow}),
			"p-attached": account.Present(account.Guardrail{Name: "attached", Document: allow}),
			"p-detached": account.Present(account.Guardrail{Name: "detached", Document: `{"Statement":{"Effect":"Deny","Action":"ec2:DeregisterImage","Resource":"*"}}`}),
		},
	}
	inv := &account.Inventory{Accounts: map[string]*account.Account{}, Guardrails: map[string]*account.Guardrails{"o-exampleorg": g}}
	for i := range accounts {
		id := member(i)
		g.Parents[id], g.Attached[id] = account.Present("ou-ab12-workload"), attached(full)
		if i == accounts-1 {
			g.Parents[id] = account.Present("r-ab12")
		}
		inv.Owners = append(inv.Owners, account.Owner{Account: id, Regions: []string{region}, Discover: []account.Kind{account.ExecutionRoleKind, account.LifecyclePolicyKind}})
		inv.Accounts[id] = &account.Account{
			Partition:  "aws",
			Membership: account.Present(account.Membership{Organization: "o-exampleorg", ManagementAccount: "999900001111"}),
			Roles: map[string]account.Read[account.Role]{"expiry": account.Present(account.Role{
				Name: "expiry", Path: "/", ARN: account.RoleARN("aws", id, "/", "expiry"), Trust: account.Present(trust),
				Attached: account.Complete([]account.AttachedPolicy{{Name: account.ManagedPolicyName, ARN: account.ManagedPolicyARN("aws")}}), Inline: account.Complete([]account.InlinePolicy{}),
			})},
			ImageBuilder: map[string]*account.ImageBuilder{region: {LifecyclePolicies: account.Complete([]account.LifecyclePolicy{{
				ARN: "arn:aws:imagebuilder:" + region + ":" + id + ":lifecycle-policy/expiry", Name: "expiry", Status: "ENABLED",
				ExecutionRole: "expiry", ResourceType: account.AMIImage,
				Rules:     account.Present([]account.LifecycleRule{{Action: "DELETE", AMIs: true, Snapshots: true, Filter: &account.RuleFilter{Type: "AGE", Value: 90, Unit: "DAYS"}}}),
				Selection: account.Present(account.Selection{Tags: account.Tags{"expires": "yes"}}),
			}})}},
		}
	}
	return inv
}
