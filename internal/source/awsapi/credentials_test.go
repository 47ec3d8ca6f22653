package awsapi

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/internal/fakeaws"
	"github.com/iblint/iblint/internal/source"
)

// ssoToken writes a token to the SSO cache, for the name of a session or a start URL.
func ssoToken(t *testing.T, session, token string) {
	t.Helper()
	dir := filepath.Join(os.Getenv("HOME"), ".aws", "sso", "cache")
	hash := sha1.Sum([]byte(session))
	if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, hex.EncodeToString(hash[:])+".json"), []byte(token), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// portal starts an IAM Identity Center that refuses every token.
func portal(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Amzn-ErrorType", "UnauthorizedException")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"message":"Session token not found or invalid"}`)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// Credentials that cannot be used give one line with the command to run. If the user names the
// owner, there is a report anyway. Otherwise the run ends.
func TestCredentialsThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	server := startOnLoopback(t, smallOrganization())
	sso := []string{"sso_account_id = " + owner, "sso_role_name = Audit"}
	session := func(name, url string) []string {
		configure(fmt.Sprintf("[sso-session %s]\nsso_region = eu-west-1\nsso_start_url = https://example.awsapps.com/start\n", name))
		configure(fmt.Sprintf("[services %s]\nsso =\n  endpoint_url = %s\nssooidc =\n  endpoint_url = %[2]s\n", name, url))
		return append(sso, "services = "+name, "sso_session = "+name)
	}
	const expired, valid = `{"accessToken":"t","expiresAt":"2020-01-01T00:00:00Z"}`, `{"accessToken":"t","expiresAt":"2099-01-01T00:00:00Z"}`
	const login = `the SSO session of profile "%[1]s" is missing or expired; run: aws sso login --profile %[1]s`
	ssoToken(t, "expired", expired)
	ssoToken(t, "refused", valid)
	ssoToken(t, "https://legacy.awsapps.com/start", expired)
	refused := portal(t)

	for name, test := range map[string]struct {
		profile []string
		want    string
	}{
		"none": {nil, `there are no AWS credentials for profile "%[1]s"; run: aws configure --profile %[1]s, or aws sso login, or set AWS_PROFILE`},
		"empty environment": {[]string{"role_arn = arn:aws:iam::" + owner + ":role/Audit", "credential_source = Environment"},
			`there are no AWS credentials for profile "%[1]s"; run: aws configure --profile %[1]s, or aws sso login, or set AWS_PROFILE`},
		"SSO session never begun":   {session("never", server.URL), login},
		"SSO session expired":       {session("expired", server.URL), login},
		"SSO session refused":       {session("refused", refused), login},
		"legacy SSO, expired":       {append(sso, "sso_region = eu-west-1", "sso_start_url = https://legacy.awsapps.com/start"), login},
		"login session never begun": {[]string{"login_session = arn:aws:iam::" + owner + ":user/u"}, `the login session of profile "%[1]s" is missing or expired; run: aws login --profile %[1]s`},
		"MFA": {append(keys(server.URL, owner), "role_arn = arn:aws:iam::"+owner+":role/Audit", "source_profile = "+profile(keys(server.URL, owner)...), "mfa_serial = arn:aws:iam::"+owner+":mfa/u"),
			`profile "%[1]s" requires an MFA code, and iblint does not prompt for it; run: eval "$(aws configure export-credentials --profile %[1]s --format env)", and run iblint again in that shell`},
		// "processor" holds the letters sso.
		"credential process": {[]string{"credential_process = /no/such/credential-processor"}, `profile "%[1]s" cannot be used: exit status 127; check with: aws sts get-caller-identity --profile %[1]s`},
		"refused key":        {append([]string{"endpoint_url = " + server.URL, "aws_access_key_id = AKIANOBODYSKEY", "aws_secret_access_key = s"}, "max_attempts = 1"), `profile "%[1]s" cannot be used: api error InvalidClientTokenId: The security token included in the request is invalid.; check with: aws sts get-caller-identity --profile %[1]s`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := reading(server, smallOrganization())
			a.Profile, a.Access = profile(test.profile...), nil
			want := strings.ReplaceAll(test.want, "%[1]s", a.Profile)
			var mutex sync.Mutex
			var warned []string
			a.Warn = func(err error) {
				mutex.Lock()
				defer mutex.Unlock()
				warned = append(warned, err.Error())
			}

			live := load(t, t.Context(), a, smallOrganization())
			if diff := cmp.Diff([]string{want}, warned); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
			for f := range checks.Run(live, lifecycle.All()).Findings() {
				if f.Status != checks.Unknown || f.Unread == nil || *f.Unread != (account.Unread{Reason: account.NoCredentials, Detail: want}) {
					t.Errorf("%s about %s: %s %+v", f.Check.ID, f.Subject.ARN, f.Status, f.Unread)
				}
			}

			unnamed := scope(smallOrganization())
			unnamed.Owners[0].Account = ""
			_, err := a.Load(t.Context(), unnamed)
			var credentials *CredentialsError
			if !errors.As(err, &credentials) || err.Error() != want {
				t.Errorf("without the owner's account: %v", err)
			}
		})
	}
}

// A profile that does not exist is an input error, found before anything is read.
func TestUnknownProfile(t *testing.T) {
	server := startOnLoopback(t, smallOrganization())
	for name, prepare := range map[string]func(*AWS){
		"by flag":        func(a *AWS) { a.Profile = "no-such-profile" },
		"by environment": func(a *AWS) { a.Profile = ""; t.Setenv("AWS_PROFILE", "no-such-profile") },
	} {
		a := reading(server, smallOrganization())
		prepare(a)
		_, err := a.Load(t.Context(), scope(smallOrganization()))
		var input *source.InputError
		if want := `there is no profile "no-such-profile" in the AWS configuration; to list the profiles, run: aws configure list-profiles`; !errors.As(err, &input) || err.Error() != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if calls := server.Calls(); len(calls) > 0 {
		t.Errorf("calls were made: %v", calls)
	}
}

// Keys, endpoints and Region can come from environment variables.
func TestEnvironment(t *testing.T) {
	inv := smallOrganization()
	server := startOnLoopback(t, inv)
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": fakeaws.Key(owner), "AWS_SECRET_ACCESS_KEY": baseSecret, "AWS_REGION": "eu-west-1",
		"AWS_ENDPOINT_URL": server.URL, "AWS_ENDPOINT_URL_STS": server.URL,
	} {
		t.Setenv(name, value)
	}
	a := reading(server, inv)
	a.Profile = ""
	delete(a.Access, owner) // the default credentials are its own

	// Account and Region come from the credentials and the environment.
	completed := scope(inv)
	o := &completed.Owners[0]
	o.Account, o.Regions, o.Repositories[0].Region = "", nil, ""
	live, err := a.Load(t.Context(), completed)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(inv.Owners, live.Owners); diff != "" {
		t.Errorf("owners (-want +got):\n%s", diff)
	}
	evaluatedAlike(t, inv, live)

	// Without a Region, Image Builder and repositories cannot be read.
	t.Setenv("AWS_REGION", "")
	var input *source.InputError
	if _, err = a.Load(t.Context(), completed); !errors.As(err, &input) || !strings.Contains(err.Error(), "the Region of Image Builder is unknown") {
		t.Errorf("without a Region: %v", err)
	}
	o.Discover, o.Repositories[0].Region = nil, ""
	_, err = a.Load(t.Context(), completed)
	if !errors.As(err, &input) || !strings.Contains(err.Error(), "its Region is unknown") {
		t.Errorf("without a Region: %v", err)
	}
}
