package fix

import (
	"bufio"
	"fmt"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/report/escape"
)

// writeScript writes a plan as a script for a POSIX shell. The part of each account first checks
// that the credentials are for that account, and stops at the first command that fails. It
// depends on no other part, so that it can be pasted into a shell on its own.
func writeScript(w *bufio.Writer, p plan) {
	fmt.Fprintln(w, "#!/bin/sh")
	comments(w, "#", p.header(
		"Review this script, then run it once with the credentials of each account below. The part for an",
		"account is skipped when the credentials belong to another account. The script requires the AWS CLI",
		"and jq. It saves undo data in a new directory, iblint-undo.ACCOUNT.*. To undo, run the lines marked",
		"undo in that directory, from the last to the first.",
	))
	if slices.ContainsFunc(p.accounts, hasCommands) {
		fmt.Fprintf(w, "set -eu\nexport AWS_PAGER=''\napplied=no\n")
	}
	for _, a := range p.accounts {
		fmt.Fprintln(w)
		comments(w, "#", a.heading())
		if !hasCommands(a) {
			writeSteps(w, a)
			continue
		}
		fmt.Fprintf(w, "if [ \"$(aws sts get-caller-identity --query Account --output text)\" = %s ]; then (\nset -eu\n", Quote(a.account))
		if slices.ContainsFunc(a.changes, savesFiles) {
			fmt.Fprintf(w, "undo=$(mktemp -d \"$PWD/iblint-undo.%s.XXXXXX\")\ncd \"$undo\"\n", fileName(a.account))
		}
		writeSteps(w, a)
		fmt.Fprintf(w, "); applied=yes; else\n\tprintf '%%s\\n' %s >&2\nfi\n", Quote("skipped: the credentials are not for account "+escape.Printable(a.account)))
	}
	if slices.ContainsFunc(p.accounts, hasCommands) {
		fmt.Fprintf(w, "\nif [ $applied = no ]; then\n\techo 'nothing was changed: the credentials are for none of the accounts in this script' >&2\n\texit 1\nfi\n")
	}
}

// hasCommands reports whether the script runs a command in an account.
func hasCommands(a *accountPlan) bool {
	return slices.ContainsFunc(a.changes, func(s step) bool { return s.manual == "" && printable(s) })
}

func writeSteps(w *bufio.Writer, a *accountPlan) {
	for i, s := range a.changes {
		fmt.Fprintln(w)
		if i == 0 || !slices.Equal(s.reasons, a.changes[i-1].reasons) {
			comments(w, "#", s.reasons)
		}
		writeStep(w, s)
	}
	fmt.Fprintln(w)
}

func writeStep(w *bufio.Writer, s step) {
	switch {
	case s.manual != "":
		comments(w, "#", append([]string{manually(s.manual)}, s.commentedCommands()...))
	case !printable(s):
		comments(w, "#", append([]string{manually("it contains characters that AWS does not allow in names")}, s.commentedCommands()...))
	default:
		for i, line := range commandLines(s.Change, s.mayExist) {
			fmt.Fprintln(w, line)
			if i == 0 && s.After != "" { // the document is saved
				fmt.Fprintln(w, stopIfChanged(s.Change))
			}
		}
	}
}

// stopIfChanged is a command that stops the script if the saved document differs from the one
// that iblint read. The edit replaces the whole document, so later changes would be lost.
func stopIfChanged(c checks.Change) string {
	return fmt.Sprintf("jq -e --argjson was %s '. == $was' %s-before.json > /dev/null || { printf '%%s\\n' %s >&2; exit 1; }",
		Quote(oneLine(c.Before)), editFile(c), Quote("the "+escape.Printable(edited(c))+" has changed since iblint read it; run iblint again"))
}

// printable reports whether the commands of a change have no characters that a terminal hides or
// interprets.
func printable(s step) bool {
	return !slices.ContainsFunc(commandLines(s.Change, s.mayExist), func(line string) bool { return strings.ContainsFunc(line, escape.Unprintable) })
}

// savesFiles reports whether the commands of a change save files for the undo.
func savesFiles(s step) bool {
	switch s.Action {
	case checks.AttachPolicy, checks.CreateRole, checks.CreateRepository, checks.TagRepository, checks.UntagRepository:
		return false
	}
	return s.manual == ""
}
