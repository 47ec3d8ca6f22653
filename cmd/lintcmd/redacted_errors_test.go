package lintcmd

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/fakeaws"
	"github.com/iblint/iblint/internal/testrun"
)

// answers are what something other than AWS answers, such as a proxy. They hold a secret wherever a client may
// read text.
var answers = map[string]func(w http.ResponseWriter, secret string){
	"page": func(w http.ResponseWriter, secret string) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<html><title>%s</title>Blocked: %s</html>", secret, secret)
	},
	"refusal": func(w http.ResponseWriter, secret string) {
		w.Header().Set("X-Amzn-RequestId", secret)
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprintf(w, `<ErrorResponse><Error><Type>%s</Type><Code>AccessDenied</Code><Message>User: %s is not authorized to perform: %s on resource: %s with an explicit deny in a %s policy: %s</Message></Error><RequestId>%s</RequestId></ErrorResponse>`,
			secret, secret, secret, secret, secret, secret, secret)
	},
	"refusal in JSON": func(w http.ResponseWriter, secret string) {
		w.Header().Set("X-Amzn-ErrorType", secret)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"__type":%q,"message":%q,"code":%q}`, secret, secret, secret)
	},
	"redirection": func(w http.ResponseWriter, secret string) {
		w.Header().Set("Location", "http://"+strings.NewReplacer("/", "-", " ", "-").Replace(secret)+".example/"+secret)
		w.WriteHeader(http.StatusMovedPermanently)
	},
	"failure": func(w http.ResponseWriter, secret string) {
		w.WriteHeader(http.StatusNotImplemented)
		fmt.Fprint(w, secret)
	},
}

// fewShapes are some shapes, or all if .ci/measure runs the test.
func fewShapes[S any](all []S) (some []S) {
	for i, shape := range all {
		if whole || i%4 == 1 {
			some = append(some, shape)
		}
	}
	return some
}

// --redact removes secrets from what a server answers instead of AWS.
func TestNoSecretOfAnAnswerSurvives(t *testing.T) {
	testrun.Long(t)
	t.Chdir(t.TempDir())
	t.Setenv("AWS_ACCESS_KEY_ID", fakeaws.Key("111122223333"))
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	t.Setenv("AWS_CONFIG_FILE", "none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
	fake := fakeaws.Start(&account.Inventory{}, fakeaws.Options{})
	defer fake.Close()
	for name, answer := range answers {
		for i, shape := range fewShapes(shapes) {
			secret := shape.make(i)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w, secret) }))
			t.Setenv("AWS_ENDPOINT_URL", server.URL)
			for _, sts := range []string{server.URL, fake.URL} {
				t.Setenv("AWS_ENDPOINT_URL_STS", sts)
				writeJSON(t, "anchor.json", 1)
				_, texts := redactedRun(t, "--region", "eu-west-1", "--sarif-anchor", "anchor.json", "--execution-role", "Lifecycle", "--repository", "app", "--organization")
				noSecret(t, fmt.Sprintf("%s with %s", name, shape.name), texts)
				var out, errs bytes.Buffer
				Run([]string{"snapshot", "--redact", "--region", "eu-west-1", "-o", "-"}, strings.NewReader(""), &out, &errs)
				noSecret(t, fmt.Sprintf("snapshot, %s with %s", name, shape.name), map[string]string{"recording": out.String(), "standard error": errs.String()})
			}
			server.Close()
		}
	}
}

// It also removes secrets of the environment, which errors may repeat.
func TestNoSecretOfTheEnvironmentSurvives(t *testing.T) {
	testrun.Long(t)
	t.Chdir(t.TempDir())
	t.Setenv("AWS_CONFIG_FILE", "none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	fake := fakeaws.Start(&account.Inventory{}, fakeaws.Options{})
	defer fake.Close()
	t.Setenv("AWS_ENDPOINT_URL", fake.URL)
	t.Setenv("AWS_ENDPOINT_URL_STS", fake.URL)
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	for _, shape := range fewShapes(shapes) {
		secret := shape.make(7)
		for _, variable := range []string{
			"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "AWS_ROLE_SESSION_NAME", "AWS_CONFIG_FILE", "AWS_CA_BUNDLE",
			"AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE", "AWS_ENDPOINT_URL", "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT", "AWS_DEFAULTS_MODE", "AWS_SDK_UA_APP_ID",
			"AWS_CONTAINER_CREDENTIALS_FULL_URI", "HTTPS_PROXY", "HTTP_PROXY", "COLUMNS", "XDG_CACHE_HOME", "AWS_BATCH_JOB_ARRAY_INDEX", "JOB_COMPLETION_INDEX",
		} {
			t.Run(variable, func(t *testing.T) {
				t.Setenv("AWS_ACCESS_KEY_ID", fakeaws.Key("111122223333"))
				t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
				if variable == "AWS_CONTAINER_CREDENTIALS_FULL_URI" {
					t.Setenv("AWS_ACCESS_KEY_ID", "")
				}
				t.Setenv(variable, secret)
				writeJSON(t, "anchor.json", 1)
				of := variable + ", " + shape.name
				_, texts := redactedRun(t, "--region", "eu-west-1", "--sarif-anchor", "anchor.json")
				noSecret(t, of, texts)
				for _, args := range [][]string{
					{"snapshot", "--redact", "--region", "eu-west-1", "--part", "auto", "-o", "-"}, {"snapshot", "--redact", "-o", filepath.Join(secret, "x.json")},
					{"snapshot", "--redact", "--region", "eu-west-1", "--part", secret, "-o", "x.json"}, {"doctor", "--redact"}, {"trust", "--redact", secret}, {"explain", "--redact", secret},
				} {
					var out, errs bytes.Buffer
					Run(args, strings.NewReader(""), &out, &errs)
					noSecret(t, of+": "+args[0], map[string]string{"standard output": out.String(), "standard error": errs.String()})
				}
			})
		}
	}
}
