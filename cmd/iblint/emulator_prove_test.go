//go:build emulator

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"golang.org/x/sync/errgroup"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/fixtures"
)

// testRemediation proves the fixes: it creates each recording in the emulator, runs the script that
// iblint remediate prints, unchanged, by sh with the AWS CLI and jq, and expects that
// nothing fails afterwards.
func (all emulators) testRemediation(t *testing.T) {
	names, err := fs.Glob(fixtures.All, "*.json")
	must(t, err)
	var mutex sync.Mutex
	proved, ran := map[checks.Action]int{}, 0
	t.Run("recordings", func(t *testing.T) {
		for _, name := range names {
			t.Run(name, func(t *testing.T) {
				e := all.take(t)
				made := map[checks.Action]int{}
				data, err := fs.ReadFile(fixtures.All, name)
				must(t, err)
				for part, inv := range apart(t, name, data) {
					if part == "" {
						e.fixRecording(t, name, inv, made)
					} else {
						t.Run(part, func(t *testing.T) { e.fixRecording(t, name, inv, made) })
					}
				}
				mutex.Lock()
				defer mutex.Unlock()
				ran++
				for action, n := range made {
					proved[action] += n
				}
			})
		}
	})
	if ran < len(names) {
		return // only some tests were selected
	}
	t.Logf("changes that were made by their commands: %v", proved)
	for _, action := range []checks.Action{
		checks.CreateRole, checks.DeleteRole, checks.AttachPolicy, checks.ReferToRole, checks.CreateRepository, checks.TagRepository, checks.UntagRepository,
		checks.EditTrust, checks.EditInlinePolicy, checks.EditManagedPolicy, checks.EditRepositoryPolicy, checks.EditGuardrail,
	} {
		if proved[action] == 0 {
			t.Errorf("no recording needs %s, so its commands are not proved", action)
		}
	}
}

// rounds of checking and fixing: a role that was created can be checked only
// then, and a Deny that is gone may leave a policy without an Allow.
const rounds = 4

func (e *emulator) fixRecording(t *testing.T, name string, inv *account.Inventory, proved map[checks.Action]int) {
	w, want := e.make(t, name, inv)
	got, _ := w.check(t)
	w.compare(t, want, got)
	fixed := map[string]bool{}
	for round := 1; ; round++ {
		todo := slices.DeleteFunc(slices.Clone(got.Findings), func(f reported) bool { return !fixable(f) })
		if len(todo) == 0 {
			break
		}
		if round > rounds {
			t.Errorf("after %d rounds there is still something to fix", rounds)
			break
		}
		w.applyFixes(t, got.Findings, todo)
		for _, f := range todo {
			// One round fixes a finding, or leads to another failure.
			id := fmt.Sprintf("%s of %s: %+v", f.Check, f.Subject.ARN, f.Remediation.Changes)
			if fixed[id] {
				t.Errorf("%s of %s is fixed, and again not as it should be: %s", f.Check, f.Subject.ARN, f.Message)
			}
			fixed[id] = true
			for _, c := range f.Remediation.Changes {
				proved[c.Action]++
			}
		}
		got, _ = w.check(t)
	}
	for _, f := range got.Findings {
		switch {
		case tooMuchForMoto(f):
			t.Logf("left out, as moto refuses the document: %s of %s", f.Check, f.Subject.ARN)
		case f.Status == checks.Fail && !byPerson(f) || fixable(f):
			t.Errorf("still %s: %s of %s: %s", f.Status, f.Check, f.Subject.ARN, f.Message)
		case f.Remediation != nil:
			t.Logf("not run, as it is for a person to edit: %s, %s of %s: %s", f.Status, f.Check, f.Subject.ARN, f.Remediation.Summary)
		}
	}
}

// fixable reports whether commands alone can fix a finding.
func fixable(f reported) bool {
	return f.Remediation != nil && (f.Status == checks.Fail || f.Status == checks.Warn) && !byPerson(f) && !tooMuchForMoto(f)
}

// tooMuchForMoto reports whether moto would refuse an edited trust policy. It refuses wildcards in
// its actions, which it accepts when a role is created.
func tooMuchForMoto(f reported) bool {
	return f.Remediation != nil && slices.ContainsFunc(f.Remediation.Changes, func(c checks.Change) bool {
		return c.Action == checks.EditTrust && strings.Contains(c.After, `"sts:*"`)
	})
}

// byPerson reports whether a fix needs a decision.
func byPerson(f reported) bool {
	return f.Remediation != nil && slices.ContainsFunc(f.Remediation.Changes, func(c checks.Change) bool {
		return strings.HasPrefix(string(c.Action), "edit-") && c.After == "" || c.Action == checks.DetachPolicy || c.Action == checks.ReplaceBoundary
	})
}

