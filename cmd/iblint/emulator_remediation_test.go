//go:build emulator

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"net/http"
	"net/http/httptest"
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

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"golang.org/x/sync/errgroup"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/source/recorded"
)

// testRemediation proves the remediation: each recording is made real in the
// emulator, the script that iblint remediate prints is run as it is, by sh with the
// AWS CLI and jq, and in the end nothing fails any more.
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
						e.mendRecording(t, name, inv, made)
					} else {
						t.Run(part, func(t *testing.T) { e.mendRecording(t, name, inv, made) })
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
		return // only some were asked for
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

// noSuchPolicy is what people write for the managed policy, without service-role/.
// A recording has it, AWS has not, and so it cannot be seeded.
const noSuchPolicy = ":policy/" + account.ManagedPolicyName + " does not exist"

// asMotoShows puts policies in the order in which moto lists them, and those of an
// organization in the order of its IDs there. No role there was ever used, nor is
// there a simulator; and what the recording does not tell of organizations and
// repositories' policies is not there.
func asMotoShows(inv *account.Inventory) {
	for _, g := range inv.Guardrails {
		for _, types := range g.Attached {
			for _, policies := range types {
				slices.Sort(policies.Items())
			}
		}
	}
	for _, a := range inv.Accounts {
		if a.Membership.IsZero() {
			a.Membership = account.Absent[account.Membership]()
		}
		for region, repositories := range a.RepositoryTags {
			for name, tags := range repositories {
				_, found, err := tags.Get()
				if r := (account.Repository{Region: region, Name: name}); found && err == nil && a.Policy(r).IsZero() {
					if a.RepositoryPolicies == nil {
						a.RepositoryPolicies = map[string]map[string]account.Read[string]{}
					}
					if a.RepositoryPolicies[region] == nil {
						a.RepositoryPolicies[region] = map[string]account.Read[string]{}
					}
					a.RepositoryPolicies[region][name] = account.Absent[string]()
				}
			}
		}
		for name, r := range a.Roles {
			role, found, err := r.Get()
			if err != nil || !found {
				continue
			}
			slices.SortFunc(role.Attached.Items(), func(a, b account.AttachedPolicy) int { return strings.Compare(a.Name, b.Name) })
			role.LastUsed = account.Absent[account.LastUsed]()
			role.Simulated = account.List[account.SimulatedAction]{}
			a.Roles[name] = account.Present(role)
		}
	}
}

// nameAll names what a recording discovered, and the roles of its lifecycle
// policies: moto has no Image Builder to ask, and these owners no organization.
func nameAll(t *testing.T, inv *account.Inventory) {
	var roles []account.ExecutionRole
	var destinations []account.Destination
	var repositories []account.ContainerRepository
	for _, id := range inv.SubjectAccounts() { // the errors are what was not discovered
		r, _ := inv.ExecutionRoles(id)
		p, _ := inv.PolicyRoles(id)
		for _, policy := range p {
			if policy.Role.Reference.Name != "" { // else it cannot be named
				r = append(r, policy.Role)
			}
		}
		d, _ := inv.Destinations(id)
		c, _ := inv.ContainerRepositories(id)
		roles, destinations, repositories = append(roles, r...), append(destinations, d...), append(repositories, c...)
	}
	from := func(origins []account.Origin, o account.Owner) bool {
		return slices.ContainsFunc(origins, func(origin account.Origin) bool { return origin.Account == o.Account })
	}
	var named []account.Owner
	for _, o := range inv.Owners {
		n := account.Owner{Account: o.Account, Regions: o.Regions}
		for _, r := range roles {
			if r.Owner != o.Account {
				continue
			}
			for _, reference := range r.References {
				if !slices.Contains(n.ExecutionRoles, reference) {
					n.ExecutionRoles = append(n.ExecutionRoles, reference)
				}
			}
		}
		for _, d := range destinations {
			if from(d.Owners, o) || from(d.Sharers, o) {
				n.Destinations = append(n.Destinations, account.Target{Account: d.Account, LaunchPermissionOnly: !from(d.Owners, o)})
			}
		}
		for _, r := range repositories {
			if r.Owner == o.Account {
				n.Repositories = append(n.Repositories, r.Repository)
			}
		}
		if len(n.ExecutionRoles) == 0 && len(n.Repositories) > 0 {
			// What may be done in the repositories depends on the roles: name one that has yet to be made.
			n.ExecutionRoles = []string{execution}
			inv.Accounts[o.Account].Roles = map[string]account.Read[account.Role]{execution: account.Absent[account.Role]()}
			inv.Accounts[o.Account].RoleNames = account.Complete[account.RoleName](nil)
		}
		named = append(named, n)
	}
	// A kind that one owner does not name would be discovered for it.
	all := selected(named)
	named = slices.DeleteFunc(named, func(o account.Owner) bool {
		some := selected([]account.Owner{o}) != all
		if some {
			t.Logf("left out: owner %s, who needs less than the others", o.Account)
		}
		return some
	})
	inv.Owners, inv.Organization = named, nil
	for _, a := range inv.Accounts {
		a.ImageBuilder = nil
	}
}

// selected are the checks about the kinds that the owners name: the other kinds
// would be discovered, and moto has no Image Builder.
func selected(owners []account.Owner) string {
	var ids []string
	for _, c := range lifecycle.All() {
		if slices.ContainsFunc(owners, func(o account.Owner) bool {
			return len(o.ExecutionRoles) > 0 && strings.HasPrefix(c.ID, "execution-role-") ||
				len(o.Destinations) > 0 && strings.HasPrefix(c.ID, "cross-account-role-") ||
				len(o.Repositories) > 0 && strings.HasPrefix(c.ID, "ecr-repository-")
		}) {
			ids = append(ids, c.ID)
		}
	}
	return strings.Join(ids, ",")
}

// apart is a recording, or, where it tells of several organizations, what it holds
// of each and of the accounts in none: the recordings give all of them the same
// management account, which has but one in moto.
func apart(t *testing.T, name string, data []byte) iter.Seq2[string, *account.Inventory] {
	parse := func() *account.Inventory {
		inv, err := recorded.Parse(name, data)
		must(t, err)
		return inv
	}
	organizations := map[string]bool{}
	whole := parse()
	for id := range whole.Accounts {
		if m := membershipOf(whole, id); m.Organization != "" {
			organizations[m.Organization] = true
		}
	}
	return func(yield func(string, *account.Inventory) bool) {
		if len(organizations) < 2 {
			yield("", parse())
			return
		}
		organizations[""] = true
		for _, id := range slices.Sorted(maps.Keys(organizations)) {
			inv := parse()
			inv.Owners = slices.DeleteFunc(inv.Owners, func(o account.Owner) bool {
				return membershipOf(inv, o.Account).Organization != id
			})
			maps.DeleteFunc(inv.Accounts, func(account string, _ *account.Account) bool {
				return membershipOf(inv, account).Organization != id
			})
			if len(inv.Owners) > 0 && !yield(cmp.Or(id, "no organization"), inv) {
				return
			}
		}
	}
}

// createOrganizationOf makes the organization of the recording's accounts, if they
// are in one. moto makes up the IDs of accounts, units and policies, so it returns
// the recording with those in the place of its own.
func (e *emulator) createOrganizationOf(t *testing.T, name string, inv *account.Inventory) *account.Inventory {
	t.Helper()
	var of account.Membership
	for id := range inv.Accounts {
		of = cmp.Or(membershipOf(inv, id), of)
	}
	if of.Organization == "" {
		return inv
	}
	ctx := t.Context()
	client := organizations.NewFromConfig(e.enter(t, "aws", of.ManagementAccount, "Setup").cfg)
	set := orgtypes.OrganizationFeatureSetAll
	if of.ConsolidatedBilling {
		set = orgtypes.OrganizationFeatureSetConsolidatedBilling
	}
	created, err := client.CreateOrganization(ctx, &organizations.CreateOrganizationInput{FeatureSet: set})
	must(t, err)
	roots, err := client.ListRoots(ctx, &organizations.ListRootsInput{})
	must(t, err)
	root := *roots.Roots[0].Id
	ids := map[string]string{of.Organization: *created.Organization.Id, of.ManagementAccount: of.ManagementAccount}
	g := inv.Guardrails[of.Organization]
	if g == nil {
		g = &account.Guardrails{}
	}

	// The tree, from the root down.
	var place func(id string) string
	place = func(id string) string {
		if ids[id] != "" {
			return ids[id]
		}
		parent, found, err := g.Parents[id].Get()
		switch {
		case err == nil && !found:
			ids[id] = root
		case err == nil:
			parent = place(parent)
		default:
			parent = root // it was not read
		}
		switch {
		case ids[id] != "":
		case account.IsAccountID(id):
			out, err := client.CreateAccount(ctx, &organizations.CreateAccountInput{AccountName: &id, Email: aws.String("nobody@example.com")})
			must(t, err)
			ids[id] = *out.CreateAccountStatus.AccountId
			if parent != root {
				_, err = client.MoveAccount(ctx, &organizations.MoveAccountInput{AccountId: aws.String(ids[id]), SourceParentId: &root, DestinationParentId: &parent})
				must(t, err)
			}
		default:
			out, err := client.CreateOrganizationalUnit(ctx, &organizations.CreateOrganizationalUnitInput{ParentId: &parent, Name: &id})
			must(t, err)
			ids[id] = *out.OrganizationalUnit.Id
		}
		return ids[id]
	}
	for _, id := range slices.Sorted(maps.Keys(inv.Accounts)) {
		if membershipOf(inv, id) == of {
			place(id)
		}
	}

	rename := func(text string) string {
		var pairs []string // the longest first: one ID may begin another
		for _, id := range slices.Backward(slices.SortedFunc(maps.Keys(ids), func(a, b string) int { return cmp.Compare(len(a), len(b)) })) {
			pairs = append(pairs, id, ids[id])
		}
		return strings.NewReplacer(pairs...).Replace(text)
	}
	for _, target := range slices.Sorted(maps.Keys(g.Attached)) {
		for policyType, list := range g.Attached[target] {
			var want []string
			for _, id := range list.Items() {
				if policy, found, _ := g.Policies[id].Get(); found {
					if ids[id] == "" {
						policy.Document = rename(policy.Document)
						ids[id] = createGuardrail(t, client, id, orgtypes.PolicyType(policyType), policy)
					}
					want = append(want, ids[id])
				}
			}
			place(target)
			attachOnly(t, client, ids[target], orgtypes.PolicyType(policyType), want)
		}
	}
	enabled, _, _ := g.Enabled.Get()
	for _, policyType := range enabled {
		_, err := client.EnablePolicyType(ctx, &organizations.EnablePolicyTypeInput{RootId: &root, PolicyType: orgtypes.PolicyType(policyType)})
		must(t, err)
	}

	var text strings.Builder
	must(t, recorded.Write(&text, inv))
	inv, err = recorded.Parse(name, []byte(rename(text.String())))
	must(t, err)
	return inv
}

// membershipOf is the organization of an account; zero, if none is known.
func membershipOf(inv *account.Inventory, id string) account.Membership {
	if inv.Accounts[id] == nil {
		return account.Membership{}
	}
	m, _, _ := inv.Accounts[id].Membership.Get()
	return m
}

// createGuardrail makes a policy of an organization and returns its ID. AWS's own
// are in moto; of those a recording may tell what AWS would not let anybody write.
func createGuardrail(t *testing.T, client *organizations.Client, id string, policyType orgtypes.PolicyType, policy account.Guardrail) string {
	t.Helper()
	if strings.HasSuffix(id, "FullAWSAccess") {
		_, err := client.UpdatePolicy(t.Context(), &organizations.UpdatePolicyInput{PolicyId: &id, Content: &policy.Document})
		must(t, err)
		return id
	}
	out, err := client.CreatePolicy(t.Context(), &organizations.CreatePolicyInput{Name: &policy.Name, Description: aws.String("test"), Type: policyType, Content: &policy.Document})
	must(t, err)
	return *out.Policy.PolicySummary.Id
}

// attachOnly leaves just these policies of a type at a root, a unit or an account,
// where moto has attached AWS's own.
func attachOnly(t *testing.T, client *organizations.Client, target string, policyType orgtypes.PolicyType, want []string) {
	t.Helper()
	out, err := client.ListPoliciesForTarget(t.Context(), &organizations.ListPoliciesForTargetInput{TargetId: &target, Filter: policyType})
	must(t, err)
	for _, p := range out.Policies {
		if !slices.Contains(want, *p.Id) {
			_, err := client.DetachPolicy(t.Context(), &organizations.DetachPolicyInput{PolicyId: p.Id, TargetId: &target})
			must(t, err)
		}
	}
	for _, id := range want {
		_, err := client.AttachPolicy(t.Context(), &organizations.AttachPolicyInput{PolicyId: &id, TargetId: &target})
		must(t, err)
	}
}

// rounds of checking and mending: a role that was created can be judged only
// then, and a Deny that is gone may leave a policy without an Allow.
const rounds = 4

func (e *emulator) mendRecording(t *testing.T, name string, inv *account.Inventory, proved map[checks.Action]int) {
	w, want := e.make(t, name, inv)
	got, _ := w.check(t)
	w.compare(t, want, got)
	mended := map[string]bool{}
	for round := 1; ; round++ {
		todo := slices.DeleteFunc(slices.Clone(got.Findings), func(f reported) bool { return !mendable(f) })
		if len(todo) == 0 {
			break
		}
		if round > rounds {
			t.Errorf("after %d rounds there is still something to mend", rounds)
			break
		}
		w.mend(t, got.Findings, todo)
		for _, f := range todo {
			// Once must do, or lead to another failure.
			id := fmt.Sprintf("%s of %s: %+v", f.Check, f.Subject.ARN, f.Remediation.Changes)
			if mended[id] {
				t.Errorf("%s of %s is mended, and again not as it should be: %s", f.Check, f.Subject.ARN, f.Message)
			}
			mended[id] = true
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
		case f.Status == checks.Fail && !byPerson(f) || mendable(f):
			t.Errorf("still %s: %s of %s: %s", f.Status, f.Check, f.Subject.ARN, f.Message)
		case f.Remediation != nil:
			t.Logf("not run, as it is for a person to edit: %s, %s of %s: %s", f.Status, f.Check, f.Subject.ARN, f.Remediation.Summary)
		}
	}
}

// mendable says whether the commands alone are to mend a finding.
func mendable(f reported) bool {
	return f.Remediation != nil && (f.Status == checks.Fail || f.Status == checks.Warn) && !byPerson(f) && !tooMuchForMoto(f)
}

// tooMuchForMoto says that moto would refuse an edited trust policy: of wildcards in
// the actions of one it takes none, though it does when a role is created.
func tooMuchForMoto(f reported) bool {
	return f.Remediation != nil && slices.ContainsFunc(f.Remediation.Changes, func(c checks.Change) bool {
		return c.Action == checks.EditTrust && strings.Contains(c.After, `"sts:*"`)
	})
}

// byPerson says that the commands leave an edit to a person.
func byPerson(f reported) bool {
	return f.Remediation != nil && slices.ContainsFunc(f.Remediation.Changes, func(c checks.Change) bool {
		return strings.HasPrefix(string(c.Action), "edit-") && c.After == ""
	})
}

// world is a recording made real.
type world struct {
	e         *emulator
	inv       *account.Inventory
	sessions  map[string]*session // by account
	notSeeded map[string]string   // why, by what subjectID gives

	only       string // the checks
	management string // account of the organization, if there is one; it runs iblint

	imageBuilderURL string
	mutex           sync.Mutex
	policies        []*lifecyclePolicy
}

// make makes a recording real, and says how it is judged as it is shown by moto.
func (e *emulator) make(t *testing.T, name string, inv *account.Inventory) (*world, result) {
	t.Helper()
	e.reset(t)
	inv = e.createOrganizationOf(t, name, inv)
	nameAll(t, inv)
	asMotoShows(inv)
	only := selected(inv.Owners)
	if !slices.ContainsFunc(inv.Owners, func(o account.Owner) bool { return len(o.Regions) == 0 }) {
		only += "," + guardrails // it takes discovery, and that a Region
	}
	var shown strings.Builder
	must(t, recorded.Write(&shown, inv))
	want, _ := e.check(t, []string{"PATH=" + os.Getenv("PATH")}, "--recorded", write(t, name, shown.String()), "--only", only)

	w := &world{e: e, inv: inv, only: only, sessions: map[string]*session{}, notSeeded: map[string]string{}}
	w.seed(t, want)
	w.imageBuilder(t)
	return w, want
}

func subjectID(accountID, region, name string) string {
	return accountID + "/" + region + "/" + strings.ToLower(name)
}

// seed makes what the recording holds. What it could not read cannot be made.
func (w *world) seed(t *testing.T, want result) {
	partitions := map[string]string{}
	for id, a := range w.inv.Accounts {
		partitions[id] = a.Partition
	}
	for _, f := range want.Findings {
		partitions[f.Subject.Account] = f.Subject.Partition
	}
	for id := range w.inv.Accounts {
		if m := membershipOf(w.inv, id); m.Organization != "" {
			w.management = m.ManagementAccount
			partitions[w.management] = "aws"
		}
	}
	for _, o := range w.inv.Owners {
		if o.Account != "" && partitions[o.Account] == "" {
			partitions[o.Account] = "aws"
		}
	}
	for id, partition := range partitions {
		if partition == "" {
			partition = "aws"
		}
		w.sessions[id] = w.e.enter(t, partition, id, "Setup")
	}
	for _, g := range want.Unread {
		w.notSeeded[subjectID(g.Account, g.Region, g.Name)] = "the recording says: " + g.Error()
	}
	for _, f := range want.Findings {
		if f.Unread != nil {
			w.notSeeded[subjectID(f.Subject.Account, f.Subject.Region, f.Subject.Name)] = "the recording says: " + f.Unread.Error()
		}
	}

	for id, a := range w.inv.Accounts {
		s := w.sessions[id]
		have := map[string]bool{}
		for _, asked := range slices.Sorted(maps.Keys(a.Roles)) {
			role, found, err := a.Roles[asked].Get()
			if err != nil || !found || have[role.Name] {
				continue
			}
			have[role.Name] = true
			if role.Name != asked {
				w.notSeeded[subjectID(id, "", asked)] = "AWS answered with " + role.Name + "; moto tells letter case apart"
			}
			err = s.seedRole(t.Context(), role)
			var missing *iamtypes.NoSuchEntityException
			if errors.As(err, &missing) && !strings.Contains(missing.ErrorMessage(), noSuchPolicy) && strings.Contains(missing.ErrorMessage(), "arn:"+s.partition+":iam::aws:policy/") {
				t.Errorf("role %s: %v; .ci/emulator.py must keep this policy", role.Name, err)
			}
			if err != nil {
				w.notSeeded[subjectID(id, "", asked)] = err.Error()
			}
		}
		for _, n := range a.RoleNames.Items() {
			if !have[n.Name] {
				s.createRole(t, n.Name, n.Path, executionTrust)
			}
		}
		for region, repositories := range a.RepositoryTags {
			for name, tags := range repositories {
				if tags, found, err := tags.Get(); err == nil && found {
					s.createRepository(t, region, name, tags)
				}
				if text, found, err := a.RepositoryPolicies[region][name].Get(); err == nil && found {
					if err := s.setRepositoryPolicy(t.Context(), region, name, text); err != nil {
						w.notSeeded[subjectID(id, region, name)] = err.Error()
					}
				}
			}
		}
	}
}

func (s *session) seedRole(ctx context.Context, role account.Role) error {
	trust, found, err := role.Trust.Get()
	if err != nil || !found {
		return fmt.Errorf("role %s: its trust policy was not read (found: %v): %w", role.Name, found, err)
	}
	in := &iam.CreateRoleInput{RoleName: &role.Name, Path: &role.Path, AssumeRolePolicyDocument: &trust}
	if role.Boundary != "" {
		in.PermissionsBoundary = &role.Boundary
		if err := s.seedPolicy(ctx, role.Boundary, role.BoundaryDocument); err != nil {
			return err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(role.Tags)) {
		in.Tags = append(in.Tags, iamtypes.Tag{Key: aws.String(key), Value: aws.String(role.Tags[key])})
	}
	if _, err := s.iam.CreateRole(ctx, in); err != nil {
		return err
	}
	for _, p := range role.Attached.Items() {
		if err := s.seedPolicy(ctx, p.ARN, p.Document); err != nil {
			return err
		}
		if err := s.attach(ctx, role.Name, p.ARN); err != nil {
			return err
		}
	}
	for _, p := range role.Inline.Items() {
		text, found, err := p.Document.Get()
		if err != nil || !found {
			return fmt.Errorf("role %s: inline policy %s was not read (found: %v): %w", role.Name, p.Name, found, err)
		}
		if _, err := s.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &role.Name, PolicyName: aws.String(p.Name), PolicyDocument: &text}); err != nil {
			return err
		}
	}
	return nil
}

