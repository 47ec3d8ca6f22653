package lifecycle_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
)

// The fixes of the recording fixtures/fixes.json change what they should and nothing else.
func TestFixesOfTheRecording(t *testing.T) {
	byRole := map[string]*checks.Fix{} // by check, and name of the role or account
	statuses := map[string]checks.Status{}
	for f := range results(t)["fixes"].Findings() {
		name := f.Subject.Name
		if f.Check.Kind != "execution-role" {
			name = f.Subject.Account
		}
		key := f.Check.ID + " " + name
		byRole[key], statuses[key] = f.Fix(), f.Status
	}
	const (
		permissions = "execution-role-permissions "
		trust       = "execution-role-trust "
		destination = "cross-account-role-trust 20000000000"
	)
	newRole := []checks.Action{checks.CreateRole, checks.AttachPolicy, checks.ReferToRole}
	for key, want := range map[string]struct {
		actions []checks.Action
		after   string // a pattern in the text after the edit; empty: iblint proposes no edit
		never   string // a pattern in no text of the fix
		text    string // a pattern in the summary and the cautions
	}{
		// An inline policy belongs to one role: its Deny is narrowed, and the role is not exempted.
		permissions + "OneRegion":        {[]checks.Action{checks.EditInlinePolicy}, `"us-east-1",\s*"eu-west-1",\s*"us-west-2"`, `(?i)principalarn`, `Exclude eu-west-1, us-west-2.*whatever the action`},
		permissions + "TwoRegionsDenied": {[]checks.Action{checks.EditInlinePolicy}, `"aws:RequestedRegion": \[\s*"eu-south-1"\s*\]`, `(?i)principalarn`, `Exclude eu-west-1, us-west-2`},
		permissions + "ManyActions":      {[]checks.Action{checks.EditInlinePolicy}, `"Action": \[\s*"ec2:TerminateInstances"\s*\]`, `(?i)principalarn`, `Remove ec2:DescribeImages`},
		permissions + "OwnDenyOnly":      {[]checks.Action{checks.EditInlinePolicy}, `^[^D]*$`, `(?i)principalarn`, `Remove ec2:DeregisterImage`},
		permissions + "NoSnapshots":      {[]checks.Action{checks.EditInlinePolicy}, `"Action": \[\s*"ec2:ModifySnapshotAttribute"\s*\]`, `(?i)principalarn`, `Remove ec2:DeleteSnapshot`},
		permissions + "ImagesOnly":       {[]checks.Action{checks.EditInlinePolicy}, "", `(?i)principalarn`, ``},
		permissions + "ExemptInItsOwn":   {[]checks.Action{checks.EditInlinePolicy}, "", `(?i)principalarn`, ``},
		// Nobody but AWS edits its policies.
		permissions + "DenyAll":  {[]checks.Action{checks.DetachPolicy}, "", ``, `if nothing requires`},
		permissions + "ReadOnly": {[]checks.Action{checks.ReplaceBoundary}, "", `(?i)detach`, `boundary of its own that allows ec2:DeregisterImage`},
		// What the Deny hides is found, and each edit holds for all requests.
		permissions + "HiddenBoundary":                              {[]checks.Action{checks.EditInlinePolicy, checks.EditManagedPolicy}, `"ec2:DeregisterImage"`, ``, `Allow ec2:DeregisterImage in permissions boundary`},
		permissions + "ExemptInABoundary":                           {[]checks.Action{checks.EditManagedPolicy}, `"aws:PrincipalARN": \[\s*"[^"]*Other",\s*"[^"]*ExemptInABoundary"`, `aws:PrincipalArn`, `exempts the role`},
		"organization-guardrails 999900001111":                      {[]checks.Action{checks.EditGuardrail, checks.EditGuardrail}, `LandingZoneAdmin",\s*"arn:aws:iam::444455556666:role/Lifecycle`, ``, `exempts the role`},
		trust + "LambdaToo":                                         {[]checks.Action{checks.EditTrust}, "", ``, `remove service lambda.amazonaws.com .*if nothing else uses`},
		trust + "AccountToo":                                        {[]checks.Action{checks.EditTrust}, "", ``, `remove account 111122223333 `},
		trust + "FederationToo":                                     {[]checks.Action{checks.EditTrust}, "", ``, `remove users of accounts.google.com `},
		trust + "Lambda":                                            {[]checks.Action{checks.EditTrust}, `"lambda.amazonaws.com", "imagebuilder.amazonaws.com"`, ``, `lambda.amazonaws.com can assume it, too`},
		trust + "BuildInstances":                                    {newRole, "", `BuildInstances.*sts`, `role of its own.*EC2 instances use it`},
		"execution-role-policy BuildInstances":                      {newRole, "", ``, `role of its own`},
		trust + "Everything":                                        {newRole, "", ``, `role of its own.*administrator`},
		trust + "AWSReservedSSO_Ops_0123456789abcdef":               {newRole, "", ``, `role of its own.*Identity Center`},
		"execution-role-policy AWSReservedSSO_Ops_0123456789abcdef": {newRole, "", ``, `role of its own.*Identity Center`},
		destination + "1":                                           {[]checks.Action{checks.EditTrust}, `"aws:SourceAccount": \["200000000001", "111122223333"\]`, ``, ``},
		destination + "2":                                           {[]checks.Action{checks.EditTrust}, `"aws:SourceAccount": \["200000000002", "111122223333"\]`, ``, ``},
		destination + "3":                                           {[]checks.Action{checks.EditTrust}, `"aws:SourceAccount": \["200000000003", "111122223333"\]`, ``, `2,048 characters`},
	} {
		fix := byRole[key]
		if fix == nil {
			t.Errorf("%s: %s, and no fix", key, statuses[key])
			continue
		}
		var actions []checks.Action
		var before, after strings.Builder
		for _, c := range fix.Changes {
			actions = append(actions, c.Action)
			before.WriteString(c.Before)
			after.WriteString(c.After)
		}
		text := fix.Summary + " " + strings.Join(fix.Cautions, " ")
		switch {
		case !slices.Equal(actions, want.actions):
			t.Errorf("%s: %s", key, actions)
		case want.after == "" && after.Len() > 0:
			t.Errorf("%s: an edit that cannot be right:\n%s", key, after.String())
		case !regexp.MustCompile(want.after).MatchString(after.String()):
			t.Errorf("%s: no %s in\n%s", key, want.after, after.String())
		case want.never != "" && regexp.MustCompile(want.never).MatchString(after.String()+text):
			t.Errorf("%s: %s in\n%s\n%s", key, want.never, after.String(), text)
		case !regexp.MustCompile(want.text).MatchString(text):
			t.Errorf("%s: no %s in %s", key, want.text, text)
		case want.after != "" && before.String() == after.String():
			t.Errorf("%s: nothing changes", key)
		}
	}
	for key, want := range map[string]checks.Status{
		trust + "SourceGuardsTheOthers": checks.Warn, trust + "GuardedApart": checks.Pass, trust + "OnlyServices": checks.Pass, trust + "DeletedToo": checks.Pass, // they admit no one else; the first requires aws:SourceAccount
		trust + "LambdaToo": checks.Warn, trust + "AccountToo": checks.Warn, trust + "FederationToo": checks.Warn,
	} {
		if statuses[key] != want {
			t.Errorf("%s is %s, not %s", key, statuses[key], want)
		}
	}
}
