//go:build emulator

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// lifecyclePolicy is a policy in the fake Image Builder, which moto lacks. The fake implements the
// three operations that the commands call.
type lifecyclePolicy struct {
	account, region string
	fields          map[string]any
}

// imageBuilder starts the fake Image Builder with a lifecycle policy for each execution role of the
// recording in each Region.
func (w *world) imageBuilder(t *testing.T) {
	for _, o := range w.inv.Owners {
		regions := o.Regions
		if len(regions) == 0 {
			regions = []string{accountRegion[w.sessions[o.Account].partition]}
		}
		for _, region := range regions {
			for i, role := range o.ExecutionRoles {
				name := fmt.Sprintf("policy-%d", i)
				w.policies = append(w.policies, &lifecyclePolicy{o.Account, region, map[string]any{
					"arn":  fmt.Sprintf("arn:%s:imagebuilder:%s:%s:lifecycle-policy/%s", w.sessions[o.Account].partition, region, o.Account, name),
					"name": name, "description": "", "status": "DISABLED", "executionRole": role, "resourceType": "AMI_IMAGE",
					"dateCreated": "2026-01-01T00:00:00Z", "tags": map[string]string{"team": "web"},
					"policyDetails": []any{map[string]any{
						"action": map[string]any{"type": "DELETE", "includeResources": map[string]any{"amis": true, "snapshots": true}},
						"filter": map[string]any{"type": "AGE", "value": 6, "unit": "MONTHS", "retainAtLeast": 1},
					}},
					"resourceSelection": map[string]any{"tagMap": map[string]string{"keep": "no"}},
				}})
			}
		}
	}
	server := httptest.NewServer(http.HandlerFunc(w.serveImageBuilder))
	t.Cleanup(server.Close)
	w.imageBuilderURL = server.URL
}

func (w *world) serveImageBuilder(out http.ResponseWriter, in *http.Request) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	var mine []*lifecyclePolicy
	for _, p := range w.policies {
		credential := "Credential=" + w.sessions[p.account].keys.AccessKeyID + "/"
		if a := in.Header.Get("Authorization"); strings.Contains(a, credential) && strings.Contains(a, "/"+p.region+"/imagebuilder/") {
			mine = append(mine, p)
		}
	}
	find := func(arn any) *lifecyclePolicy {
		i := slices.IndexFunc(mine, func(p *lifecyclePolicy) bool { return p.fields["arn"] == arn })
		if i < 0 {
			out.WriteHeader(http.StatusBadRequest)
			return nil
		}
		return mine[i]
	}
	reply := func(v any) {
		out.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(out).Encode(v); err != nil {
			panic(err) // the AWS CLI sees a broken answer, and its command fails
		}
	}
	switch in.Method + " " + in.URL.Path {
	case "POST /ListLifecyclePolicies":
		list := []any{}
		for _, p := range mine {
			list = append(list, p.fields)
		}
		reply(map[string]any{"lifecyclePolicySummaryList": list})
	case "GET /GetLifecyclePolicy":
		if p := find(in.URL.Query().Get("lifecyclePolicyArn")); p != nil {
			reply(map[string]any{"lifecyclePolicy": p.fields})
		}
	case "PUT /UpdateLifecyclePolicy":
		var body map[string]any
		if err := json.NewDecoder(in.Body).Decode(&body); err != nil {
			out.WriteHeader(http.StatusBadRequest)
			return
		}
		p := find(body["lifecyclePolicyArn"])
		if p == nil {
			return
		}
		// The call replaces the whole policy. Only the role may change.
		for _, key := range []string{"status", "resourceType", "policyDetails", "resourceSelection"} {
			was, _ := json.Marshal(p.fields[key])
			is, _ := json.Marshal(body[key])
			if string(was) != string(is) {
				out.WriteHeader(http.StatusBadRequest)
				fmt.Fprintf(out, `{"message": %q}`, fmt.Sprintf("%s was %s, is %s", key, was, is))
				return
			}
		}
		p.fields["executionRole"] = body["executionRole"]
		reply(map[string]any{"lifecyclePolicyArn": p.fields["arn"]})
	default:
		out.WriteHeader(http.StatusNotFound)
	}
}

// emptyImageBuilder starts a fake Image Builder without resources. The tests name what to check.
func emptyImageBuilder(t *testing.T) string {
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(out, `{"lifecyclePolicySummaryList": [], "distributionConfigurationSummaryList": [], "containerRecipeSummaryList": [], "imageSummaryList": [], "imagePipelineList": [], "imageRecipeSummaryList": []}`)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// references returns the execution roles that an owner's lifecycle policies name now.
func (w *world) references(owner string) []string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	var roles []string
	for _, p := range w.policies {
		if role := p.fields["executionRole"].(string); p.account == owner && !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	return roles
}