// seedPolicy makes sure that a managed policy is there and says what the recording
// has read of it. AWS's own are in moto; of some the recordings have shorter ones, and
// moto's copies in other partitions speak of the wrong one. Unlike AWS, moto takes a
// version of them.
func (s *session) seedPolicy(ctx context.Context, arn string, document account.Read[string]) error {
	text, found, err := document.Get()
	if err != nil || !found {
		return fmt.Errorf("what %s says was not read (found: %v): %w", arn, found, err)
	}
	of, name, ok := strings.Cut(arn, ":policy/")
	switch {
	case ok && strings.HasSuffix(of, ":aws"):
		stored, err := s.managedPolicy(ctx, arn)
		if errors.As(err, new(*iamtypes.NoSuchEntityException)) || err == nil && sameJSON(stored, text) {
			return nil // what is not there cannot be attached
		}
		if err == nil {
			_, err = s.iam.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: &text, SetAsDefault: true})
		}
		return err
	case !ok || !strings.HasSuffix(of, ":"+s.account):
		return fmt.Errorf("%s is another account's, which AWS would not take", arn)
	}
	dir, base := path.Split("/" + name)
	return s.createPolicy(ctx, dir, base, text)
}

// managedPolicy is what the default version of a managed policy says.
func (s *session) managedPolicy(ctx context.Context, arn string) (string, error) {
	out, err := s.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &arn})
	if err != nil {
		return "", err
	}
	version, err := s.iam.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: out.Policy.DefaultVersionId})
	if err != nil {
		return "", err
	}
	return url.PathUnescape(*version.PolicyVersion.Document)
}

