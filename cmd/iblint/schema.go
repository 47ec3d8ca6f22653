package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/iblint/iblint/report"
)

func schemaCommand(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the JSON report",
		Long: `Print the JSON Schema (draft 2020-12) of the report that --format json writes. Its "schemaVersion" has a
number more before the dot when something was taken away or changed its meaning, behind it when something was added.`,
		Example: "  iblint schema > iblint-report.schema.json",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			if _, err := s.out.Write(report.Schema); err != nil {
				return fmt.Errorf("the schema could not be written: %w", err)
			}
			return nil
		},
	}
}
