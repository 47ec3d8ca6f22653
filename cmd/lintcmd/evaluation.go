package lintcmd

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/internal/source/authorization"
	"github.com/iblint/iblint/internal/source/declared"
)

// runFlags are the flags of commands that run checks: what to check, where to read it, and
// which checks to run.
type runFlags struct {
	scope                scopeFlags
	selection            selectionFlags
	guardrails           guardrailFlags
	demo                 bool
	withLive             bool
	recorded             []string // files and directories, as they were given
	authorizationDetails []string
	code                 codeFlags

	recordings    []string           // the files of recorded, and those that the paths name
	parts         bool               // some recordings are from a directory
	authorization []string           // authorizationDetails, and those that the paths name
	declared      *declared.Code     // what the code declares; nil: the run checks no code
	before        *account.Inventory // what was read of accounts, without the code; nil: nothing was
}

func (f *runFlags) register(flags *pflag.FlagSet) {
	f.scope.register(flags)
	f.selection.register(flags)
	f.guardrails.register(flags)
	f.code.register(flags)
	flags.BoolVar(&f.demo, "demo", false, "check the recorded organization inside iblint")
	flags.BoolVar(&f.withLive, "with-live", false, "deploy the code in PATHs over the live accounts")
	flags.StringArrayVar(&f.recorded, "recorded", nil, "recording by iblint snapshot, or folder of parts; - is standard input")
	flags.StringArrayVar(&f.authorizationDetails, "authorization-details", nil, "output of get-account-authorization-details")
}

// evaluation is a run whose flags and input files have been read. It has read nothing
// from AWS yet.
type evaluation struct {
	selected     []checks.Check
	load         func(context.Context) (*account.Inventory, error)
	live         *live              // nil: the run checks files
	code         bool               // the run checks code
	before       *account.Inventory // what is there before the code is deployed, once it was read; nil: not given
	guardrails   []demand.GivenLevel
	suppressions []checks.Suppression
	timeout      time.Duration
	end          time.Time // deadline for reading and evaluating, from --timeout
	now          time.Time
	stderr       io.Writer
}

// prepare reads flags, configuration and input files, and returns their errors before
// anything is read from AWS.
func (f *runFlags) prepare(ctx context.Context, s invocation) (*evaluation, error) {
	e := &evaluation{stderr: s.err, timeout: f.scope.timeout, end: time.Now().Add(f.scope.timeout)}
	interruptionOf(ctx).prepareWithin(f.scope.timeout)
	s.inputs.Protect(f.scope.configFile()) // protects it also with --demo, which does not read it
	var err error
	if e.selected, err = f.selection.of(s.checks); err != nil {
		return nil, err
	}
	f.scope.checks, f.scope.kinds, f.scope.stdin, f.scope.inputs = s.checks, kinds(e.selected), s.in, s.inputs
	if err = f.onlyDemo(); err != nil {
		return nil, err
	}
	if err = f.recognize(); err != nil {
		return nil, err
	}
	if f.recordings, f.parts, err = expandRecordings(f.recordings); err != nil {
		return nil, err
	}
	if err = f.standardInput(); err != nil {
		return nil, err
	}
	if e.guardrails, err = f.guardrails.read(s.inputs, s.in, f.scope.maxInput.limit()); err != nil {
		return nil, err
	}
	load, live, err := f.source(s, e.selected)
	if err != nil {
		return nil, err
	}
	e.live, e.code = live, f.declared != nil
	e.load = func(ctx context.Context) (*account.Inventory, error) {
		inv, err := load(ctx)
		e.before = f.before
		return inv, err
	}
	if e.now, err = clock(); err != nil {
		return nil, err
	}
	if !f.demo || f.scope.config != "" {
		cfg, err := f.scope.configuration()
		if err != nil {
			return nil, err
		}
		e.suppressions = cfg.suppressions(e.now)
	}
	return e, nil
}

// evaluate reads the accounts and runs the checks.
func (e *evaluation) evaluate(ctx context.Context) (checks.Result, error) {
	inv, err := e.inTime(ctx, e.load)
	if err != nil {
		return checks.Result{}, err
	}
	return e.run(ctx, inv), nil
}

// inTime calls load with an earlier deadline than the run's, which leaves time to
// evaluate what was read.
func (e *evaluation) inTime(ctx context.Context, load func(context.Context) (*account.Inventory, error)) (*account.Inventory, error) {
	ctx, cancel := context.WithDeadline(ctx, e.end.Add(-min(e.timeout/5, time.Minute)))
	defer cancel()
	return load(ctx)
}

// run runs the checks on inv in half of the remaining time, because writing the report
// evaluates fixes, too. A signal cancels the checks of files, which are easy to repeat.
// It does not cancel the checks of live accounts.
func (e *evaluation) run(ctx context.Context, inv *account.Inventory) checks.Result {
	if e.live != nil {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Until(e.end)/2)
	defer cancel()
	for _, level := range demand.LimitBy(inv, e.guardrails) {
		fmt.Fprintf(e.stderr, "iblint: account %s is not checked, so its --scp and --rcp policies are ignored\n", level)
	}
	inv.EvaluatedAt = e.now
	result := checks.RunContext(ctx, inv, e.selected, e.suppressions...)
	if e.code || slices.ContainsFunc(inv.Owners, func(o account.Owner) bool { return symbol.Is(o.Account) }) {
		result = result.Rewrite(shownInventory(inv), symbol.Text)
	}
	if e.before != nil {
		demand.LimitBy(e.before, e.guardrails)
		e.before.EvaluatedAt = e.now
		result = result.ComparedWith(checks.RunContext(ctx, e.before, e.selected, e.suppressions...))
	}
	result.Version = version()
	return result
}

