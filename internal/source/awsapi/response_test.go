package awsapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	neturl "net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/imagebuilder"
	"github.com/aws/smithy-go/logging"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/fakeaws"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/internal/testrun"
)

// answering starts a server that responds to every call in the same way, and counts the calls.
func answering(t *testing.T, answer http.HandlerFunc) (url string, calls *atomic.Int32) {
	t.Helper()
	calls = new(atomic.Int32)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		_, _ = io.Copy(io.Discard, r.Body) // so that the server sees the caller leave
		time.Sleep(10 * time.Millisecond)  // the SDK closes the connection when the answer comes before it saw the end of its request
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, calls
}

// oneOfEach makes one call in each of the AWS protocols that iblint uses.
func oneOfEach(t *testing.T, url string, most int64) map[string]account.Unread {
	t.Helper()
	a := &AWS{Profile: profile(keys(url, owner)...), responseLimit: most}
	a.begin()
	base, err := a.config(t.Context(), a.Profile)
	if err != nil {
		t.Fatal(err)
	}
	cfg := a.guarded(base, owner)
	r := reader{AWS: a, ctx: t.Context(), cfg: cfg, account: owner, partition: "aws"}
	unread := map[string]account.Unread{}
	add := func(call string, err error) {
		var why account.Unread
		if !errors.As(err, &why) {
			t.Errorf("%s: %v, expected a reason why it is unread", call, err)
		}
		unread[call] = why
	}
	_, err = a.caller(t.Context(), base, a.Profile)
	add("STS, XML", err)
	_, _, err = r.roleAlone(iam.NewFromConfig(cfg), "Lifecycle").Get()
	add("IAM, XML", err)
	_, _, err = r.tags(ecr.NewFromConfig(cfg), account.Repository{Region: "eu-west-1", Name: "app"}).Get()
	add("ECR, JSON", err)
	add("Image Builder, REST", a.discover(t.Context(), cfg, map[account.Part]bool{account.LifecyclePoliciesPart: true}, []string{"eu-west-1"}, &connection{aws: a})["eu-west-1"].LifecyclePolicies.Err())
	return unread
}

// The error about a response that is not from AWS names its host and status.
func TestForeignAnswers(t *testing.T) {
	testrun.Long(t)
	t.Parallel()
	const page = "<html><body>Please sign in to this network.</body></html>"
	send := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = []string{kind}
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		}
	}
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   string // HOST stands for the server
		reason account.Reason
	}{
		"captive portal":      {send(200, "text/html; charset=utf-8", page), "HTTP 200 OK from HOST: not an AWS response (text/html)", account.Failed},
		"page without a type": {send(200, "", page), "HTTP 200 OK from HOST: the response cannot be parsed: ", account.Failed},
		"redirect to portal": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://portal.example/login", http.StatusFound)
		}, "HTTP 302 Found from HOST: not an AWS response, but a redirect to portal.example", account.Failed},
		"redirect, not found": {send(404, "text/html", page), "HTTP 404 Not Found from HOST: not an AWS response (text/html)", account.Failed},
		"proxy, 403":          {send(403, "text/html", page), "HTTP 403 Forbidden from HOST: not an AWS response (text/html)", account.Failed},
		"proxy, 407":          {send(407, "", ""), "HTTP 407 Proxy Authentication Required from HOST: not an AWS response", account.Failed},
		"bad gateway":         {send(502, "text/html", page), "HTTP 502 Bad Gateway from HOST: not an AWS response (text/html)", account.Failed},
		"unavailable, empty":  {send(503, "", ""), "HTTP 503 Service Unavailable from HOST: not an AWS response", account.Failed},
		"error, other JSON":   {send(500, "application/json", `{"error": "no"}`), "HTTP 500 Internal Server Error from HOST: not an AWS response (application/json)", account.Failed},
		"error, message only": {send(500, "application/json", `{"message": "upstream is down"}`), "HTTP 500 Internal Server Error from HOST: not an AWS response (application/json)", account.Failed},
		"empty":               {send(200, "", ""), "HTTP 200 OK from HOST: the response is empty", account.Malformed},
		"no text":             {send(200, "application/octet-stream", "\x00\x01\x02"), "HTTP 200 OK from HOST: the response cannot be parsed: ", account.Failed},
		"cut JSON":            {send(200, "application/json", `{"tags": [{"key": "Lifecyc`), "HTTP 200 OK from HOST: the response cannot be parsed: ", account.Failed},
		"cut XML":             {send(200, "text/xml", `<GetRoleResponse><GetRoleResult><Role><Ro`), "HTTP 200 OK from HOST: the response cannot be parsed: ", account.Failed},
		"broken off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, "{")
		}, "HTTP 200 OK from HOST: the response is incomplete: unexpected EOF", account.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, _ := answering(t, test.answer)
			want := strings.ReplaceAll(test.want, "HOST", strings.TrimPrefix(url, "http://"))
			for call, why := range oneOfEach(t, url, 0) {
				if why.Reason != test.reason || !strings.HasPrefix(why.Detail, want) || strings.Contains(why.Error(), "UnknownError") {
					t.Errorf("%s: %s: %s, expected %s: %s", call, why.Reason, why.Detail, test.reason, want)
				}
			}
		})
	}
}

