package lintcmd

import (
	"bytes"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/checks/lifecycle"
)

func TestCatalogueIsGenerated(t *testing.T) {
	var b bytes.Buffer
	if err := writeCatalogue(&b, lifecycle.All()); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../../docs/checks.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("docs/checks.md differs from the documentation of the checks; run go generate ./checks/... (-file +checks):\n%s", diff)
	}
}
