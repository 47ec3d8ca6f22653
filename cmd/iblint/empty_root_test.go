//go:build root

package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log"
	"maps"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

// A new user has a container with next to nothing in it, and the documentation. These tests
// run as root, because they change the root directory, and need busybox-static, curl and wget. With
// IBLINT_DIST, what is installed are the files of a release in that folder; without, an archive
// with the iblint of this test.

// published is where the hosts are that the documentation names: an address of this machine,
// with the port that HTTPS has.
const published = "127.83.7.1"

// publish serves the files of the tag and of the release as GitHub does, by HTTPS. It returns
// the certificate that clients have to trust.
func publish(t *testing.T) []byte {
	t.Helper()
	files := http.FileServer(http.Dir(os.Getenv("IBLINT_DIST")))
	if os.Getenv("IBLINT_DIST") == "" {
		iblint, err := os.ReadFile(os.Args[0])
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("iblint_0.1.0_%s_%s.tar.gz", runtime.GOOS, runtime.GOARCH)
		archive := archiveOf(t, "iblint", iblint)
		dir := t.TempDir()
		for file, content := range map[string][]byte{name: archive, "checksums.txt": fmt.Appendf(nil, "%x  %s\n", sha256.Sum256(archive), name)} {
			if err := os.WriteFile(filepath.Join(dir, file), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		files = http.FileServer(http.Dir(dir))
	}
	const stored = "release-assets.githubusercontent.com"
	mux := http.NewServeMux()
	mux.Handle("raw.githubusercontent.com/iblint/iblint/v0.1.0/", http.StripPrefix("/iblint/iblint/v0.1.0/", http.FileServer(http.Dir("../.."))))
	mux.Handle("github.com/iblint/iblint/releases/download/v0.1.0/", http.StripPrefix("/iblint/iblint/releases/download", http.RedirectHandler("https://"+stored, http.StatusFound)))
	mux.HandleFunc("github.com/iblint/iblint/releases/download/v0.1.0/{name}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://"+stored+"/"+r.PathValue("name"), http.StatusFound)
	})
	mux.Handle(stored+"/", files)

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "hosts of the documentation"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		DNSNames: hosts,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", published+":443")
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: mux, ErrorLog: log.New(t.Output(), "", 0)}}
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}}}
	server.StartTLS()
	t.Cleanup(server.Close)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
}

var hosts = []string{"github.com", "raw.githubusercontent.com", "release-assets.githubusercontent.com"}

// newRoot is a root directory with busybox, some programs of this machine and what they link,
// and the files that a page speaks of in /root.
func newRoot(t *testing.T, certificate []byte, r *runner, programs ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, dir := range []string{"bin", "dev", "root", "tmp", "usr"} {
		mkdir(t, root, dir)
	}
	if err := os.Symlink("../bin", filepath.Join(root, "usr/bin")); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"etc/hosts": published + " " + strings.Join(hosts, " ") + "\n", "etc/nsswitch.conf": "hosts: files\n",
		"etc/ssl/certs/ca-certificates.crt": string(certificate), "dev/null": "",
	} {
		mkdir(t, root, filepath.Dir(name))
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	install(t, root, "busybox")
	applets, err := exec.Command("busybox", "--list").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(applets)) {
		if err := os.Symlink("busybox", filepath.Join(root, "bin", name)); name != "busybox" && err != nil {
			t.Fatal(err)
		}
	}
	if os.Getenv("IBLINT_DIST") == "" {
		installLibraries(t, root, os.Args[0]) // a release links none
	}
	for _, name := range programs {
		install(t, root, name)
	}
	if err := os.CopyFS(filepath.Join(root, "root"), os.DirFS(r.dir)); err != nil {
		t.Fatal(err)
	}
	return root
}

var library = regexp.MustCompile(`(/\S+) \(0x`)

// install puts a program of this machine into /bin of a root.
func install(t *testing.T, root, name string) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatal(err)
	}
	copyProgram(t, path, filepath.Join(root, "bin", filepath.Base(path)))
	installLibraries(t, root, path)
}

// installLibraries puts what a program links at its place in a root.
func installLibraries(t *testing.T, root, path string) {
	t.Helper()
	linked, _ := exec.Command("ldd", path).Output() // it fails for a program that links nothing
	for _, m := range library.FindAllStringSubmatch(string(linked), -1) {
		copyProgram(t, m[1], filepath.Join(root, m[1]))
	}
}

