package lintcmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/internal/testrun"
)

// process is a running iblint in its own directory.
type process struct {
	*exec.Cmd
	t              *testing.T
	dir            string
	stdout, stderr bytes.Buffer
}

func newProcess(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{Cmd: exec.Command("iblint", args...), t: t, dir: t.TempDir()}
	p.Dir, p.Stdout, p.Stderr = p.dir, &p.stdout, &p.stderr
	p.Env = append(os.Environ(), "AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_CONFIG_FILE=none", "AWS_SHARED_CREDENTIALS_FILE=none", "AWS_EC2_METADATA_DISABLED=true", "GITHUB_STEP_SUMMARY=")
	return p
}

func (p *process) start() {
	p.t.Helper()
	if err := p.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = p.Process.Kill() })
}

// ends sends signals with a short pause between them. It expects that the process ends within a
// second and leaves no incomplete file. It retries once, in case the machine is busy.
func (p *process) ends(code int, signals ...syscall.Signal) {
	p.t.Helper()
	for i, s := range signals {
		if i > 0 {
			time.Sleep(100 * time.Millisecond)
		}
		if err := p.Process.Signal(s); err != nil {
			p.t.Fatal(err)
		}
	}
	began := time.Now()
	stuck := time.AfterFunc(10*time.Second, func() { _ = p.Process.Kill() })
	defer stuck.Stop()
	err := p.Wait()
	took := time.Since(began)
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	if got := p.ProcessState.ExitCode(); got != code || took > 2*time.Second {
		p.t.Errorf("exit code %d after %s, expected %d: %s", got, took, code, p.stderr.String())
	}
	if left := p.aside(); len(left) > 0 {
		p.t.Errorf("it leaves %v behind", left)
	}
}

// aside returns the temporary files.
func (p *process) aside() []string {
	left, _ := filepath.Glob(filepath.Join(p.dir, ".iblint.*.tmp"))
	return left
}

// until waits until a condition is true.
func (p *process) until(what string, is func() bool) {
	p.t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatalf("waited in vain until %s: %s", what, p.stderr.String())
		}
	}
}

func (p *process) isWriting() {
	p.until("it writes a report", func() bool { return len(p.aside()) > 0 })
}

// One signal ends a run that waits for a pipe, for every kind of input file.
func TestASignalEndsReadingAPipe(t *testing.T) {
	owner := []string{"--owner", waitOwner, "--region", "eu-west-1"}
	for i, args := range [][]string{
		{"check", "--recorded", "pipe", "--format", "json", "--output", "out"},
		{"check", "--authorization-details", waitOwner + "=pipe", "--execution-role", "L"},
		append([]string{"check", "--config", "pipe"}, owner...),
		append([]string{"check", "--scp", "root=pipe"}, owner...),
		append([]string{"check", "--lifecycle-policy", "pipe"}, owner...),
		append([]string{"remediate", "--distribution", "pipe", "--output", "out"}, owner...),
		append([]string{"snapshot", "--config", "pipe", "--output", "out"}, owner...),
		{"diff", "pipe", "other"},
		{"trust", "pipe"},
		{"check", "--demo", "--previous", "pipe"},
		{"check", "--parameter-file", "pipe", "template.yaml"},
		{"doctor", "--config", "pipe"},
		{"explain", "0a1b2c3d", "--report", "pipe"},
		{"suppress", "0a1b2c3d", "--report", "pipe", "--reason", "r", "--owner", "o", "--expires", "2099-01-31"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			p := newProcess(t, args...)
			pipe := filepath.Join(p.dir, "pipe")
			if err := syscall.Mkfifo(pipe, 0o666); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(p.dir, "template.yaml"), []byte(aTemplate), 0o666); err != nil {
				t.Fatal(err)
			}
			p.start()
			writer, err := os.OpenFile(pipe, os.O_WRONLY, 0) // once it reads
			if err != nil {
				t.Fatal(err)
			}
			defer writer.Close()
			p.ends(exitUndecided, []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}[i%2])
			if got := p.stdout.String() + p.stderr.String(); got != "iblint: interrupted\n" {
				t.Errorf("it says %q", got)
			}
		})
	}
}

