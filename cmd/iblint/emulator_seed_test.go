//go:build emulator

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"os"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/internal/source/recorded"
)

// noSuchPolicy is a common mistake in the ARN of the managed policy: service-role/ is missing. A
// recording contains it. It does not exist in AWS, so it cannot be seeded.
const noSuchPolicy = ":policy/" + account.ManagedPolicyName + " does not exist"

// asMotoShows changes a recording to what iblint reads from moto: the order of policies
// is that of moto's lists, and for an organization that of its IDs. In moto no role was
// ever used and the simulator does not work. What the recording does not contain about
// organizations and repository policies does not exist in moto.
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

// nameAll names what a recording has discovered, and the roles of its lifecycle policies, because
// moto has no Image Builder.
func nameAll(t *testing.T, inv *account.Inventory) {
	var roles []demand.ExecutionRole
	var destinations []demand.Destination
	var repositories []demand.ContainerRepository
	for _, id := range demand.New(inv).SubjectAccounts() { // the errors are what was not discovered
		r, _ := demand.New(inv).ExecutionRoles(id)
		p, _ := demand.New(inv).PolicyRoles(id)
		for _, policy := range p {
			if policy.Role.Reference.Name != "" { // else it cannot be named
				r = append(r, policy.Role)
			}
		}
		d, _ := demand.New(inv).Destinations(id)
		c, _ := demand.New(inv).ContainerRepositories(id)
		roles, destinations, repositories = append(roles, r...), append(destinations, d...), append(repositories, c...)
	}
	from := func(origins []demand.Origin, o account.Owner) bool {
		return slices.ContainsFunc(origins, func(origin demand.Origin) bool { return origin.Account == o.Account })
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
			// The verdict on a repository depends on the roles, so name one that does not exist yet.
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

// selected returns the checks of the kinds that the owners name. Other kinds would need Image
// Builder, which moto lacks.
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

// apart splits a recording of several organizations into one recording for each of them
// and one for the accounts in none. In the recordings all organizations have the same
// management account, and in moto an account manages only one.
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

// createOrganizationOf creates the organization of the recording's accounts, if they
// are in one. moto generates the IDs of accounts, units and policies, so it returns the
// recording with moto's IDs instead of its own.
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

// membershipOf returns the organization of an account, or zero if none is known.
func membershipOf(inv *account.Inventory, id string) account.Membership {
	if inv.Accounts[id] == nil {
		return account.Membership{}
	}
	m, _, _ := inv.Accounts[id].Membership.Get()
	return m
}

// createGuardrail creates a policy of an organization and returns its ID. moto has
// AWS's own policies; a recording may contain other documents for them than AWS would
// accept.
func createGuardrail(t *testing.T, client *organizations.Client, id string, policyType orgtypes.PolicyType, policy account.Guardrail) string {
	t.Helper()
	if strings.HasSuffix(id, "FullAWSAccess") {
		_, err := client.UpdatePolicy(t.Context(), &organizations.UpdatePolicyInput{PolicyId: &id, Content: &policy.Document})
		must(t, err)
		return id
	}
	out, err := client.CreatePolicy(t.Context(), &organizations.CreatePolicyInput{Name: &policy.Name, Description: aws.String("test"), Type: policyType, Content: &policy.Document})
	var duplicate *orgtypes.DuplicatePolicyException
	if errors.As(err, &duplicate) { // an attempt whose response was lost has created it
		all, err := client.ListPolicies(t.Context(), &organizations.ListPoliciesInput{Filter: policyType})
		must(t, err)
		i := slices.IndexFunc(all.Policies, func(p orgtypes.PolicySummary) bool { return *p.Name == policy.Name })
		if i < 0 {
			t.Fatalf("policy %s is a duplicate and not listed", policy.Name)
		}
		return *all.Policies[i].Id
	}
	must(t, err)
	return *out.Policy.PolicySummary.Id
}

// attachOnly attaches these policies of a type to a root, a unit or an account, and
// detaches AWS's own policy, which moto attaches.
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

// make creates a recording in the emulator and returns the expected verdicts.
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

// seed creates the resources of the recording, except those that were not read.
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
		if f.Check == "organization-guardrails" && strings.HasSuffix(f.Message, " were not collected") { // a live reading collects them
			w.notSeeded[subjectID(f.Subject.Account, f.Subject.Region, f.Subject.Name)] = "the recording says: " + f.Message
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
				w.notSeeded[subjectID(id, "", asked)] = "AWS answered with " + role.Name + "; moto distinguishes letter case"
			}
			if slices.ContainsFunc(role.Inline.Items(), func(p account.InlinePolicy) bool {
				text, _, _ := p.Document.Get()
				return strings.Contains(text, "AROA")
			}) {
				w.notSeeded[subjectID(id, "", asked)] = "a policy names the ID of the role; moto gives roles other IDs"
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

// seedPolicy creates a managed policy with the document in the recording, unless it
// exists. moto has AWS's own policies, but some recordings contain shorter documents,
// and moto's copies in other partitions name the wrong partition. Unlike AWS, moto
// accepts a new version of an AWS managed policy.
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

// managedPolicy returns the document of the default version of a managed policy.
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
