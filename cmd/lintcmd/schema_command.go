package lintcmd

import (
	"io"

	"github.com/spf13/cobra"

	"github.com/iblint/iblint/report"
)

func schemaCommand(out io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the JSON report",
		Long: `Print the JSON Schema (draft 2020-12) of the report that --format json writes. The major number of
"schemaVersion" increases when a field is removed or changes its meaning, the minor number when a field is added.`,
		Example: "  iblint schema > iblint-report.schema.json",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, _ = out.Write(report.Schema) // out keeps the error
			return nil
		},
	}
}
