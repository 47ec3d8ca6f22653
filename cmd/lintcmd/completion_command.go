package lintcmd

import (
	"bytes"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// shells are the shells with a completion script, in the order in which errors list them.
var shells = []string{"bash", "fish", "powershell", "zsh"}

// completionCommand prints the scripts by which shells complete commands, flags and values. They ask
// iblint itself, by a hidden command of Cobra.
func completionCommand(out io.Writer) *cobra.Command {
	const expected = "bash, fish, powershell or zsh"
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print the script with which a shell completes iblint's words",
		Long: `Print the script with which a shell completes the commands, flags and values of iblint. SHELL is ` + expected + `.
The script for bash needs the package bash-completion.`,
		Example: `  iblint completion bash > iblint.bash   # source it in ~/.bashrc
  iblint completion zsh > _iblint        # in a directory of $fpath
  iblint completion fish > iblint.fish   # in ~/.config/fish/completions
  iblint completion powershell | Out-String | Invoke-Expression   # in $PROFILE`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) != 1:
				return usage("expected one shell: %s", expected)
			case !slices.Contains(shells, args[0]):
				return usage("there is no completion for %q: expected %s%s", args[0], expected, didYouMean(args[0], shells))
			}
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return beginning(shells, typed), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			switch root := c.Root(); args[0] {
			case "fish":
				return root.GenFishCompletion(out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(out)
			case "zsh":
				return root.GenZshCompletion(out)
			}
			var script bytes.Buffer
			if err := c.Root().GenBashCompletionV2(&script, true); err != nil {
				return err
			}
			_, err := io.WriteString(out, withCommas(script.String()))
			return err
		},
	}
}

// withCommas makes Cobra's script for bash leave commas as they are. Bash escapes them ("printf %q"), so
// that the completion of the second element of a list would not begin with the word that was typed.
func withCommas(script string) string {
	return strings.NewReplacer(
		` || comp=$(printf "%q" "${compline%%$tab*}")`, `; comp=${comp//\\,/,}`,
		`printf "%q\n" "`, `__iblint_escape "`,
		`printf "%q" "`, `__iblint_escape "`,
	).Replace(script) + `
__iblint_escape()
{
    local word
    for word in "$@"; do
        printf -v word "%q" "$word"
        printf "%s\n" "${word//\\,/,}"
    done
}
`
}
