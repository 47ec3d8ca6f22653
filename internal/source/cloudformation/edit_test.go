package cloudformation_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/iblint/iblint/checks"
	evaluator "github.com/iblint/iblint/internal/cloudformation"
	"github.com/iblint/iblint/internal/edit"
	"github.com/iblint/iblint/internal/source/cloudformation"
	"github.com/iblint/iblint/internal/source/declared"
)

const (
	managed = "arn:aws:iam::aws:policy/service-role/EC2ImageBuilderLifecycleExecutionPolicy"
	allowed = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "imagebuilder.amazonaws.com"}, "Action": "sts:AssumeRole"}]}`
	// another is longer, and has what YAML reads as something else.
	another = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "imagebuilder.amazonaws.com"}, "Action": ["sts:AssumeRole", "no"], "Condition": {"StringEquals": {"aws:SourceAccount": ["012345670123", "${aws:username}"]}}}]}`
)

// changesOf are changes of all kinds to what templates declare.
func changesOf(out declared.Code) (all [][]checks.Change) {
	one := func(c checks.Change) { all = append(all, []checks.Change{c}) }
	for _, r := range out.Roles {
		one(checks.Change{Action: checks.AttachPolicy, Account: r.Account, Role: r.Name, Policy: managed})
		before, _, _ := r.Trust.Get()
		one(checks.Change{Action: checks.EditTrust, Account: r.Account, Role: r.Name, Before: before, After: another})
		one(checks.Change{Action: checks.EditTrust, Account: r.Account, Role: r.Name, Hint: "look"})
		for _, p := range r.Inline {
			document, _, _ := p.Document.Get()
			one(checks.Change{Action: checks.EditInlinePolicy, Account: r.Account, Role: r.Name, Policy: p.Name, Before: document, After: another})
		}
		all = append(all, []checks.Change{
			{Action: checks.DeleteRole, Account: r.Account, Role: r.Name},
			{Action: checks.CreateRole, Account: r.Account, Role: r.Name, Path: "/else/", Document: allowed},
			{Action: checks.AttachPolicy, Account: r.Account, Role: r.Name, Policy: managed},
		})
	}
	for _, p := range out.RolePolicies {
		document, _, _ := p.Document.Get()
		one(checks.Change{Action: checks.EditInlinePolicy, Account: p.Account, Role: p.Role, Policy: p.Name, Before: document, After: another})
	}
	for _, p := range out.Policies {
		document, _, _ := p.Document.Get()
		one(checks.Change{Action: checks.EditManagedPolicy, Account: p.Account, Policy: p.ARN, Before: document, After: another})
	}
	for _, r := range out.Repositories {
		one(checks.Change{Action: checks.TagRepository, Account: r.Account, Region: r.Region, Repository: r.Name, Key: "LifecycleExecutionAccess", Value: "EC2 Image Builder"})
		document, _, _ := r.Policy.Get()
		one(checks.Change{Action: checks.EditRepositoryPolicy, Account: r.Account, Region: r.Region, Repository: r.Name, Before: document, After: another})
		tags, _, _ := r.Tags.Get()
		for key := range tags {
			one(checks.Change{Action: checks.UntagRepository, Account: r.Account, Region: r.Region, Repository: r.Name, Key: key})
			all = append(all, []checks.Change{
				{Action: checks.TagRepository, Account: r.Account, Region: r.Region, Repository: r.Name, Key: "new", Value: "yes"},
				{Action: checks.UntagRepository, Account: r.Account, Region: r.Region, Repository: r.Name, Key: key},
			})
		}
	}
	for _, p := range out.LifecyclePolicies {
		one(checks.Change{Action: checks.EnablePolicy, Account: p.Account, Region: p.Region, Policy: p.ARN})
		one(checks.Change{Action: checks.LookAtSelection, Account: p.Account, Region: p.Region, Policy: p.ARN})
		for _, rule := range []int{0, 1, 2} {
			one(checks.Change{Action: checks.IncludeResources, Account: p.Account, Region: p.Region, Policy: p.ARN, Rule: rule, Include: []string{"amis", "snapshots"}})
		}
		all = append(all, []checks.Change{
			{Action: checks.CreateRole, Account: p.Account, Role: "new", Document: allowed},
			{Action: checks.AttachPolicy, Account: p.Account, Role: "new", Policy: managed},
			{Action: checks.ReferToRole, Account: p.Account, References: []string{p.ExecutionRole}, NewReference: "arn:aws:iam::" + p.Account + ":role/new"},
		})
	}
	return all
}

// propose makes changes of all kinds. Whatever they are, the template is still one.
func propose(t *testing.T, code cloudformation.Code) (edited int) {
	t.Helper()
	out, _, err := code.Read()
	if err != nil {
		return 0
	}
	e, err := code.Editor()
	if err != nil {
		t.Fatal(err)
	}
	for _, changes := range changesOf(out) {
		p, undeclared := e.Propose(changes)
		if len(p.Edits)+len(p.Snippets) == 0 && len(undeclared) == 0 && len(changes) > 1 {
			t.Errorf("nothing is proposed for %v", changes)
		}
		files := map[string][]edit.Edit{}
		for _, one := range p.Edits {
			files[one.File] = append(files[one.File], one)
		}
		for file, edits := range files {
			edited++
			for i := range edits {
				edits[i].File = "a.yaml"
			}
			if f := e.File(file, "a.yaml"); !f.Valid(edits, nil) {
				t.Errorf("%v: no template:\n%s", changes, f.Edited(edits))
			}
		}
	}
	return edited
}

func TestProposals(t *testing.T) {
	names, err := filepath.Glob("testdata/*/args")
	if err != nil || len(names) < 20 {
		t.Fatal(err, len(names))
	}
	edited := 0
	for _, name := range names {
		code, _, _ := codeOf(t, filepath.Dir(name))
		edited += propose(t, code)
	}
	if edited < 100 {
		t.Errorf("%d changes are edits", edited)
	}
}

// No template makes finding edits fail, and no edit makes another thing of a template.
func FuzzProposals(f *testing.F) {
	for _, pattern := range []string{"testdata/*/*.y*ml", "testdata/*/*.json"} {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			f.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		template, err := evaluator.Parse("a.yaml", data)
		if err != nil {
			return
		}
		one := cloudformation.Template{Path: "a.yaml", Parsed: template, Account: "111122223333", Region: "eu-west-1"}
		propose(t, cloudformation.Code{Tree: t.TempDir(), Templates: []cloudformation.Template{one}})
	})
}
