package awsapi

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/internal/fakeaws"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/internal/source/recorded"
)

// auditor is the account of the base credentials. It is not in the test organization.
const auditor = "999900001111"

// baseSecret is the secret access key of the base credentials.
const baseSecret = "secret-of-the-base-credentials"

// TestMain isolates the tests from the user's AWS configuration and from the network. Calls to
// other hosts than loopback go to a proxy that fails the run.
func TestMain(m *testing.M) {
	os.Exit(isolated(m.Run))
}

func isolated(run func() int) int {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") {
			must(os.Unsetenv(name))
		}
	}
	home, err := os.MkdirTemp("", "iblint")
	must(err)
	defer func() { must(os.RemoveAll(home)) }()
	proxy, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	defer proxy.Close()
	var escaped atomic.Int32
	go func() {
		for {
			conn, err := proxy.Accept()
			if err != nil {
				return
			}
			escaped.Add(1)
			conn.Close()
		}
	}()
	for name, value := range map[string]string{
		"HOME": home, "USERPROFILE": home, "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_CONFIG_FILE": filepath.Join(home, "config"), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(home, "credentials"),
		"HTTP_PROXY": "http://" + proxy.Addr().String(), "HTTPS_PROXY": "http://" + proxy.Addr().String(), "NO_PROXY": "",
	} {
		must(os.Setenv(name, value))
	}
	code := run()
	if n := escaped.Load(); n > 0 {
		fmt.Fprintf(os.Stderr, "%d connections went to the network\n", n)
		return 1
	}
	return code
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

var configuration = struct {
	sync.Mutex
	text     string
	profiles map[string]string // names by their lines
}{profiles: map[string]string{}}

// profile returns the name of the profile of these lines. It is added to the shared
// configuration the first time: the SDK parses all profiles for each reading.
func profile(lines ...string) string {
	configuration.Lock()
	defer configuration.Unlock()
	text := strings.Join(lines, "\n")
	if name, ok := configuration.profiles[text]; ok {
		return name
	}
	name := fmt.Sprintf("p%d", len(configuration.profiles)+1)
	configuration.profiles[text] = name
	addSection(fmt.Sprintf("[profile %s]\n%s\n", name, text))
	return name
}

// configure adds a section to the shared configuration.
func configure(section string) {
	configuration.Lock()
	defer configuration.Unlock()
	addSection(section)
}

// addSection replaces the file, which others may be reading.
func addSection(section string) {
	configuration.text += section
	file := os.Getenv("AWS_CONFIG_FILE")
	must(os.WriteFile(file+".new", []byte(configuration.text), 0o600))
	must(os.Rename(file+".new", file))
}

// keys returns the lines of a profile with static keys of an account, and with the server's
// endpoint. It sets 2 attempts for each call to save time.
func keys(url, accountID string) []string {
	return []string{"endpoint_url = " + url, "max_attempts = 2", "aws_access_key_id = " + fakeaws.Key(accountID), "aws_secret_access_key = " + baseSecret}
}

// start serves an inventory in memory until the end of the test. The test runs in a bubble of
// testing/synctest, whose clock skips pauses between retries and missing responses.
func start(t *testing.T, inv *account.Inventory, options fakeaws.Options) *fakeaws.Server {
	t.Helper()
	server := endWith(t, fakeaws.StartInMemory(inv, options))
	t.Cleanup(func() { time.Sleep(time.Hour) }) // time for abandoned calls to end
	return server
}

// startOnLoopback serves an inventory on a socket until the end of the test. The SDK's credential
// providers have their own clients and can reach only such a server.
func startOnLoopback(t *testing.T, inv *account.Inventory) *fakeaws.Server {
	t.Helper()
	return endWith(t, fakeaws.Start(inv, fakeaws.Options{}))
}

// endWith ends the server with the test.
func endWith(t *testing.T, server *fakeaws.Server) *fakeaws.Server {
	t.Helper()
	t.Cleanup(func() {
		server.Close()
		if unexpected := server.Unexpected(); len(unexpected) > 0 {
			t.Errorf("calls that iblint has no business making: %v", unexpected)
		}
	})
	return server
}

