package declared_test

import (
	"fmt"
	"testing"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/source/declared"
)

const owner = "111122223333"

var variable = symbol.New("var.name", "variable without a value (main.tf:1)")

func role(name string) declared.Role {
	return declared.Role{
		Place: declared.Place{File: "main.tf", Line: 3, Column: 1, Address: "aws_iam_role." + name}, TrustPlace: declared.Place{File: "trust.tf", Line: 9, Column: 1, Address: "aws_iam_role." + name},
		Account: owner, Partition: "aws", Path: "/", Name: name, Trust: account.Present("{}"),
	}
}

// What may concern a role is attached to it for certain, perhaps, or not at all.
func TestAttachmentsByName(t *testing.T) {
	for name, test := range map[string]struct {
		role     string // of the attachment
		attached int
		complete bool
	}{
		"its name":      {"Expiry", 1, true},
		"another name":  {"Other", 0, true},
		"any name":      {variable, 0, false},
		"may be":        {"Exp" + variable, 0, false},
		"may not be":    {"Other-" + variable, 0, true},
		"another case":  {"expiry", 0, true},
		"what AWS adds": {"", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := declared.Code{
				Roles:        []declared.Role{role("Expiry")},
				Attachments:  []declared.Attachment{{Account: owner, Role: test.role, Policy: account.ManagedPolicyARN("aws")}},
				RolePolicies: []declared.RolePolicy{{Account: owner, Role: test.role, InlinePolicy: account.InlinePolicy{Name: "x", Document: account.Present("{}")}}},
			}
			r, found, err := c.Inventory().Accounts[owner].Roles["Expiry"].Get()
			if err != nil || !found {
				t.Fatal(found, err)
			}
			if n := len(r.Attached.Items()); n != test.attached || (r.Attached.Err() == nil) != test.complete {
				t.Errorf("%d policies are attached, and %v", n, r.Attached.Err())
			}
			if n := len(r.Inline.Items()); n != test.attached || (r.Inline.Err() == nil) != test.complete {
				t.Errorf("%d policies are in the role, and %v", n, r.Inline.Err())
			}
		})
	}
}

// What code does not declare may exist. What it declares twice in other letter case may not.
func TestUndeclared(t *testing.T) {
	c := declared.Code{Roles: []declared.Role{role("ec2imagebuildercrossaccountlifecycleaccess")}}
	a := c.Inventory().Accounts[owner]
	if _, found, err := a.Roles[account.CrossAccountRoleName].Get(); found || err != nil {
		t.Errorf("a role whose name differs in letter case leaves %v, %v", found, err)
	}
	if _, _, err := a.OtherRoles.Get(); err == nil {
		t.Error("roles that code does not declare are known")
	}
	if _, _, err := a.OtherRepositories.Get(); err == nil {
		t.Error("repositories that code does not declare are known")
	}
}

// A finding about a trust policy is where the trust policy is.
func TestPlaces(t *testing.T) {
	c := declared.Code{Roles: []declared.Role{role("Expiry")}}
	c.LifecyclePolicies = []declared.LifecyclePolicy{{
		At:              declared.At{Place: declared.Place{File: "policy.tf", Line: 5}, Account: owner, Region: "eu-west-1"},
		LifecyclePolicy: account.LifecyclePolicy{Name: "keep", ExecutionRole: "elsewhere"},
	}}
	places := c.Places()
	subject := account.Subject{Type: string(account.ExecutionRoleKind), Account: owner, Name: "Expiry"}
	for check, file := range map[string]string{"execution-role-trust": "trust.tf", "execution-role-policy": "main.tf"} {
		if at, ok := places.Of(check, subject); !ok || at.File != file {
			t.Errorf("%s is at %+v, %v", check, at, ok)
		}
	}
	subject.Name = "elsewhere"
	if at, ok := places.Of("execution-role-exists", subject); !ok || at.File != "policy.tf" {
		t.Errorf("a role that only a lifecycle policy names is at %+v, %v", at, ok)
	}
	subject.Name = "nowhere"
	if at, ok := places.Of("execution-role-exists", subject); ok {
		t.Errorf("a role that nothing names is at %+v", at)
	}
}

