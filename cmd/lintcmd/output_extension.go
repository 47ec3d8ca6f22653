package lintcmd

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// extensions are the formats of reports by the extensions of file names.
var extensions = map[string]string{
	".csv": "csv", ".htm": "html", ".html": "html", ".json": "json", ".markdown": "markdown", ".md": "markdown", ".ndjson": "ndjson",
	".jsonl": "ndjson", ".sarif": "sarif", ".txt": "text", ".xml": "junit",
}

// formatOf returns the format of a report that the name of its file says.
func formatOf(name string) (string, error) {
	if name == "-" {
		return "text", nil
	}
	extension := strings.ToLower(filepath.Ext(name))
	if format, ok := extensions[extension]; ok {
		return format, nil
	}
	return "", fmt.Errorf("the name says no format; write --format FORMAT before it, or use one of the extensions %s", strings.Join(slices.Sorted(maps.Keys(extensions)), ", "))
}
