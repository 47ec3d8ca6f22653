package lintcmd

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source/awsapi"
	"github.com/iblint/iblint/report"
	"github.com/iblint/iblint/report/escape"
)

// verdictsToFail are the values of --fail-on.
var verdictsToFail = []string{"fail", "warn", "never"}

// textAndJSON are the values of --format of commands that are not reports.
var textAndJSON = []string{"text", "json"}

// completeValues lets shells complete the values of all flags with known values.
func completeValues(root *cobra.Command, all []checks.Check) {
	_ = root.RegisterFlagCompletionFunc("color", oneOf(colorings...))
	for _, c := range root.Commands() {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if values := valuesOf(c, f.Name, all); values != nil {
				_ = c.RegisterFlagCompletionFunc(f.Name, values) // fails only for a flag that is registered already
			}
		})
	}
}

// valuesOf returns the function that lists the values of a flag; nil: they are files or not known.
func valuesOf(c *cobra.Command, flag string, all []checks.Check) cobra.CompletionFunc {
	switch flag {
	case "only", "skip":
		return listed(checkIDs(all)...)
	case "format":
		if c.Name() == "check" {
			return oneOf(report.Names()...)
		}
		return oneOf(textAndJSON...)
	case "fail-on":
		return oneOf(verdictsToFail...)
	case "show":
		return listed(append(statuses(), "all")...)
	case "as":
		if c.Name() == "permissions" {
			return oneOf(roleLanguages()...)
		}
		return oneOf(languages()...)
	case "for":
		return oneOf(accountKinds...)
	case "region":
		return listed(append(regions(), allRegions)...)
	case "profile":
		return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			return harmless(beginning(awsapi.Profiles(), typed)), cobra.ShellCompDirectiveNoFileComp
		}
	case "resource-type":
		return oneOf(imageTypes...)
	case "source-account-means":
		return oneOf(meanings...)
	case "owner", "execution-role", "destination", "repository", "ou", "account", "exclude", "role-name", "external-id", "session-name", "part", "timeout",
		"account-timeout", "wait", "concurrency", "confirm-negatives", "max-input", "var", "parameter", "reason", "expires",
		"source-account", "source-arn", "principal", "context", "absent":
		return oneOf() // nothing that iblint knows, and no files
	}
	return nil
}

// oneOf completes a value to one of several.
func oneOf(values ...string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		return beginning(values, typed), cobra.ShellCompDirectiveNoFileComp
	}
}

// listed completes the last value of a list with commas.
func listed(values ...string) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) (all []string, _ cobra.ShellCompDirective) {
		before := typed[:strings.LastIndex(typed, ",")+1]
		for _, v := range beginning(values, typed[len(before):]) {
			all = append(all, before+v)
		}
		return harmless(all), cobra.ShellCompDirectiveNoFileComp
	}
}

// beginning are the values that begin with what the user typed.
func beginning(values []string, typed string) (all []string) {
	for _, v := range values {
		if strings.HasPrefix(v, typed) {
			all = append(all, v)
		}
	}
	return all
}

// harmless are the values that a terminal and a CI system show as they are. A shell would not
// understand escapes.
func harmless(values []string) []string {
	return slices.DeleteFunc(values, func(v string) bool {
		v = strings.ReplaceAll(v, "\t", " ") // before the description
		return escape.Inert(escape.Printable(v)) != v
	})
}

// checkIDs are the IDs of checks with their titles, which shells show beside them.
func checkIDs(all []checks.Check) (ids []string) {
	for _, c := range all {
		ids = append(ids, cobra.CompletionWithDesc(c.ID, c.Title))
	}
	return ids
}

func statuses() (all []string) {
	for _, s := range checks.Statuses {
		all = append(all, string(s))
	}
	return all
}

func regions() []string { return slices.Sorted(slices.Values(account.KnownRegions())) }
