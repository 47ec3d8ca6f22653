package fix

import (
	"bufio"
	"fmt"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/report/escape"
)

// writeScript writes a plan as a script for a POSIX shell. Each account's part is
// guarded by a look at whose credentials these are, and stands alone, so that it can
// be pasted, too: nothing of it is run in the wrong account, and nothing after a
// command that failed.
func writeScript(w *bufio.Writer, p plan) {
	fmt.Fprintln(w, "#!/bin/sh")
	comments(w, "#", p.header(
		"Review this script, then run it once with the credentials of each account below. The part for an",
		"account is skipped when the credentials belong to another account. The script requires the AWS CLI",
		"and jq. It saves undo data in a new directory, iblint-undo.ACCOUNT.*. To undo, run the lines marked",
		"undo in that directory, from the last to the first.",
	))
	if slices.ContainsFunc(p.accounts, runs) {
		fmt.Fprintf(w, "set -eu\nexport AWS_PAGER=''\napplied=no\n")
	}
	for _, a := range p.accounts {
		fmt.Fprintln(w)
		comments(w, "#", a.heading())
		if !runs(a) {
			writeSteps(w, a)
			continue
		}
		fmt.Fprintf(w, "if [ \"$(aws sts get-caller-identity --query Account --output text)\" = %s ]; then (\nset -eu\n", quote(a.account))
		if slices.ContainsFunc(a.changes, saves) {
			fmt.Fprintf(w, "undo=$(mktemp -d \"$PWD/iblint-undo.%s.XXXXXX\")\ncd \"$undo\"\n", fileName(a.account))
		}
		writeSteps(w, a)
		fmt.Fprintf(w, "); applied=yes; else\n\tprintf '%%s\\n' %s >&2\nfi\n", quote("skipped: the credentials are not for account "+escape.Printable(a.account)))
	}
	if slices.ContainsFunc(p.accounts, runs) {
		fmt.Fprintf(w, "\nif [ $applied = no ]; then\n\techo 'nothing was changed: the credentials are for none of the accounts in this script' >&2\n\texit 1\nfi\n")
	}
}

// runs says that there is something to run in an account.
func runs(a *accountPlan) bool {
	return slices.ContainsFunc(a.changes, func(s step) bool { return s.byHand == "" && printable(s) })
}

func writeSteps(w *bufio.Writer, a *accountPlan) {
	for i, s := range a.changes {
		fmt.Fprintln(w)
		if i == 0 || !slices.Equal(s.because, a.changes[i-1].because) {
			comments(w, "#", s.because)
		}
		writeStep(w, s)
	}
	fmt.Fprintln(w)
}

func writeStep(w *bufio.Writer, s step) {
	switch {
	case s.byHand != "":
		comments(w, "#", append([]string{manually(s.byHand)}, s.told()...))
	case !printable(s):
		comments(w, "#", append([]string{manually("it contains characters that AWS does not allow in names")}, s.told()...))
	default:
		for i, line := range shell(s.Change, s.mayExist) {
			fmt.Fprintln(w, line)
			if i == 0 && s.After != "" { // the document is saved
				fmt.Fprintln(w, unchanged(s.Change))
			}
		}
	}
}

// unchanged stops a script when a document is not the one any more that was read: the
// edit replaces all of it, and whatever somebody has changed since would be lost.
func unchanged(c checks.Change) string {
	return fmt.Sprintf("jq -e --argjson was %s '. == $was' %s-before.json > /dev/null || { printf '%%s\\n' %s >&2; exit 1; }",
		quote(oneLine(c.Before)), editFile(c), quote("the "+escape.Printable(edited(c))+" has changed since iblint read it; run iblint again"))
}

// printable says that nothing in the commands of a change could trick who reads them
// on a terminal.
func printable(s step) bool {
	return !slices.ContainsFunc(shell(s.Change, s.mayExist), func(line string) bool { return strings.ContainsFunc(line, escape.Unprintable) })
}

// saves says that the commands of a change leave files behind, for its undo.
func saves(s step) bool {
	switch s.Action {
	case checks.AttachPolicy, checks.CreateRole, checks.CreateRepository, checks.TagRepository, checks.UntagRepository:
		return false
	}
	return s.byHand == ""
}
