package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
)

// SchemaVersion of the JSON report: a number more before the dot when something
// was taken away or changed its meaning, behind it when something was added.
const SchemaVersion = "1.0"

type document struct {
	SchemaVersion string         `json:"schemaVersion"`
	Tool          tool           `json:"tool"`
	ReadAt        time.Time      `json:"readAt,omitzero"` // when AWS was read; left out where the input does not tell
	Scope         scope          `json:"scope"`
	Summary       checks.Summary `json:"summary"`
	Findings      []finding      `json:"findings"`
	Unread        []account.Gap  `json:"unread"`
}

type tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type scope struct {
	Checks             []string                     `json:"checks"`
	Owners             []account.Owner              `json:"owners"`
	SourceAccountMeans account.SourceAccountMeaning `json:"sourceAccountMeans,omitempty"`
}

type finding struct {
	Check       string          `json:"check"`
	Status      checks.Status   `json:"status"`
	Severity    checks.Severity `json:"severity"`
	Title       string          `json:"title"`
	Subject     account.Subject `json:"subject"`
	Message     string          `json:"message"`
	Evidence    []string        `json:"evidence"`
	Unread      *account.Unread `json:"unread,omitempty"`
	Remediation *remediation    `json:"remediation,omitempty"`
	Links       []string        `json:"links"`
}

type remediation struct {
	*checks.Remediation
	Commands []string `json:"commands"` // AWS CLI, for a POSIX shell with jq
}

func writeJSON(w io.Writer, r checks.Result, _ Options) error {
	d := document{
		SchemaVersion: SchemaVersion,
		Tool:          tool{"iblint", r.Version},
		ReadAt:        r.Inventory.ReadAt,
		Scope:         scope{Checks: []string{}, Owners: r.Inventory.Owners, SourceAccountMeans: r.Inventory.SourceAccountMeans},
		Summary:       r.Summary(),
		Findings:      []finding{},
		Unread:        r.Inventory.Gaps(),
	}
	if d.Unread == nil {
		d.Unread = []account.Gap{}
	}
	for _, c := range r.Checks {
		d.Scope.Checks = append(d.Scope.Checks, c.ID)
	}
	for _, f := range r.Findings {
		out := finding{
			Check: f.Check.ID, Status: f.Status, Severity: f.Check.Severity, Title: f.Check.Title, Subject: f.Subject,
			Message: f.Message, Evidence: append([]string{}, f.Evidence...), Unread: f.Unread, Links: f.Check.Links,
		}
		if f.Remediation != nil {
			out.Remediation = &remediation{f.Remediation, awsCLI(f.Remediation)}
		}
		d.Findings = append(d.Findings, out)
	}

	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(d); err != nil {
		return err
	}
	_, err := w.Write(escapeControls(b.Bytes()))
	return err
}

// escapeControls writes what could steer a terminal as JSON escapes too, beyond
// the ASCII controls that encoding/json escapes itself. Such characters stand in
// strings only, so the document means the same.
func escapeControls(text []byte) []byte {
	var b bytes.Buffer
	for _, r := range string(text) {
		switch {
		case r == '\n' || r == utf8.RuneError || !unprintable(r):
			b.WriteRune(r)
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.Bytes()
}
