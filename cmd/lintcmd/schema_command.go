package lintcmd

import (
	"io"
	"maps"
	"slices"

	"github.com/spf13/cobra"

	"github.com/iblint/iblint/report"
)

func schemaCommand(out io.Writer) *cobra.Command {
	schemas := map[string][]byte{"report": report.Schema, "config": configurationSchema}
	names := slices.Sorted(maps.Keys(schemas))
	return &cobra.Command{
		Use:   "schema [report|config]",
		Short: "Print the JSON Schema of the report or of the configuration file",
		Long: `Print a JSON Schema: of the report that --format json writes (draft 2020-12, the default), or of the configuration
file (draft 7), with which editors complete and check it.

The major number of "schemaVersion" in a report increases when a field is removed or changes its meaning, the minor
number when a field is added.`,
		Example: `  iblint schema > iblint-report.schema.json
  iblint schema config > iblint-config.schema.json`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 && schemas[args[0]] == nil {
				return usage("there is no schema %q: expected report or config%s", args[0], didYouMean(args[0], names))
			}
			return noArguments(c, args[min(1, len(args)):])
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return beginning(names, typed), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			schema := report.Schema
			if len(args) > 0 {
				schema = schemas[args[0]]
			}
			_, _ = out.Write(schema) // out keeps the error
			return nil
		},
	}
}