func sameJSON(a, b string) bool {
	var x, y any
	return json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

// check judges the live accounts.
func (w *world) check(t *testing.T) (result, int) {
	t.Helper()
	environment, arguments := w.scope(t, nil)
	return w.e.check(t, environment, arguments...)
}

// scope is the recording's, as a configuration file, with a profile for each account,
// and what is to stay as it is.
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
	return environment, []string{"--config", write(t, "iblint.yaml", string(config)), "--only", w.only}
}

// compare expects that the live accounts are judged as the recording is, where
// all of a subject could be made.
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
	if len(want.Findings) != len(got.Findings) {
		t.Errorf("%d findings, the recording has %d", len(got.Findings), len(want.Findings))
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

// mend runs the script that iblint remediate prints, with the credentials of one
// account after the other, and sees to it that the edits are in place. What moto
// refuses is left as it is.
func (w *world) mend(t *testing.T, all, todo []reported) {
	t.Helper()
	environment, arguments := w.scope(t, slices.DeleteFunc(slices.Clone(all), func(f reported) bool { return !tooMuchForMoto(f) }))
	script, _ := w.e.iblint(t, environment, append([]string{"remediate", "--warnings"}, arguments...)...)
	file := write(t, "mend.sh", script)

	edits := map[string][]checks.Change{} // by account; where two edit one document, the second is for the next round
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

// mendOne runs the commands of a finding, sees to it that its edits are in place,
// and returns the directory of the commands.
func (w *world) mendOne(t *testing.T, f reported) string {
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

// edited sees to it that an edit did what it says: it began with Before, left it
// behind as the undo, and put After in place, in which all is as it was but for what
// the edit is about.
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

// savedAs begins the names of the files that the commands of an edit leave.
func savedAs(c checks.Change) string {
	name := map[checks.Action]string{
		checks.EditTrust:            c.Account + "." + c.Role + ".trust",
		checks.EditInlinePolicy:     c.Account + "." + c.Role + "." + c.Policy + ".inline-policy",
		checks.EditManagedPolicy:    c.Account + "." + path.Base(c.Policy) + ".managed-policy",
		checks.EditRepositoryPolicy: c.Account + "." + c.Region + "." + c.Repository + ".repository-policy",
		checks.EditGuardrail:        c.Policy,
	}[c.Action]
	return strings.ReplaceAll(name, "/", "%")
}

// document is the one that a change edits, as it is stored.
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
	case checks.EditGuardrail:
		out, err := organizations.NewFromConfig(s.cfg).DescribePolicy(ctx, &organizations.DescribePolicyInput{PolicyId: &c.Policy})
		if err != nil {
			return "", err
		}
		return *out.Policy.Content, nil
	}
	return "", fmt.Errorf("a new edit: say here where %s stores its document", c.Action)
}

// keepsStatements expects of an edit that it leaves every statement where it is, all
// but one of them as it is written, and appends one at most.
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

// lifecyclePolicy is what Image Builder holds. moto has no Image Builder, so a
// few lines here speak its protocol, for the three operations that the commands call.
type lifecyclePolicy struct {
	account, region string
	fields          map[string]any
}

// imageBuilder starts it, with a lifecycle policy for each execution role that
// the recording names, in each Region.
func (w *world) imageBuilder(t *testing.T) {
	for _, o := range w.inv.Owners {
		regions := o.Regions
		if len(regions) == 0 {
			regions = []string{accountRegion[w.sessions[o.Account].partition]}
		}
		for _, region := range regions {
			for i, role := range o.ExecutionRoles {
				name := fmt.Sprintf("policy-%d", i)
				w.policies = append(w.policies, &lifecyclePolicy{o.Account, region, map[string]any{
					"arn":  fmt.Sprintf("arn:%s:imagebuilder:%s:%s:lifecycle-policy/%s", w.sessions[o.Account].partition, region, o.Account, name),
					"name": name, "description": "", "status": "DISABLED", "executionRole": role, "resourceType": "AMI_IMAGE",
					"dateCreated": "2026-01-01T00:00:00Z", "tags": map[string]string{"team": "web"},
					"policyDetails": []any{map[string]any{
						"action": map[string]any{"type": "DELETE", "includeResources": map[string]any{"amis": true, "snapshots": true}},
						"filter": map[string]any{"type": "AGE", "value": 6, "unit": "MONTHS", "retainAtLeast": 1},
					}},
					"resourceSelection": map[string]any{"tagMap": map[string]string{"keep": "no"}},
				}})
			}
		}
	}
	server := httptest.NewServer(http.HandlerFunc(w.serveImageBuilder))
	t.Cleanup(server.Close)
	w.imageBuilderURL = server.URL
}

func (w *world) serveImageBuilder(out http.ResponseWriter, in *http.Request) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	var mine []*lifecyclePolicy
	for _, p := range w.policies {
		credential := "Credential=" + w.sessions[p.account].keys.AccessKeyID + "/"
		if a := in.Header.Get("Authorization"); strings.Contains(a, credential) && strings.Contains(a, "/"+p.region+"/imagebuilder/") {
			mine = append(mine, p)
		}
	}
	find := func(arn any) *lifecyclePolicy {
		i := slices.IndexFunc(mine, func(p *lifecyclePolicy) bool { return p.fields["arn"] == arn })
		if i < 0 {
			out.WriteHeader(http.StatusBadRequest)
			return nil
		}
		return mine[i]
	}
	reply := func(v any) {
		out.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(out).Encode(v); err != nil {
			panic(err) // the AWS CLI sees a broken answer, and its command fails
		}
	}
	switch in.Method + " " + in.URL.Path {
	case "POST /ListLifecyclePolicies":
		list := []any{}
		for _, p := range mine {
			list = append(list, p.fields)
		}
		reply(map[string]any{"lifecyclePolicySummaryList": list})
	case "GET /GetLifecyclePolicy":
		if p := find(in.URL.Query().Get("lifecyclePolicyArn")); p != nil {
			reply(map[string]any{"lifecyclePolicy": p.fields})
		}
	case "PUT /UpdateLifecyclePolicy":
		var body map[string]any
		if err := json.NewDecoder(in.Body).Decode(&body); err != nil {
			out.WriteHeader(http.StatusBadRequest)
			return
		}
		p := find(body["lifecyclePolicyArn"])
		if p == nil {
			return
		}
		// It replaces the whole policy; nothing but the role may have changed.
		for _, key := range []string{"status", "resourceType", "policyDetails", "resourceSelection"} {
			was, _ := json.Marshal(p.fields[key])
			is, _ := json.Marshal(body[key])
			if string(was) != string(is) {
				out.WriteHeader(http.StatusBadRequest)
				fmt.Fprintf(out, `{"message": %q}`, fmt.Sprintf("%s was %s, is %s", key, was, is))
				return
			}
		}
		p.fields["executionRole"] = body["executionRole"]
		reply(map[string]any{"lifecyclePolicyArn": p.fields["arn"]})
	default:
		out.WriteHeader(http.StatusNotFound)
	}
}

