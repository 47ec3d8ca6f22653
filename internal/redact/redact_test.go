package redact_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/internal/redact"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/internal/testrun"
	"github.com/iblint/iblint/report"
)

func parse(t *testing.T, file string) *account.Inventory {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	inv, err := recorded.Parse(file, data)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

func recordings(t *testing.T) map[string]*account.Inventory {
	t.Helper()
	files, err := filepath.Glob("../../fixtures/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	all := map[string]*account.Inventory{}
	for _, file := range testrun.Some(files) {
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = parse(t, file)
	}
	all["testdata"] = parse(t, "testdata/names.json")
	return all
}

// redacted returns the redacted result in all formats, and the redacted recording.
func redacted(t *testing.T, inv *account.Inventory, suppressions ...checks.Suppression) map[string]string {
	t.Helper()
	r, err := redact.New(inv, "the kanarie team", "kanarie/*")
	if err != nil {
		t.Fatal(err)
	}
	other, err := r.Inventory(inv)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := recorded.Write(&b, other); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"recording": b.String()}
	result := checks.Run(inv, lifecycle.All(), suppressions...).Rewrite(other, r.Text)
	for _, name := range report.Names() {
		format, err := report.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		b.Reset()
		if err := format(&b, result, report.Options{}); err != nil {
			t.Fatal(err)
		}
		all[name] = b.String()
	}
	return all
}

var accountID = regexp.MustCompile(`\b[0-9]{12}\b`)

// No format and no recording of any fixture contains an account ID that is not a
// pseudonym.
func TestNoAccountSurvives(t *testing.T) {
	for name, inv := range recordings(t) {
		for format, text := range redacted(t, inv) {
			for _, id := range accountID.FindAllString(text, -1) {
				if !strings.HasPrefix(id, "00000") {
					t.Errorf("%s, %s: %s survives", name, format, id)
				}
			}
		}
	}
}

// Every name in testdata/names.json contains "kanarie". The file has a name in every place
// where an inventory may have one.
func TestNoNameSurvives(t *testing.T) {
	suppression := checks.Suppression{Check: "ecr-repository-tag", Subject: "kanarie/*", Owner: "the kanarie team", Reason: "r", Expires: "2027-01-31"}
	for format, text := range redacted(t, parse(t, "testdata/names.json"), suppression) {
		for _, found := range regexp.MustCompile(`(?i).{0,60}kanarie.{0,40}`).FindAllString(text, -1) {
			t.Errorf("%s: %s", format, found)
		}
	}
}

// redactedCopy returns the redactor of a recording, and the recording as it redacts it.
func redactedCopy(t *testing.T, inv *account.Inventory) (*redact.Redactor, *account.Inventory) {
	t.Helper()
	r, err := redact.New(inv)
	if err != nil {
		t.Fatal(err)
	}
	other, err := r.Inventory(inv)
	if err != nil {
		t.Fatal(err)
	}
	return r, other
}

// patterned are the recordings with a pattern that matches part of a name or account ID
// but not its pseudonym.
var patterned = map[string]string{
	"cross-account-role-trust": "an account ID by its digits",
	"source-organization":      "names of images by their first letter",
}

// The same word has the same pseudonym everywhere, so a redacted recording has the
// verdicts of the original.
func TestVerdictsSurvive(t *testing.T) {
	for name, inv := range recordings(t) {
		_, other := redactedCopy(t, inv)
		if diff := cmp.Diff(verdicts(inv), verdicts(other)); (diff != "") != (patterned[name] != "") {
			t.Errorf("%s: verdicts (-original +redacted):\n%s", name, diff)
		}
	}
}

// Names of AWS services are kept.
func TestServicesStay(t *testing.T) {
	inv := trusting("{}")
	inv.Calls = map[string]account.Calls{"Resource Groups Tagging API": {Calls: 1}}
	_, other := redactedCopy(t, inv)
	if diff := cmp.Diff(inv.Calls, other.Calls); diff != "" {
		t.Error(diff)
	}
}

// What the API defines of pipelines, images and rules is kept, and a name stays the same in
// all places, so that a redacted recording tells which pipeline builds which images, and
// where they go.
func TestPipelinesStayJoined(t *testing.T) {
	inv := parse(t, "testdata/names.json")
	_, other := redactedCopy(t, inv)
	regionOf := func(inv *account.Inventory) *account.ImageBuilder {
		for _, a := range inv.Accounts {
			if ib := a.ImageBuilder["eu-west-1"]; ib != nil {
				return ib
			}
		}
		t.Fatal("no Image Builder")
		return nil
	}
	was, is := regionOf(inv), regionOf(other)
	nightly, containers := is.Pipelines.Items()[0], is.Pipelines.Items()[1]
	if nightly.Status != "ENABLED" || containers.Status != "DISABLED" || nightly.Distribution != is.Distributions.Items()[0].ARN || containers.Recipe != is.ContainerRecipes.Items()[0].ARN {
		t.Errorf("pipelines: %+v", is.Pipelines.Items())
	}
	if recipe, ok := strings.CutSuffix(nightly.Recipe, "1.x.x"); !ok || !strings.HasPrefix(is.ImageRecipes.Items()[0].ARN, recipe) {
		t.Errorf("%s builds another recipe than %s", nightly.Recipe, is.ImageRecipes.Items()[0].ARN)
	}
	if w := nightly.Workflows; len(w) != 2 || !strings.Contains(w[0], ":workflow/distribution/") || !strings.HasSuffix(w[0], "/1.0.0/1") || w[1] != was.Pipelines.Items()[0].Workflows[1] {
		t.Errorf("workflows: %v", w)
	}
	for i, image := range is.Images.Items() {
		before := was.Images.Items()[i]
		if image.State != before.State || image.Type != before.Type || image.BuildType != before.BuildType || !image.Created.Equal(before.Created) || !image.DeprecationTime.Equal(before.DeprecationTime) {
			t.Errorf("image: %+v, was %+v", image, before)
		}
	}
	for i, p := range is.LifecyclePolicies.Items() {
		rules, _, _ := p.Rules.Get()
		before, _, _ := was.LifecyclePolicies.Items()[i].Rules.Get()
		if diff := cmp.Diff(before[0].Filter, rules[0].Filter); diff != "" || before[0].IsPublic != rules[0].IsPublic {
			t.Errorf("filter (-was +is):\n%s", diff)
		}
		if diff := cmp.Diff(before[0].LastLaunched, rules[0].LastLaunched); diff != "" {
			t.Errorf("last launched (-was +is):\n%s", diff)
		}
		if len(rules[0].ExcludedTags) != len(before[0].ExcludedTags) || len(rules[0].AMITags) != len(before[0].AMITags) || len(rules[0].SharedAccounts) != len(before[0].SharedAccounts) {
			t.Errorf("exclusions: %+v", rules[0])
		}
	}
}

// Verdicts do not change if a name is also a word of the policy language. The Sid of a
// statement is often the name of an action.
func TestVerdictsSurviveNamesOfTheLanguage(t *testing.T) {
	for _, statement := range []string{
		`"Sid": "AssumeRole"`,
		`"Sid": "StringEquals", "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}`,
		`"Sid": "SourceAccount", "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}`,
		`"Sid": "StringEquals", "Condition": {"StringNotEquals": {"aws:PrincipalTag/StringEquals": "SourceAccount"}}`,
	} {
		inv := trusting(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "imagebuilder.amazonaws.com"}, "Action": "sts:AssumeRole", ` + statement + `}]}`)
		redactedInventory(t, statement, inv)
	}
}

// redactedInventory redacts an inventory and expects the same verdicts for both.
func redactedInventory(t *testing.T, name string, inv *account.Inventory) *account.Inventory {
	t.Helper()
	_, other := redactedCopy(t, inv)
	if diff := cmp.Diff(verdicts(inv), verdicts(other)); diff != "" {
		t.Errorf("%s: verdicts (-original +redacted):\n%s", name, diff)
	}
	return other
}

// trusting returns an inventory with one execution role with this trust policy.
func trusting(document string) *account.Inventory {
	return &account.Inventory{
		Owners: []account.Owner{{Account: "111122223333", Regions: []string{"eu-west-1"}, ExecutionRoles: []string{"Lifecycle"}}},
		Accounts: map[string]*account.Account{"111122223333": {Partition: "aws", Roles: map[string]account.Read[account.Role]{
			"Lifecycle": account.Present(account.Role{
				Name: "Lifecycle", Path: "/", ARN: "arn:aws:iam::111122223333:role/Lifecycle", Trust: account.Present(document),
			}),
		}}},
	}
}

// verdicts counts the findings of each check by status.
func verdicts(inv *account.Inventory) []string {
	counted := map[string]int{}
	for f := range checks.Run(inv, lifecycle.All()).Findings() {
		counted[f.Check.ID+" "+string(f.Status)]++
	}
	var lines []string
	for _, line := range slices.Sorted(maps.Keys(counted)) {
		lines = append(lines, line+" "+strings.Repeat("+", counted[line]))
	}
	return lines
}

// The same inventory gives the same pseudonyms, and redacting twice changes nothing.
func TestPseudonymsAreStable(t *testing.T) {
	inv := parse(t, "testdata/names.json")
	if diff := cmp.Diff(redacted(t, inv), redacted(t, inv)); diff != "" {
		t.Error(diff)
	}
}

func TestLine(t *testing.T) {
	for text, want := range map[string]string{
		"no way into 111122223333: arn:aws:iam::111122223333:role/teams/Audit, denied":   "no way into redacted: arn:aws:iam::redacted:redacted, denied",
		"arn:aws:iam::aws:policy/ReadOnlyAccess stays, and so does 2026-11-01T06:00:00Z": "arn:aws:iam::aws:policy/ReadOnlyAccess stays, and so does 2026-11-01T06:00:00Z",
		"arn:aws:sts::111122223333:assumed-role/team,Audit/x, denied":                    "arn:aws:sts::redacted:redacted, denied",
		"arn:aws:iam::111122223333:role/A,arn:aws:iam::222233334444:role/B":              "arn:aws:iam::redacted:redacted,arn:aws:iam::redacted:redacted",
		"the profiles prod_111122223333 and 222233334444_admin":                          "the profiles prod_redacted and redacted_admin",
		"1111222233334 and x111122223333 are no account IDs":                             "1111222233334 and x111122223333 are no account IDs",
	} {
		if got := redact.Line(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// Names in every position of a policy are replaced. Here each name occurs once, and only
// its position shows that it is a name.
func TestNoNameInAPolicySurvives(t *testing.T) {
	for _, statement := range []string{
		`"Resource": "arn:aws:ecr:*:${aws:PrincipalAccount}:repository/kanarie/app"`,
		`"Resource": "arn:aws:ecr:${aws:RequestedRegion}:*:repository/\u006banarie"`,
		`"Resource": "arn:aws:ecr:*:*:repository/x-${aws:PrincipalTag/kanarie}"`,
		`"Resource": "arn:aws:ecr:*:*:repository/x-${aws:PrincipalTag/team, 'kanarie'}"`,
		`"NotResource": "arn:aws:s3:::reports/My kanarie/*"`,
		`"NotResource": "arn:aws:s3:::reports/(kanarie)/*"`,
		`"Principal": {"AWS": ["arn:aws:iam::444455556666:role/team,kanarie"]}`,
		`"NotPrincipal": {"AWS": "arn:aws:iam::444455556666:role/team,arn=kanarie"}`,
		`"Principal": {"Federated": "kanarie.example.com"}`,
		`"Principal": {"CanonicalUser": "kanarie59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}`,
		`"Principal": "*", "Condition": {"StringLike": {"kanarie.example.com:sub": "x"}}`,
		`"Principal": "*", "Condition": {"StringLike": {"kms:EncryptionContext:kanarie": "x"}}`,
		`"Principal": "*", "Condition": {"StringLike": {"aws:PrincipalTag/kanarie": "x"}}`,
		`"Sid": "kanarie", "Sid": "twice"`,
		`"Sid": "kanarie",`, // no JSON
		`"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "${aws:PrincipalTag/kanarie}"}}`,
		`"Principal": "*", "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::${aws:PrincipalAccount}:role/kanarie*"}}`,
	} {
		inv := trusting(`{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", ` + statement + `}]}`)
		_, other := redactedCopy(t, inv)
		var b bytes.Buffer
		if err := recorded.Write(&b, other); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		if strings.Contains(text, "kanarie") {
			t.Errorf("%s\nbecame %s", statement, text)
		}
	}
}