// One signal ends a run that waits for standard input. So does --timeout.
func TestASignalEndsReadingStandardInput(t *testing.T) {
	testrun.Long(t)
	for _, args := range [][]string{
		{"check", "--recorded", "-"}, {"remediate", "--recorded", "-"}, {"diff", "other", "-"}, {"trust", "-"},
		{"snapshot", "--owner", waitOwner, "--lifecycle-policy", "-", "--output", "out"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			p := newProcess(t, args...)
			if err := os.WriteFile(filepath.Join(p.dir, "other"), fixtures.Demo, 0o666); err != nil {
				t.Fatal(err)
			}
			stdin, err := p.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			p.start()
			if _, err := io.WriteString(stdin, strings.Repeat(" ", 1<<17)); err != nil { // more than a pipe holds: it reads
				t.Fatal(err)
			}
			p.ends(exitUndecided, syscall.SIGTERM)
			if got := p.stdout.String() + p.stderr.String(); got != "iblint: interrupted\n" {
				t.Errorf("it says %q", got)
			}
		})
	}
	for _, args := range [][]string{{"check", "--recorded", "-"}, {"doctor", "--config", "/dev/stdin"}} {
		t.Run(args[0]+" --timeout", func(t *testing.T) {
			t.Parallel()
			p := newProcess(t, append(args, "--timeout", "300ms")...)
			if _, err := p.StdinPipe(); err != nil {
				t.Fatal(err)
			}
			p.start()
			p.ends(exitUndecided)
			if got := p.stderr.String(); got != "iblint: the run reached its time limit (--timeout 300ms) before it had read all input files\n" {
				t.Errorf("it says %q", got)
			}
		})
	}
}

// largeRecording contains n copies of the demo, each with other account IDs.
func largeRecording(times int) []byte {
	var demo struct {
		SchemaVersion    string
		Owners, Accounts json.RawMessage
	}
	if err := json.Unmarshal(fixtures.Demo, &demo); err != nil {
		panic(err)
	}
	owners, accounts := demo.Owners[1:len(demo.Owners)-1], demo.Accounts[1:len(demo.Accounts)-1] // without their brackets
	all := [2]bytes.Buffer{}
	for n := range times {
		number := strings.NewReplacer("111122223333", fmt.Sprintf("1%010d1", n), "222233334444", fmt.Sprintf("1%010d2", n), "333344445555", fmt.Sprintf("1%010d3", n),
			"444455556666", fmt.Sprintf("1%010d4", n), "555566667777", fmt.Sprintf("1%010d5", n), "666677778888", fmt.Sprintf("1%010d6", n))
		for i, text := range [][]byte{owners, accounts} {
			if n > 0 {
				all[i].WriteByte(',')
			}
			all[i].WriteString(number.Replace(string(text)))
		}
	}
	return fmt.Appendf(nil, `{"schemaVersion": %q, "owners": [%s], "accounts": {%s}}`, demo.SchemaVersion, &all[0], &all[1])
}

// One signal ends the evaluation of files. The report says what was not evaluated. If there is
// no time for a report, a line says so, and no file is left behind.
func TestASignalEndsEvaluation(t *testing.T) {
	testrun.Long(t)
	p := newProcess(t, "check", "--fail-on", "never", "--recorded", "in", "--format", "json", "--output", "out", // more input than the time limit permits
		"--format", "html", "--output", "out.html", "--format", "markdown", "--output", "out.md", "--format", "ndjson", "--output", "out.ndjson", "--format", "ocsf", "--output", "out.ocsf")
	if err := os.WriteFile(filepath.Join(p.dir, "in"), largeRecording(1000), 0o666); err != nil {
		t.Fatal(err)
	}
	p.start()
	p.isWriting() // its output files are open, and it evaluates
	time.Sleep(50 * time.Millisecond)
	p.ends(exitUndecided, syscall.SIGINT)
	out, err := os.ReadFile(filepath.Join(p.dir, "out"))
	switch {
	case p.stderr.String() != "iblint: interrupted before the report was written\n" && p.stderr.String() != "iblint: interrupted; what was not read and evaluated before is unknown\n":
		t.Errorf("it says %q", p.stderr.String())
	case err == nil && (!bytes.Contains(out, []byte("this was not evaluated: the run was interrupted")) || !bytes.HasSuffix(out, []byte("}\n"))):
		t.Errorf("the report does not say what was not evaluated: %s", p.stderr.String())
	}
}

