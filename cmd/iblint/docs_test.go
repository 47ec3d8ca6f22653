package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/iblint/iblint/cmd/lintcmd"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/fakeaws"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/internal/testrun"
	"github.com/iblint/iblint/report"
)

// The documentation is tested as it is written. An HTML comment before a fenced block
// says how:
//
//	<!-- file NAME -->    the block is written to NAME, for the commands of the page
//	<!-- exit 1 3 -->     exit codes of the block's commands, in order; the default is 0
//
// Each command of an sh or console block runs in a directory with the files of
// testdata/docs.txtar, some fixtures, and a fake AWS. The output in a console block
// must be what its command prints; -update writes it anew. The exit codes are hidden
// from readers, since they depend on the account.

// notRun are the programs in documented commands that do not run here, with the reason.
// A line with one of them must at least be valid for sh.
var notRun = map[string]string{
	"aws":         "needs the AWS CLI and an account; the emulator tests run the commands that iblint prints",
	"sh":          "runs a script of AWS CLI commands that changes an account; the emulator tests run such scripts",
	"less":        "shows a file to a person",
	"terraform":   "needs providers; .ci/measure plans runs it",
	"brew":        "installs from the tap, which exists from the first release on; .ci/measure release checks the cask",
	"scoop":       "installs from the bucket, which exists from the first release on; .ci/measure release checks the manifest",
	"dpkg":        "installs into the machine; .ci/measure release unpacks the package and runs the program",
	"rpm":         "installs into the machine; .ci/measure release unpacks the package and runs the program",
	"apk":         "installs into the machine; .ci/measure release unpacks the package and runs the program",
	"wget":        "is in the base images of containers, and need not be here; TestEmptyRoot runs it",
	"tar":         "needs an archive of a release; .ci/measure release unpacks it",
	"xattr":       "is on macOS",
	"docker":      "needs a container engine; .ci/measure release builds the image and runs the program in it",
	"cosign":      "verifies a signature that exists from the first release on",
	"gh":          "verifies an attestation that exists from the first release on",
	"sha256sum":   "needs the files of a release; .ci/measure release compares them",
	"go":          "runs the tests or downloads modules",
	"git":         "clones the repository from the network",
	".ci/run":     "runs for many minutes and installs programs; this test is a part of it",
	".ci/measure": "runs for many minutes",
}

// otherFlags are flags of programs other than iblint that the documentation mentions.
var otherFlags = []string{"--cli-input-json", "--filter", "--query", "--role-name", "--output", "--findings", "--arg", "--parameters", "--parameter-overrides",
	"--allow-untrusted", "--message", "--sign", "--bundle", "--cask", "--certificate-identity", "--certificate-oidc-issuer", "--ignore-missing", "--repo", "--rm", "--volume"}

// block is a fenced block of a page.
type block struct {
	line     int    // of its fence, from 1
	language string // after the fence
	comment  string // the HTML comment in the line before the fence
	text     string
}

var fence = regexp.MustCompile("(?ms)^(?:<!-- (file|exit)([^\n]*) -->\n)?```(\\w*)\n(.*?)^```$")

func blocks(page string) (all []block) {
	for _, m := range fence.FindAllStringSubmatchIndex(page, -1) {
		part := func(n int) string {
			if m[2*n] < 0 {
				return ""
			}
			return page[m[2*n]:m[2*n+1]]
		}
		all = append(all, block{strings.Count(page[:m[0]], "\n") + 1, part(3), part(1) + part(2), part(4)})
	}
	return all
}

// pages are the documents that people wrote, by their names in the repository.
func pages(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, name := range append(names, "../../README.md", "../../CONTRIBUTING.md", "../../SECURITY.md") {
		if name == "../../docs/checks.md" {
			continue // it is generated
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimPrefix(name, "../../")] = string(text)
	}
	return all
}

// command is a line of a block, with the lines that a backslash joins to it.
type command struct {
	line   string // for sh
	output string // in a console block: what follows it
}

