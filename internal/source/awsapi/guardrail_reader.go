package awsapi

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	orgtypes "github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/iblint/iblint/checks/account"
)

// membership reads the organization of the credentials' account. Every member account may
// call DescribeOrganization (Organizations API Reference).
func membership(ctx context.Context, cfg aws.Config) account.Read[account.Membership] {
	const action = "organizations:DescribeOrganization"
	out, err := organizations.NewFromConfig(cfg).DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
	var none *orgtypes.AWSOrganizationsNotInUseException
	switch {
	case errors.As(err, &none):
		return account.Absent[account.Membership]()
	case err != nil:
		return account.Unreadable[account.Membership](unread(ctx, action, err))
	case out.Organization == nil || aws.ToString(out.Organization.Id) == "" || !account.IsAccountID(aws.ToString(out.Organization.MasterAccountId)):
		return account.Unreadable[account.Membership](account.Unread{Reason: account.Malformed, Action: action, Detail: "the response does not contain the organization"})
	}
	return account.Present(account.Membership{
		Organization: aws.ToString(out.Organization.Id), ManagementAccount: aws.ToString(out.Organization.MasterAccountId),
		ConsolidatedBilling: out.Organization.FeatureSet == orgtypes.OrganizationFeatureSetConsolidatedBilling,
	})
}

// guardrails reads the guardrails of all organizations that the accounts in the inventory
// belong to. The keys of the result are organization IDs. It reads nothing for accounts that
// guardrails do not limit: management accounts, and members of organizations with only the
// consolidated billing feature set.
func (a *AWS) guardrails(ctx context.Context, inv *account.Inventory, connections *connections) map[string]*account.Guardrails {
	limited := map[string][]string{}       // accounts by organization
	management := map[string]string{}      // account by organization
	ownOrganization := map[string]string{} // by account
	for _, id := range slices.Sorted(maps.Keys(inv.Accounts)) {
		m, found, _ := inv.Accounts[id].Membership.Get()
		if !found {
			continue
		}
		ownOrganization[id] = m.Organization
		if id != m.ManagementAccount && !m.ConsolidatedBilling {
			limited[m.Organization] = append(limited[m.Organization], id)
			management[m.Organization] = m.ManagementAccount
		}
	}
	// The account of the run's credentials may not be in the inventory.
	base := callOnceValues(func() (accountConfig, string) {
		d, err := connections.base()
		if err != nil {
			return d, ""
		}
		if own, read := ownOrganization[d.who.account]; read {
			return d, own
		}
		m, _, _ := membership(ctx, d.cfg).Get()
		return d, m.Organization
	})
	// Only the management account and delegated administrators may call ListRoots
	// (Organizations API Reference). Other accounts cannot list the delegated
	// administrators. So it uses the management account if it is read, else the
	// credentials of the run if they belong to the organization, else any member.
	configFor := func(organization string) aws.Config {
		if connection := connections.all[management[organization]]; connection != nil {
			if d, err := connection.enter(ctx); err == nil {
				return d.cfg
			}
		}
		if d, of := base(); of == organization {
			return d.cfg
		}
		d, _ := connections.all[limited[organization][0]].enter(ctx) // the account was entered before
		return d.cfg
	}
	ids := slices.Sorted(maps.Keys(limited))
	read := make([]*account.Guardrails, len(ids))
	eachAtOnce(len(ids), cap(a.meter.slots), func(i int) {
		read[i] = hierarchy{a, ctx, organizations.NewFromConfig(configFor(ids[i]))}.read(limited[ids[i]])
	})
	var out map[string]*account.Guardrails
	for i, id := range ids {
		if out == nil {
			out = map[string]*account.Guardrails{}
		}
		out[id] = read[i]
	}
	return out
}

// hierarchy reads guardrails from accounts up to the root of their organization.
type hierarchy struct {
	*AWS
	ctx    context.Context
	client *organizations.Client
}

// read starts with the roots, because a policy type that is not enabled there limits nothing.
// Credentials that may not list the roots may not make the other calls either. Then it reads
// all accounts concurrently, and the units above them level by level. With U units above A
// accounts and T enabled policy types, it makes
//
//	1 + (A + U) + T·(1 + A + U) calls,
//
// one for each policy, and more for further pages.
func (h hierarchy) read(accounts []string) *account.Guardrails {
	roots, enabled := h.roots()
	out := &account.Guardrails{Enabled: enabled}
	inForce, _, _ := enabled.Get()
	var types []string
	for _, t := range []string{account.ServiceControlPolicy, account.ResourceControlPolicy} {
		if slices.Contains(inForce, t) {
			types = append(types, t)
		}
	}
	if len(types) == 0 {
		return out
	}
	out.Parents, out.Attached, out.Policies = map[string]account.Read[string]{}, map[string]map[string]account.List[string]{}, map[string]account.Read[account.Guardrail]{}
	root, policies := map[string]bool{}, map[string]bool{}
	for _, id := range roots {
		root[id] = true
	}
	targets := slices.Concat(roots, accounts)
	for depth := 0; len(targets) > 0 && depth < account.MaxLevels; depth++ {
		parents := make([]parent, len(targets))
		attached := make([]account.List[string], len(targets)*len(types))
		eachAtOnce(len(targets)+len(attached), cap(h.meter.slots), func(i int) {
			if i < len(targets) {
				parents[i] = parent{Read: account.Absent[string]()}
				if !root[targets[i]] {
					parents[i] = h.parent(targets[i])
				}
				return
			}
			i -= len(targets)
			attached[i] = h.attached(targets[i/len(types)], types[i%len(types)])
		})
		var above []string
		for i, id := range targets {
			out.Parents[id], out.Attached[id] = parents[i].Read, map[string]account.List[string]{}
			for j, t := range types {
				list := attached[i*len(types)+j]
				out.Attached[id][t] = list
				for _, policy := range list.Items() {
					policies[policy] = true
				}
			}
			if id, found, _ := parents[i].Get(); found {
				root[id] = root[id] || parents[i].isRoot
				above = append(above, id)
			}
		}
		slices.Sort(above)
		targets = slices.DeleteFunc(slices.Compact(above), func(id string) bool { _, done := out.Parents[id]; return done })
	}
	ids := slices.Sorted(maps.Keys(policies))
	read := make([]account.Read[account.Guardrail], len(ids))
	eachAtOnce(len(ids), cap(h.meter.slots), func(i int) { read[i] = h.policy(ids[i]) })
	for i, id := range ids {
		out.Policies[id] = read[i]
	}
	return out
}