// world is a recording that was created in the emulator.
type world struct {
	e         *emulator
	inv       *account.Inventory
	sessions  map[string]*session // by account
	notSeeded map[string]string   // why, by what subjectID gives

	only       string   // the checks
	flags      []string // more flags
	management string   // account of the organization, if there is one; it runs iblint

	imageBuilderURL string
	mutex           sync.Mutex
	policies        []*lifecyclePolicy
}

// check runs iblint check on the live accounts.
func (w *world) check(t *testing.T) (result, int) {
	t.Helper()
	environment, arguments := w.scope(t, nil)
	return w.e.check(t, environment, arguments...)
}

// scope returns the recording's scope as a configuration file, with a profile for each account and
// the suppressions.
func (w *world) scope(t *testing.T, suppressed []reported) (environment, arguments []string) {
	t.Helper()
	type target struct {
		Account              string `json:"account"`
		Profile              string `json:"profile,omitempty"`
		LaunchPermissionOnly bool   `json:"launchPermissionOnly,omitempty"`
	}
	type ownerFile struct {
		Account        string              `json:"account"`
		Profile        string              `json:"profile"`
		Regions        []string            `json:"regions,omitempty"`
		ExecutionRoles []string            `json:"executionRoles,omitempty"`
		Destinations   []target            `json:"destinations,omitempty"`
		Repositories   map[string][]string `json:"repositories,omitempty"`
	}
	var file struct {
		Owners             []ownerFile                  `json:"owners"`
		SourceAccountMeans account.SourceAccountMeaning `json:"sourceAccountMeans,omitempty"`
		Suppressions       []map[string]string          `json:"suppressions,omitempty"`
	}
	file.SourceAccountMeans = w.inv.SourceAccountMeans
	for _, f := range suppressed {
		file.Suppressions = append(file.Suppressions, map[string]string{"check": f.Check, "subject": f.Subject.ARN, "reason": "test", "owner": "test", "expires": "9999-12-31"})
	}
	for _, o := range w.inv.Owners {
		f := ownerFile{Account: o.Account, Profile: o.Account, Regions: o.Regions, ExecutionRoles: w.references(o.Account), Repositories: map[string][]string{}}
		for _, d := range o.Destinations {
			x := target{d.Account, d.Account, d.LaunchPermissionOnly}
			if w.sessions[d.Account] == nil {
				x.Profile = ""
			}
			f.Destinations = append(f.Destinations, x)
		}
		for _, r := range o.Repositories {
			f.Repositories[r.Region] = append(f.Repositories[r.Region], r.Name)
		}
		file.Owners = append(file.Owners, f)
	}
	config, err := json.Marshal(file) // JSON is YAML
	must(t, err)

	var profiles strings.Builder
	for _, id := range slices.Sorted(maps.Keys(w.sessions)) {
		s := w.sessions[id]
		fmt.Fprintf(&profiles, "[profile %s]\naws_access_key_id = %s\naws_secret_access_key = %s\naws_session_token = %s\nregion = %s\n",
			id, s.keys.AccessKeyID, s.keys.SecretAccessKey, s.keys.SessionToken, accountRegion[s.partition])
	}
	environment = w.e.environment(t, "AWS_CONFIG_FILE="+write(t, "config", profiles.String()), "AWS_ENDPOINT_URL_IMAGEBUILDER="+emptyImageBuilder(t))
	if w.management != "" {
		environment = append(environment, "AWS_PROFILE="+w.management)
	}
	return environment, append([]string{"--config", write(t, "iblint.yaml", string(config)), "--only", w.only}, w.flags...)
}

// compare expects the same verdicts for the live accounts as for the recording, where
// the complete subject could be created.
func (w *world) compare(t *testing.T, want, got result) {
	t.Helper()
	for _, id := range slices.Sorted(maps.Keys(w.notSeeded)) {
		t.Logf("left out of the comparison: %s: %s", id, w.notSeeded[id])
	}
	key := func(f reported) string {
		return f.Check + " of " + cmp.Or(f.Subject.ARN, f.Subject.Name+" of "+f.Subject.Account)
	}
	live := map[string]reported{}
	for _, f := range got.Findings {
		live[key(f)] = f
	}
	found := slices.DeleteFunc(slices.Clone(got.Findings), func(f reported) bool {
		// The emulator has accounts of which the recording read nothing.
		return w.inv.Accounts[f.Subject.Account] == nil && !slices.ContainsFunc(want.Findings, func(r reported) bool { return key(r) == key(f) })
	})
	if len(want.Findings) != len(found) {
		t.Errorf("%d findings, the recording has %d", len(found), len(want.Findings))
	}
	compared := 0
	for _, f := range want.Findings {
		if w.notSeeded[subjectID(f.Subject.Account, f.Subject.Region, f.Subject.Name)] != "" {
			continue
		}
		compared++
		if g := live[key(f)]; f.Status != g.Status || f.Message != g.Message || !slices.Equal(f.Evidence, g.Evidence) {
			t.Errorf("%s:\nrecorded: %s %s %q\n    live: %s %s %q", key(f), f.Status, f.Message, f.Evidence, g.Status, g.Message, g.Evidence)
		}
	}
	if compared == 0 {
		t.Error("nothing was compared")
	}
}