func commands(b block) (all []command) {
	lines := strings.SplitAfter(b.text, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		prompted := b.language == "console" && strings.HasPrefix(line, "$ ")
		switch {
		case b.language == "console" && !prompted:
			if len(all) > 0 {
				all[len(all)-1].output += line
			}
			continue
		case strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#"):
			continue
		}
		line = strings.TrimPrefix(line, "$ ")
		for strings.HasSuffix(line, "\\\n") && i+1 < len(lines) {
			i++
			line += lines[i]
		}
		all = append(all, command{line: strings.TrimSuffix(line, "\n")})
	}
	return all
}

var separator = regexp.MustCompile(`\s*(?:\|\||&&|[|;])\s*`)

// programs are the names of the programs that a command starts. Documented commands
// have no separators inside quotes.
func programs(line string) (names []string) {
	line = strings.ReplaceAll(line, "go run ./cmd/iblint", "iblint")
	for _, part := range separator.Split(line, -1) {
		if words := strings.Fields(part); len(words) > 0 {
			names = append(names, words[0])
		}
	}
	return names
}

// runner runs the commands of one page.
type runner struct {
	dir             string
	owner, organize []string // environments: the owner's credentials, and those of the organization's administrator
	releases        string   // the URL of a server with a release of iblint
}

func newRunner(t *testing.T, page string) *runner {
	t.Helper()
	r := &runner{dir: t.TempDir()}
	archive, err := txtar.ParseFile("testdata/docs.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		r.write(t, f.Name, f.Data)
	}
	for name, fixture := range map[string]string{"snapshot.json": "demo.json", "yesterday.json": "ecr-repository-tag.json", "today.json": "ecr-repository-tag.json"} {
		data, err := fixtures.All.ReadFile(fixture)
		if err != nil {
			t.Fatal(err)
		}
		r.write(t, name, data)
	}
	plan, err := os.ReadFile("../../fixtures/code/plan-for-each/infra/plan.json")
	if err != nil {
		t.Fatal(err)
	}
	r.write(t, "plan.json", plan)
	filter, err := os.ReadFile("../../docs/recipes/asff.jq")
	if err != nil {
		t.Fatal(err)
	}
	r.write(t, "asff.jq", filter)
	for _, b := range blocks(page) {
		if name, ok := strings.CutPrefix(b.comment, "file "); ok {
			r.write(t, name, []byte(b.text))
		}
	}
	r.releases = releaseServer(t).URL
	r.owner = r.environment(t, "discovery.json", "111122223333")
	r.organize = r.environment(t, "organization.json", "999900001111")
	return r
}

func (r *runner) write(t *testing.T, name string, data []byte) {
	t.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// environment starts a fake AWS with what the fixture holds, and returns the
// environment for an account's credentials there.
func (r *runner) environment(t *testing.T, fixture, account string) []string {
	t.Helper()
	data, err := fixtures.All.ReadFile(fixture)
	if err != nil {
		t.Fatal(err)
	}
	inv, err := recorded.Parse(fixture, data)
	if err != nil {
		t.Fatal(err)
	}
	server := fakeaws.Start(inv, fakeaws.Options{})
	t.Cleanup(server.Close)
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + r.dir, "TMPDIR=" + r.dir,
		"AWS_EC2_METADATA_DISABLED=true", "AWS_REGION=eu-west-1",
		"SOURCE_DATE_EPOCH=1793491200", // 2026-11-01: documented dates do not pass
		"AWS_ENDPOINT_URL=" + server.URL, "AWS_ENDPOINT_URL_STS=" + server.URL,
		"IBLINT_RELEASES=" + r.releases,
		"AWS_ACCESS_KEY_ID=" + fakeaws.Key(account), "AWS_SECRET_ACCESS_KEY=secret",
	}
}

// run returns the command's exit code and what it wrote to its two streams.
func (r *runner) run(line string) (code int, stdout, stderr string) {
	line = strings.NewReplacer("go run ./cmd/iblint", "iblint", rawFiles, r.releases+"/raw/").Replace(line)
	c := exec.Command("sh", "-c", line)
	c.Dir, c.Env = r.dir, r.owner
	if strings.Contains(line, "--organization") || strings.Contains(line, "organization.yaml") {
		c.Env = r.organize
	}
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil && c.ProcessState == nil {
		return -1, "", err.Error()
	}
	return c.ProcessState.ExitCode(), out.String(), errs.String()
}

