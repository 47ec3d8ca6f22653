package lintcmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/report/escape"
	"github.com/iblint/iblint/report/fix"
)

type initFlags struct {
	scope   scopeFlags
	output  string
	force   bool
	offline bool
}

func initCommand(s invocation, code *int) *cobra.Command {
	var f initFlags
	c := &cobra.Command{
		Use:   "init",
		Short: "Write a configuration file with what Image Builder lists",
		Long: `Write .iblint.yaml, with comments, for the account of the credentials.

The account and its Regions are set. Execution roles, destinations and repositories that Image Builder lists are
comments: iblint asks Image Builder in each run, and a list in the file would hide those that come later. Without
credentials, and with --offline, the file has the keys only.

Exit codes:
  0  the file is written
  2  wrong usage, or the file exists and --force is not given
  3  the file is written, but something could not be read, or it could not be written completely`,
		Example: `  iblint init --region eu-west-1 --role-name Audit
  iblint init --offline
  iblint init --output -`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			var err error
			*code, err = f.run(c.Context(), s)
			return err
		},
	}
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.scope.register(all)
	for _, name := range []string{"region", "profile", "role-name", "external-id", "session-name", "timeout"} {
		c.Flags().AddFlag(all.Lookup(name))
	}
	c.Flags().StringVarP(&f.output, "output", "o", defaultConfig, outputUsage)
	c.Flags().BoolVar(&f.force, "force", false, "overwrite the file if it exists")
	c.Flags().BoolVar(&f.offline, "offline", false, "do not access AWS")
	return c
}

func (f *initFlags) run(ctx context.Context, s invocation) (int, error) {
	if _, err := os.Lstat(f.output); !errors.Is(err, fs.ErrNotExist) && f.output != "-" && !f.force {
		return 0, usage("%s exists; --force overwrites it, and --output FILE writes another file", f.output)
	}
	interruptionOf(ctx).prepareWithin(f.scope.timeout)
	f.scope.configured = &configuration{} // a configuration that exists is not read
	f.scope.checks, f.scope.kinds, f.scope.stdin, f.scope.inputs = s.checks, kinds(s.checks), s.in, s.inputs
	var l *live
	if !f.offline {
		var err error
		if l, err = f.scope.live(s, demandParts()); err != nil {
			return 0, err
		}
	}
	var target *file
	out := watched(ctx, s.out)
	if f.output != "-" {
		var err error
		if target, err = s.createFile(f.output, 0o666); err != nil {
			return 0, usage("--output %w", err)
		}
		defer target.discard()
		out = target.watched(ctx)
	} else if err := s.checkStdout(); err != nil {
		return 0, err
	}
	interruptionOf(ctx).reports(l != nil)
	inv, code, err := f.discover(ctx, s, l)
	if err != nil {
		return 0, err
	}
	guard := escape.NewGuard(out, escape.Inert)
	if err = writeConfiguration(guard, inv, f.scope); err == nil {
		err = guard.Flush()
	}
	if err == nil && target != nil {
		err = target.commit()
	}
	if err != nil && !(target == nil && isClosedPipe(err)) {
		return 0, fmt.Errorf("cannot write the configuration: %w", err)
	}
	if target != nil {
		next := "iblint check"
		if filepath.Clean(f.output) != defaultConfig {
			next += " --config " + fix.Quote(f.output)
		}
		fmt.Fprintf(s.err, "iblint: wrote %s; next: %s\n", escape.Printable(f.output), escape.Printable(next))
	}
	return code, nil
}

// discover reads what Image Builder lists. The inventory is empty offline, and if nothing can be read.
func (f *initFlags) discover(ctx context.Context, s invocation, l *live) (*account.Inventory, int, error) {
	if l == nil {
		return &account.Inventory{}, exitOK, nil
	}
	ctx, cancel := context.WithDeadline(ctx, time.Now().Add(f.scope.timeout))
	defer cancel()
	inv, err := l.load(ctx)
	var input *source.InputError
	switch {
	case errors.As(err, &input):
		return nil, 0, err
	case err != nil:
		fmt.Fprintln(s.err, "iblint: "+escape.Printable(err.Error()))
		fmt.Fprintln(s.err, "iblint: nothing was read from AWS, so the file has the keys only")
		return &account.Inventory{}, exitUndecided, nil
	}
	code := exitOK
	for _, g := range inv.Gaps() {
		fmt.Fprintf(s.err, "iblint: not read: %s\n", escape.Printable(g.Account+" "+g.Region+" "+string(g.Part)+": "+g.Error()))
		code = exitUndecided
	}
	return inv, code, nil
}

// demandParts are the parts of an account that say what lifecycle management needs.
func demandParts() map[account.Part]bool {
	parts := map[account.Part]bool{account.RegionsPart: true}
	for _, p := range demand.Parts() {
		parts[p] = true
	}
	return parts
}
