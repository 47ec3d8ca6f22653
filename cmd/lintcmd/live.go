package lintcmd

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/internal/source/awsapi"
	"github.com/iblint/iblint/report/escape"
)

// live is a source with what to read from it.
type live struct {
	aws      *awsapi.AWS
	scope    source.Scope
	progress io.Writer // standard error
}

func (l live) load(ctx context.Context) (*account.Inventory, error) {
	// A few accounts are read and judged before collecting garbage pays; of many,
	// half the usual head room keeps a thousand accounts below 200 MiB, and reading
	// waits for the network, so that processor time is there to spare.
	percent := 400
	if l.scope.Organization != nil || len(l.scope.Owners) > 10 {
		percent = 50
	}
	collectAt(percent)
	defer watch(l.progress, l.aws.Progress)()
	return l.aws.Load(ctx, l.scope)
}

// collectAt sets when garbage is collected, unless the user did (GOGC).
func collectAt(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// kinds are what the checks look at.
func kinds(selected []checks.Check) []account.Kind {
	var kinds []account.Kind
	for _, c := range selected {
		kinds = append(kinds, c.Kind)
		switch c.Kind {
		case account.OrganizationKind: // it limits what the others are for
			kinds = append(kinds, account.ExecutionRoleKind, account.DestinationKind, account.RepositoryKind)
		case account.RepositoryKind: // that execution roles work in
			kinds = append(kinds, account.ExecutionRoleKind)
		}
	}
	return kinds
}

// parts are what the checks need of an account.
func parts(selected []checks.Check) map[account.Part]bool {
	parts := map[account.Part]bool{}
	for _, c := range selected {
		for _, n := range c.Needs {
			parts[n.Part] = true
		}
	}
	return parts
}

// live prepares reading from AWS.
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
		progress: behind(s.err),
	}
	l.aws.RegisterFiles()
	return l, nil
}