// parse says what sh finds wrong with a command that is not run.
func parse(line string) error {
	c := exec.Command("sh", "-n")
	c.Stdin = strings.NewReader(line + "\n")
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

func TestDocumentedCommands(t *testing.T) {
	used := map[string]bool{}
	for name, page := range pages(t) {
		for _, b := range blocks(page) {
			for _, c := range commands(b) {
				for _, p := range programs(c.line) {
					used[p] = true
				}
			}
		}
		t.Run(name, func(t *testing.T) {
			if !strings.HasSuffix(name, "README.md") {
				testrun.Long(t)
			}
			t.Parallel()
			documented(t, name, page)
		})
	}
	for p := range notRun {
		if !used[p] {
			t.Errorf("no page mentions %s any more; remove it from notRun", p)
		}
	}
}

// documented runs the commands of a page and compares exit codes and outputs.
func documented(t *testing.T, name, page string) {
	r := newRunner(t, page)
	updated := page
	for _, b := range blocks(page) {
		if b.language != "sh" && b.language != "console" {
			continue
		}
		want := exitCodes(t, b)
		text := ""
		for i, c := range commands(b) {
			at := fmt.Sprintf("%s:%d: %s", name, b.line, c.line)
			text += "$ " + c.line + "\n"
			if reason := skipped(c.line); reason != "" {
				if err := parse(c.line); err != nil {
					t.Errorf("%s: %v", at, err)
				}
				text += c.output
				continue
			}
			code, stdout, stderr := r.run(c.line)
			expected := 0
			if i < len(want) {
				expected = want[i]
			}
			if code != expected {
				t.Errorf("%s\nexit code %d, documented %d\n%s%s", at, code, expected, stdout, stderr)
			}
			text += stdout
			if b.language == "console" && c.output != stdout && !*testrun.Update {
				t.Errorf("%s: go test ./cmd/iblint -update writes the output anew (-documented +printed):\n%s", at, cmp.Diff(c.output, stdout))
			}
		}
		if b.language == "console" {
			updated = strings.Replace(updated, "```console\n"+b.text+"```", "```console\n"+text+"```", 1)
		}
	}
	if *testrun.Update && updated != page {
		if err := os.WriteFile(filepath.Join("../..", name), []byte(updated), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func exitCodes(t *testing.T, b block) (codes []int) {
	t.Helper()
	list, ok := strings.CutPrefix(b.comment, "exit ")
	if !ok {
		return nil
	}
	for _, word := range strings.Fields(list) {
		code, err := strconv.Atoi(word)
		if err != nil {
			t.Fatalf("line %d: %v", b.line, err)
		}
		codes = append(codes, code)
	}
	if n := len(commands(b)); len(codes) != n {
		t.Errorf("line %d: %d exit codes for %d commands", b.line, len(codes), n)
	}
	return codes
}

// skipped is the reason why a command is not run; empty: it runs.
func skipped(line string) string {
	if strings.HasPrefix(line, "curl -fsSL "+rawFiles) {
		return "" // a server of the test has these files
	}
	for _, p := range programs(line) {
		if reason := notRun[p]; reason != "" {
			return reason
		}
	}
	return ""
}

// withoutOutputs is a page without its console blocks, whose commands are run.
func withoutOutputs(page string) string {
	for _, b := range blocks(page) {
		if b.language == "console" {
			page = strings.Replace(page, b.text, "", 1)
		}
	}
	return page
}

// commandNames are iblint's commands.
var commandNames = []string{"check", "completion", "diff", "doctor", "explain", "init", "permissions", "remediate", "rules", "schema", "snapshot", "suppress", "trust", "version"}

// help returns what iblint prints with these arguments.
func help(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if code := lintcmd.Run(args, strings.NewReader(""), &out, &out); code != 0 {
		t.Fatalf("iblint %v: exit code %d\n%s", args, code, out.String())
	}
	return out.String()
}

var flagName = regexp.MustCompile("(?:^|[\\s`(\\[])(--[a-z][a-z-]*)")

// Each flag that the documentation mentions exists.
func TestDocumentedFlags(t *testing.T) {
	known := map[string]bool{}
	for _, f := range otherFlags {
		known[f] = true
	}
	for _, command := range commandNames {
		for _, m := range flagName.FindAllStringSubmatch(help(t, command, "--help"), -1) {
			known[m[1]] = true
		}
	}
	all := pages(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, m := range flagName.FindAllStringSubmatch(withoutOutputs(all[name]), -1) {
			if !known[m[1]] {
				t.Errorf("%s mentions %s, which no command has", name, m[1])
			}
		}
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)#:\s]*)(?:#([^)]*))?\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	notSlug = regexp.MustCompile(`[^a-z0-9 -]`)
)

// Links between the documents lead to files and headings that exist.
func TestDocumentedLinks(t *testing.T) {
	for name, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(page, -1) {
			file := filepath.Join("../..", filepath.Dir(name), m[1])
			if m[1] == "" {
				file = filepath.Join("../..", name)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", name, m[1])
				continue
			}
			if m[2] == "" {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, h := range heading.FindAllStringSubmatch(string(text), -1) {
				slug := strings.ReplaceAll(notSlug.ReplaceAllString(strings.ToLower(h[1]), ""), " ", "-")
				found = found || slug == m[2]
			}
			if !found {
				t.Errorf("%s: %s has no heading for #%s", name, m[1], m[2])
			}
		}
	}
}

var sourcePath = regexp.MustCompile("`((?:checks|cmd|docs|fixtures|internal|report|\\.ci)/[a-z0-9_./-]+)`")

// Files and folders of this repository that the documentation mentions exist.
func TestDocumentedPaths(t *testing.T) {
	for name, page := range pages(t) {
		for _, m := range sourcePath.FindAllStringSubmatch(page, -1) {
			if _, err := os.Stat(filepath.Join("../..", m[1])); err != nil {
				t.Errorf("%s mentions %s, which does not exist", name, m[1])
			}
		}
	}
}

// docs/formats.md describes each format, and docs/usage.md each command.
func TestFormatsAndCommandsAreDocumented(t *testing.T) {
	all := pages(t)
	for _, format := range report.Names() {
		if !regexp.MustCompile("(?m)^\\| .*`" + format + "`.* \\|$").MatchString(all["docs/formats.md"]) {
			t.Errorf("docs/formats.md does not describe the format %s", format)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z]+)  +\S`).FindAllStringSubmatch(help(t, "--help"), -1) {
		if m[1] != "help" && !slices.Contains(commandNames, m[1]) {
			t.Errorf("commandNames lacks %s", m[1])
		}
	}
	for _, command := range commandNames {
		if !strings.Contains(all["docs/usage.md"], "`iblint "+command+"`") {
			t.Errorf("docs/usage.md does not describe iblint %s", command)
		}
	}
}

// The README lists each check.
func TestREADMEListsTheChecks(t *testing.T) {
	readme := pages(t)["README.md"]
	for line := range strings.Lines(help(t, "rules")) {
		if id := strings.Fields(line)[0]; !strings.Contains(readme, "| `"+id+"` |") {
			t.Errorf("README.md does not list the check %s", id)
		}
	}
	if words := len(strings.Fields(withoutOutputs(readme))); words > 1000 {
		t.Errorf("README.md has %d words without outputs, more than 1000; move details to docs/", words)
	}
}

var required = regexp.MustCompile(`(?m)^\t(\S+) v\S+$`)

// CONTRIBUTING.md says of each direct dependency what it is for.
func TestDependenciesAreExplained(t *testing.T) {
	modules, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	text := pages(t)["CONTRIBUTING.md"]
	direct := required.FindAllStringSubmatch(string(modules), -1)
	if len(direct) == 0 {
		t.Fatal("go.mod requires nothing")
	}
	for _, m := range direct {
		if !strings.Contains(text, "| `"+m[1]+"` |") {
			t.Errorf("CONTRIBUTING.md does not say what %s is for", m[1])
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z]+\\.[a-z.]+/[^`]+)` \\|").FindAllStringSubmatch(text, -1) {
		if !strings.Contains(string(modules), "\t"+m[1]+" v") {
			t.Errorf("CONTRIBUTING.md explains %s, which go.mod does not require", m[1])
		}
	}
}