// --timeout limits the evaluation of accounts and of files. A signal ends only the evaluation of
// files. What was read of accounts is evaluated completely.
func TestWhatEndsEvaluation(t *testing.T) {
	inv, err := recorded.Parse("the demo", fixtures.Demo)
	if err != nil {
		t.Fatal(err)
	}
	whole := checks.Run(inv, lifecycle.All()).Summary
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		how      string
		ctx      context.Context
		live     *live
		left     time.Duration
		message  string // of each verdict; empty: everything was evaluated
		exitCode int
	}{
		{"files", t.Context(), nil, time.Hour, "", exitFail},
		{"files, and their time is up", t.Context(), nil, -time.Second, "this was not evaluated: the time for the run was up first", exitUndecided},
		{"files, and a signal", cancelled, nil, time.Hour, "this was not evaluated: the run was interrupted", exitUndecided},
		{"accounts, and their time is up", t.Context(), &live{}, -time.Second, "this was not evaluated: the time for the run was up first", exitUndecided},
		{"accounts, and a signal", cancelled, &live{}, time.Hour, "", exitFail},
	} {
		e := &evaluation{selected: lifecycle.All(), live: test.live, timeout: time.Hour, end: time.Now().Add(test.left), load: func(context.Context) (*account.Inventory, error) { return inv, nil }}
		r, err := e.evaluate(test.ctx)
		if err != nil {
			t.Fatal(err)
		}
		if test.message == "" && r.Summary != whole {
			t.Errorf("%s: %+v, expected %+v", test.how, r.Summary, whole)
		}
		for f := range r.Findings() {
			if test.message != "" && f.Message != test.message {
				t.Errorf("%s: %s of %s: %s", test.how, f.Check.ID, f.Subject.ARN, f.Message)
			}
		}
		if code := (&checkFlags{failOn: "fail", allowUnknown: true}).exitCode(test.ctx, r); code != test.exitCode {
			t.Errorf("%s: exit code %d, expected %d", test.how, code, test.exitCode)
		}
	}
}

// stuckPipe returns a full pipe that nothing reads.
func stuckPipe(t *testing.T) *os.File {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reader.Close(); writer.Close() })
	fill(t, writer)
	return writer
}

// fill writes to a pipe until it is full.
func fill(t *testing.T, pipe *os.File) {
	t.Helper()
	for _, size := range []int{4096, 1} {
		for err := error(nil); err == nil; {
			if err := pipe.SetWriteDeadline(time.Now().Add(20 * time.Millisecond)); err != nil {
				t.Fatal(err)
			}
			_, err = pipe.Write(make([]byte, size))
		}
	}
}

// silentAWS returns the URL of a server that never responds, except to the first call, which asks
// whose the credentials are. Arrived receives a value for each call without a response.
func silentAWS(t *testing.T) (url string, arrived chan struct{}) {
	t.Helper()
	arrived = make(chan struct{}, 1000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err == nil && bytes.Contains(body, []byte("GetCallerIdentity")) {
			fmt.Fprintf(w, `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::%s:user/u</Arn><Account>%[1]s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`, waitOwner)
			return
		}
		arrived <- struct{}{}
		<-r.Context().Done()
	}))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return server.URL, arrived
}

func (p *process) readsFrom(url string) {
	p.Env = append(p.Env, "AWS_ENDPOINT_URL="+url, "AWS_ENDPOINT_URL_STS="+url, "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b")
}

