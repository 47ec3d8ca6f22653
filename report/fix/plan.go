// Package fix renders fixes: as AWS CLI commands, a shell script, a Terraform configuration, a
// CloudFormation template, and unified diffs of policy documents.
package fix

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/wording"
)

// dialects are the writers of the dialects by name.
var dialects = map[string]func(*bufio.Writer, plan){
	"cli":            writeScript,
	"cloudformation": writeTemplate,
	"terraform":      writeConfiguration,
}

// Dialects returns the names of all dialects in alphabetical order.
func Dialects() []string { return slices.Sorted(maps.Keys(dialects)) }

// Write writes the fixes of all failures of a result as one document in a dialect, and with
// warnings also the fixes of all warnings. Each change is written once, by account, in an order
// in which the changes can be applied. Suppressed findings are not fixed. The same result gives
// the same bytes. It returns an error if the dialect is unknown, if a fix is invalid, or if out
// returns one.
func Write(out io.Writer, r checks.Result, dialect string, warnings bool) error {
	write := dialects[dialect]
	if write == nil {
		return fmt.Errorf("unknown dialect %q: expected one of %s", dialect, strings.Join(Dialects(), ", "))
	}
	w := bufio.NewWriter(out)
	p, err := planOf(r, warnings)
	if err != nil {
		return err
	}
	write(w, p)
	return w.Flush()
}

// plan is all changes of a document.
type plan struct {
	version  string
	readAt   time.Time
	accounts []*accountPlan // by ID; the unknown management account comes last
	unfixed  []string       // the findings without a fix
}

// accountPlan is the changes in one account.
type accountPlan struct {
	account, name string // the ID is empty for the unknown management account
	partition     string
	region        string // of an owner in this partition; empty: unknown
	cautions      []string
	changes       []step // in the order in which they can be applied
}

// step is one change with the findings that it fixes.
type step struct {
	checks.Change
	reasons  []string
	mayExist bool   // the role to create may exist already
	manual   string // why a person has to apply the change; empty: the dialect can apply it
}

// commentedCommands are the commands of a change for use in a comment, without comment marks of
// their own.
func (s step) commentedCommands() []string {
	var lines []string
	for _, line := range commandLines(s.Change, s.mayExist) {
		lines = append(lines, strings.TrimPrefix(line, "# "))
	}
	if s.Action == checks.EditGuardrail && s.After != "" && !guardrailID().MatchString(s.Policy) { // it has no commands
		lines = append(lines, "new document: "+oneLine(s.After))
	}
	return lines
}

// existenceUnknown is why a template or a configuration does not create a role that may exist.
const existenceUnknown = "iblint did not check whether this role exists"

// notADocument is why a document is not written in another syntax.
const notADocument = "the policy document is not valid JSON or has duplicate keys"

// ownerChanges is why a change of a guardrail is manual.
const ownerChanges = "the owner of the policy has to change it"

// manually introduces the commands of a change that a person has to apply. The reason is a clause.
func manually(reason string) string { return "Manual step, because " + reason + ":" }

// managedElsewhere introduces the commands of a change to a resource that existed before. When
// a tool manages the resource, the change belongs in its configuration.
func managedElsewhere(tool, resource, change string) []string {
	return []string{"If " + tool + " manages the " + resource + ", change it there: " + change, "Otherwise, run:"}
}

// actionOrder is the order of the changes. A role can be created only after the role whose name
// differs in case is deleted (IAM User Guide, "IAM and AWS STS quotas": role names are unique in
// an account, and are not distinguished by case). Policies are attached to existing roles, and
// lifecycle policies name existing roles.
var actionOrder = map[checks.Action]int{
	checks.DeleteRole: 1, checks.CreateRole: 2, checks.AttachPolicy: 3,
	checks.EditTrust: 4, checks.EditInlinePolicy: 4, checks.EditManagedPolicy: 4, checks.DetachPolicy: 4, checks.ReplaceBoundary: 4,
	checks.CreateRepository: 5, checks.TagRepository: 6, checks.UntagRepository: 7, checks.EditRepositoryPolicy: 8, checks.EditRegistryPolicy: 8,
	checks.ReferToRole: 9, checks.IncludeResources: 10, checks.EnablePolicy: 11, checks.EditLifecyclePolicy: 12, checks.LookAtSelection: 13,
	checks.LookAtRun: 13, checks.LookAtAccount: 13, checks.EditGuardrail: 14,
}

func planOf(r checks.Result, warnings bool) (plan, error) {
	p := plan{version: r.Version, readAt: r.Inventory.ReadAt}
	accounts := map[string]*accountPlan{}
	steps := map[string]*step{} // by identity
	var all []*step
	for f := range r.Findings() {
		if f.Suppressed() || f.Status != checks.Fail && (f.Status != checks.Warn || !warnings) {
			continue
		}
		reason := f.Check.ID + ": " + f.Message
		fix := f.Fix()
		if fix == nil || len(fix.Changes) == 0 {
			p.unfixed = append(p.unfixed, "account "+f.Subject.Account+", "+reason)
			continue
		}
		if err := fix.Validate(); err != nil {
			return plan{}, fmt.Errorf("the fix of check %s is invalid: %w", f.Check.ID, err)
		}
		for _, c := range fix.Changes {
			a := accounts[c.Account]
			if a == nil {
				a = &accountPlan{account: c.Account, name: wording.AccountName(r.Inventory, c.Account), partition: c.Partition, region: ownersRegion(r.Inventory, c.Partition)}
				accounts[c.Account] = a
			}
			for _, caution := range fix.Cautions {
				if !slices.Contains(a.cautions, caution) {
					a.cautions = append(a.cautions, caution)
				}
			}
			s := steps[identity(c)]
			if s == nil {
				s = &step{Change: c}
				steps[identity(c)] = s
				all = append(all, s)
			}
			if !slices.Contains(s.reasons, reason) {
				s.reasons = append(s.reasons, reason)
			}
			s.mayExist = s.mayExist || mayExist(fix, c)
		}
	}
	addSteps(accounts, all)
	p.accounts = sortedAccounts(accounts)
	return p, nil
}

