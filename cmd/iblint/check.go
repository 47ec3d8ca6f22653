package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/redact"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/internal/source/authorization"
	"github.com/iblint/iblint/internal/source/awsapi"
	"github.com/iblint/iblint/internal/source/recorded"
	"github.com/iblint/iblint/report"
)

// judgedFlags say what is judged, where that is read, and by which checks.
type judgedFlags struct {
	scope         scopeFlags
	selection     selectionFlags
	guardrails    guardrailFlags
	demo          bool
	recordings    []string
	authorization []string
}

func (f *judgedFlags) register(flags *pflag.FlagSet) {
	f.scope.register(flags)
	f.selection.register(flags)
	f.guardrails.register(flags)
	flags.BoolVar(&f.demo, "demo", false, "judge the recorded organisation that comes with iblint")
	flags.StringArrayVar(&f.recordings, "recorded", nil, "judge a recording by iblint snapshot; - is standard input (repeatable)")
	flags.StringArrayVar(&f.authorization, "authorization-details", nil, "judge the output of aws iam get-account-authorization-details: FILE, or ACCOUNT=FILE (repeatable)")
}

type checkFlags struct {
	judgedFlags
	outputs      outputs
	anchor       string
	failOn       string
	allowUnknown bool
	redact       bool
	wait         time.Duration
}

