package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/wording"
)

// SchemaVersion is the version of the JSON report. The major version is increased when a member
// is removed or changes its meaning, the minor version when a member is added.
const SchemaVersion = "1.3"

// document is the JSON report. It is written member by member, in this order.
type document struct {
	SchemaVersion string                   `json:"schemaVersion"`
	Tool          tool                     `json:"tool"`
	ReadAt        *time.Time               `json:"readAt,omitempty"` // when the accounts were read; absent if unknown
	Scope         scope                    `json:"scope"`
	Summary       checks.Summary           `json:"summary"`
	Calls         map[string]account.Calls `json:"calls,omitempty"` // of AWS APIs, by service; absent if there were none
	Suppressions  []checks.Suppressed      `json:"suppressions,omitempty"`
	Findings      []finding                `json:"findings"`
	Causes        []cause                  `json:"causes"` // of the problems, in the order in which to clear them
	Totals        totals                   `json:"totals"` // of the findings, by account and by check
	Ledger        []checks.Entry           `json:"ledger"`
	Unread        []account.Gap            `json:"unread"`
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
	Fingerprint string            `json:"fingerprint" jsonschema:"pattern=^[0-9a-f]{32}$"` // identifies check and subject across runs
	Check       string            `json:"check"`
	Status      checks.Status     `json:"status" jsonschema:"enum=pass,enum=warn,enum=fail,enum=skip,enum=unknown"`
	Severity    checks.Severity   `json:"severity" jsonschema:"enum=high,enum=medium,enum=low"`
	Title       string            `json:"title"`
	Subject     account.Subject   `json:"subject"`
	Location    *Location         `json:"location,omitempty"`                                               // where code declares the subject
	AccountName string            `json:"accountName,omitempty"`                                            // in the organization
	Change      checks.Comparison `json:"change,omitempty" jsonschema:"enum=new,enum=fixed,enum=unchanged"` // by deploying the code, where a recording shows what is there
	Message     string            `json:"message"`
	Short       string            `json:"short"`           // the message without the subject, on one line
	Cause       *checks.Cause     `json:"cause,omitempty"` // what explains the problem; findings with the same ID have the same cause
	Evidence    []string          `json:"evidence"`
	Notes       []checks.Note     `json:"notes,omitempty"`
	Trace       []checks.Trace    `json:"trace,omitempty"` // evaluated policy requests; the deciding one first
	Unread      *account.Unread   `json:"unread,omitempty"`
	Remediation *remediation      `json:"remediation,omitempty"`
	Links       []string          `json:"links"`

	Suppression *checks.Suppression `json:"suppression,omitempty"` // if "expired" is false, the finding is suppressed
}

type remediation struct {
	*checks.Fix
	CodeFix
	Commands []string `json:"commands"`        // AWS CLI commands for a POSIX shell with jq, for what is not in code
	Diffs    []string `json:"diffs,omitempty"` // unified diffs of the documents that the commands edit
}

// writeJSON writes the report one finding at a time, so that it is never in memory as a whole.
func writeJSON(out io.Writer, r checks.Result, o Options) error {
	w := newJSONWriter(out)
	sc := scope{Checks: []string{}, Owners: r.Inventory.Owners, SourceAccountMeans: r.Inventory.SourceAccountMeans}
	for _, c := range r.Checks {
		sc.Checks = append(sc.Checks, c.ID)
	}
	w.text("{")
	w.member("schemaVersion", SchemaVersion)
	w.member("tool", tool{"iblint", r.Version})
	if !r.Inventory.ReadAt.IsZero() {
		w.member("readAt", r.Inventory.ReadAt)
	}
	w.member("scope", sc)
	w.member("summary", r.Summary)
	if r.Differences != nil {
		w.member("differences", r.Differences)
	}
	if r.Inventory.Calls != nil {
		w.member("calls", r.Inventory.Calls)
	}
	if len(r.Suppressions) > 0 {
		w.member("suppressions", r.Suppressions)
	}
	var why causes
	count := newTotals(r.Checks)
	list(w, "findings", r.Findings(), func(f checks.Finding) any {
		why.add(f)
		count.add(f, wording.AccountName(r.Inventory, f.Subject.Account))
		return findingOf(r, f, o)
	})
	list(w, "causes", slices.Values(why.ranked()), func(c *cause) any { return c })
	w.member("totals", count)
	list(w, "ledger", slices.Values(r.Ledger), func(e checks.Entry) any { return e })
	list(w, "unread", slices.Values(r.Inventory.Gaps()), func(g account.Gap) any { return g })
	w.text("\n}\n")
	if w.err != nil {
		return w.err
	}
	return w.out.Flush()
}

func findingOf(r checks.Result, f checks.Finding, o Options) finding {
	out := finding{
		Fingerprint: f.Fingerprint(),
		Check:       f.Check.ID, Status: f.Status, Severity: f.Check.Severity, Title: f.Check.Title, Subject: f.Subject, Location: o.declaredAt(f), AccountName: wording.AccountName(r.Inventory, f.Subject.Account),
		Change: f.Comparison, Message: f.Message, Short: f.Short, Cause: f.Cause(), Evidence: append([]string{}, f.Evidence...), Trace: f.Trace, Notes: f.Notes, Unread: f.Unread, Links: f.Check.Links, Suppression: f.Suppression,
	}
	if proposed := o.remedy(f); proposed != nil {
		out.Remediation = &remediation{proposed.Fix, proposed.code, proposed.commands, proposed.diffs}
	}
	return out
}

// jsonWriter writes the members of one object, with the indentation of encoding/json. It keeps
// its first error.
type jsonWriter struct {
	out     *bufio.Writer
	encoder *json.Encoder // to buffer; one for all values, because it keeps its memory
	buffer  bytes.Buffer  // of the current value
	members int
	err     error
}

func newJSONWriter(out io.Writer) *jsonWriter {
	w := &jsonWriter{out: bufio.NewWriter(out)}
	w.encoder = json.NewEncoder(&w.buffer)
	w.encoder.SetEscapeHTML(false)
	return w
}

func (w *jsonWriter) text(text string) {
	if w.err == nil {
		_, w.err = w.out.WriteString(text)
	}
}

func (w *jsonWriter) name(name string) {
	if w.members++; w.members > 1 {
		w.text(",")
	}
	w.text("\n  \"" + name + "\": ")
}

func (w *jsonWriter) member(name string, v any) {
	w.name(name)
	w.value(v, "  ")
}

// list writes a member that is a list, one item at a time.
func list[T any](w *jsonWriter, name string, items iter.Seq[T], convert func(T) any) {
	w.name(name)
	n := 0
	for item := range items {
		if n++; n > 1 {
			w.text(",")
		} else {
			w.text("[")
		}
		w.text("\n    ")
		w.value(convert(item), "    ")
	}
	if n == 0 {
		w.text("[]")
	} else {
		w.text("\n  ]")
	}
}

func (w *jsonWriter) value(v any, indent string) {
	w.buffer.Reset()
	w.encoder.SetIndent(indent, "  ")
	err := w.encoder.Encode(v)
	if err == nil && w.err == nil {
		_, err = w.out.WriteString(escape.JSON(strings.TrimSuffix(w.buffer.String(), "\n")))
	}
	if w.err == nil {
		w.err = err
	}
}