// roots returns the IDs of the roots, of which an organization has one, and the policy types
// that are enabled. An available type need not be enabled (Organizations API Reference, Root).
func (h hierarchy) roots() ([]string, account.Read[[]string]) {
	const action = "organizations:ListRoots"
	list := pages(h.ctx, action, func(token *string) (p page[orgtypes.Root], err error) {
		out, err := h.client.ListRoots(h.ctx, &organizations.ListRootsInput{NextToken: token, MaxResults: aws.Int32(20)})
		if err != nil {
			return p, err
		}
		return page[orgtypes.Root]{items: out.Roots, marker: out.NextToken}, nil
	}, func(r orgtypes.Root) orgtypes.Root { return r })
	var why account.Unread
	if errors.As(list.Err(), &why) {
		return nil, account.Unreadable[[]string](why)
	}
	var ids []string
	enabled := []string{}
	for _, r := range list.Items() {
		if aws.ToString(r.Id) == "" || r.PolicyTypes == nil {
			ids = nil
			break
		}
		ids = append(ids, *r.Id)
		for _, t := range r.PolicyTypes {
			if t.Status == orgtypes.PolicyTypeStatusEnabled {
				enabled = append(enabled, string(t.Type))
			}
		}
	}
	if len(ids) == 0 {
		return nil, account.Unreadable[[]string](account.Unread{Reason: account.Malformed, Action: action, Detail: "the response does not contain the root"})
	}
	slices.Sort(enabled)
	return ids, account.Present(slices.Compact(enabled))
}

// parent is the ID of the unit or root above an account or unit.
type parent struct {
	account.Read[string]
	isRoot bool
}

func (h hierarchy) parent(id string) parent {
	const action = "organizations:ListParents"
	list := pages(h.ctx, action, func(token *string) (p page[orgtypes.Parent], err error) {
		out, err := h.client.ListParents(h.ctx, &organizations.ListParentsInput{ChildId: aws.String(id), NextToken: token, MaxResults: aws.Int32(20)})
		if err != nil {
			return p, err
		}
		return page[orgtypes.Parent]{items: out.Parents, marker: out.NextToken}, nil
	}, func(p orgtypes.Parent) orgtypes.Parent { return p })
	var why account.Unread
	switch {
	case errors.As(list.Err(), &why):
	case len(list.Items()) != 1 || aws.ToString(list.Items()[0].Id) == "": // "a child can have only a single parent"
		why = account.Unread{Reason: account.Malformed, Action: action, Detail: "the response does not contain exactly one parent"}
	default:
		only := list.Items()[0]
		return parent{account.Present(*only.Id), only.Type == orgtypes.ParentTypeRoot}
	}
	return parent{Read: account.Unreadable[string](why)}
}

// attached returns the sorted IDs of the policies of a type that are attached directly to a
// root, a unit or an account.
func (h hierarchy) attached(target, policyType string) account.List[string] {
	const action = "organizations:ListPoliciesForTarget"
	list := wellFormed(action, func(id string) bool { return id != "" }, pages(h.ctx, action, func(token *string) (p page[orgtypes.PolicySummary], err error) {
		out, err := h.client.ListPoliciesForTarget(h.ctx, &organizations.ListPoliciesForTargetInput{
			TargetId: aws.String(target), Filter: orgtypes.PolicyType(policyType), NextToken: token, MaxResults: aws.Int32(20),
		})
		if err != nil {
			return p, err
		}
		return page[orgtypes.PolicySummary]{items: out.Policies, marker: out.NextToken}, nil
	}, func(p orgtypes.PolicySummary) string { return aws.ToString(p.Id) }))
	slices.Sort(list.Items())
	return list
}

func (h hierarchy) policy(id string) account.Read[account.Guardrail] {
	const action = "organizations:DescribePolicy"
	out, err := h.client.DescribePolicy(h.ctx, &organizations.DescribePolicyInput{PolicyId: aws.String(id)})
	var none *orgtypes.PolicyNotFoundException
	switch {
	case errors.As(err, &none):
		return account.Absent[account.Guardrail]() // which contradicts the list, see account.Reconcile
	case err != nil:
		return account.Unreadable[account.Guardrail](unread(h.ctx, action, err))
	case out.Policy == nil || aws.ToString(out.Policy.Content) == "" || out.Policy.PolicySummary == nil || aws.ToString(out.Policy.PolicySummary.Id) != id:
		return account.Unreadable[account.Guardrail](account.Unread{Reason: account.Malformed, Action: action, Detail: "the response does not contain the policy"})
	}
	return account.Present(account.Guardrail{Name: aws.ToString(out.Policy.PolicySummary.Name), Document: *out.Policy.Content})
}
