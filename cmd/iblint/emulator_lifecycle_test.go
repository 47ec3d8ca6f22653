//go:build emulator

package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/fakeaws"
	"github.com/iblint/iblint/internal/source/recorded"
)

// testLifecyclePolicies proves the commands that fix lifecycle policies: the real
// AWS CLI runs them against a fake Image Builder, which moto lacks, and the resulting
// policies pass.
func (e *emulator) testLifecyclePolicies(t *testing.T) {
	const name = "lifecycle-policy-actions.json"
	data, err := fixtures.All.ReadFile(name)
	must(t, err)
	inv, err := recorded.Parse(name, data)
	must(t, err)
	held, url := holdLifecyclePolicies(t, inv.Accounts[owner].ImageBuilder[region])

	report, _ := e.check(t, []string{"PATH=" + os.Getenv("PATH")}, "--recorded", write(t, name, string(data)), "--only", "lifecycle-policy-actions")
	proved := map[checks.Action]int{}
	for _, f := range report.Findings {
		if f.Remediation == nil {
			continue
		}
		script := strings.Join(f.Remediation.Commands, "\n") + "\n"
		c := exec.Command("bash", "-euo", "pipefail", "-c", script)
		c.Dir = t.TempDir()
		c.Env = e.environment(t, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_ENDPOINT_URL_IMAGEBUILDER="+url)
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s: the commands fail: %v\n%s\n%s", f.Subject.Name, err, script, out)
		}
		for _, change := range f.Remediation.Changes {
			proved[change.Action]++
		}
	}
	if proved[checks.EnablePolicy] == 0 || proved[checks.IncludeResources] == 0 {
		t.Errorf("changes that were made by their commands: %v", proved)
	}

	fixed := heldNow(t, data, held)
	after, _ := e.check(t, []string{"PATH=" + os.Getenv("PATH")}, "--recorded", write(t, name, string(fixed)), "--only", "lifecycle-policy-actions")
	if after.Summary.Fail+after.Summary.Warn > 0 || after.Summary.Pass != report.Summary.Pass+report.Summary.Fail+report.Summary.Warn {
		t.Errorf("before %+v, after %+v", report.Summary, after.Summary)
	}
}

// testEditedPolicies proves the commands that a person completes: the AWS CLI and jq run them
// against the fake Image Builder, jq makes the change that the fix describes, and the resulting
// policy passes.
func (e *emulator) testEditedPolicies(t *testing.T) {
	const (
		byAge      = `.policyDetails[0].filter = {"type": "AGE", "value": 90, "unit": "DAYS"}`
		noFloor    = `del(.policyDetails[0].filter.retainAtLeast)`
		nothingNow = `.resourceSelection = {"recipes": [{"name": "another-one", "semanticVersion": "x.x.x"}]}`
		noAMIRules = `del(.policyDetails[0].exclusionRules)`
	)
	for _, test := range []struct {
		fixture, check string
		edits          map[string]string // by policy
	}{
		{"lifecycle-policy-retention", "lifecycle-policy-retention", map[string]string{
			"count-of-a-growing-recipe": byAge, "retain-of-a-growing-recipe": noFloor, "retain-while-deprecating": noFloor,
		}},
		{"lifecycle-policy-overlap", "lifecycle-policy-overlap", map[string]string{"keep-two": nothingNow}},
		{"lifecycle-policy-exclusions", "lifecycle-policy-actions", map[string]string{
			"own-region": noAMIRules, "public": noAMIRules, "region-of-a-pipeline": noAMIRules, "region-of-amis": noAMIRules,
			"shared": noAMIRules, "tag-of-amis": noAMIRules, "tag-of-image-builder": noAMIRules,
		}},
		{"image-dependencies", "image-dependencies", map[string]string{"deletes-parents": nothingNow, "deletes-shared-images": nothingNow}},
		{"lifecycle-policy-selection", "lifecycle-policy-selection", map[string]string{
			"other-version": `.resourceSelection.recipes = [{"name": "base-image", "semanticVersion": "x.x.x"}]`,
		}},
	} {
		t.Run(test.fixture, func(t *testing.T) { e.editPolicies(t, test.fixture+".json", test.check, test.edits) })
	}
}