// addSteps adds the steps to their accounts. A step that replaces the same document as an earlier
// one becomes manual.
func addSteps(accounts map[string]*accountPlan, steps []*step) {
	replaced := map[string]bool{}
	for _, s := range steps {
		s.manual = manualReason(s.Change)
		if document := replaces(s.Change); document != "" && s.manual == "" {
			if replaced[document] {
				s.manual = "a change above replaces the same resource; apply that change, then run iblint again"
			}
			replaced[document] = true
		}
		accounts[s.Account].changes = append(accounts[s.Account].changes, *s)
	}
}

// sortedAccounts are the accounts by ID, each with its changes in order. The unknown management
// account comes last.
func sortedAccounts(accounts map[string]*accountPlan) []*accountPlan {
	var sorted []*accountPlan
	for _, id := range slices.Sorted(maps.Keys(accounts)) {
		a := accounts[id]
		slices.SortStableFunc(a.changes, func(x, y step) int { return cmp.Compare(actionOrder[x.Action], actionOrder[y.Action]) })
		if id != "" {
			sorted = append(sorted, a)
		}
	}
	if a := accounts[""]; a != nil {
		sorted = append(sorted, a)
	}
	return sorted
}

// ownersRegion is a Region of the first owner in a partition, or empty.
func ownersRegion(inv *account.Inventory, partition string) string {
	for _, o := range inv.Owners {
		if a := inv.Accounts[o.Account]; a != nil && a.Partition == partition && len(o.Regions) > 0 {
			return o.Regions[0]
		}
	}
	return ""
}

// identity is equal for equal changes.
func identity(c checks.Change) string {
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return string(text)
}

// replaces identifies the document that a change replaces, by its undo file. Of two changes that
// replace the same document, the second would revert the first and overwrite its undo file. It
// is empty if the change replaces no document.
func replaces(c checks.Change) string {
	switch c.Action {
	case checks.CreateRole:
		return "role " + c.Account + " " + strings.ToLower(c.Role)
	case checks.EditTrust, checks.EditInlinePolicy, checks.EditManagedPolicy, checks.EditRepositoryPolicy, checks.EditRegistryPolicy, checks.EditGuardrail:
		return "file " + editFile(c)
	}
	return ""
}

// manualReason is why a person has to apply a change, as a clause, or empty.
func manualReason(c checks.Change) string {
	if c.Planned {
		return "the lifecycle policy does not exist yet, so the file that describes it has to be changed"
	}
	switch c.Action {
	case checks.EditLifecyclePolicy:
		return "a person has to decide what the policy should do"
	case checks.LookAtSelection:
		return "a person has to decide which images to select"
	case checks.DetachPolicy:
		return "the policy may be attached on purpose"
	case checks.ReplaceBoundary:
		return "a person has to write a permissions boundary for the role"
	case checks.LookAtAccount:
		return "a person has to decide whether the account is still used"
	case checks.LookAtRun:
		return "a person has to find out why the run failed, or does not end"
	case checks.EditTrust, checks.EditInlinePolicy, checks.EditManagedPolicy, checks.EditRepositoryPolicy, checks.EditRegistryPolicy, checks.EditGuardrail:
		switch {
		case c.Action == checks.EditGuardrail && !guardrailID().MatchString(c.Policy):
			return "AWS Organizations has no policy to edit yet, or the policy was given as a file"
		case c.After == "":
			return "iblint has no edit to propose, so a person has to decide on one"
		case c.Account == "":
			return "the policy is in the management account of the organization, which iblint does not know"
		}
	}
	return ""
}

// header is the introduction of a document, one comment a line. The lines in how say how to
// apply the changes.
func (p plan) header(how ...string) []string {
	title := "Changes that fix the problems found by iblint " + p.version
	if !p.readAt.IsZero() {
		title += " in accounts " + wording.ReadAt(p.readAt)
	}
	lines := []string{title + ".", "iblint itself has not changed anything."}
	if len(p.accounts) == 0 {
		lines = append(lines, "There is nothing to change.")
	} else {
		lines = append(lines, how...)
		lines = append(lines, "Then run iblint again: some checks can be completed only after these changes.")
	}
	for _, a := range p.accounts {
		for _, s := range a.changes {
			if s.Action == checks.DeleteRole {
				lines = append(lines, fmt.Sprintf("DESTRUCTIVE: in account %s, role %s must be deleted, because its name conflicts with the name of the required role.", a.account, s.Role))
			}
		}
	}
	for _, u := range p.unfixed {
		lines = append(lines, "iblint knows no fix for this finding: "+u)
	}
	return lines
}

// heading is the name of the account, and the cautions for the changes in it.
func (a *accountPlan) heading() []string {
	h := "Account " + a.account
	switch {
	case a.account == "":
		h = "The management account of the organization"
	case a.name != "":
		h += " " + a.name
	}
	return append([]string{h}, a.cautions...)
}

// comments writes each line as a comment. The lines may contain any text.
func comments(w io.Writer, mark string, lines []string) {
	for _, line := range lines {
		fmt.Fprintln(w, strings.TrimRight(mark+" "+escape.Printable(line), " "))
	}
}