func checkCommand(s streams, code *int) *cobra.Command {
	var f checkFlags
	c := &cobra.Command{
		Use:   "check",
		Short: "Check the prerequisites and report",
		Long: `Check the prerequisites of lifecycle management, in a live account, in recordings, or in files that
"aws iam get-account-authorization-details" wrote. What to check comes from Image Builder itself: lifecycle
policies, distribution settings, images and container recipes. Naming execution roles, destinations or
repositories, by flags or in a configuration file (--config, else .iblint.yaml), replaces what Image Builder
says about that kind. A recording brings along what it was made for.

` + exitCodes,
		Example: `  iblint check --demo
  iblint check --region eu-west-1 --region us-east-1
  iblint check --execution-role ImageBuilderLifecycle --repository app/web
  iblint check --authorization-details owner.json --authorization-details dest.json \
      --owner 111122223333 --execution-role ImageBuilderLifecycle --destination 222233334444 --region eu-west-1
  iblint check --recorded snapshot.json --format text --format json --output report.json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			var err error
			*code, err = f.run(c.Context(), s)
			return err
		},
	}
	flags := c.Flags()
	f.register(flags)
	f.outputs.register(flags)
	flags.StringVar(&f.anchor, "sarif-anchor", "", "file that results of --format sarif and github point at where no file of the run names their subject (default: the configuration file)")
	flags.StringVar(&f.failOn, "fail-on", "fail", "exit with 1 on: fail, warn (and fail), or never")
	flags.DurationVar(&f.wait, "wait", 0, "read again what failed until it passes, for this long at most: IAM takes a while to settle after a change")
	flags.BoolVar(&f.redact, "redact", false, redactUsage)
	flags.BoolVar(&f.allowUnknown, "allow-unknown", false, "exit with 0 although verdicts are unknown")
	return c
}

func (f *checkFlags) run(ctx context.Context, s streams) (int, error) {
	if !slices.Contains([]string{"fail", "warn", "never"}, f.failOn) {
		return 0, usage("--fail-on %s: expected fail, warn or never", f.failOn)
	}
	var errs *redacting
	if f.redact {
		var err error
		if errs, err = redactErrors(&s, f.scope.debug); err != nil {
			return 0, err
		}
	}
	run, err := f.prepare(s)
	if err != nil {
		return 0, err
	}
	if f.redact {
		errs.text = redact.Without(run.live.names()...).Text
	}
	if f.wait < 0 || f.wait > 0 && run.live == nil {
		return 0, usage("--wait %s: expected a duration above 0, and a live account: files stay as they are", f.wait)
	}
	where, err := f.locations()
	if err != nil {
		return 0, err
	}
	targets, err := f.outputs.open(s.out)
	if err != nil {
		return 0, err
	}
	defer targets.discard()
	result, err := run.judge(ctx)
	if err == nil && f.wait > 0 {
		result = run.settle(ctx, result, f.wait)
	}
	if err == nil && f.redact {
		result, err = redacted(result, run.live.names())
	}
	if err != nil {
		return 0, errs.withoutNames(err)
	}
	code := f.exitCode(ctx, result)
	if err := targets.write(result, report.Options{Now: run.now, Where: where}); err != nil {
		fmt.Fprintln(s.err, "iblint: "+report.Printable(err.Error()))
		if code != exitFail {
			code = exitUndecided
		}
	}
	if result.Planned() == 0 {
		fmt.Fprintln(s.err, "iblint: the selected checks found nothing to check")
	}
	return code, nil
}

// judgement is a run of which all that was given has been read, and nothing of AWS.
type judgement struct {
	selected     []checks.Check
	load         func(context.Context) (*account.Inventory, error)
	live         *live // nil: files are judged
	guardrails   []account.GivenLevel
	suppressions []checks.Suppression
	timeout      time.Duration
	now          time.Time
	stderr       io.Writer
}

// prepare finds the errors of what was given, before anything is read from AWS.
func (f *judgedFlags) prepare(s streams) (*judgement, error) {
	j := &judgement{stderr: s.err}
	var err error
	if j.selected, err = f.selection.checks(); err != nil {
		return nil, err
	}
	f.scope.kinds, f.scope.stdin = kinds(j.selected), s.in
	if err = f.standardInput(); err != nil {
		return nil, err
	}
	if j.guardrails, err = f.guardrails.read(s.in); err != nil {
		return nil, err
	}
	if j.load, j.live, err = f.source(s, j.selected); err != nil {
		return nil, err
	}
	if j.now, err = clock(); err != nil {
		return nil, err
	}
	if !f.demo {
		cfg, err := f.scope.configuration()
		if err != nil {
			return nil, err
		}
		j.suppressions = cfg.suppressions(j.now)
	}
	j.timeout = f.scope.timeout
	return j, nil
}

// judge reads the accounts and runs the checks.
func (j *judgement) judge(ctx context.Context) (checks.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, j.timeout)
	defer cancel()
	inv, err := j.load(ctx)
	if err != nil {
		return checks.Result{}, err
	}
	return j.run(inv), nil
}

// run judges what was read.
func (j *judgement) run(inv *account.Inventory) checks.Result {
	for _, level := range inv.LimitBy(j.guardrails) {
		fmt.Fprintf(j.stderr, "iblint: nothing is judged in account %s, so its guardrails count for nothing\n", level)
	}
	result := checks.Run(inv, j.selected, j.suppressions...)
	result.Version = version()
	return result
}

// exitCode of a run that has a result.
func (f *checkFlags) exitCode(ctx context.Context, r checks.Result) int {
	s := r.Summary
	switch {
	case f.failOn != "never" && s.Fail > 0, f.failOn == "warn" && s.Warn > 0:
		return exitFail
	case r.Planned() == 0, errors.Is(ctx.Err(), context.Canceled), r.FellShort():
		return exitUndecided
	case s.Unknown > 0 && !f.allowUnknown:
		return exitUndecided
	}
	return exitOK
}

// standardInput is given for one file at most: the second would find it empty.
func (f *judgedFlags) standardInput() error {
	given := 0
	for _, name := range slices.Concat(f.recordings, f.authorization, f.scope.lifecyclePolicies, f.scope.distributions, f.guardrails.service, f.guardrails.resource) {
		if name == "-" || strings.HasSuffix(name, "=-") {
			given++
		}
	}
	if given > 1 {
		return usage("standard input (-) can be given once only")
	}
	return nil
}

// source is where the inventory comes from, and what can be read again of it; errors of the input are found here,
// before anything is read from AWS.
func (f *judgedFlags) source(s streams, selected []checks.Check) (func(context.Context) (*account.Inventory, error), *live, error) {
	offline := len(f.recordings) + len(f.authorization)
	switch {
	case f.demo && (offline > 0 || f.scope.given() || len(f.guardrails.service)+len(f.guardrails.resource) > 0):
		return nil, nil, usage("--demo brings its own recording and scope; leave out the other flags that say what to check")
	case f.demo:
		inv, err := recorded.Parse("the demo", fixtures.Demo)
		return func(context.Context) (*account.Inventory, error) { return inv, err }, nil, err
	case offline > 0:
		load, err := f.offline(s)
		return load, nil, err
	}
	live, err := f.scope.live(s, parts(selected))
	if err != nil {
		return nil, nil, err
	}
	return live.load, live, nil
}

// offline judges files. All of them are read here: a bad one is found before any output is opened.
func (f *judgedFlags) offline(s streams) (func(context.Context) (*account.Inventory, error), error) {
	if f.scope.profile != "" || f.scope.debug || f.scope.roleName+f.scope.externalID+f.scope.sessionName != "" {
		return nil, usage("--profile, --role-name and --debug are for live accounts; a recording is judged without AWS")
	}
	if f.scope.organization || f.scope.allRepositories || len(f.scope.units)+len(f.scope.accounts)+len(f.scope.exclude) > 0 {
		return nil, usage("--organization and --all-repositories are for live accounts; a recording is judged without AWS")
	}
	for _, v := range slices.Concat(f.scope.owners, f.scope.destinations) {
		if strings.Contains(v, "=") {
			return nil, usage("%s: a profile or role is for live accounts; a recording is judged without AWS", v)
		}
	}
	var inventories []*account.Inventory
	if len(f.recordings) > 0 {
		inv, err := recorded.Files{Names: f.recordings, Stdin: s.in}.Load(context.Background(), source.Scope{})
		if err != nil {
			return nil, err
		}
		inventories = append(inventories, inv)
	}
	if len(f.authorization) > 0 {
		inv, err := authorization.Files{Names: f.authorization, Stdin: s.in}.Load(context.Background(), source.Scope{})
		if err != nil {
			return nil, err
		}
		inventories = append(inventories, inv)
	}
	inv := account.Merge(inventories...)

	var cfg configuration
	if f.scope.config != "" || len(f.recordings) == 0 { // a recording brings its scope along; .iblint.yaml would change what it says
		var err error
		if cfg, err = f.scope.configuration(); err != nil {
			return nil, err
		}
	}
	if len(cfg.Owners) > 0 {
		inv.Owners = cfg.owners()
	}
	if err := f.scope.apply(inv, inv.Accounts); err != nil {
		return nil, err
	}
	if meaning := cfg.meaning(); meaning != account.Unsettled && f.scope.meaning == "" {
		inv.SourceAccountMeans = meaning
	}
	return func(context.Context) (*account.Inventory, error) { return inv, nil }, nil
}

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
	if os.Getenv("GOGC") == "" {
		percent := 400
		if l.scope.Organization != nil || len(l.scope.Owners) > 10 {
			percent = 50
		}
		debug.SetGCPercent(percent)
	}
	defer watch(l.progress, l.aws.Progress)()
	return l.aws.Load(ctx, l.scope)
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
func (f *scopeFlags) live(s streams, parts map[account.Part]bool) (*live, error) {
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
	return &live{
		aws: &awsapi.AWS{
			Profile: f.profile, Access: access, RoleName: roleName, ExternalID: externalID, SessionName: cmp.Or(f.sessionName, cfg.SessionName),
			Concurrency: f.concurrency, AccountTimeout: f.accountTimeout, ConfirmNegatives: f.negatives(),
			Debug: debug, Now: func() time.Time { return now },
			Warn: func(err error) { fmt.Fprintln(s.err, "iblint: "+report.Printable(err.Error())) },
		},
		scope:    source.Scope{Owners: inv.Owners, SourceAccountMeans: inv.SourceAccountMeans, Parts: parts, Organization: organization},
		progress: behind(s.err),
	}, nil
}
