package cloudformation_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/internal/testrun"
)

// leaf is a scalar in the properties of a resource.
type leaf struct {
	file       string
	start, end int
}

// leaves are the scalars of a YAML template that stand on one line.
func leaves(t *testing.T, file string) (all []leaf) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil
	}
	lines := strings.SplitAfter(string(data), "\n")
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		for i, child := range n.Content {
			if n.Kind != yaml.MappingNode || i%2 == 1 {
				walk(child)
			}
		}
		if n.Kind != yaml.ScalarNode {
			return
		}
		start := len(strings.Join(lines[:n.Line-1], "")) + n.Column - 1
		text := n.Value
		switch {
		case strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!"):
			text = n.Tag + " " + n.Value
			if !strings.HasPrefix(string(data[start:]), text) {
				text = n.Tag + " '" + n.Value + "'"
			}
		case n.Style&yaml.SingleQuotedStyle != 0:
			text = "'" + n.Value + "'"
		}
		if strings.HasPrefix(string(data[start:]), text) {
			all = append(all, leaf{file, start, start + len(text)})
		}
	}
	for _, resource := range under(&root, "Resources").Content {
		for i := 0; i+1 < len(resource.Content); i += 2 {
			if resource.Content[i].Value == "Properties" {
				walk(resource.Content[i+1])
			}
		}
	}
	return all
}

// mayAppear reports whether a verdict may appear without the leaf that was replaced. Skip decides
// nothing. A value that is not known yet breaks no rule of CreateLifecyclePolicy.
func mayAppear(check string, s checks.Status, before []checks.Status) bool {
	undecided := len(before) == 0 || slices.Contains(before, checks.Skip)
	return check == "lifecycle-policy-valid" && s == checks.Pass || undecided && (s == checks.Pass || s == checks.Skip)
}

func statuses(all []checks.Finding) map[string][]checks.Status {
	out := map[string][]checks.Status{}
	for _, f := range all {
		if !slices.Contains(out[f.Check.ID], f.Status) {
			out[f.Check.ID] = append(out[f.Check.ID], f.Status)
		}
	}
	return out
}

// Replacing a known leaf by an unknown one lets no verdict but unknown appear that was not there.
func TestUnknownLeaves(t *testing.T) {
	testrun.Long(t)
	folders, err := filepath.Glob("testdata/[cs]*") // an error may go away
	if err != nil || len(folders) == 0 {
		t.Fatal(err)
	}
	replaced := 0
	for _, folder := range folders {
		before, err := findings(t, folder)
		if err != nil {
			continue // a case that is an error
		}
		known := statuses(before)
		files, _ := filepath.Glob(filepath.Join(folder, "*.y*ml"))
		for _, file := range files {
			for _, l := range leaves(t, file) {
				copied := t.TempDir()
				if err := os.CopyFS(copied, os.DirFS(folder)); err != nil {
					t.Fatal(err)
				}
				data, _ := os.ReadFile(l.file)
				text := string(data[:l.start]) + "!Ref IblintUnknown" + string(data[l.end:])
				if strings.Contains(text, "\nParameters:\n") {
					text = strings.Replace(text, "\nParameters:\n", "\nParameters:\n  IblintUnknown: {Type: String}\n", 1)
				} else {
					text += "\nParameters:\n  IblintUnknown: {Type: String}\n"
				}
				if err := os.WriteFile(filepath.Join(copied, filepath.Base(file)), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				after, err := findings(t, copied)
				if err != nil {
					t.Errorf("%s without %s: %v", file, data[l.start:l.end], err)
					continue
				}
				replaced++
				line := 1 + strings.Count(string(data[:l.start]), "\n")
				for check, all := range statuses(after) {
					for _, s := range all {
						if s != checks.Unknown && !slices.Contains(known[check], s) && !mayAppear(check, s, known[check]) {
							t.Errorf("%s:%d: without %s, %s is %s; with it %v", l.file, line, data[l.start:l.end], check, s, known[check])
						}
					}
				}
			}
		}
	}
	if replaced < 200 {
		t.Errorf("only %d leaves were replaced", replaced)
	}
}

// under is the value of a key.
func under(n *yaml.Node, key string) *yaml.Node {
	if n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
		n = n.Content[0]
	}
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return &yaml.Node{}
}
