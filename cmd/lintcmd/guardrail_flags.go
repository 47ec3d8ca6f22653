package lintcmd

import (
	"io"
	"strings"

	"github.com/spf13/pflag"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/policy"
	"github.com/iblint/iblint/internal/source"
)

// guardrailFlags name files with guardrails, for users who may not read them from AWS.
type guardrailFlags struct {
	service, resource []string // LEVEL=FILE
}

func (f *guardrailFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.service, "scp", nil, "service control policy of a level (root, ACCOUNT)")
	flags.StringArrayVar(&f.resource, "rcp", nil, "resource control policy of a level")
}

// read reads the files and returns their policies as levels. It refuses a file that is
// not a valid policy document.
func (f *guardrailFlags) read(inputs *source.Inputs, stdin io.Reader, limit source.Limit) ([]demand.GivenLevel, error) {
	var all []demand.GivenLevel
	for _, given := range []struct {
		flag, policyType string
		kind             policy.Kind
		values           []string
	}{
		{"--scp", account.ServiceControlPolicy, policy.Identity, f.service},
		{"--rcp", account.ResourceControlPolicy, policy.Resource, f.resource},
	} {
		for _, value := range given.values {
			level, file, ok := strings.Cut(value, "=")
			if !ok || level == "" || file == "" {
				return nil, usage("%s %s: expected LEVEL=FILE, such as root=FullAWSAccess.json or 111122223333=deny.json", given.flag, value)
			}
			if strings.Trim(level, "0123456789") == "" && !account.IsAccountID(level) { // a mistyped account ID, not a level of all accounts
				return nil, notAnAccountID(given.flag, value, level)
			}
			data, err := inputs.ReadFile(file, stdin, limit.Small())
			if err != nil {
				return nil, err
			}
			if _, err := policy.Parse(given.kind, string(data)); err != nil {
				return nil, usage("%s %s: expected a policy document: %w", given.flag, value, err)
			}
			all = append(all, demand.GivenLevel{Type: given.policyType, Target: level, Policies: []account.Guardrail{{Name: file, Document: string(data)}}})
		}
	}
	return all, nil
}
