package demand

import (
	"cmp"
	"slices"

	"github.com/iblint/iblint/checks/account"
)

// State is the state of the account in its organization, such as SUSPENDED. It is empty if the
// list of accounts does not contain the account.
func (d Destination) State() string {
	if d.view.Organization == nil {
		return ""
	}
	members := d.view.Organization.Members.Items()
	if i := slices.IndexFunc(members, func(m account.Member) bool { return m.Account == d.Account }); i >= 0 {
		return members[i].State
	}
	return ""
}

// RegionsOff are the Regions where a rule acts on AMIs in the account, and that are not
// enabled for it. The error says why it is not known whether they are, or whether a rule acts
// there.
func (d Destination) RegionsOff() (regions []string, err error) {
	var enabled account.List[string]
	if a := d.view.account(d.Account); a != nil {
		enabled = a.Regions
	}
	if enabled.IsZero() {
		return nil, nil // Regions are read only of accounts that build images
	}
	off := map[Strength][]string{}
	var why error
	for _, n := range d.Needs() {
		if n.Region == "" || slices.Contains(enabled.Items(), n.Region) || slices.Contains(off[n.Strength], n.Region) {
			continue
		}
		off[n.Strength] = append(off[n.Strength], n.Region)
		if n.Strength == Possible && why == nil {
			why = n.Why
		}
	}
	switch {
	case len(off[Certain]) > 0:
		return off[Certain], enabled.Err()
	case len(off[Possible]) > 0:
		return off[Possible], cmp.Or(enabled.Err(), why)
	}
	return nil, nil
}