// reading returns a source that reads all accounts of an inventory by assuming a role in each.
func reading(server *fakeaws.Server, inv *account.Inventory) *AWS {
	a := &AWS{
		Profile: profile(keys(server.URL, auditor)...), Access: map[string]Access{},
		Now:  func() time.Time { return time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC) },
		Warn: func(error) {},
	}
	a.through = func(client aws.HTTPClient) aws.HTTPClient { return nameless{connected(client, server), inv} }
	for _, id := range accountsOf(inv) {
		partition := "aws"
		if known := inv.Accounts[id]; known != nil && known.Partition != "" {
			partition = known.Partition
		}
		a.Access[id] = Access{Role: account.RoleARN(partition, id, "/", "Audit"), ExternalID: "iblint-" + id}
	}
	return a
}

// connected returns the client, connected to the server if that is in memory.
func connected(client aws.HTTPClient, server *fakeaws.Server) aws.HTTPClient {
	server.Connect(client.(*http.Client).Transport.(*http.Transport))
	return inMemory{client}
}

type inMemory struct{ aws.HTTPClient }

func (m inMemory) Do(r *http.Request) (*http.Response, error) {
	r, err := fakeaws.Whole(r)
	if err != nil {
		return nil, err
	}
	return m.HTTPClient.Do(r)
}

// nameless is a network where the host name of Image Builder's endpoint does not exist in Regions
// without the service.
type nameless struct {
	aws.HTTPClient
	inv *account.Inventory
}

func (n nameless) Do(r *http.Request) (*http.Response, error) {
	for _, a := range n.inv.Accounts {
		for region, ib := range a.ImageBuilder {
			if ib.Unavailable && strings.Contains(r.Header.Get("Authorization"), "/"+region+"/imagebuilder/") {
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: r.Host, IsNotFound: true}}
			}
		}
	}
	return n.HTTPClient.Do(r)
}

func accountsOf(inv *account.Inventory) []string {
	var ids []string
	for id := range inv.Accounts {
		ids = append(ids, id)
	}
	for _, o := range inv.Owners {
		ids = append(ids, o.Account)
		for _, d := range o.Destinations {
			ids = append(ids, d.Account)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// scope returns the scope that an inventory was read for.
func scope(inv *account.Inventory) source.Scope {
	parts := map[account.Part]bool{account.PipelinesPart: true, account.ImageRecipesPart: true} // whether or not a check needs them
	for _, c := range lifecycle.All() {
		for _, n := range c.Needs {
			parts[n.Part] = true
		}
	}
	scoped := source.Scope{SourceAccountMeans: inv.SourceAccountMeans, Parts: parts}
	for _, o := range inv.Owners {
		switch {
		case inv.Organization == nil || !o.Listed:
			o.Repositories = slices.Clone(o.Repositories)
			scoped.Owners = append(scoped.Owners, o)
		case scoped.Organization == nil:
			scoped.Organization = &source.Organization{Owner: o}
			for _, m := range inv.Organization.Members.Items() {
				if m.Excluded {
					scoped.Organization.Exclude = append(scoped.Organization.Exclude, m.Account)
				}
			}
		}
	}
	return scoped
}

// load reads the scope of an inventory from the server.
func load(t *testing.T, ctx context.Context, a *AWS, inv *account.Inventory) *account.Inventory {
	t.Helper()
	live, err := a.Load(ctx, scope(inv))
	if err != nil {
		t.Fatalf("nothing could be read: %v", err)
	}
	return live
}

// key identifies a finding.
type key struct{ Check, Type, Account, Region, Name string }

func keyOf(f checks.Finding) key {
	return key{f.Check.ID, f.Subject.Type, f.Subject.Account, f.Subject.Region, f.Subject.Name}
}

// evaluated returns all findings about an inventory.
func evaluated(inv *account.Inventory) []checks.Finding {
	return slices.Collect(checks.Run(inv, lifecycle.All()).Findings())
}

// verdicts returns the statuses of all findings.
func verdicts(inv *account.Inventory) map[key]string { return verdictsOf(evaluated(inv)) }

// verdictsOf are the statuses of findings. Subjects that differ only in how a role is
// referred to have one key; their verdicts are joined in the report's order.
func verdictsOf(findings []checks.Finding) map[key]string {
	all := map[key]string{}
	for _, f := range findings {
		all[keyOf(f)] += string(f.Status) + " "
	}
	return all
}

func sameVerdicts(t *testing.T, want, got map[key]string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("verdicts (-want +got):\n%s", diff)
	}
}

// written returns the inventory as a recording.
func written(t *testing.T, inv *account.Inventory) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := recorded.Write(&b, inv); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
