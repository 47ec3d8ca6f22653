package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"time"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/report/escape"
)

// record is a line of NDJSON: a finding as in the JSON report, with the members of the report
// that a reader of one line needs.
type record struct {
	SchemaVersion string     `json:"schemaVersion"` // of the JSON report
	Tool          tool       `json:"tool"`
	ReadAt        *time.Time `json:"readAt,omitempty"`
	finding
}

// writeNDJSON writes one finding a line (ndjson.org).
func writeNDJSON(out io.Writer, r checks.Result, o Options) error {
	w := bufio.NewWriter(out)
	line := record{SchemaVersion: SchemaVersion, Tool: tool{"iblint", r.Version}}
	if !r.Inventory.ReadAt.IsZero() {
		line.ReadAt = &r.Inventory.ReadAt
	}
	for f := range r.Findings() {
		line.finding = findingOf(r, f, o)
		if err := writeJSONLine(w, line); err != nil {
			return err
		}
	}
	return w.Flush()
}

// writeJSONLine writes a value as JSON on one line, with the escapes of the JSON report.
func writeJSONLine(w io.Writer, v any) error {
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := io.WriteString(w, escape.JSON(line.String()))
	return err
}