func (e *emulator) editPolicies(t *testing.T, name, check string, edits map[string]string) {
	data, err := fixtures.All.ReadFile(name)
	must(t, err)
	inv, err := recorded.Parse(name, data)
	must(t, err)
	held, url := holdLifecyclePolicies(t, inv.Accounts[owner].ImageBuilder[region])
	environment := []string{"PATH=" + os.Getenv("PATH")}
	before, _ := e.check(t, environment, "--recorded", write(t, name, string(data)), "--only", check)
	for _, f := range before.Findings {
		edit := edits[f.Subject.Name]
		if f.Subject.Region != region || edit == "" {
			continue
		}
		if f.Remediation == nil {
			t.Errorf("%s has no fix: %s", f.Subject.Name, f.Message)
			continue
		}
		var script []string
		for _, line := range f.Remediation.Commands {
			file, hint, edits := strings.Cut(strings.TrimPrefix(line, "# edit "), ": ")
			update, updates := strings.CutPrefix(line, "# then run: ")
			switch {
			case edits && strings.HasPrefix(line, "# edit "):
				if hint == "" {
					t.Errorf("%s: nothing says what to edit", f.Subject.Name)
				}
				script = append(script, "jq '"+edit+"' "+file+" > edited.json && mv edited.json "+file)
			case updates:
				script = append(script, update)
			case strings.Contains(line, " get-lifecycle-policy "):
				script = append(script, line)
			}
		}
		c := exec.Command("bash", "-euo", "pipefail", "-c", strings.Join(script, "\n")+"\n")
		c.Dir = t.TempDir()
		c.Env = e.environment(t, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_ENDPOINT_URL_IMAGEBUILDER="+url)
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s: the commands fail: %v\n%s\n%s", f.Subject.Name, err, script, out)
		}
	}
	after, _ := e.check(t, environment, "--recorded", write(t, name, string(heldNow(t, data, held))), "--only", check)
	changed := 0
	for i, f := range after.Findings {
		was := before.Findings[i]
		switch {
		case f.Subject != was.Subject:
			t.Fatalf("%v was %v", f.Subject, was.Subject)
		case f.Subject.Region == region && edits[f.Subject.Name] != "":
			changed++
			if was.Status != checks.Warn && was.Status != checks.Fail || f.Status == checks.Warn || f.Status == checks.Fail || f.Status == checks.Unknown {
				t.Errorf("%s: before %s, after %s: %s", f.Subject.Name, was.Status, f.Status, f.Message)
			}
		}
	}
	if changed != len(edits) {
		t.Errorf("%d of %d policies were edited", changed, len(edits))
	}
}

// detailOf is a rule in the form of Image Builder, which requires a filter. Older recordings have
// none.
func detailOf(r account.LifecycleRule) map[string]any {
	action := map[string]any{"type": r.Action}
	if r.AMIs || r.Snapshots || r.Containers {
		action["includeResources"] = map[string]any{"amis": r.AMIs, "snapshots": r.Snapshots, "containers": r.Containers}
	}
	filter := map[string]any{"type": "COUNT", "value": 3}
	if f := r.Filter; f != nil {
		filter = map[string]any{"type": f.Type, "value": f.Value}
		if f.Unit != "" {
			filter["unit"] = f.Unit
		}
		if f.RetainAtLeast != nil {
			filter["retainAtLeast"] = *f.RetainAtLeast
		}
	}
	detail := map[string]any{"action": action, "filter": filter}
	amis := map[string]any{"isPublic": r.IsPublic}
	if len(r.ExcludedRegions) > 0 {
		amis["regions"] = r.ExcludedRegions
	}
	if len(r.SharedAccounts) > 0 {
		amis["sharedAccounts"] = r.SharedAccounts
	}
	if len(r.AMITags) > 0 {
		amis["tagMap"] = r.AMITags
	}
	exclusions := map[string]any{"amis": amis}
	if len(r.ExcludedTags) > 0 {
		exclusions["tagMap"] = r.ExcludedTags
	}
	if r.IsPublic || len(amis)+len(exclusions) > 2 {
		detail["exclusionRules"] = exclusions
	}
	return detail
}

