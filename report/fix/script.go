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
		"Read it, then run it once with the credentials of each account that is in it: the part of",
		"an account does nothing in any other. It takes the AWS CLI and jq. What an undo needs is",
		"saved in a new directory, iblint-undo.ACCOUNT.*; run the lines marked undo there, from the",
		"last to the first.",
	))
	if slices.ContainsFunc(p.accounts, runs) {
		fmt.Fprintf(w, "set -eu\nexport AWS_PAGER=''\nmade=no\n")
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
		fmt.Fprintf(w, "); made=yes; else\n\tprintf '%%s\\n' %s >&2\nfi\n", quote("left out: these are not the credentials of account "+escape.Printable(a.account)))
	}
	if slices.ContainsFunc(p.accounts, runs) {
		fmt.Fprintf(w, "\nif [ $made = no ]; then\n\techo 'nothing was changed' >&2\n\texit 1\nfi\n")
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
		comments(w, "#", append([]string{"by hand, " + s.byHand + ":"}, s.told()...))
	case !printable(s):
		comments(w, "#", append([]string{"by hand, there are characters in it that AWS allows in no name:"}, s.told()...))
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
		quote(oneLine(c.Before)), editFile(c), quote("what was read has changed since, so run iblint again: the "+escape.Printable(edited(c))))
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
