package lintcmd

import (
	"strings"
	"testing"
)

// Of several fields that do not exist, the first one is reported, in every run.
func TestTheFirstUnknownField(t *testing.T) {
	for text, want := range map[string]string{
		"zeta: 1\nowners: []\nalpha: 2\nmid: 3\n": "line 1, column 1: unknown field \"zeta\"",
		"owners:\n- account: '111122223333'\n  profile: p\n  destinations:\n  - account: '222233334444'\n    c: 1\n    b: 2\n    a: 3\n": "line 6, column 5: unknown field \"c\"",
		"owners:\n- &o\n  z: 1\n  y: 2\n  account: '111122223333'\n":                                                                     "line 3, column 3: unknown field \"z\"",
		"organization: {units: [], q: 1, p: 2}\n":                                                                                        "line 1, column 27: unknown field \"q\"",
	} {
		for range 30 { // the decoder reports any of them
			if _, err := parseConfiguration("c.yaml", []byte(text), nil); err == nil || !strings.HasPrefix(err.Error(), "c.yaml: "+want) {
				t.Fatalf("%q: %v, want %s", text, err, want)
			}
		}
	}
}