// ruleOf is a rule of Image Builder in the form of a recording.
func ruleOf(detail map[string]any) map[string]any {
	action := detail["action"].(map[string]any)
	rule := map[string]any{"action": action["type"], "filter": detail["filter"]}
	include, _ := action["includeResources"].(map[string]any)
	for resource, included := range include {
		rule[resource] = included
	}
	exclusions, _ := detail["exclusionRules"].(map[string]any)
	amis, _ := exclusions["amis"].(map[string]any)
	for name, value := range map[string]any{
		"excludedTags": exclusions["tagMap"], "isPublic": amis["isPublic"], "sharedAccounts": amis["sharedAccounts"], "amiTags": amis["tagMap"], "excludedRegions": amis["regions"],
	} {
		if value != nil {
			rule[name] = value
		}
	}
	return rule
}

// selectionOf is a selection of Image Builder in the form of a recording.
func selectionOf(selection any) map[string]any {
	data, err := json.Marshal(selection)
	if err != nil {
		panic(err) // it was JSON
	}
	var in struct {
		Recipes []struct{ Name, SemanticVersion string }
		TagMap  account.Tags
	}
	if err := json.Unmarshal(data, &in); err != nil {
		panic(err)
	}
	if in.TagMap != nil {
		return map[string]any{"tags": in.TagMap}
	}
	recipes := []any{}
	for _, r := range in.Recipes {
		recipes = append(recipes, map[string]any{"name": r.Name, "version": r.SemanticVersion})
	}
	return map[string]any{"recipes": recipes}
}

