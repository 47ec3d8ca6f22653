package lifecycle_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/checks/policy/awsmanaged"
	"github.com/iblint/iblint/internal/testrun"
)

const awsManaged = "arn:aws:iam::aws:policy/"

// awsManagedFinding is the finding of a check about a role of the recording of AWS managed
// policies, after a change of the role.
func awsManagedFinding(t *testing.T, check, name string, change func(*account.Role)) checks.Finding {
	t.Helper()
	inv := recording(t, "aws-managed-policies")
	roles := inv.Accounts["111122223333"].Roles
	role, found, err := roles[name].Get()
	if !found {
		t.Fatalf("there is no role %s: %v", name, err)
	}
	change(&role)
	roles[name] = account.Present(role)
	inv.Reconcile()
	for f := range checks.Evaluate(inv, lifecycle.All()) {
		if f.Check.ID == check && strings.HasSuffix(f.Subject.ARN, "111122223333:role/"+name) {
			return f
		}
	}
	t.Fatalf("%s says nothing about %s", check, name)
	return checks.Finding{}
}

func asRecorded(*account.Role) {}

// attachedAs returns a change that sets the document of the first attached policy.
func attachedAs(document account.Read[string]) func(*account.Role) {
	return func(r *account.Role) {
		items := slices.Clone(r.Attached.Items())
		items[0].Document = document
		r.Attached = account.Complete(items)
	}
}

// The evidence says for which documents the catalogue stands in, and as of when. The verdict
// is of the catalogue only if the document was not read.
func TestCatalogueStandsInForUnreadDocuments(t *testing.T) {
	const refused = " (its document was not read: iam:GetPolicy: access denied)"
	asOf := " as of " + awsmanaged.Date()
	nothing := `{"Version":"2012-10-17","Statement":[]}`
	unread := func(why account.Reason) account.Read[string] {
		return account.Unreadable[string](account.Unread{Reason: why})
	}
	for name, c := range map[string]struct {
		check, role string
		change      func(*account.Role)
		status      checks.Status
		evidence    string // "": the catalogue is not named
	}{
		"refused":        {"execution-role-policy", "Administrator", asRecorded, checks.Warn, "AWS managed policy " + awsManaged + "AdministratorAccess" + asOf + refused},
		"of permissions": {"execution-role-permissions", "Managed", asRecorded, checks.Pass, "AWS managed policy " + account.ManagedPolicyARN("aws") + asOf + refused},
		"not collected":  {"execution-role-policy", "Administrator", attachedAs(account.Read[string]{}), checks.Warn, "(its document was not read: not collected)"},
		"throttled":      {"execution-role-policy", "Administrator", attachedAs(unread(account.Throttled)), checks.Warn, "(its document was not read: throttled, even after retries)"},
		"boundary":       {"execution-role-permissions", "BeyondBoundary", asRecorded, checks.Fail, "AWS managed policy " + awsManaged + "ReadOnlyAccess" + asOf + refused},
		"no such ARN": {"execution-role-policy", "WithoutServiceRole", asRecorded, checks.Fail,
			"no AWS managed policy has the ARN " + awsManaged + "EC2ImageBuilderLifecycleExecutionPolicy" + asOf + "; the right ARN is " + account.ManagedPolicyARN("aws")},
		"newer": {"execution-role-policy", "NewerPolicy", asRecorded, checks.Fail, "no AWS managed policy has the ARN " + awsManaged + "ImageBuilderPolicyOfTheFuture" + asOf + "; it may be newer"},

		"read":                      {"execution-role-policy", "Administrator", attachedAs(account.Present(nothing)), checks.Fail, ""},
		"read, though no such ARN":  {"execution-role-policy", "WithoutServiceRole", attachedAs(account.Present(allowAll)), checks.Warn, ""},
		"contradicted":              {"execution-role-policy", "Administrator", attachedAs(account.Absent[string]()), checks.Unknown, ""},
		"malformed":                 {"execution-role-policy", "Administrator", attachedAs(unread(account.Malformed)), checks.Unknown, ""},
		"read, and not a document":  {"execution-role-policy", "Administrator", attachedAs(account.Present("{")), checks.Unknown, ""},
		"a customer managed policy": {"execution-role-policy", "OwnPolicyUnread", asRecorded, checks.Fail, ""},
		"of another partition": {"execution-role-policy", "Administrator", func(r *account.Role) {
			r.Attached = account.Complete([]account.AttachedPolicy{{Name: "AdministratorAccess", ARN: "arn:aws-cn:iam::aws:policy/AdministratorAccess"}})
		}, checks.Fail, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := awsManagedFinding(t, c.check, c.role, c.change)
			if f.Status != c.status {
				t.Errorf("%s, want %s: %s", f.Status, c.status, f.Message)
			}
			says := func(text string) bool {
				return slices.ContainsFunc(f.Evidence, func(line string) bool { return strings.Contains(line, text) })
			}
			if c.evidence == "" && says(asOf) || !says(c.evidence) {
				t.Errorf("the evidence is %q, want %q", f.Evidence, c.evidence)
			}
		})
	}
}

// The catalogue has statements about every action that is evaluated with the policies of a role.
// Without them, an action that an AWS managed policy allows would be denied.
func TestCatalogueHasTheActionsOfRoles(t *testing.T) {
	testrun.Long(t)
	evaluated := 0
	for name, result := range results(t) {
		for f := range result.Findings() {
			if !strings.HasSuffix(f.Check.ID, "-role-permissions") && !strings.HasSuffix(f.Check.ID, "-role-policy") {
				continue
			}
			for _, trace := range f.Trace {
				if trace.Action == "" { // no statement came close
					continue
				}
				evaluated++
				if !slices.Contains(awsmanaged.Actions(), trace.Action) {
					t.Errorf("%s: %s evaluates %s, which is not in the catalogue", name, f.Check.ID, trace.Action)
				}
			}
		}
	}
	if evaluated == 0 {
		t.Error("nothing was evaluated: the test checks nothing")
	}
}

const allowAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