// applyFixes runs the script that iblint remediate prints, with the credentials of one
// account after the other, and verifies the edits. It skips what moto refuses.
func (w *world) applyFixes(t *testing.T, all, todo []reported) {
	t.Helper()
	environment, arguments := w.scope(t, slices.DeleteFunc(slices.Clone(all), func(f reported) bool { return !tooMuchForMoto(f) }))
	script, _ := w.e.iblint(t, environment, append([]string{"remediate", "--warnings"}, arguments...)...)
	file := write(t, "fix.sh", script)

	edits := map[string][]checks.Change{} // by account; the second edit of a document waits for the next round
	taken := map[string]bool{}
	for _, f := range todo {
		for _, c := range f.Remediation.Changes {
			if edits[c.Account] == nil {
				edits[c.Account] = []checks.Change{}
			}
			if c.After != "" && !taken[savedAs(c)] {
				taken[savedAs(c)] = true
				edits[c.Account] = append(edits[c.Account], c)
			}
		}
	}
	var group errgroup.Group
	group.SetLimit(runtime.NumCPU()) // the AWS CLI is slow to start
	for id, edits := range edits {
		dir := t.TempDir()
		group.Go(func() error {
			w.sh(t, dir, id, accountRegion[w.sessions[id].partition], "sh", file)
			saved, err := filepath.Glob(filepath.Join(dir, "iblint-undo."+id+".*"))
			if err != nil || len(saved) > 1 || len(edits) > 0 && len(saved) == 0 {
				t.Errorf("what the undo takes is saved in %q (%v)", saved, err)
				return nil
			}
			for _, c := range edits {
				if err := w.edited(t.Context(), saved[0], c); err != nil {
					t.Errorf("%s in %s: %v", c.Action, id, err)
				}
			}
			return nil
		})
	}
	must(t, group.Wait())
}

// applyFix runs the commands of a finding, verifies its edits, and returns the directory of the
// commands.
func (w *world) applyFix(t *testing.T, f reported) string {
	t.Helper()
	dir := w.run(t, f, f.Remediation.Commands)
	for _, c := range f.Remediation.Changes {
		if c.After == "" {
			continue
		}
		if err := w.edited(t.Context(), dir, c); err != nil {
			t.Errorf("%s of %s, %s: %v", f.Check, f.Subject.ARN, c.Action, err)
		}
	}
	return dir
}

// run runs commands by bash in a directory of their own and returns the directory.
func (w *world) run(t *testing.T, f reported, commands []string) string {
	t.Helper()
	dir := t.TempDir()
	w.runIn(t, dir, f, commands)
	return dir
}

func (w *world) runIn(t *testing.T, dir string, f reported, commands []string) {
	t.Helper()
	region := f.Subject.Region
	if region == "" {
		region = accountRegion[w.sessions[f.Subject.Account].partition]
	}
	w.sh(t, dir, f.Subject.Account, region, "bash", "-euo", "pipefail", "-c", strings.Join(commands, "\n")+"\n")
}

// sh runs a shell with the credentials of an account.
func (w *world) sh(t *testing.T, dir, accountID, region string, command ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute) // a script calls the AWS CLI dozens of times
	defer cancel()
	c := exec.CommandContext(ctx, command[0], command[1:]...)
	c.Dir = dir
	c.Env = w.e.environment(t, append(w.sessions[accountID].environment(region), "AWS_ENDPOINT_URL_IMAGEBUILDER="+w.imageBuilderURL)...)
	if out, err := c.CombinedOutput(); err != nil {
		script := strings.Join(command, " ")
		if command[0] == "sh" {
			text, _ := os.ReadFile(command[1])
			script = string(text)
		}
		t.Errorf("account %s: the commands fail: %v\n%s\n%s", accountID, err, script, out)
	}
}

