package lintcmd

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/iblint/iblint/internal/lazyregexp"
)

// flagGroups are the groups of flags in the help of a command with many flags, in their order.
var flagGroups = []struct {
	title string
	flags []string
}{
	{"What to check", []string{
		"region", "owner", "execution-role", "destination", "repository", "all-repositories",
		"organization", "ou", "account", "exclude", "resource-type", "source-account-means", "only", "skip",
	}},
	{"Where to read it", []string{
		"demo", "recorded", "authorization-details", "with-live", "lifecycle-policy", "distribution", "scp", "rcp",
		"var", "var-file", "parameter", "parameter-file", "config",
	}},
	{"Credentials", []string{"profile", "role-name", "external-id", "session-name"}},
	{"Output", []string{
		"format", "output", "as", "part", "show", "quiet", "verbose", "color", "previous", "warnings", "redact", "sarif-anchor", "debug",
	}},
	{"Gate", []string{"fail-on", "fail-on-new", "allow-unknown", "wait"}},
	{"Limits", []string{"timeout", "account-timeout", "concurrency", "confirm-negatives", "max-input"}},
}

// groupedFrom is the number of flags from which on a command shows them in groups.
const groupedFrom = 15

// valueNames name the values of flags, by the name of the flag, or of the command and the flag.
var valueNames = map[string]string{
	"absent": "KEY", "account": "ACCOUNT", "account-timeout": "TIME", "as": "LANGUAGE", "authorization-details": "FILE", "color": "WHEN",
	"concurrency": "N", "config": "FILE", "confirm-negatives": "N", "context": "KEY=VALUE", "destination": "ACCOUNT", "distribution": "FILE",
	"exclude": "ACCOUNT", "execution-role": "ROLE", "expires": "DATE", "external-id": "ID", "fail-on": "VERDICT", "for": "KIND", "format": "FORMAT",
	"lifecycle-policy": "FILE", "max-input": "SIZE", "only": "CHECK", "ou": "UNIT", "output": "FILE", "owner": "ACCOUNT",
	"parameter": "KEY=VALUE", "parameter-file": "FILE", "part": "PART", "permissions principal": "ARN", "previous": "FILE", "principal": "SERVICE", "profile": "PROFILE", "rcp": "LEVEL=FILE",
	"reason": "TEXT", "recorded": "FILE", "region": "REGION", "report": "FILE", "repository": "NAME", "resource-type": "TYPE", "role-name": "ROLE",
	"sarif-anchor": "FILE", "scp": "LEVEL=FILE", "session-name": "NAME", "show": "VERDICT", "skip": "CHECK", "source-account": "ACCOUNT",
	"source-account-means": "WHO", "source-arn": "ARN", "suppress owner": "WHO", "timeout": "TIME", "var": "NAME=VALUE", "var-file": "FILE", "wait": "TIME",
}

// valueName names the value of a flag of a command.
func valueName(c *cobra.Command, f *pflag.Flag) string {
	return cmp.Or(valueNames[c.Name()+" "+f.Name], valueNames[f.Name], strings.ToUpper(f.Value.Type()))
}

// writeHelp writes the help of a command: what it does, examples, the rest of its description, flags,
// and exit codes.
func writeHelp(out io.Writer, c *cobra.Command, width int) {
	summary, rest, _ := strings.Cut(strings.TrimSpace(cmp.Or(c.Long, c.Short)), "\n\n")
	paragraphs(out, summary, width)
	if c.Example != "" {
		fmt.Fprintf(out, "\nExamples:\n%s\n", c.Example)
	}
	fmt.Fprintf(out, "\nUsage:\n  %s\n", useLine(c))
	codes := ""
	if before, after, ok := strings.Cut("\n\n"+rest, "\n\nExit codes"); ok {
		rest, codes = strings.Trim(before, "\n"), "Exit codes"+after
	}
	if rest != "" {
		fmt.Fprintln(out)
		paragraphs(out, rest, width)
	}
	writeCommands(out, c)
	writeFlags(out, c, width)
	if codes != "" {
		fmt.Fprintln(out)
		paragraphs(out, codes, width)
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(out, "\nAll flags of a command: %s COMMAND --help\n", c.CommandPath())
	}
}

func useLine(c *cobra.Command) string {
	switch {
	case c.HasAvailableSubCommands():
		return c.CommandPath() + " COMMAND [flags]"
	case c.HasAvailableLocalFlags():
		return c.UseLine()
	}
	return c.CommandPath() + strings.TrimPrefix(c.Use, c.Name())
}

