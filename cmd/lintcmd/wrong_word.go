package lintcmd

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// wrongCommand returns the error for a first argument that is no command. Without it, the error
// would be about a flag after it, which the program itself does not have.
func wrongCommand(root *cobra.Command, args []string) error {
	found, _, err := root.Find(args)
	if err != nil || found != root || len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return nil //nolint:nilerr // running the command returns the error
	}
	word := args[0]
	if word == cobra.ShellCompRequestCmd || word == cobra.ShellCompNoDescRequestCmd {
		return nil // Cobra adds these commands when it runs them
	}
	if _, err := os.Stat(word); err == nil {
		return usage("%s is not a command; to check this file or directory, run: %s check %s", word, root.Name(), word)
	}
	return usage("there is no command %q%s (all commands: %s --help)", word, didYouMean(word, commandNames(root)), root.Name())
}

func commandNames(root *cobra.Command) (names []string) {
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return names
}

// wrongFlag returns the error for a flag that does not exist, or has no valid value.
func wrongFlag(c *cobra.Command, err error) error {
	var missing *pflag.NotExistError
	var valueless *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &missing) && missing.GetSpecifiedShortnames() == "":
		name := missing.GetSpecifiedName()
		hint := strings.Replace(didYouMean(name, flagNames(c)), "did you mean ", "did you mean --", 1)
		if others := commandsWith(c.Root(), name); len(others) > 0 {
			hint = "; it is a flag of " + others.String()
		}
		return usage("there is no flag --%s%s (all flags: %s --help)", name, hint, c.CommandPath())
	case errors.As(err, &valueless) && valueless.GetFlag() != nil:
		name := valueless.GetFlag().Name
		return usage("--%s requires a value: --%s %s", name, name, valueName(c, valueless.GetFlag()))
	case errors.As(err, &invalid) && invalid.GetValue() == "":
		return usage("--%s %q: %w", invalid.GetFlag().Name, "", errors.Unwrap(invalid))
	case errors.As(err, &invalid):
		return usage("--%s %s: %w", invalid.GetFlag().Name, invalid.GetValue(), errors.Unwrap(invalid))
	}
	return usage("%v (all flags: %s --help)", err, c.CommandPath())
}

// commandsWith are the commands that have a flag.
func commandsWith(root *cobra.Command, flag string) (all words) {
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() && c.Flags().Lookup(flag) != nil {
			all = append(all, c.CommandPath())
		}
	}
	return all
}

func flagNames(c *cobra.Command) (names []string) {
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}