// edited verifies an edit: the commands found Before, saved it for the undo, and
// stored After, which differs from Before only in what the edit changes.
func (w *world) edited(ctx context.Context, dir string, change checks.Change) error {
	saved, err := os.ReadFile(filepath.Join(dir, savedAs(change)+"-before.json"))
	if err != nil {
		return err
	}
	if !sameJSON(string(saved), change.Before) {
		return fmt.Errorf("it is about another document than the one that is in place:\n  is: %s\nsays: %s", saved, change.Before)
	}
	stored, err := w.sessions[change.Account].document(ctx, change)
	if err != nil {
		return err
	}
	if !sameJSON(stored, change.After) {
		return fmt.Errorf("it is not in place:\nstored: %s\n after: %s", stored, change.After)
	}
	return keepsStatements(change.Before, change.After)
}

// savedAs is the prefix of the names of the files that the commands of an edit write.
func savedAs(c checks.Change) string {
	name := map[checks.Action]string{
		checks.EditTrust:            c.Account + "." + c.Role + ".trust",
		checks.EditInlinePolicy:     c.Account + "." + c.Role + "." + c.Policy + ".inline-policy",
		checks.EditManagedPolicy:    c.Account + "." + path.Base(c.Policy) + ".managed-policy",
		checks.EditRepositoryPolicy: c.Account + "." + c.Region + "." + c.Repository + ".repository-policy",
		checks.EditRegistryPolicy:   c.Account + "." + c.Region + ".registry-policy",
		checks.EditGuardrail:        c.Policy,
	}[c.Action]
	return strings.ReplaceAll(name, "/", "%")
}

// document returns the document that a change edits, as it is stored.
func (s *session) document(ctx context.Context, c checks.Change) (string, error) {
	switch c.Action {
	case checks.EditTrust:
		out, err := s.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: &c.Role})
		if err != nil {
			return "", err
		}
		return url.PathUnescape(*out.Role.AssumeRolePolicyDocument)
	case checks.EditInlinePolicy:
		out, err := s.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &c.Role, PolicyName: &c.Policy})
		if err != nil {
			return "", err
		}
		return url.PathUnescape(*out.PolicyDocument)
	case checks.EditManagedPolicy:
		return s.managedPolicy(ctx, c.Policy)
	case checks.EditRepositoryPolicy:
		out, err := s.ecr(c.Region).GetRepositoryPolicy(ctx, &ecr.GetRepositoryPolicyInput{RepositoryName: &c.Repository})
		if err != nil {
			return "", err
		}
		return *out.PolicyText, nil
	case checks.EditRegistryPolicy:
		out, err := s.ecr(c.Region).GetRegistryPolicy(ctx, &ecr.GetRegistryPolicyInput{})
		if err != nil {
			return "", err
		}
		return *out.PolicyText, nil
	case checks.EditGuardrail:
		out, err := organizations.NewFromConfig(s.cfg).DescribePolicy(ctx, &organizations.DescribePolicyInput{PolicyId: &c.Policy})
		if err != nil {
			return "", err
		}
		return *out.Policy.Content, nil
	}
	return "", fmt.Errorf("a new edit: say here where %s stores its document", c.Action)
}

// keepsStatements expects that an edit keeps every statement in its place, changes at
// most one of them, and appends at most one. Or it removes one Deny, and nothing else.
func keepsStatements(before, after string) error {
	read := func(text string) (rest map[string]any, statements []any, err error) {
		if err := json.Unmarshal([]byte(text), &rest); err != nil {
			return nil, nil, err
		}
		statements, ok := rest["Statement"].([]any)
		if !ok && rest["Statement"] != nil {
			statements = []any{rest["Statement"]}
		}
		delete(rest, "Statement")
		return rest, statements, nil
	}
	was, old, err := read(before)
	if err != nil {
		return err
	}
	is, now, err := read(after)
	if err != nil {
		return err
	}
	changed := fmt.Errorf("the edit does more than it has to:\nbefore: %s\n after: %s", before, after)
	if len(now) == len(old)-1 && reflect.DeepEqual(was, is) {
		for i := range old {
			rest := slices.Delete(slices.Clone(old), i, i+1)
			if old[i].(map[string]any)["Effect"] == "Deny" && reflect.DeepEqual(rest, now) {
				return nil
			}
		}
	}
	if len(now) < len(old) || !reflect.DeepEqual(was, is) {
		return changed
	}
	touched, appended := 0, len(now)-len(old)
	for i := range old {
		if !reflect.DeepEqual(old[i], now[i]) {
			touched++
			a, b := old[i].(map[string]any), now[i].(map[string]any)
			if a["Effect"] != b["Effect"] || a["Sid"] != b["Sid"] {
				return changed
			}
		}
	}
	if touched > 1 || appended > 1 || touched+appended == 0 {
		return changed
	}
	return nil
}