// inputs returns the input files as the flags name them: FILE, ACCOUNT=FILE or LEVEL=FILE.
func (f *runFlags) inputs() []string {
	return slices.Concat(f.recordings, f.authorization, f.scope.lifecyclePolicies, f.scope.distributions, f.guardrails.service, f.guardrails.resource)
}

// inputSize is the size of all input files together. It is not known if one is not regular.
func (f *runFlags) inputSize() (total int64, known bool) {
	files := f.inputs()
	for _, p := range f.code.plans {
		files = append(files, p.path)
	}
	for _, input := range files {
		if _, file, ok := strings.Cut(input, "="); ok {
			input = file
		}
		info, err := os.Stat(input)
		if err != nil || !info.Mode().IsRegular() {
			return 0, false
		}
		total += info.Size()
	}
	return total, true
}

// standardInput returns an error if several flags name standard input, which can be read
// only once.
func (f *runFlags) standardInput() error {
	given := 0
	for _, name := range f.inputs() {
		if name == "-" || strings.HasSuffix(name, "=-") {
			given++
		}
	}
	if given > 1 {
		return usage(stdinOnce)
	}
	return nil
}

// liveFlags are the flags that only a run over live accounts can have.
var liveFlags = []string{"profile", "role-name", "external-id", "session-name", "debug", "organization", "ou", "account", "exclude", "all-repositories"}

// source returns the function that loads the inventory and, for live accounts, the source
// that can read them again. It returns errors in flags and input files before anything is
// read from AWS.
func (f *runFlags) source(s invocation, selected []checks.Check) (func(context.Context) (*account.Inventory, error), *live, error) {
	offline := len(f.recordings) + len(f.authorization) + len(f.code.paths)
	switch {
	case f.demo:
		load, err := f.demonstration(s)
		return load, nil, err
	case f.withLive && len(f.recordings)+len(f.authorization) > 0:
		return nil, nil, usage("--with-live reads what the accounts hold; leave out %s", slices.Concat(f.recordings, f.authorization)[0])
	case f.withLive && !f.code.any():
		return nil, nil, usage("--with-live deploys code over live accounts; name the code: iblint check PATH --with-live")
	case f.withLive:
		return f.overLive(s, selected)
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

// offline reads all input files, so that their errors are found before an output is opened.
func (f *runFlags) offline(s invocation) (func(context.Context) (*account.Inventory, error), error) {
	if live := givenOf(f.scope.flags, liveFlags...); len(live) > 0 {
		return nil, usage("%s for live accounts; files are checked without access to AWS", live.with("is", "are"))
	}
	for _, v := range slices.Concat(f.scope.owners, f.scope.destinations) {
		if strings.Contains(v, "=") {
			return nil, usage("%s: a profile or role is for live accounts; files are checked without access to AWS", v)
		}
	}
	if size, known := f.inputSize(); known && size < 4<<20 {
		collectRarely()
	} else {
		collectOften()
	}
	var inventories []*account.Inventory
	if len(f.recordings) > 0 {
		inv, err := f.readRecordings(s)
		if err != nil {
			return nil, err
		}
		inventories = append(inventories, inv)
	}
	if len(f.authorization) > 0 {
		inv, err := authorization.Files{Names: f.authorization, Stdin: s.in, Inputs: s.inputs, Limit: f.scope.maxInput.limit()}.Load(context.Background(), source.Scope{})
		if err != nil {
			return nil, err
		}
		inventories = append(inventories, inv)
	}
	inv := account.Merge(inventories...)

	var cfg configuration
	if f.scope.config != "" || len(f.recordings) == 0 { // a recording contains its scope; .iblint.yaml must not change it
		var err error
		if cfg, err = f.scope.configuration(); err != nil {
			return nil, err
		}
	}
	s.warnOfRegions(f.scope.regions, cfg)
	if len(cfg.Owners) > 0 {
		inv.Owners = cfg.owners()
	}
	if f.code.any() {
		owner, err := f.codeOwner(inv.Owners)
		if err != nil {
			return nil, err
		}
		if f.declared, err = f.readCode(owner, f.codeRegion()); err != nil {
			return nil, err
		}
		if len(inventories) > 0 {
			f.before = account.Merge(inventories...)
			f.before.Owners = slices.Clone(inv.Owners)
		}
		inv = f.declared.Over(inv)
		f.scope.code = f.code.paths
	}
	for _, one := range []*account.Inventory{inv, f.before} {
		if one == nil {
			continue
		}
		if err := f.scope.apply(one, one.Accounts); err != nil {
			return nil, err
		}
	}
	if !f.code.any() {
		f.scope.warnOfAbsentOwners(s, inv)
	}
	if meaning := cfg.meaning(); meaning != account.Unsettled && f.scope.meaning == "" {
		inv.SourceAccountMeans = meaning
	}
	return func(context.Context) (*account.Inventory, error) { return inv, nil }, nil
}

// warnIfNothing reports that a run had nothing to check, which exits with 3.
func (s invocation) warnIfNothing(r checks.Result) {
	if r.Evaluations() == 0 {
		fmt.Fprintln(s.err, "iblint: the selected checks found nothing to check")
	}
}

const stdinOnce = "standard input (-) can be given only once"
