package fix

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/report/escape"
)

// editCommands save a document, put the edited one in its place, and tell the undo.
// Without an edit that iblint knows of, a person edits the saved file.
func editCommands(c checks.Change) []string {
	role, region, repository := "--role-name "+quote(c.Role), "--region "+quote(c.Region), "--repository-name "+quote(c.Repository)
	policy := "--policy-name " + quote(c.Policy)
	arn, id := "--policy-arn "+quote(c.Policy), "--policy-id "+quote(c.Policy)

	var save, update, undo string // update and undo end where the document belongs
	switch c.Action {
	case checks.EditTrust:
		save = fmt.Sprintf("aws iam get-role %s --query Role.AssumeRolePolicyDocument --output json", role)
		update = fmt.Sprintf("aws iam update-assume-role-policy %s --policy-document", role)
	case checks.EditInlinePolicy:
		save = fmt.Sprintf("aws iam get-role-policy %s %s --query PolicyDocument --output json", role, policy)
		update = fmt.Sprintf("aws iam put-role-policy %s %s --policy-document", role, policy)
	case checks.EditManagedPolicy:
		save = fmt.Sprintf(`aws iam get-policy-version %s --version-id "$(aws iam get-policy %s --query Policy.DefaultVersionId --output text)" --query PolicyVersion.Document --output json`, arn, arn)
		update = fmt.Sprintf("aws iam create-policy-version %s --set-as-default --policy-document", arn)
	case checks.EditRepositoryPolicy:
		save = fmt.Sprintf("aws ecr get-repository-policy %s %s --query policyText --output text", region, repository)
		update = fmt.Sprintf("aws ecr set-repository-policy %s %s --policy-text", region, repository)
	case checks.EditGuardrail:
		save = fmt.Sprintf("aws organizations describe-policy %s --query Policy.Content --output text", id)
		update = fmt.Sprintf("aws organizations update-policy %s --content", id)
	}
	if c.Action == checks.EditGuardrail && !guardrailID.MatchString(c.Policy) { // there is none to edit yet, or it was given as a file
		return []string{"# " + c.Hint}
	}
	before, after := editFile(c)+"-before.json", editFile(c)+"-after.json"
	undo = fmt.Sprintf("# undo: %s file://%s", update, before)
	lines := []string{fmt.Sprintf("%s > %s  # keep this file: the undo needs it", save, before)}
	if c.After == "" {
		return append(lines,
			fmt.Sprintf("cp %s %s", before, after),
			fmt.Sprintf("# edit %s: %s", after, c.Hint),
			fmt.Sprintf("%s file://%s", update, after),
			undo)
	}
	return append(lines, update+" "+quote(oneLine(c.After)), undo)
}

// editFile begins the names of the files that an edit saves. It ends with what kind of
// document that is: a repository may have the name of another's with something behind it.
func editFile(c checks.Change) string {
	switch c.Action {
	case checks.EditTrust:
		return fileName(c.Account + "." + c.Role + ".trust")
	case checks.EditInlinePolicy:
		return fileName(c.Account + "." + c.Role + "." + c.Policy + ".inline-policy")
	case checks.EditManagedPolicy:
		return fileName(c.Account + "." + c.Policy[strings.LastIndexByte(c.Policy, '/')+1:] + ".managed-policy")
	case checks.EditRepositoryPolicy:
		return fileName(c.Account + "." + c.Region + "." + c.Repository + ".repository-policy")
	}
	return fileName(c.Policy) // of an organization
}

// guardrailID is how AWS Organizations makes the IDs of policies (API reference, "DescribePolicy").
var guardrailID = regexp.MustCompile(`^p-[0-9A-Za-z_]{8,128}$`)

// oneLine is a JSON text on one line of ASCII, without markers.
func oneLine(text string) string {
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(text)); err != nil {
		return text // it is a document that was parsed
	}
	var b strings.Builder
	for _, r := range compact.String() {
		if r < 0x7F {
			b.WriteRune(r)
		} else {
			b.WriteString(escape.Rune(r))
		}
	}
	return escape.Markers(b.String(), escape.Unicode)
}

// diffs are the edits of a remediation as unified diffs.
func Diffs(r *checks.Fix) []string {
	var all []string
	for _, c := range r.Changes {
		if c.After != "" {
			all = append(all, Unified(edited(c), c.Before, c.After))
		}
	}
	return all
}

func Unified(name, before, after string) string {
	name = escape.Printable(name) // in a line of its own
	return udiff.Unified(name, name+", edited", withNewline(before), withNewline(after))
}

func withNewline(text string) string { return strings.TrimSuffix(text, "\n") + "\n" }

// edited names the document that a change edits.
func edited(c checks.Change) string {
	switch c.Action {
	case checks.EditTrust:
		return "trust policy of role " + c.Role
	case checks.EditInlinePolicy:
		return "inline policy " + c.Policy + " of role " + c.Role
	case checks.EditManagedPolicy:
		return "managed policy " + c.Policy
	case checks.EditRepositoryPolicy:
		return "policy of repository " + c.Repository
	}
	return "policy " + c.Policy
}