// Guardrails of the code are added to an organization that was read, at the levels that are known.
func TestLimit(t *testing.T) {
	const scp = account.ServiceControlPolicy
	guardrail := func(address, name, document string) declared.Guardrail {
		return declared.Guardrail{Place: declared.Place{Address: address}, ID: symbol.New(address+".id", "known after apply"), Type: scp, Name: name, Document: account.Present(document)}
	}
	old, added := guardrail("p.old", "old", "new text"), guardrail("p.added", "added", "added text")
	c := declared.Code{
		Guardrails: []declared.Guardrail{old, added},
		GuardrailAttachments: []declared.GuardrailAttachment{
			{Policy: old.ID, Target: "r-ab12"}, {Policy: added.ID, Target: "ou-ab12-cdefghij"}, {Policy: added.ID, Target: "ou-ab12-elsewhere"},
		},
	}
	g := &account.Guardrails{
		Attached: map[string]map[string]account.List[string]{
			"r-ab12":           {scp: account.Complete([]string{"p-old"})},
			"ou-ab12-cdefghij": {scp: account.Complete([]string{"p-FullAWSAccess"})},
		},
		Policies: map[string]account.Read[account.Guardrail]{"p-old": account.Present(account.Guardrail{Name: "old", Document: "old text"})},
	}
	c.Limit(&account.Inventory{Guardrails: map[string]*account.Guardrails{"o-example": g}})
	if p, _, _ := g.Policies["p-old"].Get(); p.Document != "new text" || len(g.Attached["r-ab12"][scp].Items()) != 1 {
		t.Errorf("the policy that exists is %+v, attached are %v", p, g.Attached["r-ab12"][scp].Items())
	}
	if ids := g.Attached["ou-ab12-cdefghij"][scp].Items(); len(ids) != 2 {
		t.Errorf("attached to the unit are %v", ids)
	}
	if len(g.Attached) != 2 {
		t.Errorf("a level was added: %v", g.Attached)
	}
	bare := &account.Guardrails{Attached: map[string]map[string]account.List[string]{"r-ab12": {}}}
	c.Limit(&account.Inventory{Guardrails: map[string]*account.Guardrails{"o-example": bare}})
	if ids := bare.Attached["r-ab12"][scp].Items(); len(ids) != 1 {
		t.Errorf("attached to a root of which only its ID was read are %v", ids)
	}
}

// What is attached elsewhere stays attached, and what the code declares wins.
func TestOver(t *testing.T) {
	attached := func(arns ...string) account.List[account.AttachedPolicy] {
		var all []account.AttachedPolicy
		for _, arn := range arns {
			all = append(all, account.AttachedPolicy{ARN: arn})
		}
		return account.Complete(all)
	}
	read := func() *account.Inventory {
		return &account.Inventory{Accounts: map[string]*account.Account{owner: {
			Roles: map[string]account.Read[account.Role]{
				"Expiry": account.Present(account.Role{
					Name: "Expiry", Path: "/", ARN: account.RoleARN("aws", owner, "/", "Expiry"), Trust: account.Present("old"),
					Attached: attached("arn:aws:iam::aws:policy/Elsewhere"), Inline: account.Complete([]account.InlinePolicy{{Name: "Deny"}}),
				}),
				"Other": account.Present(account.Role{Name: "Other"}),
			},
			OtherRoles:         account.Absent[account.Role](),
			RepositoryPolicies: map[string]map[string]account.Read[string]{"eu-west-1": {"web": account.Present("policy")}},
		}}}
	}
	c := declared.Code{
		Roles:        []declared.Role{role("Expiry")},
		Attachments:  []declared.Attachment{{Account: owner, Role: "Expiry", Policy: account.ManagedPolicyARN("aws")}},
		Repositories: []declared.Repository{{Account: owner, Partition: "aws", Region: "eu-west-1", Name: "web", Tags: account.Present(account.Tags{})}},
	}
	for name, want := range map[string]int{"beside others": 2, "exclusively": 1} {
		if name == "exclusively" {
			c.Exclusive = []declared.Exclusive{{Account: owner, Role: "Expiry"}}
		} else {
			c.Exclusive = nil
		}
		a := c.Over(read()).Accounts[owner]
		r, _, err := a.Roles["Expiry"].Get()
		trust, _, _ := r.Trust.Get()
		if err != nil || trust != "{}" || len(r.Attached.Items()) != want || r.Attached.Err() != nil || len(r.Inline.Items()) != 1 {
			t.Errorf("%s: the role is %+v, %v", name, r, err)
		}
		if _, found, _ := a.Roles["Other"].Get(); !found {
			t.Errorf("%s: a role that the code does not declare is gone", name)
		}
		if _, found, err := a.OtherRoles.Get(); found || err != nil {
			t.Errorf("%s: that there are no other roles was forgotten", name)
		}
		if p, _, _ := a.RepositoryPolicies["eu-west-1"]["web"].Get(); p != "policy" {
			t.Errorf("%s: the policy of the repository is %q", name, p)
		}
	}
}

