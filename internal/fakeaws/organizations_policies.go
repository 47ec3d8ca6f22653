package fakeaws

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
)

// membership returns the organization of the caller.
func (s *Server) membership(c Call) account.Read[account.Membership] {
	if a := s.inventory.Accounts[c.Account]; a != nil {
		return a.Membership
	}
	return account.Read[account.Membership]{}
}

// inOrganization responds to calls from accounts of an organization. It treats every member as a
// delegated administrator, because recordings do not contain the administrators.
func (s *Server) inOrganization(c Call, present func(account.Membership) response) response {
	read := s.membership(c)
	if _, found, err := read.Get(); err == nil && !found {
		return c.fail(http.StatusBadRequest, "AWSOrganizationsNotInUseException", "Your account is not a member of an organization.")
	}
	return respond(c, read, present)
}

func (s *Server) describeOrganization(c Call, _ Fault) response {
	return s.inOrganization(c, func(m account.Membership) response {
		features := "ALL"
		if m.ConsolidatedBilling {
			features = "CONSOLIDATED_BILLING"
		}
		arn := "arn:" + s.partition(c.Account) + ":organizations::" + m.ManagementAccount
		return c.succeed(toJSON(object{"Organization": object{
			"Id": m.Organization, "Arn": arn + ":organization/" + m.Organization, "FeatureSet": features, "MasterAccountId": m.ManagementAccount,
			"MasterAccountArn": arn + ":account/" + m.Organization + "/" + m.ManagementAccount, "AvailablePolicyTypes": []any{},
		}}))
	})
}

// ofGuardrails returns a response from the guardrails of the caller's organization.
func (s *Server) ofGuardrails(c Call, present func(*account.Guardrails) response) response {
	return s.inOrganization(c, func(m account.Membership) response {
		if g := s.inventory.Guardrails[m.Organization]; g != nil {
			return present(g)
		}
		return c.unread(account.Unread{Reason: account.NotCollected})
	})
}

var organizationsPaging = paging{"MaxResults", "NextToken", "NextToken", 20, 20}

// listRoots lists the root of the organization with the policy types, enabled or not.
func (s *Server) listRoots(c Call, f Fault) response {
	return s.ofGuardrails(c, func(g *account.Guardrails) response {
		enabled, _, err := g.Enabled.Get()
		var why account.Unread
		if errors.As(err, &why) {
			return c.unread(why)
		}
		id := "r-fake"
		for _, at := range slices.Sorted(maps.Keys(g.Parents)) {
			if isRoot(g, at) {
				id = at
			}
		}
		types := []any{}
		for _, t := range enabled {
			types = append(types, object{"Type": t, "Status": "ENABLED"})
		}
		for _, t := range []string{account.ServiceControlPolicy, account.ResourceControlPolicy} {
			if !slices.Contains(enabled, t) {
				types = append(types, object{"Type": t, "Status": "PENDING_DISABLE"})
			}
		}
		return pageJSON(s, c, f, account.Complete([]string{id}), organizationsPaging, "Roots", func(id string) any {
			return object{"Id": id, "Name": "Root", "PolicyTypes": types}
		})
	})
}

func isRoot(g *account.Guardrails, id string) bool {
	_, found, err := g.Parents[id].Get()
	return err == nil && !found
}

// inGuardrails contains the parameters of the Organizations operations.
func (c Call) inGuardrails() (in struct{ ChildID, TargetID, Filter, PolicyID string }) {
	_ = json.Unmarshal(c.body, &in) // a missing parameter finds nothing
	return in
}

func (s *Server) listParents(c Call, f Fault) response {
	return s.ofGuardrails(c, func(g *account.Guardrails) response {
		id := c.inGuardrails().ChildID
		if isRoot(g, id) {
			return c.fail(http.StatusBadRequest, "InvalidInputException", "You specified an invalid value.")
		}
		return respond(c, g.Parents[id], func(parent string) response {
			return pageJSON(s, c, f, account.Complete([]string{parent}), organizationsPaging, "Parents", func(id string) any {
				if isRoot(g, id) {
					return object{"Id": id, "Type": "ROOT"}
				}
				return object{"Id": id, "Type": "ORGANIZATIONAL_UNIT"}
			})
		})
	})
}

// listPoliciesForTarget lists the policies of a type, in another order than the inventory.
func (s *Server) listPoliciesForTarget(c Call, f Fault) response {
	return s.ofGuardrails(c, func(g *account.Guardrails) response {
		in := c.inGuardrails()
		recorded := g.Attached[in.TargetID][in.Filter]
		ids := slices.Clone(recorded.Items())
		slices.Reverse(ids)
		list := account.Complete(ids)
		var why account.Unread
		if errors.As(recorded.Err(), &why) {
			list = account.Partial(ids, why)
		}
		return pageJSON(s, c, f, list, organizationsPaging, "Policies", func(id string) any { return policySummary(g, id) })
	})
}

func policySummary(g *account.Guardrails, id string) object {
	policy, _, _ := g.Policies[id].Get()
	return object{"Id": id, "Name": policy.Name, "AwsManaged": id == "p-FullAWSAccess" || strings.HasPrefix(id, "p-RCPFull")}
}

func (s *Server) describePolicy(c Call, _ Fault) response {
	return s.ofGuardrails(c, func(g *account.Guardrails) response {
		id := c.inGuardrails().PolicyID
		read := g.Policies[id]
		if _, found, err := read.Get(); err == nil && !found {
			return c.fail(http.StatusBadRequest, "PolicyNotFoundException", "We can't find a policy with the PolicyId that you specified.")
		}
		return respond(c, read, func(p account.Guardrail) response {
			return c.succeed(toJSON(object{"Policy": object{"PolicySummary": policySummary(g, id), "Content": p.Document}}))
		})
	})
}
