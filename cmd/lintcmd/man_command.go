package lintcmd

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// manCommand prints the manual pages that releases package. It is hidden, because people
// read the pages with man.
func manCommand(out io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:    "man [COMMAND]",
		Short:  "Print the manual page of iblint or of one command, in roff",
		Hidden: true,
		Long: `Print the manual page of iblint or of one of its commands, in roff. SOURCE_DATE_EPOCH, in seconds since
1970, sets the date of the page.`,
		Example: "  iblint man check | man -l -",
		Args:    cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			about, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 || len(args) > 1 {
				return usage("man: expected at most one command of iblint (all commands: iblint --help)")
			}
			about.DisableAutoGenTag = true // the tag is the day of the build
			if err := doc.GenMan(about, &doc.GenManHeader{Section: "1", Source: "iblint " + version(), Manual: "iblint"}, out); err != nil {
				return fmt.Errorf("cannot make the manual page: %w", err)
			}
			return nil
		},
	}
}