// What a plan deletes is gone, and what else is attached stays.
func TestOverRemoved(t *testing.T) {
	managed := account.ManagedPolicyARN("aws")
	read := &account.Inventory{Accounts: map[string]*account.Account{owner: {
		Roles: map[string]account.Read[account.Role]{},
	}}}
	for _, name := range []string{"Kept", "Deleted", "Elsewhere"} {
		read.Accounts[owner].Roles[name] = account.Present(account.Role{
			Name: name, Path: "/", ARN: account.RoleARN("aws", owner, "/", name),
			Attached: account.Complete([]account.AttachedPolicy{{ARN: managed}, {ARN: "arn:aws:iam::aws:policy/Other"}}),
			Inline:   account.Complete([]account.InlinePolicy{{Name: "a"}, {Name: "b"}}),
		})
	}
	past := declared.Code{
		Roles:        []declared.Role{role("Kept"), role("Deleted")},
		Attachments:  []declared.Attachment{{Account: owner, Role: "Kept", Policy: managed}, {Account: owner, Role: "Elsewhere", Policy: managed}},
		RolePolicies: []declared.RolePolicy{{Account: owner, Role: "Kept", InlinePolicy: account.InlinePolicy{Name: "a"}}},
	}
	c := declared.Code{Roles: []declared.Role{role("Kept")}}
	c.Remove(past)
	a := c.Over(read).Accounts[owner]
	for name, want := range map[string]string{"Kept": "1 1", "Deleted": "none", "Elsewhere": "1 2"} {
		got := "none"
		if r, found, _ := a.Roles[name].Get(); found {
			got = fmt.Sprintf("%d %d", len(r.Attached.Items()), len(r.Inline.Items()))
		}
		if got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// Repositories, what Image Builder has, policies of registries and attachments of guardrails are gone,
// too, if a plan deletes them, and others stay.
func TestOverRemovedResources(t *testing.T) {
	const region = "eu-west-1"
	arn := func(kind, name string) string {
		return "arn:aws:imagebuilder:" + region + ":" + owner + ":" + kind + "/" + name
	}
	names := account.Complete([]string{"deleted", "kept"})
	tags := map[string]account.Read[account.Tags]{"deleted": account.Present(account.Tags{}), "kept": account.Present(account.Tags{})}
	policies := map[string]account.Read[string]{"deleted": account.Present("{}"), "kept": account.Present("{}")}
	read := &account.Inventory{
		Accounts: map[string]*account.Account{owner: {
			RepositoryNames: map[string]account.List[string]{region: names}, RepositoryTags: map[string]map[string]account.Read[account.Tags]{region: tags},
			RepositoryPolicies: map[string]map[string]account.Read[string]{region: policies},
			Registries:         map[string]account.Registry{region: {Policy: account.Present("{}")}},
			ImageBuilder: map[string]*account.ImageBuilder{region: {
				LifecyclePolicies: account.Complete([]account.LifecyclePolicy{{ARN: arn("lifecycle-policy", "deleted")}, {ARN: arn("lifecycle-policy", "kept")}}),
				Distributions:     account.Complete([]account.Distribution{{ARN: arn("distribution-configuration", "deleted")}}),
				ContainerRecipes:  account.Complete([]account.ContainerRecipe{{ARN: arn("container-recipe", "deleted")}}),
				ImageRecipes:      account.Complete([]account.ImageRecipe{{ARN: arn("image-recipe", "deleted")}}),
				Pipelines:         account.Complete([]account.Pipeline{{ARN: arn("image-pipeline", "deleted")}}),
			}},
		}},
		Guardrails: map[string]*account.Guardrails{"o-example": {
			Attached: map[string]map[string]account.List[string]{"r-ab12": {account.ServiceControlPolicy: account.Complete([]string{"p-full", "p-keep"})}},
		}},
	}
	in := declared.At{Account: owner, Region: region}
	repository := func(name string) declared.Repository {
		return declared.Repository{Account: owner, Partition: "aws", Region: region, Name: name, Tags: account.Present(account.Tags{})}
	}
	past := declared.Code{
		Repositories:         []declared.Repository{repository("deleted"), repository("kept")},
		RepositoryPolicies:   []declared.RepositoryPolicy{{Account: owner, Region: region, Name: "kept", Document: account.Present("{}")}},
		RegistryPolicies:     []declared.RegistryPolicy{{Account: owner, Region: region, Document: account.Present("{}")}},
		LifecyclePolicies:    []declared.LifecyclePolicy{{At: in, LifecyclePolicy: account.LifecyclePolicy{ARN: arn("lifecycle-policy", "deleted")}}},
		Distributions:        []declared.Located[account.Distribution]{{At: in, Value: account.Distribution{ARN: arn("distribution-configuration", "deleted")}}},
		ContainerRecipes:     []declared.Located[account.ContainerRecipe]{{At: in, Value: account.ContainerRecipe{ARN: arn("container-recipe", "deleted")}}},
		ImageRecipes:         []declared.Located[account.ImageRecipe]{{At: in, Value: account.ImageRecipe{ARN: arn("image-recipe", "deleted")}}},
		Pipelines:            []declared.Located[account.Pipeline]{{At: in, Value: account.Pipeline{ARN: arn("image-pipeline", "deleted")}}},
		GuardrailAttachments: []declared.GuardrailAttachment{{Policy: "p-keep", Target: "r-ab12"}},
	}
	c := declared.Code{Repositories: []declared.Repository{repository("kept")}}
	c.Remove(past)
	after := c.Over(read)
	a := after.Accounts[owner]
	if got := a.RepositoryNames[region].Items(); len(got) != 1 || got[0] != "kept" {
		t.Errorf("the repositories are %v", got)
	}
	for name, want := range map[string]bool{"deleted": false, "kept": true} {
		if _, found, err := a.RepositoryTags[region][name].Get(); found != want || err != nil {
			t.Errorf("repository %s: %v, %v", name, found, err)
		}
		if _, found, err := a.RepositoryPolicies[region][name].Get(); found || err != nil {
			t.Errorf("the policy of repository %s: %v, %v", name, found, err)
		}
	}
	if _, found, err := a.Registries[region].Policy.Get(); found || err != nil {
		t.Errorf("the policy of the registry: %v, %v", found, err)
	}
	ib := a.ImageBuilder[region]
	if got := ib.LifecyclePolicies.Items(); len(got) != 1 || got[0].ARN != arn("lifecycle-policy", "kept") || ib.LifecyclePolicies.Err() != nil {
		t.Errorf("the lifecycle policies are %v", got)
	}
	if n := len(ib.Distributions.Items()) + len(ib.ContainerRecipes.Items()) + len(ib.ImageRecipes.Items()) + len(ib.Pipelines.Items()); n != 0 {
		t.Errorf("Image Builder has %+v", ib)
	}
	if got := after.Guardrails["o-example"].Attached["r-ab12"][account.ServiceControlPolicy].Items(); len(got) != 1 || got[0] != "p-full" {
		t.Errorf("attached to the root are %v", got)
	}
	if len(read.Accounts[owner].ImageBuilder[region].Pipelines.Items()) != 1 || len(read.Guardrails["o-example"].Attached["r-ab12"][account.ServiceControlPolicy].Items()) != 2 {
		t.Error("what was read is changed")
	}
}

// Code can attach policies to roles, and set policies of repositories, that it does not declare.
func TestOverOthers(t *testing.T) {
	read := &account.Inventory{Accounts: map[string]*account.Account{owner: {
		Roles:              map[string]account.Read[account.Role]{},
		RepositoryNames:    map[string]account.List[string]{"eu-west-1": account.Complete([]string{"web"})},
		RepositoryTags:     map[string]map[string]account.Read[account.Tags]{"eu-west-1": {"web": account.Present(account.Tags{})}},
		RepositoryPolicies: map[string]map[string]account.Read[string]{"eu-west-1": {"web": account.Absent[string]()}},
	}}}
	for _, name := range []string{"Named", "Exclusive", "Other"} {
		read.Accounts[owner].Roles[name] = account.Present(account.Role{
			Name: name, ARN: account.RoleARN("aws", owner, "/", name), Trust: account.Present("{}"),
			Attached: account.Complete([]account.AttachedPolicy{{ARN: "arn:aws:iam::aws:policy/Elsewhere"}}), Inline: account.Complete([]account.InlinePolicy{}),
			Simulated: account.Complete([]account.SimulatedAction{{Action: "ec2:DeregisterImage"}}),
		})
	}
	c := declared.Code{
		Roles: []declared.Role{role(variable)},
		Attachments: []declared.Attachment{
			{Account: owner, Role: "Named", Policy: account.ManagedPolicyARN("aws")}, {Account: owner, Role: variable, Policy: account.ManagedPolicyARN("aws")},
		},
		RolePolicies:       []declared.RolePolicy{{Account: owner, Role: "Named", InlinePolicy: account.InlinePolicy{Name: "Deny"}}},
		Exclusive:          []declared.Exclusive{{Account: owner, Role: "Exclusive"}},
		RepositoryPolicies: []declared.RepositoryPolicy{{Account: owner, Region: "eu-west-1", Name: "web", Document: account.Present("policy")}},
		Repositories:       []declared.Repository{{Account: owner, Partition: "aws", Region: "eu-west-1", Name: "new", Tags: account.Present(account.Tags{})}},
	}
	a := c.Over(read).Accounts[owner]
	for name, want := range map[string]string{"Named": "2 1 0", "Exclusive": "0 0 0", "Other": "1 0 1"} {
		r, _, err := a.Roles[name].Get()
		if got := fmt.Sprintf("%d %d %d", len(r.Attached.Items()), len(r.Inline.Items()), len(r.Simulated.Items())); got != want || err != nil || r.Attached.Err() != nil {
			t.Errorf("%s: %s, %v, %v, want %s", name, got, err, r.Attached.Err(), want)
		}
	}
	if p, _, err := a.RepositoryPolicies["eu-west-1"]["web"].Get(); p != "policy" || err != nil {
		t.Errorf("the policy of the repository is %q, %v", p, err)
	}
	if _, found, err := a.RepositoryTags["eu-west-1"]["new"].Get(); !found || err != nil {
		t.Errorf("the new repository: %v, %v", found, err)
	}
	c = declared.Code{Attachments: []declared.Attachment{{Account: owner, Role: variable, Policy: account.ManagedPolicyARN("aws")}}}
	if r, _, _ := c.Over(read).Accounts[owner].Roles["Other"].Get(); r.Attached.Err() == nil {
		t.Error("a policy is attached to a role whose name is not known, and all policies of another role are known")
	}
}