func copyProgram(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	mkdir(t, filepath.Dir(to), "")
	_ = os.Remove(to)                                     // a link to busybox
	if err := os.WriteFile(to, text, 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
}

// inRoot is an environment of this machine as a new user in the root has it: with the
// credentials, and without all that tests set.
func inRoot(environment []string) []string {
	kept := slices.DeleteFunc(slices.Clone(environment), func(v string) bool { return strings.HasPrefix(v, "IBLINT_RELEASES=") })
	return append(kept, "PATH="+rootPath, "HOME=/root", "TMPDIR=/tmp")
}

// follow runs the commands of a page as they are written, after a heading. It returns how many.
func follow(t *testing.T, root string, r *runner, page, after string, runs func(line string) bool) (n int) {
	t.Helper()
	_, rest, found := strings.Cut(page, "\n"+after+"\n")
	if !found {
		t.Fatalf("no heading %s", after)
	}
	exports := ""
	for _, b := range blocks(rest) {
		if b.language != "sh" && b.language != "console" {
			continue
		}
		want := exitCodes(t, b)
		for i, c := range commands(b) {
			if strings.HasPrefix(c.line, "export ") {
				exports += c.line + "\n"
			}
			if !runs(c.line) {
				continue
			}
			n++
			environment := r.owner
			if strings.Contains(c.line, "--organization") {
				environment = r.organize
			}
			code, out := shell(t, "", inRoot(environment), within(root, "/root", "/bin/sh", "-c", exports+c.line)...)
			if expected := append(want, make([]int, i+1)...)[i]; code != expected {
				t.Errorf("%s\nexit code %d, documented %d\n%s", c.line, code, expected, out)
			}
		}
	}
	return n
}

// In an empty root, the README alone leads to the first verdict and to the first file for CI. Each
// command is the one that a page shows, and reaches the hosts that it names.
func TestEmptyRoot(t *testing.T) {
	certificate := publish(t)
	all := pages(t)
	r := newRunner(t, all["docs/code.md"])
	shown := func(line string) bool { return skipped(line) == "" }

	t.Run("README.md", func(t *testing.T) {
		root := newRoot(t, certificate, r, "curl", "bash")
		if code, out := shell(t, "", inRoot(nil), within(root, "/", "/bin/sh", "-c", "! command -v go iblint")...); code != 0 {
			t.Fatalf("the root is not empty: %s", out)
		}
		if n := follow(t, root, r, all["README.md"], "## Install", shown); n < 6 {
			t.Errorf("%d commands", n)
		}
		// The workflow, by the steps of the action, which GitHub puts beside it.
		if err := os.CopyFS(filepath.Join(root, "action/docs/ci"), os.DirFS("../../docs/ci")); err != nil {
			t.Fatal(err)
		}
		for _, b := range blocks(all["README.md"]) {
			if b.comment != "file workflow.yml" {
				continue
			}
			var workflow struct {
				Jobs map[string]struct{ Steps []step }
			}
			if err := yaml.Unmarshal([]byte(b.text), &workflow); err != nil {
				t.Fatal(err)
			}
			steps := workflow.Jobs["iblint"].Steps
			j := job{action: readAction(t), root: root, dir: "/root", inputs: steps[len(steps)-1].With, environment: inRoot(nil)}
			if code := j.run(t); code != 1 || !strings.Contains(j.log, "installed iblint 0.1.0") || !strings.Contains(j.log, "::error file=infra/main.tf,line=") {
				t.Errorf("the workflow: exit code %d\n%s", code, j.log)
			}
		}
	})

	t.Run("docs/install.md", func(t *testing.T) {
		root := newRoot(t, certificate, r, "wget")
		// The page shows wget below curl, in whose place it runs.
		wget := func(line string) bool { return strings.HasPrefix(line, "wget ") }
		others := func(line string) bool { return shown(line) && !strings.HasPrefix(line, "curl ") }
		n := follow(t, root, r, all["docs/install.md"], "## With a script", wget)
		if n += follow(t, root, r, all["docs/install.md"], "## With a script", others); n != 4 {
			t.Errorf("%d commands", n)
		}
	})

	t.Run("docs/ci.md", func(t *testing.T) {
		root := newRoot(t, certificate, r, "curl")
		if n := follow(t, root, r, all["docs/ci.md"], "## Others", shown); n != 2 {
			t.Errorf("%d commands", n)
		}
	})

	for _, name := range slices.Sorted(maps.Keys(integrations)) {
		t.Run("docs/ci/"+name, func(t *testing.T) {
			root := newRoot(t, certificate, r, "curl")
			test := integrations[name]
			for i, command := range commandsOf(t, name) {
				code, out := shell(t, "", inRoot(slices.Concat(r.owner, test.environment)), within(root, "/root", "/bin/sh", "-c", command)...)
				if code != test.codes[i] {
					t.Errorf("%s: exit code %d, want %d\n%s", command, code, test.codes[i], out)
				}
			}
			for _, report := range test.reports {
				if text, err := os.ReadFile(filepath.Join(root, "root", report)); err != nil || len(bytes.TrimSpace(text)) == 0 {
					t.Errorf("no report %s", report)
				}
			}
		})
	}
}
