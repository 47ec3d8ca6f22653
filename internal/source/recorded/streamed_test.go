package recorded_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/internal/testrun"
)

// readFolded reads data as a recording of many accounts.
func readFolded(t *testing.T, data []byte) (*account.Inventory, bool) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "recording.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return recorded.ReadFolded(file, &source.Inputs{}, source.Limit{}.Large(), &account.Folder{})
}

// The report about folded accounts is the one about whole accounts, byte for byte, also after a
// merge, and unfolding loses nothing.
func TestFoldedAccounts(t *testing.T) {
	testrun.Long(t)
	for name, data := range fixtureFiles(t) {
		whole, err := recorded.Parse(name, data)
		if err != nil {
			t.Fatal(err)
		}
		folded, ok := readFolded(t, data)
		if !ok {
			t.Errorf("%s is not read account by account", name)
			continue
		}
		for id, a := range folded.Accounts {
			if !a.Folded() {
				t.Errorf("%s: account %s is not folded", name, id)
			}
		}
		if got, want := written(t, folded.Unfolded()), written(t, whole); got != want {
			t.Errorf("%s: folding changes it:\n%s\nit was\n%s", name, got, want)
		}
		folded, whole = account.Merge(folded), account.Merge(whole)
		folded.AddMissing()
		whole.AddMissing()
		if got, want := jsonReport(t, folded), jsonReport(t, whole); got != want {
			t.Errorf("%s: the report about folded accounts differs:\n%s\nit was\n%s", name, got, want)
		}
	}
}

// Two recordings of one account are joined in the same way.
func TestFoldedAccountsAreMerged(t *testing.T) {
	older := []byte(`{"schemaVersion":"1.1","readAt":"2026-01-01T00:00:00Z","accounts":{"111122223333":{"partition":"aws","roles":{"A":{"absent":true}}}}}`)
	newer := []byte(`{"schemaVersion":"1.1","readAt":"2026-01-02T00:00:00Z","accounts":{"111122223333":{"roles":{"B":{"absent":true}}}}}`)
	var whole, folded []*account.Inventory
	for _, data := range [][]byte{older, newer} {
		inv, err := recorded.Parse("one", data)
		if err != nil {
			t.Fatal(err)
		}
		f, _ := readFolded(t, data)
		whole, folded = append(whole, inv), append(folded, f)
	}
	want := written(t, account.Merge(whole...))
	if got := written(t, account.Merge(folded...)); got != want || !strings.Contains(got, `"A"`) || !strings.Contains(got, `"B"`) {
		t.Errorf("the folded accounts are joined as\n%s\nwant\n%s", got, want)
	}
}

// What Parse refuses, or reads in another way, is left to it.
func TestUnusualRecordingsAreNotFolded(t *testing.T) {
	const a = `"111122223333":{"partition":"aws"}`
	if _, ok := readFolded(t, []byte(`{"schemaVersion":"1.1","accounts":{`+a+`}}`)); !ok {
		t.Fatal("a usual recording is not folded")
	}
	for _, text := range []string{
		``, `null`, `[]`, `{`, `{"schemaVersion":"1.1","accounts":{` + a + `}`, `{"schemaVersion":"1.1","accounts":{` + a + `}} {}`,
		`{"accounts":{` + a + `}}`, `{"schemaVersion":"9.0","accounts":{` + a + `}}`, `{"schemaVersion":"1.1","accounts":null}`, `{"schemaVersion":"1.1","accounts":[]}`,
		`{"schemaVersion":"1.1","accounts":{` + a + `,` + a + `}}`, `{"schemaVersion":"1.1","accounts":{` + a + `},"accounts":{}}`,
		`{"schemaVersion":"1.1","Accounts":{` + a + `},"accounts":{}}`, `{"schemaVersion":"1.1","schemaVersion":"1.1","accounts":{` + a + `}}`,
		`{"schemaVersion":"1.1","accounts":{"111122223333":null}}`, `{"schemaVersion":"1.1","accounts":{"1":{}}}`, `{"schemaVersion":"1.1","accounts":{"111122223333":{"more":1}}}`,
		`{"schemaVersion":"1.1","more":1,"accounts":{` + a + `}}`, "\xef\xbb\xbf" + `{"schemaVersion":"1.1","accounts":{` + a + `}}`,
	} {
		if _, ok := readFolded(t, []byte(text)); ok {
			t.Errorf("is folded: %s", text)
		}
	}
}

func written(t *testing.T, inv *account.Inventory) string {
	t.Helper()
	var b bytes.Buffer
	if err := recorded.Write(&b, inv); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
