package main

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/fakeaws"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/internal/testrun"
)

func TestMain(m *testing.M) {
	// Scripts wait for timeouts and signals. The flag may still be given.
	if err := flag.Set("test.parallel", "4"); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){"iblint": main})
}

// Each script is a story of a user: input, command, output, exit code.
func TestScripts(t *testing.T) {
	stories, err := filepath.Glob("testdata/script/*.txtar")
	if err != nil || len(stories) == 0 {
		t.Fatal("no stories: ", err)
	}
	testscript.Run(t, testscript.Params{
		Files:               testrun.Some(stories),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *testrun.Update,
		Setup: func(e *testscript.Env) error {
			// Without credentials and network, every call to AWS fails at once.
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("COLUMNS", "5000") // a message is on one line
			e.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			e.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
			e.Setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
			// Servers for two fixtures. A script uses one by setting the endpoint variables.
			for fixture, variable := range map[string]string{"discovery.json": "FAKEAWS", "organization.json": "FAKEORG"} {
				data, err := fixtures.All.ReadFile(fixture)
				if err != nil {
					return err
				}
				inv, err := recorded.Parse(fixture, data)
				if err != nil {
					return err
				}
				server := fakeaws.Start(inv, fakeaws.Options{PageSize: 2})
				e.Defer(server.Close)
				e.Setenv(variable, server.URL)
			}
			// A server that never responds to ListContainerRecipes.
			silent := fakeaws.Start(&account.Inventory{Accounts: map[string]*account.Account{"111122223333": {ImageBuilder: map[string]*account.ImageBuilder{
				"eu-west-1": {LifecyclePolicies: account.Complete([]account.LifecyclePolicy{{ARN: "arn:1", Name: "p", Status: "ENABLED", ExecutionRole: "L", ResourceType: account.ContainerImage}})},
			}}}}, fakeaws.Options{Fault: func(c fakeaws.Call) fakeaws.Fault {
				if c.Operation == "ListContainerRecipes" {
					return fakeaws.Hang
				}
				return fakeaws.None
			}})
			e.Defer(silent.Close)
			e.Setenv("FAKESILENT", silent.URL)
			// A server that never responds, and one that is not AWS.
			mute := fakeaws.Start(&account.Inventory{}, fakeaws.Options{Fault: func(fakeaws.Call) fakeaws.Fault { return fakeaws.Hang }})
			e.Defer(mute.Close)
			e.Setenv("FAKEMUTE", mute.URL)
			portal := fakeaws.Start(&account.Inventory{}, fakeaws.Options{Fault: func(fakeaws.Call) fakeaws.Fault { return fakeaws.BadGateway }})
			e.Defer(portal.Close)
			e.Setenv("FAKEPORTAL", portal.URL)
			// A metadata service of EC2 that knows no tokens, such as one that a proxy hides.
			metadata := httptest.NewServer(http.NotFoundHandler())
			e.Defer(metadata.Close)
			e.Setenv("FAKEMETADATA", metadata.URL)
			e.Setenv("OWNER_KEY", fakeaws.Key("111122223333"))
			e.Setenv("ADMINISTRATOR_KEY", fakeaws.Key("999900001111"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "utf16": utf16},
	})
}

// exits CODE COMMAND… runs a command and expects the exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG…]")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := "0"
	if err != nil {
		code = "?"
		if exit, ok := err.(interface{ ExitCode() int }); ok {
			code = string(rune('0' + exit.ExitCode()))
		}
	}
	if code != args[0] {
		ts.Fatalf("exit code %s, want %s", code, args[0])
	}
}

// utf16 FROM TO converts a file to UTF-16, little endian, with a byte order mark, as PowerShell's
// redirection writes it.
func utf16(ts *testscript.TestScript, neg bool, args []string) {
	out := []byte{0xFF, 0xFE}
	for _, c := range []byte(ts.ReadFile(args[0])) {
		out = append(out, c, 0)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), out, 0o666))
}
