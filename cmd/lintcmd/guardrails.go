package lintcmd

import (
	"io"
	"strings"

	"github.com/spf13/pflag"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
	"github.com/iblint/iblint/internal/source"
)

// guardrailFlags give guardrails as files, where nobody may read them.
type guardrailFlags struct {
	service, resource []string // LEVEL=FILE
}

func (f *guardrailFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.service, "scp", nil, "a service control policy that limits the accounts, instead of those that are read: LEVEL=FILE; LEVEL is an account ID, or any word, such as root (repeatable, from the root down; policies of one level count as one)")
	flags.StringArrayVar(&f.resource, "rcp", nil, "a resource control policy, likewise (repeatable)")
}

// read reads the files. Each must be a policy document: here nothing is left to be
// found out later.
func (f *guardrailFlags) read(stdin io.Reader, limit source.Limit) ([]account.GivenLevel, error) {
	var all []account.GivenLevel
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
			if strings.Trim(level, "0123456789") == "" && !account.IsAccountID(level) { // a level for all accounts, it would be
				return nil, usage("%s %s: %s is no account ID, which has 12 digits", given.flag, value, level)
			}
			data, err := source.ReadFile(file, stdin, limit.Small())
			if err != nil {
				return nil, err
			}
			if _, err := policy.Parse(given.kind, string(data)); err != nil {
				return nil, usage("%s %s: expected a policy document: %w", given.flag, value, err)
			}
			all = append(all, account.GivenLevel{Type: given.policyType, Target: level, Policies: []account.Guardrail{{Name: file, Document: string(data)}}})
		}
	}
	return all, nil
}
