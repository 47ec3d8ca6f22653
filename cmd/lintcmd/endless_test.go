package lintcmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/fakeaws"
	"github.com/iblint/iblint/internal/testrun"
)

// endlessLists starts a server where the named operation of Image Builder always returns a
// full page of new items and a token for the next page.
func endlessLists(t *testing.T, operation, list string, item func(n int64) map[string]any) string {
	t.Helper()
	rest := fakeaws.Start(&account.Inventory{Accounts: map[string]*account.Account{waitOwner: {Partition: "aws", ImageBuilder: map[string]*account.ImageBuilder{"eu-west-1": {
		LifecyclePolicies: account.Complete([]account.LifecyclePolicy{}), Distributions: account.Complete([]account.Distribution{}),
		ContainerRecipes: account.Complete([]account.ContainerRecipe{}), Images: account.Complete([]account.Image{}),
	}}}}}, fakeaws.Options{})
	t.Cleanup(rest.Close)
	var n atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/"+operation {
			rest.ServeHTTP(w, r)
			return
		}
		var items []any
		for range 100 {
			items = append(items, item(n.Add(1)))
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{list: items, "nextToken": fmt.Sprint(n.Load())})
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// processorTime returns the processor time of this process. Wall time depends on other processes.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// The time limit of the run ends reading an endless list, including the calls for each item and
// the evaluation.
func TestEndlessPages(t *testing.T) {
	testrun.Long(t)
	for i, test := range []struct {
		operation, list string
		item            func(n int64) map[string]any
	}{
		{"ListImageBuildVersions", "imageSummaryList", func(n int64) map[string]any {
			return map[string]any{"arn": fmt.Sprintf("arn:aws:imagebuilder:eu-west-1:%s:image/n%d/1.0.0/1", waitOwner, n)}
		}},
		{"ListLifecyclePolicies", "lifecyclePolicySummaryList", func(n int64) map[string]any {
			return map[string]any{
				"arn": fmt.Sprintf("arn:aws:imagebuilder:eu-west-1:%s:lifecycle-policy/n%d", waitOwner, n), "name": fmt.Sprintf("n%d", n),
				"status": "ENABLED", "executionRole": fmt.Sprintf("role-%d", n), "resourceType": "AMI_IMAGE",
			}
		}},
	} {
		if testing.Short() && i > 0 {
			continue
		}
		t.Run(test.operation, func(t *testing.T) {
			url := endlessLists(t, test.operation, test.list, test.item)
			t.Setenv("AWS_ENDPOINT_URL", url)
			t.Setenv("AWS_ENDPOINT_URL_STS", url)
			t.Setenv("AWS_ACCESS_KEY_ID", fakeaws.Key(waitOwner))
			t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
			t.Setenv("AWS_CONFIG_FILE", "/dev/null")
			t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
			began := processorTime(t)
			var out, errs bytes.Buffer
			code := Run([]string{"check", "--region", "eu-west-1", "--timeout", "500ms", "--allow-unknown", "-v"}, strings.NewReader(""), &out, &errs)
			took := processorTime(t) - began
			if code != exitUndecided || !strings.Contains(out.String(), "the time for the run was up") {
				t.Errorf("exit code %d: %s", code, errs.String())
			}
			if took > time.Minute { // without a limit it never ends; the race detector takes ten times as long
				t.Errorf("it took %s of processor time", took)
			}
		})
	}
}