// JSON is read whatever its content type is: moto sends text/html for Organizations.
func TestJSONOfAnotherType(t *testing.T) {
	t.Parallel()
	url, _ := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `{"tags": []}`)
	})
	a := &AWS{Profile: profile(keys(url, owner)...)}
	a.begin()
	cfg, err := a.config(t.Context(), a.Profile)
	must(err)
	r := reader{AWS: a, ctx: t.Context(), account: owner, partition: "aws"}
	read := r.tags(ecr.NewFromConfig(a.guarded(cfg, owner)), account.Repository{Region: "eu-west-1", Name: "app"})
	if _, found, err := read.Get(); err != nil || !found {
		t.Errorf("found %t, %v", found, err)
	}
}

// The error names a proxy that refuses connections.
func TestProxyRefuses(t *testing.T) {
	t.Parallel()
	url, _ := answering(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusProxyAuthRequired) })
	a := &AWS{Profile: profile(keys("https://iam.example:443", owner)...)}
	a.begin()
	base, err := a.config(t.Context(), a.Profile)
	if err != nil {
		t.Fatal(err)
	}
	client := a.httpClient(base.HTTPClient).(*http.Client)
	client.Transport.(*http.Transport).Proxy = func(r *http.Request) (*neturl.URL, error) { return r.URL.Parse(url) }
	_, err = a.caller(t.Context(), base, a.Profile)
	if want := "HTTP 407 Proxy Authentication Required from the proxy " + strings.TrimPrefix(url, "http://"); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, expected %q", err, want)
	}
}

// The session token is sent only to the endpoint, and not to the target of a redirect.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere, calls := answering(t, func(http.ResponseWriter, *http.Request) {})
	url, _ := answering(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, strings.Replace(elsewhere, "127.0.0.1", "localhost", 1), http.StatusTemporaryRedirect)
	})
	a := &AWS{Profile: profile(keys(url, owner)...)}
	a.begin()
	cfg, err := a.config(t.Context(), a.Profile)
	must(err)
	// A GET, since Go follows no redirect of the SDK's requests with a body.
	_, err = imagebuilder.NewFromConfig(a.guarded(cfg, owner)).GetLifecyclePolicy(t.Context(), &imagebuilder.GetLifecyclePolicyInput{LifecyclePolicyArn: aws.String("arn")})
	if why := unread(t.Context(), "", err); !strings.Contains(why.Detail, "HTTP 307 Temporary Redirect from") {
		t.Errorf("%v", err)
	}
	if n := calls.Load(); n > 0 {
		t.Errorf("%d calls went where the redirect pointed", n)
	}
}

// A response is read up to the limit of its decompressed size. The call is not retried.
func TestLargeAnswers(t *testing.T) {
	testrun.Long(t)
	const size = 64 << 20
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	if _, err := io.CopyN(z, spaces{}, size); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, answer := range map[string]http.HandlerFunc{
		"bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		},
		"large error": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.CopyN(w, spaces{}, size)
		},
	} {
		t.Run(name, func(t *testing.T) {
			url, calls := answering(t, answer)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for call, why := range oneOfEach(t, url, 1<<20) {
				if why.Reason != account.Failed || !strings.HasSuffix(why.Detail, ": the response is larger than 1 MiB") {
					t.Errorf("%s: %s", call, why)
				}
			}
			runtime.ReadMemStats(&after)
			if n := calls.Load(); n != 4 {
				t.Errorf("%d calls, expected one of each", n)
			}
			// Buffers that grow by doubling take some times what they hold, here 1 MiB.
			if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
				t.Errorf("took %d MiB", used>>20)
			}
		})
	}
}

