package demand

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// needsOn are the strengths of what a role needs, by action, wherever.
func needsOn(view *View, role string) map[string]Strength {
	all := map[string]Strength{}
	roles, _ := view.ExecutionRoles(builder)
	for _, r := range roles {
		if r.Reference.Text == role {
			for _, n := range r.Needs() {
				all[n.Action] = max(all[n.Action], n.Strength)
			}
		}
	}
	return all
}

// A rule with an action that AWS added since may need anything.
func TestARuleWithAnUnknownAction(t *testing.T) {
	for action, want := range map[string]Strength{"DELETE": NotNeeded, "ARCHIVE": Possible} {
		p := deletingAMIs("nightly")
		p.Rules = account.Present([]account.LifecycleRule{{Action: "DELETE", AMIs: true}, {Action: action, AMIs: true}})
		got := needsOn(building(allRead(p), nil), "L")
		if got["ec2:DeregisterImage"] != Certain || got["ec2:DisableImage"] != want {
			t.Errorf("%s: %v", action, got)
		}
	}
}

// A policy uses the role of its owner that it names, and not one of the same name in another
// account. What a list does not show may use any role.
func TestRolesThatPoliciesName(t *testing.T) {
	ofOther := deletingContainers()
	ofOther.ExecutionRole = "arn:aws:iam::" + other + ":role/L"
	whole := allRead(deletingAMIs("amis"), ofOther)
	if got := needsOn(building(whole, nil), "L"); got["ec2:DeregisterImage"] != Certain || got["ecr:BatchDeleteImage"] != NotNeeded {
		t.Errorf("of another account: %v", got)
	}
	part := allRead()
	part.LifecyclePolicies = account.Partial([]account.LifecyclePolicy{deletingAMIs("amis")}, notAllowed)
	if got := needsOn(building(part, nil), "L"); got["ec2:DeregisterImage"] != Certain || got["ecr:BatchDeleteImage"] != Possible {
		t.Errorf("with policies that were not listed: %v", got)
	}
}

// A rule does nothing about the AMIs in a Region that it excludes.
func TestAnExcludedRegion(t *testing.T) {
	p := deletingAMIs("nightly")
	p.Rules = account.Present([]account.LifecycleRule{{Action: "DELETE", AMIs: true, ExcludedRegions: []string{"eu-west-1"}}})
	roles, _ := building(allRead(p), nil).ExecutionRoles(builder)
	got := map[string]Strength{}
	for _, n := range roles[0].Needs() {
		got[n.Action] = n.Strength
	}
	if diff := cmp.Diff(map[string]Strength{"tag:GetResources": Helpful, "imagebuilder:DeleteImage": Certain}, got); diff != "" {
		t.Error(diff)
	}
}

// The first reason for a possible need is kept, unless the need turns out to be certain.
func TestTheFirstReasonForANeed(t *testing.T) {
	first, second := errors.New("first"), errors.New("second")
	for want, all := range map[string][]needed{
		"2 first": {possible(first), possible(second)}, "3 <nil>": {possible(first), certain}, "2 second": {{Strength: Helpful}, possible(second)},
	} {
		var c needs
		for _, n := range all {
			c.add(Need{Granted: policy.Granted{Action: "a"}}, rule{}, n)
		}
		if got := fmt.Sprint(int(c.all[0].Strength), " ", c.all[0].Why); len(c.all) != 1 || got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