// emptyImageBuilder is an Image Builder in which there is nothing: what is to be
// judged is named, and what it says of the rest changes no verdict.
func emptyImageBuilder(t *testing.T) string {
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		out.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(out, `{"lifecyclePolicySummaryList": [], "distributionConfigurationSummaryList": [], "containerRecipeSummaryList": [], "imageVersionList": []}`)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// references are the execution roles that an owner's lifecycle policies name now.
func (w *world) references(owner string) []string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	var roles []string
	for _, p := range w.policies {
		if role := p.fields["executionRole"].(string); p.account == owner && !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	return roles
}

// testReplaceRole replaces a misnamed role that has all that stands in the way of
// deleting it, and looks for what is needed to make it again.
func (e *emulator) testReplaceRole(t *testing.T) {
	o, d := e.complete(t, "aws")
	name := account.CrossAccountRoleName
	_, err := d.iam.DetachRolePolicy(t.Context(), &iam.DetachRolePolicyInput{RoleName: &name, PolicyArn: aws.String(account.ManagedPolicyARN("aws"))})
	must(t, err)
	_, err = d.iam.DeleteRole(t.Context(), &iam.DeleteRoleInput{RoleName: &name})
	must(t, err)

	old := strings.ToLower(name)
	d.createRole(t, old, "/", crossAccountTrust)
	const own = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"}]}`
	attached := []string{account.ManagedPolicyARN("aws"), "arn:aws:iam::" + destination + ":policy/team/Own"}
	must(t, d.createPolicy(t.Context(), "/team/", "Own", own))
	for _, arn := range attached {
		must(t, d.attach(t.Context(), old, arn))
	}
	inline := map[string]string{
		"First":    `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}`,
		"a+b=c,@-": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:Describe*","Resource":"*"}]}`,
	}
	for policy, document := range inline {
		d.putInline(t, old, policy, document)
	}
	profile := "Profile"
	_, err = d.iam.CreateInstanceProfile(t.Context(), &iam.CreateInstanceProfileInput{InstanceProfileName: &profile})
	must(t, err)
	_, err = d.iam.AddRoleToInstanceProfile(t.Context(), &iam.AddRoleToInstanceProfileInput{InstanceProfileName: &profile, RoleName: &old})
	must(t, err)

	w := &world{e: e, sessions: map[string]*session{owner: o, destination: d}, inv: &account.Inventory{Owners: []account.Owner{{
		Account: owner, Regions: []string{region}, Destinations: []account.Target{{Account: destination}},
	}}}}
	w.only = selected(w.inv.Owners)
	found, code := w.check(t)
	if found.Summary != (checks.Summary{Fail: 1, Skip: 3}) || code != exitFail {
		t.Fatalf("the summary is %+v, exit code %d", found.Summary, code)
	}
	f := found.Findings[slices.IndexFunc(found.Findings, func(f reported) bool { return f.Status == checks.Fail })]
	dir := w.run(t, f, f.Remediation.Commands)
	if r, code := w.check(t); r.Summary != (checks.Summary{Pass: 4}) || code != exitOK {
		t.Errorf("after the commands: %+v, exit code %d", r.Summary, code)
	}

	saved := map[string]string{}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	must(t, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		must(t, err)
		saved[filepath.Base(file)] = string(data)
	}
	file := destination + "." + old
	if got := strings.Fields(saved[file+".attached.txt"]); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(attached))) {
		t.Errorf("the attached policies are saved as %q", got)
	}
	for policy, document := range inline {
		var got, want any
		must(t, json.Unmarshal([]byte(document), &want))
		if err := json.Unmarshal([]byte(saved[file+".inline-policy."+policy+".json"]), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("inline policy %s is saved as %q", policy, saved[file+".inline-policy."+policy+".json"])
		}
	}
	if !strings.Contains(saved[file+".role.json"], `"AssumeRolePolicyDocument"`) {
		t.Errorf("the role is saved as %q", saved[file+".role.json"])
	}
	if !slices.ContainsFunc(slices.Collect(maps.Values(saved)), func(text string) bool { return strings.Contains(text, profile) }) {
		t.Error("in which instance profiles the role was is not saved")
	}

	w.undo(t, dir, f)
	if r, code := w.check(t); r.Summary != found.Summary || code != exitFail {
		t.Errorf("after the undo: %+v, exit code %d", r.Summary, code)
	}
	listed, err := d.iam.ListAttachedRolePolicies(t.Context(), &iam.ListAttachedRolePoliciesInput{RoleName: &old})
	must(t, err)
	profiles, err := d.iam.ListInstanceProfilesForRole(t.Context(), &iam.ListInstanceProfilesForRoleInput{RoleName: &old})
	must(t, err)
	if len(listed.AttachedPolicies) != len(attached) || len(profiles.InstanceProfiles) != 1 {
		t.Errorf("after the undo the role has %d policies attached and is in %d instance profiles", len(listed.AttachedPolicies), len(profiles.InstanceProfiles))
	}
	for policy, want := range inline {
		if got, err := d.document(t.Context(), checks.Change{Action: checks.EditInlinePolicy, Role: old, Policy: policy}); err != nil || !sameJSON(got, want) {
			t.Errorf("after the undo inline policy %s is %s (%v)", policy, got, err)
		}
	}
}