// Account IDs that are numbers, and names that a message shortens, are replaced.
func TestNumbersAndPartsOfNamesAreReplaced(t *testing.T) {
	long := strings.Repeat("x", 190)
	inv := trusting(`{"Version": "2012-10-17", "Statement": [{"Sid": "` + long + `/papagei-projekt", "Effect": "Allow", "Principal": {"Service": "imagebuilder.amazonaws.com"},
		"Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:SourceAccount": 444455556666}, "NumericLessThan": {"aws:MultiFactorAuthAge": 86420}}},
		{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:SourceAccount": ["` + long + `/papagei projekt"]}}}]}`)
	plain := ""
	for f := range checks.Run(inv, lifecycle.All()).Findings() {
		plain += strings.Join(f.Evidence, "\n")
		for _, n := range f.Notes {
			plain += n.String()
		}
	}
	if !strings.Contains(plain, `/papagei`) || strings.Contains(plain, "projekt") || !strings.Contains(plain, "444455556666") {
		t.Fatalf("no message cuts the name, or shows the number: %s", plain)
	}
	for format, text := range redacted(t, inv) {
		for _, secret := range []string{"papagei", "444455556666", "86420"} {
			if i := strings.Index(text, secret); i >= 0 {
				t.Errorf("%s: %s", format, text[max(0, i-80):min(len(text), i+40)])
			}
		}
	}
}

