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
		Long: `Print the JSON Schema (draft 2020-12) of the report that --format json writes. Its "schemaVersion" has a
number more before the dot when something was taken away or changed its meaning, behind it when something was added.`,
		Example: "  iblint schema > iblint-report.schema.json",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			_, _ = out.Write(report.Schema) // the writer keeps the error
			return nil
		},
	}
}
