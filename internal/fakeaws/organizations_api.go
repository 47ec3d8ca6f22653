package fakeaws

import (
	"encoding/json"
	"errors"

	"github.com/iblint/iblint/checks/account"
)

// The units of the fake organization. The first contains every other account, and the second,
// which is below the first, the other accounts.
const (
	Unit      = "ou-fake-00000001"
	UnitBelow = "ou-fake-00000002"
)

func (c Call) parent() string {
	var in struct {
		Parent string `json:"ParentId"`
	}
	_ = json.Unmarshal(c.body, &in) // ListAccounts has no parent
	return in.Parent
}

// listAccounts lists the accounts of the organization, or of one of its units. Every third has
// only the field Status, which State replaced.
func (s *Server) listAccounts(c Call, f Fault) response {
	var members account.List[account.Member]
	if o := s.inventory.Organization; o != nil {
		members = o.Members
	}
	own := []account.Member{}
	for i, m := range members.Items() {
		if c.Operation == "ListAccounts" || i%2 == 0 && c.parent() == Unit || i%2 == 1 && c.parent() == UnitBelow {
			own = append(own, m)
		}
	}
	list := account.Complete(own)
	var why account.Unread
	if errors.As(members.Err(), &why) {
		list = account.Partial(own, why)
	}
	n := 0
	return pageJSON(s, c, f, list, paging{"MaxResults", "NextToken", "NextToken", 20, 20}, "Accounts", func(m account.Member) any {
		n++
		state := "State"
		if n%3 == 0 {
			state = "Status"
		}
		return object{"Id": m.Account, "Name": m.Name, state: m.State}
	})
}

func (s *Server) listOrganizationalUnits(c Call, f Fault) response {
	units := []string{}
	if c.parent() == Unit {
		units = append(units, UnitBelow)
	}
	return pageJSON(s, c, f, account.Complete(units), paging{"MaxResults", "NextToken", "NextToken", 20, 20}, "OrganizationalUnits", func(id string) any {
		return object{"Id": id, "Name": "unit"}
	})
}

// listRegions lists the Regions that are enabled for the account.
func (s *Server) listRegions(c Call, f Fault) response {
	var regions account.List[string]
	if a := s.inventory.Accounts[c.Account]; a != nil {
		regions = a.Regions
	}
	return pageJSON(s, c, f, regions, paging{"MaxResults", "NextToken", "NextToken", 50, 50}, "Regions", func(name string) any {
		return object{"RegionName": name, "RegionOptStatus": "ENABLED_BY_DEFAULT"}
	})
}
