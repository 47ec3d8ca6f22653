package fix

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/report/escape"
)

// editCommands are the commands that save a policy document and replace it by the edited one, and
// the undo. If iblint knows no edit, a person edits a copy of the saved file.
func editCommands(c checks.Change) []string {
	role, region, repository := "--role-name "+Quote(c.Role), "--region "+Quote(c.Region), "--repository-name "+Quote(c.Repository)
	policy := "--policy-name " + Quote(c.Policy)
	arn, id := "--policy-arn "+Quote(c.Policy), "--policy-id "+Quote(c.Policy)

	var save, update, undo string // the document follows update and undo
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
	case checks.EditRegistryPolicy:
		save = fmt.Sprintf("aws ecr get-registry-policy %s --query policyText --output text", region)
		update = fmt.Sprintf("aws ecr put-registry-policy %s --policy-text", region)
	case checks.EditGuardrail:
		save = fmt.Sprintf("aws organizations describe-policy %s --query Policy.Content --output text", id)
		update = fmt.Sprintf("aws organizations update-policy %s --content", id)
	}
	if c.Action == checks.EditGuardrail && !guardrailID().MatchString(c.Policy) { // the policy does not exist yet, or was given as a file
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
	return append(lines, update+" "+Quote(oneLine(c.After)), undo)
}

// editFile is the start of the names of the files that an edit saves. It ends with the kind of the
// document, so that no name is the start of another: a repository name may extend another.
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
	case checks.EditRegistryPolicy:
		return fileName(c.Account + "." + c.Region + ".registry-policy")
	}
	return fileName(c.Policy) // a guardrail of the organization
}

// guardrailID matches the policy IDs of AWS Organizations (API reference, "DescribePolicy").
var guardrailID = lazyregexp.New(`^p-[0-9A-Za-z_]{8,128}$`)

// oneLine is a JSON text on one line, in ASCII, without commands of CI systems.
func oneLine(text string) string {
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(text)); err != nil {
		return text // not reached: the document was parsed before
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

// Diffs returns the edits of policy documents in a fix as unified diffs, in the order of the
// changes. Documents without a known edit have none.
func Diffs(r *checks.Fix) []string {
	var all []string
	for _, c := range r.Changes {
		if c.After != "" {
			all = append(all, Unified(edited(c), c.Before, c.After))
		}
	}
	return all
}

// Unified returns a unified diff of two texts. The name of the document is in its header.
func Unified(name, before, after string) string {
	name = escape.Printable(name)
	return udiff.Unified(name, name+", edited", withNewline(before), withNewline(after))
}

func withNewline(text string) string { return strings.TrimSuffix(text, "\n") + "\n" }

// edited is the name of the document that a change edits.
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
	case checks.EditRegistryPolicy:
		return "policy of the ECR registry in " + c.Region
	}
	return "policy " + c.Policy
}
