package lintcmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/report/escape"
)

// writeConfiguration writes a configuration file for what was read. A line that begins with # and no
// space is a setting that is switched off: without the #, it is valid.
func writeConfiguration(out io.Writer, inv *account.Inventory, flags scopeFlags) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, `# yaml-language-server: $schema=%s
# The configuration of iblint. To switch a setting on, remove the # before it.

# The accounts that build images and hold lifecycle policies.
`, configurationSchemaURL)
	if len(inv.Owners) == 0 {
		b.WriteString(`#owners:
#  - account: "111122223333"
#    regions: [eu-west-1]
#    executionRoles: [ImageBuilderLifecycle]
#    destinations:
#      - account: "222233334444"
#        role: arn:aws:iam::222233334444:role/Audit
#    repositories:
#      eu-west-1: [app/web]
`)
	} else {
		b.WriteString("owners:\n")
		view := demand.New(inv)
		for _, o := range inv.Owners {
			writeOwner(&b, view, o, flags.profile)
		}
	}
	setting := func(key, value, example string) {
		if value == "" {
			key, value = "#"+key, example
		}
		fmt.Fprintf(&b, "%s: %s\n", key, quoted(value))
	}
	b.WriteString("\n# The role to assume in each account that has no profile or role of its own.\n")
	setting("roleName", flags.roleName, "Audit")
	setting("externalId", flags.externalID, "ID")
	setting("sessionName", flags.sessionName, "iblint")
	b.WriteString(`
# In place of owners, or beside them: the accounts of an organization. {} selects all.
#organization:
#  units: [ou-ab12-cdefghij]
#  exclude: ["444455556666"]
#  regions: [all]

# What iblint check reads if no path is given: Terraform, CloudFormation and CDK code, recordings.
#paths: [infra]

# Findings that you accept for a time. iblint suppress prints an entry for one finding.
#suppressions:
#  - check: ecr-repository-tag
#    subject: legacy/*
#    reason: moves to the new registry
#    owner: images team
#    expires: 2027-01-31
`)
	_, err := b.WriteTo(out)
	return err
}

// writeOwner writes an entry of owners.
func writeOwner(b *bytes.Buffer, view *demand.View, o account.Owner, profile string) {
	regions := o.Regions
	if o.AllRegions {
		regions = append([]string{allRegions}, regions...)
	}
	fmt.Fprintf(b, "  - account: %s\n", quoted(o.Account))
	if profile != "" {
		fmt.Fprintf(b, "    profile: %s\n", quoted(profile))
	}
	fmt.Fprintf(b, "    regions: [%s]\n", strings.Join(regions, ", "))
	b.WriteString(`    # Image Builder lists these now. iblint asks it in each run, so leave them out, unless you want to
    # check these only, or to say how a destination is read (profile or role).
`)
	roles, _ := view.ExecutionRoles(o.Account) // the caller reports what could not be read
	list(b, "executionRoles", len(roles), func(i int) (string, []string) { return quoted(roles[i].References[0]), roles[i].From })
	var targets []demand.Destination
	for _, id := range view.SubjectAccounts() {
		all, _ := view.Destinations(id)
		for _, d := range all {
			if slices.ContainsFunc(slices.Concat(d.Owners, d.Sharers), func(from demand.Origin) bool { return from.Account == o.Account }) {
				targets = append(targets, d)
			}
		}
	}
	list(b, "destinations", len(targets), func(i int) (string, []string) {
		text := "account: " + quoted(targets[i].Account)
		if len(targets[i].Owners) == 0 {
			text = "{" + text + ", launchPermissionOnly: true}"
		}
		return text, targets[i].From
	})
	repositories, _ := view.ContainerRepositories(o.Account)
	byRegion := map[string][]string{}
	for _, r := range repositories {
		byRegion[r.Region] = append(byRegion[r.Region], quoted(r.Name))
	}
	regions = slices.Sorted(maps.Keys(byRegion))
	if len(regions) > 0 {
		b.WriteString("    #repositories:\n")
	}
	for _, region := range regions {
		fmt.Fprintf(b, "    #  %s: [%s]\n", quoted(region), strings.Join(byRegion[region], ", "))
	}
}

// list writes a list that is switched off. Each entry has a comment that says what names it.
func list(b *bytes.Buffer, key string, n int, entry func(i int) (text string, from []string)) {
	if n > 0 {
		fmt.Fprintf(b, "    #%s:\n", key)
	}
	for i := range n {
		text, from := entry(i)
		fmt.Fprintf(b, "    #  - %s", text)
		if len(from) > 0 {
			fmt.Fprintf(b, "   # %s", escape.Printable(from[0]))
		}
		b.WriteString("\n")
	}
}

// quoted is text from outside as a string of YAML, without quotes if YAML reads it as it is.
func quoted(text string) string {
	if plainText(text) {
		return text
	}
	encoded, _ := json.Marshal(text)    // strings can always be encoded
	return escape.JSON(string(encoded)) // YAML has the same escapes
}

// plainText reports whether a text is a word that begins with a letter and has nothing that means
// something in YAML.
func plainText(text string) bool {
	if text == "" || strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_.-") != "" {
		return false
	}
	letter := text[0] >= 'a' && text[0] <= 'z' || text[0] >= 'A' && text[0] <= 'Z'
	return letter && !slices.Contains([]string{"y", "n", "yes", "no", "on", "off", "true", "false", "null", "inf", "nan"}, strings.ToLower(text))
}
