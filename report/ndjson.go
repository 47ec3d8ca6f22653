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

// record is a line of NDJSON: a finding as in the JSON report, with what it takes
// to understand it alone.
type record struct {
	SchemaVersion string     `json:"schemaVersion"` // of the JSON report
	Tool          tool       `json:"tool"`
	ReadAt        *time.Time `json:"readAt,omitempty"`
	finding
}

// writeNDJSON writes one finding a line (ndjson.org).
func writeNDJSON(out io.Writer, r checks.Result, _ Options) error {
	w := bufio.NewWriter(out)
	of := record{SchemaVersion: SchemaVersion, Tool: tool{"iblint", r.Version}}
	if !r.Inventory.ReadAt.IsZero() {
		of.ReadAt = &r.Inventory.ReadAt
	}
	for f := range r.Findings() {
		of.finding = findingOf(r, f)
		if err := writeJSONLine(w, of); err != nil {
			return err
		}
	}
	return w.Flush()
}

// writeJSONLine writes a value as JSON on one line, escaped as the JSON report is.
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
