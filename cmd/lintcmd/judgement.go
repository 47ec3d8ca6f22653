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
	"github.com/iblint/iblint/fixtures"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/internal/source/authorization"
	"github.com/iblint/iblint/internal/source/recorded"
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

// judgement is a run of which all that was given has been read, and nothing of AWS.
type judgement struct {
	selected     []checks.Check
	load         func(context.Context) (*account.Inventory, error)
	live         *live // nil: files are judged
	guardrails   []account.GivenLevel
	suppressions []checks.Suppression
	timeout      time.Duration
	end          time.Time // of reading and evaluating: --timeout
	now          time.Time
	stderr       io.Writer
}

// prepare finds the errors of what was given, before anything is read from AWS.
func (f *judgedFlags) prepare(ctx context.Context, s invocation) (*judgement, error) {
	j := &judgement{stderr: s.err, timeout: f.scope.timeout, end: time.Now().Add(f.scope.timeout)}
	interruptionOf(ctx).prepareWithin(f.scope.timeout)
	source.Reads(f.scope.configFile()) // --demo does not read it, and leaves it alone
	var err error
	if j.selected, err = f.selection.of(s.checks); err != nil {
		return nil, err
	}
	f.scope.checks, f.scope.kinds, f.scope.stdin = s.checks, kinds(j.selected), s.in
	if err = f.standardInput(); err != nil {
		return nil, err
	}
	if j.guardrails, err = f.guardrails.read(s.in, f.scope.maxInput.limit()); err != nil {
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
	return j, nil
}

// judge reads the accounts and runs the checks.
func (j *judgement) judge(ctx context.Context) (checks.Result, error) {
	inv, err := j.inTime(ctx, j.load)
	if err != nil {
		return checks.Result{}, err
	}
	return j.run(ctx, inv), nil
}

// inTime reads, and leaves some of the time of the run for evaluating what was read.
func (j *judgement) inTime(ctx context.Context, load func(context.Context) (*account.Inventory, error)) (*account.Inventory, error) {
	ctx, cancel := context.WithDeadline(ctx, j.end.Add(-min(j.timeout/5, time.Minute)))
	defer cancel()
	return load(ctx)
}

// run evaluates what was read, in half of the time that is left: the report evaluates
// it again. A signal ends the evaluation of files, which can be done again any time.
// What was read of accounts is evaluated whole.
func (j *judgement) run(ctx context.Context, inv *account.Inventory) checks.Result {
	if j.live != nil {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Until(j.end)/2)
	defer cancel()
	for _, level := range inv.LimitBy(j.guardrails) {
		fmt.Fprintf(j.stderr, "iblint: nothing is judged in account %s, so its guardrails count for nothing\n", level)
	}
	result := checks.RunContext(ctx, inv, j.selected, j.suppressions...)
	result.Version = version()
	return result
}

// inputs are the files that are judged, as they were given: FILE, ACCOUNT=FILE or LEVEL=FILE.
func (f *judgedFlags) inputs() []string {
	return slices.Concat(f.recordings, f.authorization, f.scope.lifecyclePolicies, f.scope.distributions, f.guardrails.service, f.guardrails.resource)
}

// small says that the files together are a few megabytes.
func (f *judgedFlags) small() bool {
	const most = 32 << 20
	total := int64(0)
	for _, input := range f.inputs() {
		if _, file, ok := strings.Cut(input, "="); ok {
			input = file
		}
		info, err := os.Stat(input)
		if err != nil || !info.Mode().IsRegular() {
			return false
		}
		total += info.Size()
	}
	return total < most
}

// standardInput is given for one file at most: the second would find it empty.
func (f *judgedFlags) standardInput() error {
	given := 0
	for _, name := range f.inputs() {
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
func (f *judgedFlags) source(s invocation, selected []checks.Check) (func(context.Context) (*account.Inventory, error), *live, error) {
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
func (f *judgedFlags) offline(s invocation) (func(context.Context) (*account.Inventory, error), error) {
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
	if f.small() {
		collectAt(400) // all is over before it pays
	}
	var inventories []*account.Inventory
	if len(f.recordings) > 0 {
		inv, err := recorded.Files{Names: f.recordings, Stdin: s.in, Limit: f.scope.maxInput.limit()}.Load(context.Background(), source.Scope{})
		if err != nil {
			return nil, err
		}
		inventories = append(inventories, inv)
	}
	if len(f.authorization) > 0 {
		inv, err := authorization.Files{Names: f.authorization, Stdin: s.in, Limit: f.scope.maxInput.limit()}.Load(context.Background(), source.Scope{})
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
