package lintcmd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/internal/source/awsapi"
	"github.com/iblint/iblint/report/escape"
)

// live reads a scope from AWS.
type live struct {
	aws      *awsapi.AWS
	scope    source.Scope
	progress io.Writer // standard error
}

func (l live) load(ctx context.Context) (*account.Inventory, error) {
	if l.scope.Organization != nil || len(l.scope.Owners) > 10 {
		collectOften()
	} else {
		collectRarely()
	}
	defer watch(l.progress, l.aws.Progress)()
	return l.aws.Load(ctx, l.scope)
}

// kinds returns the kinds of subjects that the checks need.
func kinds(selected []checks.Check) []account.Kind {
	var kinds []account.Kind
	for _, c := range selected {
		kinds = append(kinds, c.Kind)
		switch c.Kind {
		case account.OrganizationKind: // guardrails matter only for what the other kinds need
			kinds = append(kinds, account.ExecutionRoleKind, account.DestinationKind, account.RepositoryKind)
		case account.RepositoryKind: // a repository policy must permit the execution roles
			kinds = append(kinds, account.ExecutionRoleKind)
		}
	}
	return kinds
}

// parts returns the parts of an account that the checks need.
func parts(selected []checks.Check) map[account.Part]bool {
	parts := map[account.Part]bool{}
	for _, c := range selected {
		for _, n := range c.Needs {
			parts[n.Part] = true
		}
	}
	return parts
}

// live returns the source for the accounts that flags and configuration name. It reads
// nothing from AWS.
func (f *scopeFlags) live(s invocation, parts map[account.Part]bool) (*live, error) {
	cfg, err := f.configuration()
	if err != nil {
		return nil, err
	}
	now, err := clock()
	if err != nil {
		return nil, err
	}
	inv := &account.Inventory{Owners: cfg.owners(), SourceAccountMeans: cfg.meaning()}
	f.organization = f.organization || cfg.Organization != nil
	organization, err := f.inOrganization(cfg)
	if err != nil {
		return nil, err
	}
	if len(inv.Owners) == 0 && len(f.owners) == 0 && organization == nil {
		inv.Owners = []account.Owner{{}} // the account of the credentials
	}
	s.warnOfRegions(f.regions, cfg)
	access := cfg.access()
	if err := f.apply(inv, nil); err != nil {
		return nil, err
	}
	if err := f.access(access); err != nil {
		return nil, err
	}
	roleName, externalID, err := f.roleToAssume(cfg)
	if err != nil {
		return nil, err
	}
	var debug io.Writer
	if f.debug {
		debug = s.err
	}
	l := &live{
		aws: &awsapi.AWS{
			Profile: f.profile, Access: access, RoleName: roleName, ExternalID: externalID, SessionName: cmp.Or(f.sessionName, cfg.SessionName),
			Concurrency: f.concurrency, AccountTimeout: f.accountTimeout, ConfirmNegatives: f.negatives(),
			Debug: debug, Now: func() time.Time { return now },
			Warn: func(err error) { fmt.Fprintln(s.err, "iblint: "+escape.Printable(err.Error())) },
		},
		scope:    source.Scope{Owners: inv.Owners, SourceAccountMeans: inv.SourceAccountMeans, Parts: parts, Organization: organization},
		progress: unfiltered(s.err),
	}
	for _, name := range l.aws.ConfigurationFiles() {
		f.inputs.Protect(name)
	}
	return l, nil
}