// testUndo runs the commands of each reversible change and then the lines marked
// "# undo:", and expects everything to be as it was.
func (e *emulator) testUndo(t *testing.T) {
	e.reset(t)
	o, d := e.enter(t, "aws", owner, "Setup"), e.enter(t, "aws", destination, "Setup")
	const lambda = `{"Version":"2012-10-17","Statement":{"Sid":"Keep","Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	o.createRole(t, execution, "/", lambda)
	d.createRole(t, account.CrossAccountRoleName, "/", executionTrust)
	const limited = "Limited"
	boundary := "arn:aws:iam::" + owner + ":policy/Limits"
	o.createRole(t, limited, "/", executionTrust)
	must(t, o.attach(t.Context(), limited, account.ManagedPolicyARN("aws")))
	must(t, o.createPolicy(t.Context(), "/", "Limits", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"ec2:DeleteSnapshot","Resource":"*"}]}`))
	_, err := o.iam.PutRolePermissionsBoundary(t.Context(), &iam.PutRolePermissionsBoundaryInput{RoleName: aws.String(limited), PermissionsBoundary: &boundary})
	must(t, err)
	o.putInline(t, limited, "Keep", `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["ec2:DeregisterImage","s3:*"],"Resource":"*"}]}`)
	tags := map[string]account.Tags{
		"app/none":  {"team": "web"},
		"app/value": {account.RepositoryTagKey: `EC2 "Image", Builder='x'`},
		"app/twin":  {account.RepositoryTagKey: account.RepositoryTagValue, strings.ToLower(account.RepositoryTagKey): "a, b"},
	}
	inv := &account.Inventory{Owners: []account.Owner{{
		Account: owner, Regions: []string{region}, ExecutionRoles: []string{execution, limited}, Destinations: []account.Target{{Account: destination}},
	}}}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		o.createRepository(t, region, name, tags[name])
		inv.Owners[0].Repositories = append(inv.Owners[0].Repositories, account.Repository{Region: region, Name: name})
	}
	must(t, o.setRepositoryPolicy(t.Context(), region, "app/none",
		`{"Version":"2012-10-17","Statement":[{"Sid":"Keep","Effect":"Deny","Principal":"*","Action":"ecr:BatchDeleteImage"}]}`))
	w := &world{e: e, inv: inv, only: selected(inv.Owners), sessions: map[string]*session{owner: o, destination: d}}
	w.imageBuilder(t)

	// state is all that the commands may change.
	state := func() map[string]any {
		all := map[string]any{}
		for role, s := range map[string]*session{execution: o, account.CrossAccountRoleName: d} {
			trust, err := s.iam.GetRole(t.Context(), &iam.GetRoleInput{RoleName: &role})
			must(t, err)
			text, err := url.PathUnescape(*trust.Role.AssumeRolePolicyDocument)
			must(t, err)
			var document any
			must(t, json.Unmarshal([]byte(text), &document))
			attached, err := s.iam.ListAttachedRolePolicies(t.Context(), &iam.ListAttachedRolePoliciesInput{RoleName: &role})
			must(t, err)
			all[role+" trust"], all[role+" attached"] = document, len(attached.AttachedPolicies)
		}
		for _, r := range inv.Owners[0].Repositories {
			all[r.Name] = o.tags(t, r)
		}
		for _, c := range []checks.Change{
			{Action: checks.EditInlinePolicy, Role: limited, Policy: "Keep"},
			{Action: checks.EditManagedPolicy, Policy: boundary},
			{Action: checks.EditRepositoryPolicy, Region: region, Repository: "app/none"},
		} {
			text, err := o.document(t.Context(), c)
			must(t, err)
			var document any
			must(t, json.Unmarshal([]byte(text), &document))
			all[string(c.Action)] = document
		}
		return all
	}

	before := state()
	found, code := w.check(t)
	if want := (checks.Summary{Pass: 10, Warn: 2, Fail: 7, Skip: 2}); found.Summary != want || code != exitFail {
		t.Fatalf("the summary is %+v, exit code %d; expected %+v", found.Summary, code, want)
	}
	dirs := map[int]string{}
	for i, f := range found.Findings {
		if f.Remediation != nil {
			dirs[i] = w.run(t, f, f.Remediation.Commands)
		}
	}
	if mended, code := w.check(t); mended.Summary != (checks.Summary{Pass: 21}) || code != exitOK {
		t.Fatalf("after the commands: %+v, exit code %d", mended.Summary, code)
	}
	after := state()
	for key := range before {
		if reflect.DeepEqual(before[key], after[key]) {
			t.Errorf("the commands did not change %s, so its undo shows nothing", key)
		}
	}
	for i, f := range found.Findings {
		if f.Remediation == nil {
			continue
		}
		w.undo(t, dirs[i], f)
	}
	undone := state()
	for _, key := range slices.Sorted(maps.Keys(before)) {
		if !reflect.DeepEqual(before[key], undone[key]) {
			t.Errorf("%s is not undone:\nbefore: %v\n after: %v\nundone: %v", key, before[key], after[key], undone[key])
		}
	}
}

// undo runs the lines that are marked so, in the directory of the commands.
func (w *world) undo(t *testing.T, dir string, f reported) {
	t.Helper()
	var undo []string
	for _, line := range slices.Backward(f.Remediation.Commands) {
		if line, ok := strings.CutPrefix(line, "# undo: "); ok {
			undo = append(undo, line)
		}
	}
	if len(undo) == 0 {
		t.Errorf("%s of %s tells no undo", f.Check, f.Subject.ARN)
	}
	w.runIn(t, dir, f, undo)
}
