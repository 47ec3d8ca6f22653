package lintcmd

import (
	"context"
	"slices"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/source/recorded"
)

// demonstration loads the recording that comes with iblint. As for any recording, only --config
// replaces its scope: .iblint.yaml is about the user's own accounts.
func (f *runFlags) demonstration(s invocation) (func(context.Context) (*account.Inventory, error), error) {
	inv, err := recorded.Parse("the demo", fixtures.Demo)
	if err == nil && f.scope.config != "" {
		err = f.configure(s, inv)
	}
	return func(context.Context) (*account.Inventory, error) { return inv, err }, err
}

// onlyDemo returns an error if --demo is given with something else that says what to check.
func (f *runFlags) onlyDemo() error {
	if !f.demo {
		return nil
	}
	given := givenOf(f.scope.flags, slices.Concat([]string{
		"region", "owner", "execution-role", "destination", "repository", "resource-type", "source-account-means",
		"recorded", "authorization-details", "with-live", "lifecycle-policy", "distribution", "scp", "rcp", "var", "var-file", "parameter", "parameter-file",
	}, liveFlags)...)
	if given = append(given, f.code.paths...); len(given) > 0 {
		return usage("--demo has its own recording and scope; remove %s", given)
	}
	return nil
}

// configure applies the configuration file to a recording.
func (f *runFlags) configure(s invocation, inv *account.Inventory) error {
	cfg, err := f.scope.configuration()
	if err != nil {
		return err
	}
	s.warnOfRegions(nil, cfg)
	if len(cfg.Owners) > 0 {
		inv.Owners = cfg.owners()
	}
	if err := f.scope.apply(inv, inv.Accounts); err != nil {
		return err
	}
	if meaning := cfg.meaning(); meaning != account.Unsettled {
		inv.SourceAccountMeans = meaning
	}
	return nil
}