// One signal ends a run whose output nothing reads: standard output, standard error or a pipe. A
// second signal ends it at once. Neither leaves an incomplete file behind.
func TestASignalEndsWriting(t *testing.T) {
	testrun.Long(t)
	accounts := []string{"--owner", waitOwner, "--region", "eu-west-1"}
	live := func(args ...string) []string { return append(args, accounts...) }
	demo := []string{"check", "--demo", "--format", "text", "--format", "json", "--output", "out"}
	both := live("check", "--format", "text", "--format", "json", "--output", "out")
	const nothingReads = "iblint: interrupted; the report is incomplete, because nothing reads the output\n"
	for _, test := range []struct {
		how     string
		args    []string
		code    int
		signals []syscall.Signal
		says    string
	}{
		{"files", demo, exitUndecided, []syscall.Signal{syscall.SIGTERM}, nothingReads},
		{"accounts", both, exitUndecided, []syscall.Signal{syscall.SIGINT}, nothingReads},
		{"a second SIGINT", both, 130, []syscall.Signal{syscall.SIGINT, syscall.SIGINT}, ""},
		{"a second SIGTERM", demo, 143, []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}, ""},
		{"a difference", live("check", "--previous", "demo.json"), exitUndecided, []syscall.Signal{syscall.SIGINT}, nothingReads},
		{"doctor", live("doctor"), exitUndecided, []syscall.Signal{syscall.SIGINT}, nothingReads},
		{"check to a pipe", live("check", "--format", "json", "--output", "pipe"), exitUndecided, []syscall.Signal{syscall.SIGINT}, nothingReads},
		{"remediate to a pipe", live("remediate", "--output", "pipe"), exitUndecided, []syscall.Signal{syscall.SIGINT}, nothingReads},
		{"snapshot to a pipe", live("snapshot", "--output", "pipe"), exitUndecided, []syscall.Signal{syscall.SIGINT}, nothingReads},
		{"init to a pipe", []string{"init", "--force", "--region", "eu-west-1", "--output", "pipe"}, exitUndecided, []syscall.Signal{syscall.SIGINT}, nothingReads},
		{"standard error", live("snapshot", "--output", "out"), exitUndecided, []syscall.Signal{syscall.SIGINT}, ""},
	} {
		t.Run(test.how, func(t *testing.T) {
			t.Parallel()
			url, arrived := silentAWS(t)
			p := newProcess(t, test.args...)
			p.readsFrom(url)
			if err := os.WriteFile(filepath.Join(p.dir, "demo.json"), fixtures.Demo, 0o666); err != nil {
				t.Fatal(err)
			}
			fifo := filepath.Join(p.dir, "pipe")
			if err := syscall.Mkfifo(fifo, 0o666); err != nil {
				t.Fatal(err)
			}
			pipe, err := os.OpenFile(fifo, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { pipe.Close() })
			fill(t, pipe)
			p.Stdout = stuckPipe(t)
			if test.how == "standard error" {
				p.Stdout, p.Stderr = nil, p.Stdout
			}
			p.start()
			if slices.Contains(test.args, "--demo") {
				p.isWriting()
				time.Sleep(100 * time.Millisecond) // until it is stuck
			} else {
				<-arrived
			}
			p.ends(test.code, test.signals...)
			if got := p.stderr.String(); !strings.HasSuffix(got, test.says) || test.says == "" && got != "" {
				t.Errorf("it says %q", got)
			}
		})
	}
}

// After a signal, iblint doctor prints what it found out, and what the signal left undecided.
func TestASignalEndsDoctor(t *testing.T) {
	url, arrived := silentAWS(t)
	p := newProcess(t, "doctor", "--region", "eu-west-1")
	p.readsFrom(url)
	p.start()
	<-arrived
	p.ends(exitUndecided, syscall.SIGINT)
	for _, want := range []string{waitOwner + " (owner)\n  entered; ", "\n  not decided: iam:GetRole (required): iam:GetRole: the run was interrupted\n", "\nReady accounts: 0 of 1."} {
		if !strings.Contains(p.stdout.String(), want) {
			t.Errorf("it does not print %q: %s", want, p.stdout.String())
		}
	}
	if got := p.stderr.String(); got != "iblint: interrupted; what was not read and evaluated before is unknown\n" {
		t.Errorf("it says %q", got)
	}
}
