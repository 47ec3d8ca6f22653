// Package fix writes what to change in the languages that people work in: commands of the
// AWS CLI, a script of them, Terraform, CloudFormation, and patches of documents.
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

// dialects are the languages in which what to change can be written.
var dialects = map[string]func(*bufio.Writer, plan){
	"cli":            writeScript,
	"cloudformation": writeTemplate,
	"terraform":      writeConfiguration,
}

// Dialects are the names of all dialects, in alphabetical order.
func Dialects() []string { return slices.Sorted(maps.Keys(dialects)) }

// Write writes what to change so that nothing fails, as one document in a
// dialect: each change once, by account, in the order that works. With warnings,
// also what to change so that nothing is a warning. What is suppressed stays as it
// is. It is a pure function: the same result gives the same bytes.
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

// plan is all that is to be changed.
type plan struct {
	version  string
	readAt   time.Time
	accounts []*accountPlan // by ID; what is for a management account that is not known comes last
	unmended []string       // findings for which iblint knows no change
}

// accountPlan is what is to be changed in one account.
type accountPlan struct {
	account, name string
	partition     string
	region        string // of an owner in this partition; empty: none is told
	cautions      []string
	changes       []step // in the order that works
}

// step is one change, with the findings that ask for it.
type step struct {
	checks.Change
	because  []string
	mayExist bool   // of a role to be created
	byHand   string // why no command or resource of it can be run as it is; empty: it can
}

// told are the commands of a change for a comment, where each line has its mark already.
func (s step) told() []string {
	var lines []string
	for _, line := range shell(s.Change, s.mayExist) {
		lines = append(lines, strings.TrimPrefix(line, "# "))
	}
	if s.Action == checks.EditGuardrail && s.After != "" && !guardrailID.MatchString(s.Policy) { // no command says it
		lines = append(lines, "new document: "+oneLine(s.After))
	}
	return lines
}

// lookFirst is why a template or a configuration does not make a role that may exist.
const lookFirst = "iblint did not check whether this role exists"

// notADocument is why a document is not written in another syntax.
const notADocument = "the policy document is not valid JSON or has duplicate keys"

// manually introduces the commands of a change that a person has to apply. The reason is a clause.
func manually(reason string) string { return "Manual step, because " + reason + ":" }

// managedElsewhere introduces the commands of a change to a resource that existed before. When
// a tool manages the resource, the change belongs in its configuration.
func managedElsewhere(tool, resource, change string) []string {
	return []string{"If " + tool + " manages the " + resource + ", change it there: " + change, "Otherwise, run:"}
}

// order is what has to come before what. A role's name is free only when the role
// that has it in another case is gone (IAM User Guide, "IAM and AWS STS quotas": names
// are unique in an account whatever their case), policies are attached to a role that
// is there, and lifecycle policies can name it then.
var order = map[checks.Action]int{
	checks.DeleteRole: 1, checks.CreateRole: 2, checks.AttachPolicy: 3,
	checks.EditTrust: 4, checks.EditInlinePolicy: 4, checks.EditManagedPolicy: 4,
	checks.CreateRepository: 5, checks.TagRepository: 6, checks.UntagRepository: 7, checks.EditRepositoryPolicy: 8,
	checks.ReferToRole: 9, checks.IncludeResources: 10, checks.EnablePolicy: 11, checks.LookAtSelection: 12,
	checks.EditGuardrail: 13,
}

func planOf(r checks.Result, warnings bool) (plan, error) {
	p := plan{version: r.Version, readAt: r.Inventory.ReadAt}
	accounts := map[string]*accountPlan{}
	steps := map[string]*step{} // by the change
	var all []*step
	for f := range r.Findings() {
		if f.Suppressed() || f.Status != checks.Fail && (f.Status != checks.Warn || !warnings) {
			continue
		}
		because := f.Check.ID + ": " + f.Message
		fix := f.Fix()
		if fix == nil || len(fix.Changes) == 0 {
			p.unmended = append(p.unmended, "account "+f.Subject.Account+", "+because)
			continue
		}
		if err := fix.Validate(); err != nil {
			return plan{}, fmt.Errorf("check %s: in its fix %w", f.Check.ID, err)
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
			if !slices.Contains(s.because, because) {
				s.because = append(s.because, because)
			}
			s.mayExist = s.mayExist || mayExist(fix, c)
		}
	}

	taken := map[string]bool{}
	for _, s := range all {
		s.byHand = byHand(s.Change)
		if w := writes(s.Change); w != "" && s.byHand == "" {
			if taken[w] {
				s.byHand = "a change above replaces the same resource; apply that change, then run iblint again"
			}
			taken[w] = true
		}
		accounts[s.Account].changes = append(accounts[s.Account].changes, *s)
	}
	for _, id := range slices.Sorted(maps.Keys(accounts)) {
		a := accounts[id]
		slices.SortStableFunc(a.changes, func(x, y step) int { return cmp.Compare(order[x.Action], order[y.Action]) })
		if id != "" {
			p.accounts = append(p.accounts, a)
		}
	}
	if a := accounts[""]; a != nil {
		p.accounts = append(p.accounts, a)
	}
	return p, nil
}

// ownersRegion is where the first owner in a partition builds images.
func ownersRegion(inv *account.Inventory, partition string) string {
	for _, o := range inv.Owners {
		if a := inv.Accounts[o.Account]; a != nil && a.Partition == partition && len(o.Regions) > 0 {
			return o.Regions[0]
		}
	}
	return ""
}

// identity is the same for the same change, whoever asks for it.
func identity(c checks.Change) string {
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return string(text)
}

// writes names what a change replaces as a whole, by the file that is the undo of
// it. Two changes that both did it would undo each other, and the second would save
// what the first had made. Empty: it can be made besides any other.
func writes(c checks.Change) string {
	switch c.Action {
	case checks.CreateRole:
		return "role " + c.Account + " " + strings.ToLower(c.Role)
	case checks.EditTrust, checks.EditInlinePolicy, checks.EditManagedPolicy, checks.EditRepositoryPolicy, checks.EditGuardrail:
		return "file " + editFile(c)
	}
	return ""
}

// byHand says why a person has to make a change.
func byHand(c checks.Change) string {
	switch c.Action {
	case checks.LookAtSelection:
		return "a person has to decide which images to select"
	case checks.EditTrust, checks.EditInlinePolicy, checks.EditManagedPolicy, checks.EditRepositoryPolicy, checks.EditGuardrail:
		switch {
		case c.Action == checks.EditGuardrail && !guardrailID.MatchString(c.Policy):
			return "there is no policy in AWS Organizations to edit"
		case c.After == "":
			return "iblint has no edit to propose, so a person has to decide on one"
		case c.Account == "":
			return "the policy is in the management account of the organization, which iblint does not know"
		}
	}
	return ""
}

// header tells what a document is, in lines that its dialect makes comments of.
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
				lines = append(lines, fmt.Sprintf("DESTRUCTIVE: in account %s, role %s must be deleted, because its name conflicts with the required role.", a.account, s.Role))
			}
		}
	}
	for _, u := range p.unmended {
		lines = append(lines, "iblint knows no fix for this finding: "+u)
	}
	return lines
}

// heading names an account, with what to know before changing anything in it.
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

// comments writes lines behind a mark that makes them comments, whatever is in them.
func comments(w io.Writer, mark string, lines []string) {
	for _, line := range lines {
		fmt.Fprintln(w, strings.TrimRight(mark+" "+escape.Printable(line), " "))
	}
}
