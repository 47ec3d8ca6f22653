package wording

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
)

// Scope says what was checked: one line for each owner. The accounts that only the
// organization lists share one line.
func Scope(inv *account.Inventory) (lines []string) {
	var listed []account.Owner
	for _, owner := range inv.Owners {
		if owner.Listed {
			listed = append(listed, owner)
			continue
		}
		lines = append(lines, "owner "+owner.Account+ownerRegions(owner))
	}
	if len(listed) > 0 {
		lines = append(lines, Count(len(listed), "account", "accounts")+" of an organization"+ownerRegions(listed[0]))
	}
	return lines
}

func ownerRegions(o account.Owner) string {
	switch {
	case o.AllRegions:
		return ", all enabled Regions"
	case len(o.Regions) > 0:
		return ", Regions " + strings.Join(o.Regions, ", ")
	}
	return ""
}

// ScopeFacts says what was checked in a few words: the owners, the destinations, the Regions.
func ScopeFacts(inv *account.Inventory) (facts []string) {
	listed, all := 0, false
	var owners []string
	destinations, regions := map[string]bool{}, map[string]bool{}
	for _, o := range inv.Owners {
		if o.Listed {
			listed++
		} else {
			owners = append(owners, o.Account)
		}
		all = all || o.AllRegions
		for _, t := range o.Destinations {
			destinations[t.Account] = true
		}
		for _, region := range o.Regions {
			regions[region] = true
		}
	}
	switch {
	case len(owners) == 1:
		facts = append(facts, "owner "+owners[0])
	case len(owners) > 1:
		facts = append(facts, fmt.Sprintf("%d owners", len(owners)))
	}
	if listed > 0 {
		facts = append(facts, Count(listed, "account", "accounts")+" of an organization")
	}
	if len(destinations) > 0 {
		facts = append(facts, Count(len(destinations), "destination", "destinations"))
	}
	switch {
	case all:
		facts = append(facts, "all enabled Regions")
	case len(regions) > 4:
		facts = append(facts, fmt.Sprintf("%d Regions", len(regions)))
	case len(regions) > 0:
		facts = append(facts, strings.Join(slices.Sorted(maps.Keys(regions)), ", "))
	}
	return facts
}

// Count is a number with its noun.
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// What an account is, in AccountRelations.
const (
	Owner  = "owner"
	Listed = "in the organization"
)

// AccountRelations says, by account ID, what each account is: an owner, an account of the
// organization, a destination of an owner.
func AccountRelations(inv *account.Inventory) map[string][]string {
	relations := map[string][]string{}
	for _, o := range inv.Owners {
		relation := Owner
		if o.Listed {
			relation = Listed
		}
		relations[o.Account] = append(relations[o.Account], relation)
	}
	for _, o := range inv.Owners {
		for _, t := range o.Destinations {
			relations[t.Account] = append(relations[t.Account], "destination of "+o.Account)
		}
	}
	return relations
}

// AccountHeading is the ID of an account with its name and its relations.
func AccountHeading(inv *account.Inventory, id string, relations []string) string {
	heading := id
	if name := AccountName(inv, id); name != "" {
		heading += " " + name
	}
	if len(relations) > 0 {
		heading += " (" + strings.Join(relations, ", ") + ")"
	}
	return heading
}

// UnusedSuppressions are the suppressions that have expired or match no finding.
func UnusedSuppressions(r checks.Result) (lines []string) {
	for _, s := range r.Suppressions {
		if s.Expired {
			lines = append(lines, fmt.Sprintf("%s %s: expired on %s; owner: %s; reason: %s", s.Check, s.Of(), s.Expires, s.Owner, s.Reason))
		} else if s.Findings == 0 {
			lines = append(lines, fmt.Sprintf("%s %s: matches no finding; owner: %s; reason: %s", s.Check, s.Of(), s.Owner, s.Reason))
		}
	}
	return lines
}