// The limit is 32 MiB where a test does not lower it.
func TestLimitOfAnswers(t *testing.T) {
	t.Parallel()
	url, _ := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.CopyN(w, spaces{}, 32<<20+1)
	})
	a := &AWS{Profile: profile(keys(url, owner)...)}
	a.begin()
	base, err := a.config(t.Context(), a.Profile)
	must(err)
	_, err = a.caller(t.Context(), base, a.Profile)
	if err == nil || !strings.Contains(err.Error(), "HTTP 400 Bad Request from "+strings.TrimPrefix(url, "http://")+": the response is larger than 32 MiB") {
		t.Errorf("%v", err)
	}
	a.sdk.pass(func(err error) { t.Errorf("a second message about the same response: %v", err) })
}

// The endpoint of container credentials is named if it does not respond as one, and its response is
// limited like those of AWS.
func TestEndpointOfContainerCredentials(t *testing.T) {
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   string // HOST stands for the server
	}{
		"page":    {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>Sign in</html>") }, "HTTP 200 OK from HOST: not an AWS response (text/html)"},
		"no body": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, "HTTP 403 Forbidden from HOST: not an AWS response"},
		"an error": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"code": "c", "message": "m"}`)
		}, "c: m"},
		"large": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.CopyN(w, spaces{}, 2<<20) }, "HTTP 200 OK from HOST: the response is larger than 1 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			url, _ := answering(t, test.answer)
			for name, value := range map[string]string{"AWS_CONTAINER_CREDENTIALS_FULL_URI": url, "AWS_REGION": "eu-west-1", "AWS_MAX_ATTEMPTS": "1"} {
				t.Setenv(name, value)
			}
			a := &AWS{responseLimit: 1 << 20, Now: time.Now}
			_, err := a.Load(t.Context(), source.Scope{Owners: []account.Owner{{}}})
			want := "the default credentials cannot be used: " + strings.ReplaceAll(test.want, "HOST", strings.TrimPrefix(url, "http://")) + "; check with: "
			if err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%v, expected %s", err, want)
			}
		})
	}
}

// A response of exactly the limit is read.
func TestBoundedBody(t *testing.T) {
	t.Parallel()
	for size, want := range map[int64]error{maxResponse - 1: nil, maxResponse: nil, maxResponse + 1: errTooLarge} {
		body := &boundedBody{ReadCloser: io.NopCloser(io.LimitReader(spaces{}, size)), most: maxResponse}
		if n, err := io.Copy(io.Discard, body); !errors.Is(err, want) || n > maxResponse || want == nil && n != size {
			t.Errorf("%d bytes: %d read, %v", size, n, err)
		}
	}
}

// spaces is endless white space, which XML and JSON parsers skip.
type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// A setting that the SDK refuses is an input error that names the setting and its value.
func TestWrongSettings(t *testing.T) {
	notPEM := filepath.Join(t.TempDir(), "ca.pem")
	must(os.WriteFile(notPEM, []byte("no certificate"), 0o600))
	url, calls := answering(t, func(http.ResponseWriter, *http.Request) {})
	load := func(t *testing.T, want string, lines ...string) {
		t.Helper()
		a := reading(startOnLoopback(t, smallOrganization()), smallOrganization())
		a.Profile = profile(append(keys(url, owner), lines...)...)
		inv := scope(smallOrganization())
		inv.Owners[0].Account = ""
		_, err := a.Load(t.Context(), inv)
		var input *source.InputError
		if !errors.As(err, &input) || err.Error() != strings.ReplaceAll(want, "PROFILE", a.Profile) {
			t.Errorf("%v, expected %s", err, want)
		}
	}
	for _, test := range []struct{ name, value, want string }{
		{"AWS_CA_BUNDLE", "/no/such.pem", "AWS_CA_BUNDLE=/no/such.pem: cannot be read: no such file or directory; expected a file with certificates in PEM"},
		{"AWS_CA_BUNDLE", notPEM, "AWS_CA_BUNDLE=" + notPEM + ": expected a file with certificates in PEM"},
		{"AWS_MAX_ATTEMPTS", "many", "AWS_MAX_ATTEMPTS=many: expected a number from 1 on"},
		{"AWS_MAX_ATTEMPTS", "-1", "AWS_MAX_ATTEMPTS=-1: expected a number from 1 on"},
		{"AWS_MAX_ATTEMPTS", "0", "AWS_MAX_ATTEMPTS=0: expected a number from 1 on"},
		{"AWS_REGION", "eu west", "AWS_REGION=eu west: expected a Region such as eu-west-1"},
		{"AWS_DEFAULT_REGION", "nowhere", "AWS_DEFAULT_REGION=nowhere: expected a Region such as eu-west-1"},
		{"AWS_ENDPOINT_URL", "localhost:4566", "AWS_ENDPOINT_URL=localhost:4566: expected a URL such as https://host:port"},
		{"AWS_ENDPOINT_URL_IAM", "https://", "AWS_ENDPOINT_URL_IAM=https://: expected a URL such as https://host:port"},
		{"AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API", ":::", "AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API=:::: expected a URL such as https://host:port"},
		{"AWS_RETRY_MODE", "legacy", "AWS_RETRY_MODE=legacy: expected standard or adaptive"},
		{"AWS_USE_FIPS_ENDPOINT", "maybe", "the AWS configuration is not valid: invalid value for environment variable, AWS_USE_FIPS_ENDPOINT=maybe, need true, false"},
	} {
		t.Run(test.name+"="+test.value, func(t *testing.T) {
			t.Setenv(test.name, test.value)
			load(t, test.want)
		})
	}
	for line, want := range map[string]string{
		"ca_bundle = /no/such.pem": `ca_bundle of profile "PROFILE"=/no/such.pem: cannot be read: no such file or directory; expected a file with certificates in PEM`,
		"ca_bundle = " + notPEM:    `ca_bundle of profile "PROFILE"=` + notPEM + ": expected a file with certificates in PEM",
		"max_attempts = many":      "the AWS configuration is not valid: error fetching config from profile, PROFILE, failed to load max_attempts from shared config, invalid value max_attempts=many, expect integer",
		"region = nowhere":         "region of the AWS profile=nowhere: expected a Region such as eu-west-1",
		"endpoint_url = localhost": "endpoint_url of the AWS profile=localhost: expected a URL such as https://host:port",
		"max_attempts = -1":        "max_attempts of the AWS profile=-1: expected a number from 1 on",
		"retry_mode = legacy":      "the AWS configuration is not valid: error fetching config from profile, PROFILE, failed to load retry_mode from shared config, unknown RetryMode, legacy",
	} {
		t.Run(line, func(t *testing.T) { load(t, want, line) })
	}
	// Also of a profile that is for one account only.
	t.Run("access", func(t *testing.T) {
		a := reading(startOnLoopback(t, smallOrganization()), smallOrganization())
		p := profile(append(keys(url, owner), "retry_mode = legacy")...)
		a.Access[destinationA] = Access{Profile: p}
		_, err := a.Load(t.Context(), scope(smallOrganization()))
		var input *source.InputError
		if !errors.As(err, &input) || !strings.HasPrefix(err.Error(), "account "+destinationA+": the AWS configuration is not valid: ") {
			t.Errorf("%v", err)
		}
	})
	if n := calls.Load(); n > 0 {
		t.Errorf("%d calls were made", n)
	}
}

// A run that ends before GetCallerIdentity has responded says so, and reports on the owners that
// the user named.
func TestEndsBeforeTheCallerIsKnown(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{}, 100)
	url, _ := answering(t, func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	for name, test := range map[string]struct {
		cause error
		want  account.Unread
		text  string
	}{
		"interrupted": {context.Canceled, account.Unread{Reason: account.Interrupted, Action: "sts:GetCallerIdentity"}, "the run was interrupted"},
		"time is up":  {context.DeadlineExceeded, account.Unread{Reason: account.Timeout, Action: "sts:GetCallerIdentity", Detail: "the time for the run was up"}, "no response in time (the time for the run was up)"},
	} {
		t.Run(name, func(t *testing.T) {
			ending := func() context.Context {
				ctx, cancel := context.WithCancelCause(t.Context())
				go func() {
					<-arrived
					cancel(test.cause)
				}()
				return ctx
			}
			a := reading(startOnLoopback(t, smallOrganization()), smallOrganization())
			a.Profile, a.Access = profile(keys(url, owner)...), nil
			var warned []string
			a.Warn = func(err error) { warned = append(warned, err.Error()) }

			live := load(t, ending(), a, smallOrganization())
			_, _, err := live.Accounts[owner].OtherRoles.Get()
			for _, read := range live.Accounts[owner].Roles {
				_, _, err = read.Get()
			}
			var why account.Unread
			if errors.As(err, &why); why != test.want {
				t.Errorf("with an owner: %+v, expected %+v", why, test.want)
			}
			if len(warned) > 0 {
				t.Errorf("blamed: %q", warned)
			}

			unnamed := scope(smallOrganization())
			unnamed.Owners[0].Account = ""
			_, err = a.Load(ending(), unnamed)
			want := "AWS did not return the account of the credentials: sts:GetCallerIdentity: " + test.text
			if err == nil || err.Error() != want {
				t.Errorf("without an owner: %v, expected %s", err, want)
			}

			// A run that may report about an unknown account says what ended it.
			a.OwnerMayBeUnknown = true
			nobody, err := a.Load(ending(), unnamed)
			a.OwnerMayBeUnknown = false
			if err != nil || len(nobody.Owners) != 1 || symbol.Text(nobody.Owners[0].Account) != "account of the credentials" {
				t.Fatalf("an unknown owner: %v, %v", nobody, err)
			}
			if gaps := nobody.Gaps(); len(gaps) == 0 || gaps[0].Unread != test.want {
				t.Errorf("an unknown owner: %+v, expected %+v", gaps, test.want)
			}

			// With the organization asked for besides, the owner still is reported.
			both := scope(smallOrganization())
			both.Organization = &source.Organization{Owner: account.Owner{Regions: []string{"eu-west-1"}}}
			if _, err = a.Load(ending(), both); err != nil {
				t.Errorf("with an organization: %v", err)
			}
			if want := "the report does not contain the accounts of the organization: sts:GetCallerIdentity: " + test.text; len(warned) != 1 || warned[0] != want {
				t.Errorf("warned: %q, expected %q", warned, want)
			}
		})
	}
}

// A server that never responds to GetCallerIdentity does not mean wrong credentials.
func TestCallerNeverAnswered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inv := smallOrganization()
		server := start(t, inv, fakeaws.Options{Fault: func(c fakeaws.Call) fakeaws.Fault {
			if c.Operation == "GetCallerIdentity" {
				return fakeaws.Hang
			}
			return fakeaws.None
		}})
		a := reading(server, inv)
		a.begin()
		base, err := a.config(t.Context(), a.Profile)
		must(err)
		_, err = a.caller(t.Context(), base, a.Profile)
		if want := "sts:GetCallerIdentity: no response in time"; err == nil || err.Error() != want {
			t.Errorf("%v, expected %s", err, want)
		}
	})
}

// The SDK's warnings go to Warn, each once, and not to standard error.
func TestLogOfTheSDK(t *testing.T) {
	t.Parallel()
	var warned []string
	a := &AWS{Profile: profile(keys("http://127.0.0.1:1", owner)...), Warn: func(err error) { warned = append(warned, err.Error()) }}
	a.begin()
	cfg, err := a.config(t.Context(), a.Profile)
	must(err)
	for _, of := range []aws.Config{cfg, a.guarded(cfg, owner)} {
		of.Logger.Logf(logging.Warn, "Response has no supported %s", "checksum")
		of.Logger.Logf(logging.Debug, "Request\n%s", "Authorization: secret")
	}
	a.sdk.pass(a.warn)
	if want := "AWS SDK: Response has no supported checksum"; len(warned) != 1 || warned[0] != want {
		t.Errorf("%q, expected %q once", warned, want)
	}

	// What the SDK says while it looks for credentials in vain is not shown.
	cfg.Logger.Logf(logging.Warn, "falling back to %s", "IMDSv1")
	_ = a.unusable("", errors.New("there are none"))
	if a.sdk.pass(a.warn); len(warned) != 1 {
		t.Errorf("%q, expected no more", warned)
	}
}