// holdLifecyclePolicies starts a fake Image Builder that contains each policy by ARN, in the form
// of the service's responses.
func holdLifecyclePolicies(t *testing.T, ib *account.ImageBuilder) (held map[string]map[string]any, url string) {
	t.Helper()
	var mutex sync.Mutex
	held = map[string]map[string]any{}
	for _, p := range ib.LifecyclePolicies.Items() {
		details := []any{}
		rules, _, _ := p.Rules.Get() // empty if they are unread
		for _, r := range rules {
			details = append(details, detailOf(r))
		}
		selection := map[string]any{"tagMap": map[string]string{"keep": "no"}}
		if selects, _, _ := p.Selection.Get(); len(selects.Recipes) > 0 {
			recipes := []any{}
			for _, r := range selects.Recipes {
				recipes = append(recipes, map[string]any{"name": r.Name, "semanticVersion": r.Version})
			}
			selection = map[string]any{"recipes": recipes}
		} else if len(selects.Tags) > 0 {
			selection = map[string]any{"tagMap": selects.Tags}
		}
		held[p.ARN] = map[string]any{
			"arn": p.ARN, "name": p.Name, "description": "", "status": p.Status, "executionRole": p.ExecutionRole, "resourceType": p.ResourceType,
			"policyDetails": details, "resourceSelection": selection, "tags": map[string]string{}, "dateCreated": "2026-01-01T00:00:00Z",
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		mutex.Lock()
		defer mutex.Unlock()
		switch in.Method + " " + in.URL.Path {
		case "GET /GetLifecyclePolicy":
			_ = json.NewEncoder(out).Encode(map[string]any{"lifecyclePolicy": held[in.URL.Query().Get("lifecyclePolicyArn")]})
		case "PUT /UpdateLifecyclePolicy":
			var body map[string]any
			if err := json.NewDecoder(in.Body).Decode(&body); err != nil {
				out.WriteHeader(http.StatusBadRequest)
				return
			}
			policy := held[body["lifecyclePolicyArn"].(string)]
			for _, field := range []string{"status", "executionRole", "resourceType", "policyDetails", "resourceSelection"} {
				if body[field] == nil { // the update requires all fields
					out.WriteHeader(http.StatusBadRequest)
					return
				}
				policy[field] = body[field]
			}
			_ = json.NewEncoder(out).Encode(map[string]any{"lifecyclePolicyArn": policy["arn"]})
		default:
			out.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	return held, server.URL
}

// heldNow returns the recording with the current policies of the fake Image Builder.
func heldNow(t *testing.T, data []byte, held map[string]map[string]any) []byte {
	t.Helper()
	var recording map[string]any
	must(t, json.Unmarshal(data, &recording))
	account := recording["accounts"].(map[string]any)[owner].(map[string]any)
	list := account["imageBuilder"].(map[string]any)[region].(map[string]any)["lifecyclePolicies"].(map[string]any)
	for _, item := range list["items"].([]any) {
		policy := item.(map[string]any)
		now := held[policy["arn"].(string)]
		policy["status"] = now["status"]
		rules := []any{}
		for _, detail := range now["policyDetails"].([]any) {
			rules = append(rules, ruleOf(detail.(map[string]any)))
		}
		if _, had := policy["rules"].(map[string]any)["value"]; had {
			policy["rules"] = map[string]any{"value": rules}
		}
		if selection, had := policy["selection"].(map[string]any)["value"].(map[string]any); had && len(selection) > 0 {
			policy["selection"] = map[string]any{"value": selectionOf(now["resourceSelection"])}
		}
	}
	now, err := json.Marshal(recording)
	must(t, err)
	return now
}

// testSelection proves the commands that list what a policy selects: the real AWS CLI runs them
// against the fake Image Builder.
func (e *emulator) testSelection(t *testing.T) {
	const name = "lifecycle-policy-selection.json"
	data, err := fixtures.All.ReadFile(name)
	must(t, err)
	inv, err := recorded.Parse(name, data)
	must(t, err)
	server := fakeaws.Start(inv, fakeaws.Options{})
	defer server.Close()
	report, _ := e.check(t, []string{"PATH=" + os.Getenv("PATH")}, "--recorded", write(t, name, string(data)), "--only", "lifecycle-policy-selection")
	looked := 0
	for _, f := range report.Findings {
		if f.Remediation == nil {
			continue
		}
		c := exec.Command("bash", "-euo", "pipefail", "-c", strings.Join(f.Remediation.Commands, "\n")+"\n")
		c.Dir = t.TempDir()
		c.Env = e.environment(t, "AWS_ACCESS_KEY_ID="+fakeaws.Key(owner), "AWS_SECRET_ACCESS_KEY=test", "AWS_ENDPOINT_URL_IMAGEBUILDER="+server.URL)
		out, err := c.CombinedOutput()
		image := map[string]string{region: ":image/web/2.0.0", "us-east-1": ":image/web/1.0.0", "us-west-2": ""}[f.Subject.Region] // us-west-2 has none
		if err != nil || !strings.Contains(string(out), image) || !strings.Contains(string(out), `"recipes"`) && !strings.Contains(string(out), `"tagMap"`) {
			t.Errorf("%s: the commands do not show the selection and the images: %v\n%s", f.Subject.Name, err, out)
		}
		looked++
	}
	if looked != 14 {
		t.Errorf("%d remediations were tried, want 14", looked)
	}
}

// testLastRun proves the commands that show what became of a run.
func (e *emulator) testLastRun(t *testing.T) {
	const name = "lifecycle-policy-last-run.json"
	data, err := fixtures.All.ReadFile(name)
	must(t, err)
	inv, err := recorded.Parse(name, data)
	must(t, err)
	server := fakeaws.Start(inv, fakeaws.Options{})
	defer server.Close()
	report, _ := e.check(t, []string{"PATH=" + os.Getenv("PATH")}, "--recorded", write(t, name, string(data)), "--only", "lifecycle-policy-last-run")
	shows := map[string]string{
		"not-assumed": "The execution role could not be assumed.", "stuck": "IN_PROGRESS", "queued": "PENDING",
		"snapshot-in-use": "/1.0.0/1", "never-ran": "[]",
	}
	looked := 0
	for _, f := range report.Findings {
		if f.Remediation == nil || shows[f.Subject.Name] == "" {
			continue
		}
		c := exec.Command("bash", "-euo", "pipefail", "-c", strings.Join(f.Remediation.Commands, "\n")+"\n")
		c.Dir = t.TempDir()
		c.Env = e.environment(t, "AWS_ACCESS_KEY_ID="+fakeaws.Key(owner), "AWS_SECRET_ACCESS_KEY=test", "AWS_ENDPOINT_URL_IMAGEBUILDER="+server.URL)
		out, err := c.CombinedOutput()
		if err != nil || !strings.Contains(string(out), shows[f.Subject.Name]) {
			t.Errorf("%s: the commands do not show %q: %v\n%s", f.Subject.Name, shows[f.Subject.Name], err, out)
		}
		looked++
	}
	if looked != len(shows) {
		t.Errorf("%d of %d fixes were tried", looked, len(shows))
	}
}

// testRegistryPolicies proves the commands that edit the policy of an ECR registry. The AWS CLI
// runs them against a fake registry: moto refuses the actions that a registry policy may have in
// scope V2.
func (e *emulator) testRegistryPolicies(t *testing.T) {
	const name, check = "ecr-registry-policy.json", "ecr-registry-policy"
	data, err := fixtures.All.ReadFile(name)
	must(t, err)
	var recording map[string]any
	must(t, json.Unmarshal(data, &recording))
	registries := recording["accounts"].(map[string]any)[owner].(map[string]any)["registries"].(map[string]any)
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		_, scope, _ := strings.Cut(in.Header.Get("Authorization"), "Credential=")
		policy := registries[strings.Split(scope, "/")[2]].(map[string]any)["policy"].(map[string]any)
		operation := in.Header.Get("X-Amz-Target")
		var body struct{ PolicyText string }
		switch err := json.NewDecoder(in.Body).Decode(&body); {
		case err != nil:
			out.WriteHeader(http.StatusBadRequest)
			return
		case strings.HasSuffix(operation, ".GetRegistryPolicy"):
		case strings.HasSuffix(operation, ".PutRegistryPolicy") && json.Valid([]byte(body.PolicyText)):
			policy["value"] = body.PolicyText
		default:
			out.WriteHeader(http.StatusBadRequest)
			return
		}
		_ = json.NewEncoder(out).Encode(map[string]any{"registryId": owner, "policyText": policy["value"]})
	}))
	defer server.Close()
	environment := []string{"PATH=" + os.Getenv("PATH")}
	before, _ := e.check(t, environment, "--recorded", write(t, name, string(data)), "--only", check)
	for _, f := range before.Findings {
		if f.Remediation == nil {
			continue
		}
		c := exec.Command("bash", "-euo", "pipefail", "-c", strings.Join(f.Remediation.Commands, "\n")+"\n")
		c.Dir = t.TempDir()
		c.Env = e.environment(t, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_ENDPOINT_URL_ECR="+server.URL)
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s: the commands fail: %v\n%s", f.Subject.Region, err, out)
		}
	}
	fixed, err := json.Marshal(recording)
	must(t, err)
	after, _ := e.check(t, environment, "--recorded", write(t, name, string(fixed)), "--only", check)
	if before.Summary.Fail == 0 || after.Summary.Fail > 0 || after.Summary.Pass != before.Summary.Pass+before.Summary.Fail {
		t.Errorf("before %+v, after %+v", before.Summary, after.Summary)
	}
}
