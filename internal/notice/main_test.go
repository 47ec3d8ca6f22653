package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/iblint/iblint/internal/testrun"
)

// NOTICE lists the dependencies and their licences, after what people wrote.
func TestNoticeIsCurrent(t *testing.T) {
	testrun.Long(t)
	const file = "../../NOTICE"
	notice, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("../..")
	var out bytes.Buffer
	if err := run(nil, &out); err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(out.String(), "\n")
	written, _, _ := strings.Cut(string(notice), first)
	want := written + out.String()
	if *testrun.Update {
		if err := os.WriteFile("NOTICE", []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(notice), want); diff != "" {
		t.Errorf("go test ./internal/notice -update writes NOTICE anew (-NOTICE +dependencies):\n%s", diff)
	}
}

// A dependency without a licence, or with one that is not allowed, is an error that names it.
func TestLicencesAreAllowed(t *testing.T) {
	testrun.Long(t)
	mit, err := os.ReadFile(filepath.Join(moduleDir(t, "github.com/fatih/color"), "LICENSE.md"))
	if err != nil {
		t.Fatal(err)
	}
	gpl := []byte("This program is free software: you can redistribute it and/or modify it under the terms of the GNU General Public License as published by the Free Software Foundation, either version 3 of the License, or (at your option) any later version.")
	for name, test := range map[string]struct {
		files       map[string][]byte
		want, error string
	}{
		"allowed":     {map[string][]byte{"LICENSE": mit}, "MIT", ""},
		"not allowed": {map[string][]byte{"LICENSE": mit, "COPYING": gpl}, "", "example.com/m: COPYING has the licence GPL-3.0-or-later, which is not allowed"},
		"none":        {map[string][]byte{"NOTICE": []byte("Copyright 2026 Somebody")}, "", "example.com/m: no licence was recognized"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := (&module{"example.com/m", test.files}).licences()
			if got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
			text := ""
			if err != nil {
				text = err.Error()
			}
			if text != test.error {
				t.Errorf("error %q, want %q", text, test.error)
			}
		})
	}
}

func moduleDir(t *testing.T, path string) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}