// Conditions on the time have the same result: a pseudonym keeps only whether the time
// is before or after the reading.
func TestVerdictsSurviveInstants(t *testing.T) {
	kinds := map[string]bool{}
	for _, condition := range []string{
		`"DateLessThan": {"aws:CurrentTime": "2020-07-31"}`, `"DateLessThan": {"aws:CurrentTime": "2031-07-31T06:00:00Z"}`,
		`"DateGreaterThan": {"aws:CurrentTime": "2020-07-31"}`, `"DateGreaterThan": {"aws:EpochTime": "1600000000"}`,
		`"DateGreaterThan": {"aws:CurrentTime": 4000000000}`, `"IpAddress": {"aws:SourceIp": "10.20.0.0/16"}`,
	} {
		document := `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {` + condition + `}}]}`
		inv := trusting(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "imagebuilder.amazonaws.com"}, "Action": "sts:AssumeRole"}]}`)
		inv.ReadAt = time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)
		role, _, _ := inv.Accounts["111122223333"].Roles["Lifecycle"].Get()
		role.Attached = account.Complete([]account.AttachedPolicy{})
		role.Inline = account.Complete([]account.InlinePolicy{{Name: "inline", Document: account.Present(document)}})
		inv.Accounts["111122223333"].Roles["Lifecycle"] = account.Present(role)
		other := redactedInventory(t, condition, inv)
		kinds[strings.Join(verdicts(inv), "\n")] = true
		var b bytes.Buffer
		if err := recorded.Write(&b, other); err != nil {
			t.Fatal(err)
		}
		if secret := regexp.MustCompile(`2020-07|2031-07|1600000000|4000000000|10\.20`).FindString(b.String()); secret != "" {
			t.Errorf("%s: %s survives", condition, secret)
		}
	}
	if len(kinds) < 2 {
		t.Errorf("the conditions decide nothing: %v", kinds)
	}
}

// Paths of members of CreateLifecyclePolicy are kept, and other texts in their place are not.
func TestInputPathsStay(t *testing.T) {
	inv := trusting("{}")
	policy := account.LifecyclePolicy{Name: "papagei", Input: &account.PolicyInput{
		Undecided: []string{"policyDetails[0].filter.value", "resourceSelection.papagei"}, Empty: []string{"tags"}, Unknown: []string{"papagei"}, Tags: account.Tags{"papagei": "papagei"},
	}}
	inv.Owners = []account.Owner{{Account: "111122223333", Planned: &account.ImageBuilder{LifecyclePolicies: account.Complete([]account.LifecyclePolicy{policy})}}}
	_, other := redactedCopy(t, inv)
	is := *other.Owners[0].Planned.LifecyclePolicies.Items()[0].Input
	if is.Undecided[0] != "policyDetails[0].filter.value" || is.Empty[0] != "tags" {
		t.Errorf("%+v", is)
	}
	if strings.Contains(fmt.Sprint(is), "papagei") {
		t.Errorf("%+v", is)
	}
}

// A name of several words has no part that is a word of its own, so that redaction must find the part
// that an excerpt keeps.
func TestNoPartOfANameSurvivesInAnExcerpt(t *testing.T) {
	for _, name := range []string{
		"Acme Access Plan For All The Blue Images", "Acme  Access\tPlan For All", "Acme\u00a0Access\u3000Plan For All", "Äcme Access (Plan) For All", "Acme Access. Plan", "Acme: Access, Plan",
	} {
		reason := "Cannot delete the image of " + name + " because it is in use by Ümit\u00a0Acme now"
		inv := trusting("{}")
		inv.Accounts["111122223333"].ImageBuilder = map[string]*account.ImageBuilder{"eu-west-1": {
			LifecyclePolicies: account.Complete([]account.LifecyclePolicy{{Name: name, ARN: "arn:aws:imagebuilder:eu-west-1:111122223333:lifecycle-policy/acme"}}),
			LastExecutions:    map[string]account.Read[account.Execution]{"arn:aws:imagebuilder:eu-west-1:111122223333:lifecycle-policy/acme": account.Present(account.Execution{Reason: reason})},
		}}
		r, other := redactedCopy(t, inv)
		texts := []string{r.Text(reason), r.Error(reason), r.Text("the tag is " + strconv.QuoteToASCII(name))}
		for most := range len(reason) {
			texts = append(texts, r.Text("last run failed: "+account.Excerpt(reason, most)))
		}
		for _, execution := range other.Accounts["000000000001"].ImageBuilder["eu-west-1"].LastExecutions {
			last, _, _ := execution.Get()
			texts = append(texts, last.Reason)
		}
		for _, text := range texts {
			if secret := regexp.MustCompile(`(?i)[aä]cme|ümit|access|plan|for|blue`).FindString(text); secret != "" {
				t.Errorf("%q: %q survives in %q", name, secret, text)
			}
		}
	}
}
