//go:build emulator

package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/fixtures"
)

// deploying matches the commands in a template that deploy it.
var deploying = regexp.MustCompile(`(?m)^# account ([0-9]{12}): (aws cloudformation deploy --region ([a-z0-9-]+) .*)$`)

var stackName = regexp.MustCompile(`--stack-name [a-z0-9-]+`)

// testCloudFormation proves the remediation as a template. For each recording with a
// failure that a template can fix, it deploys the template with the commands printed
// in it, in all accounts and Regions, and expects that the failure is gone. It also
// expects cfn-lint to accept the templates of all recordings.
func (all emulators) testCloudFormation(t *testing.T) {
	names, err := fs.Glob(fixtures.All, "*.json")
	must(t, err)
	var mutex sync.Mutex
	var templates []string
	made := map[checks.Action]int{}
	ran := 0
	directory := t.TempDir()
	t.Run("recordings", func(t *testing.T) {
		for _, name := range names {
			t.Run(name, func(t *testing.T) {
				e := all.take(t)
				data, err := fs.ReadFile(fixtures.All, name)
				must(t, err)
				template, _ := e.iblint(t, e.environment(t), "remediate", "--as", "cloudformation", "--warnings", "--recorded", write(t, name, string(data)))
				file := filepath.Join(directory, strings.TrimSuffix(name, "json")+"yaml")
				must(t, os.WriteFile(file, []byte(template), 0o666))
				deployed := map[checks.Action]int{}
				if deploying.MatchString(template) {
					for part, inv := range apart(t, name, data) {
						w, _ := e.make(t, name, inv)
						t.Logf("organization %q", part)
						w.deploy(t, deployed)
					}
				}
				mutex.Lock()
				defer mutex.Unlock()
				templates = append(templates, file)
				ran++
				for action, n := range deployed {
					made[action] += n
				}
			})
		}
	})
	for _, action := range []checks.Action{checks.CreateRole, checks.AttachPolicy, checks.CreateRepository, checks.EditInlinePolicy} {
		if made[action] == 0 && ran == len(names) { // else only some were asked for
			t.Errorf("no recording needs %s, so the template for it is not proved", action)
		}
	}
	t.Logf("changes that were made by a template: %v", made)
	if out, err := exec.Command("cfn-lint", templates...).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("cfn-lint: %v\n%s", err, out)
	}
}

// deploy deploys the template, first where it must create nothing.
func (w *world) deploy(t *testing.T, made map[checks.Action]int) {
	t.Helper()
	found, _ := w.check(t)
	var fixed []reported
	for _, f := range found.Findings {
		if f.Status == checks.Fail && inTemplate(f) {
			fixed = append(fixed, f)
			for _, c := range f.Remediation.Changes {
				made[c.Action]++
			}
		}
	}
	environment, arguments := w.scope(t, nil)
	template, _ := w.e.iblint(t, environment, append([]string{"remediate", "--as", "cloudformation"}, arguments...)...)
	file := write(t, "template.yaml", template)
	stacks := deploying.FindAllStringSubmatch(template, -1)
	if len(stacks) == 0 && len(fixed) > 0 {
		t.Errorf("the template says nowhere to deploy it, for %d findings:\n%s", len(fixed), template)
	}
	for i, stack := range stacks {
		id, command, region := stack[1], stack[2], stack[3]
		if replaced(found, id) { // first by commands, because a template cannot do it
			t.Logf("not deployed, as a role has to be deleted first: account %s", id)
			fixed = slices.DeleteFunc(fixed, func(f reported) bool { return f.Subject.Account == id })
			continue
		}
		command = strings.Replace(command, "--template-file FILE", "--template-file "+file, 1)
		if i == 0 {
			before := w.sessions[id].roles(t)
			w.sh(t, t.TempDir(), id, region, "sh", "-c", strings.Replace(command, "--region "+region, "--region ap-south-1", 1))
			if after := w.sessions[id].roles(t); before != after {
				t.Errorf("in a Region that it is not for, the template makes %d roles", after-before)
			}
		}
		w.sh(t, t.TempDir(), id, region, "sh", "-c", command)
	}
	after, _ := w.check(t)
	for _, f := range fixed {
		i := slices.IndexFunc(after.Findings, func(g reported) bool { return g.Check == f.Check && g.Subject.ARN == f.Subject.ARN })
		if i < 0 || after.Findings[i].Status == checks.Fail {
			t.Errorf("the template is deployed, and still it fails: %s of %s: %s\n%s", f.Check, f.Subject.ARN, f.Message, template)
		}
	}

	// Deleting the stacks undoes what they have created.
	for _, stack := range stacks {
		if name := stackName.FindString(stack[2]); !replaced(found, stack[1]) {
			w.sh(t, t.TempDir(), stack[1], stack[3], "sh", "-c", "aws cloudformation delete-stack --region "+stack[3]+" "+name)
		}
	}
	undone, _ := w.check(t)
	for _, f := range fixed {
		i := slices.IndexFunc(undone.Findings, func(g reported) bool { return g.Check == f.Check && g.Subject.ARN == f.Subject.ARN })
		if f.Remediation.Changes[0].Action != checks.EditInlinePolicy && (i < 0 || undone.Findings[i].Status != checks.Fail) {
			t.Errorf("the stack is deleted, and %s of %s does not fail again", f.Check, f.Subject.ARN)
		}
	}
}

// inTemplate reports whether a template alone fixes a finding.
func inTemplate(f reported) bool {
	if f.Remediation == nil {
		return false
	}
	created := slices.ContainsFunc(f.Remediation.Changes, func(c checks.Change) bool { return c.Action == checks.CreateRole })
	return !slices.ContainsFunc(f.Remediation.Changes, func(c checks.Change) bool {
		switch c.Action {
		case checks.CreateRole, checks.CreateRepository:
			return false
		case checks.AttachPolicy:
			return !created
		case checks.EditInlinePolicy:
			return c.After == ""
		}
		return true
	})
}

// replaced reports whether a role of an account must be deleted before another can be created.
func replaced(r result, accountID string) bool {
	return slices.ContainsFunc(r.Findings, func(f reported) bool {
		return f.Remediation != nil && slices.ContainsFunc(f.Remediation.Changes, func(c checks.Change) bool {
			return c.Account == accountID && c.Action == checks.DeleteRole
		})
	})
}

// roles returns the number of roles.
func (s *session) roles(t *testing.T) int {
	t.Helper()
	out, err := s.iam.ListRoles(t.Context(), &iam.ListRolesInput{})
	must(t, err)
	return len(out.Roles)
}
