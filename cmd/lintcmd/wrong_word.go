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
	found, rest, err := root.Find(args)
	if err == nil && found != root && found.HasSubCommands() && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		return usage("%s: there is no command %q%s (see: %s --help)", found.CommandPath(), rest[0], didYouMean(rest[0], commandNames(found)), found.CommandPath())
	}
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
		hint := didYouMean(name, flagNames(c))
		for _, sub := range c.Commands() {
			if hint == "" && sub.Flags().Lookup(name) != nil {
				hint = "; it is a flag of " + sub.CommandPath()
			}
		}
		return usage("there is no flag --%s%s (all flags: %s --help)", name, strings.Replace(hint, "did you mean ", "did you mean --", 1), c.CommandPath())
	case errors.As(err, &valueless) && valueless.GetFlag() != nil:
		name := valueless.GetFlag().Name
		return usage("--%s requires a value: --%s %s", name, name, valueNames[name])
	case errors.As(err, &invalid):
		return usage("--%s %s: %w", invalid.GetFlag().Name, invalid.GetValue(), errors.Unwrap(invalid))
	}
	return usage("%v (all flags: %s --help)", err, c.CommandPath())
}

func flagNames(c *cobra.Command) (names []string) {
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}