// paragraphs writes paragraphs, which an empty line separates, wrapped to the width.
func paragraphs(out io.Writer, text string, width int) {
	for i, p := range strings.Split(text, "\n\n") {
		if i > 0 {
			fmt.Fprintln(out)
		}
		for _, block := range blocksOf(p) {
			lead, rest := "", block
			if m := listEntry().FindStringSubmatch(block); m != nil {
				lead, rest = m[1], m[2]
			}
			for _, line := range paragraph(rest, max(width-len(lead), 20)) {
				fmt.Fprintln(out, lead+line)
				lead = strings.Repeat(" ", len(lead))
			}
		}
	}
}

// listEntry matches an entry of a list, such as an exit code: two spaces, a name, at least two spaces, and a
// text.
var listEntry = lazyregexp.New(`^(  \S(?:[^ ]| [^ ])*  +)(.*)$`)

// blocksOf are the entries of lists in a paragraph, and the text around them, each in one line.
func blocksOf(paragraph string) (blocks []string) {
	for line := range strings.SplitSeq(paragraph, "\n") {
		after := len(blocks) > 0 && strings.HasPrefix(blocks[len(blocks)-1], "  ")
		begins := strings.HasPrefix(line, "  ") && !strings.HasPrefix(line, "   ")
		continues := strings.HasPrefix(line, "   ") && after || !strings.HasPrefix(line, "  ") && !after
		if begins || len(blocks) == 0 || !continues {
			blocks = append(blocks, line)
			continue
		}
		blocks[len(blocks)-1] += " " + strings.TrimSpace(line)
	}
	return blocks
}

func writeCommands(out io.Writer, c *cobra.Command) {
	if !c.HasAvailableSubCommands() {
		return
	}
	fmt.Fprint(out, "\nCommands:\n")
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() {
			fmt.Fprintf(out, "  %-11s  %s\n", sub.Name(), sub.Short)
		}
	}
}

// writeFlags writes the flags of a command, in groups if there are many.
func writeFlags(out io.Writer, c *cobra.Command, width int) {
	var all []*pflag.Flag
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && f.Name != "help" {
			all = append(all, f)
		}
	})
	grouped := len(all) >= groupedFrom
	if grouped {
		for _, g := range flagGroups {
			var group []*pflag.Flag
			for _, name := range g.flags {
				if i := slices.IndexFunc(all, func(f *pflag.Flag) bool { return f.Name == name }); i >= 0 {
					group = append(group, all[i])
					all = slices.Delete(all, i, i+1)
				}
			}
			writeFlagGroup(out, c, g.title, group, width)
		}
	}
	writeFlagGroup(out, c, map[bool]string{true: "Other flags", false: "Flags"}[grouped], all, width)
}

// flagColumn is where the descriptions of flags begin.
const flagColumn = 30

func writeFlagGroup(out io.Writer, c *cobra.Command, title string, flags []*pflag.Flag, width int) {
	if len(flags) == 0 {
		return
	}
	fmt.Fprintf(out, "\n%s:\n", title)
	for _, f := range flags {
		left := "  --" + f.Name
		if f.Shorthand != "" {
			left += ", -" + f.Shorthand
		}
		if f.NoOptDefVal == "" {
			left += " " + valueName(c, f)
		}
		lines := paragraph(f.Usage+defaultOf(f), max(width-flagColumn, 20))
		if len(left) > flagColumn-2 {
			fmt.Fprintln(out, left)
			left = ""
		}
		for _, line := range lines {
			fmt.Fprintf(out, "%-*s%s\n", flagColumn, left, line)
			left = ""
		}
	}
}

// defaultOf is the default of a flag, unless its description names it or it is empty.
func defaultOf(f *pflag.Flag) string {
	if slices.Contains([]string{"", "[]", "false", "0", "0s"}, f.DefValue) || strings.Contains(f.Usage, "default") {
		return ""
	}
	return " (default " + f.DefValue + ")"
}

// helpCommand is "iblint help COMMAND".
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Print the help of a command",
		ValidArgsFunction: func(c *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return beginning(commandNames(c.Root()), typed), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := wrongCommand(c.Root(), args); err != nil {
				return err
			}
			of, _, err := c.Root().Find(args)
			if err != nil {
				return err
			}
			of.InitDefaultHelpFlag()
			return of.Help()
		},
	}
}
