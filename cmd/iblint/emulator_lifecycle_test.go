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
			action := map[string]any{"type": r.Action}
			if r.AMIs || r.Snapshots || r.Containers {
				action["includeResources"] = map[string]any{"amis": r.AMIs, "snapshots": r.Snapshots, "containers": r.Containers}
			}
			details = append(details, map[string]any{"action": action, "filter": map[string]any{"type": "COUNT", "value": 3}})
		}
		held[p.ARN] = map[string]any{
			"arn": p.ARN, "name": p.Name, "description": "", "status": p.Status, "executionRole": p.ExecutionRole, "resourceType": p.ResourceType,
			"policyDetails": details, "resourceSelection": map[string]any{"tagMap": map[string]string{"keep": "no"}}, "tags": map[string]string{}, "dateCreated": "2026-01-01T00:00:00Z",
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
			action := detail.(map[string]any)["action"].(map[string]any)
			rule := map[string]any{"action": action["type"]}
			include, _ := action["includeResources"].(map[string]any)
			for resource, included := range include {
				rule[resource] = included
			}
			rules = append(rules, rule)
		}
		if _, had := policy["rules"].(map[string]any)["value"]; had {
			policy["rules"] = map[string]any{"value": rules}
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
