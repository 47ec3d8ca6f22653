package lintcmd

import (
	"cmp"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source/awsapi"
	"github.com/iblint/iblint/internal/source/planned"
)

// scopeFlags say what to look at. A flag replaces what the configuration file or
// the recording says about the same kind of thing.
type scopeFlags struct {
	config         string
	owners         []string
	executionRoles []string
	destinations   []string
	repositories   []string
	regions        []string
	profile        string
	roleName       string
	externalID     string
	meaning        string
	timeout        time.Duration
	debug          bool

	sessionName     string
	organization    bool
	units           []string
	accounts        []string
	exclude         []string
	allRepositories bool

	accountTimeout   time.Duration
	concurrency      int
	confirmNegatives int

	lifecyclePolicies []string // files of what is to be created
	distributions     []string

	maxInput maxInput

	checks     []checks.Check // that there are
	configured *configuration // once it was read
	stdin      io.Reader
	kinds      []account.Kind // that the selected checks look at
}

func (f *scopeFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.config, "config", "", "configuration file (default .iblint.yaml, if there is one)")
	flags.StringArrayVar(&f.owners, "owner", nil, "account that builds the images: ACCOUNT, or ACCOUNT=PROFILE or ACCOUNT=ROLE_ARN to read it with (repeatable; default: the account of the credentials)")
	flags.StringArrayVar(&f.executionRoles, "execution-role", nil, "execution role as lifecycle policies name it: NAME or ARN (repeatable)")
	flags.StringArrayVar(&f.destinations, "destination", nil, "account that AMIs are copied to: ACCOUNT, or ACCOUNT=PROFILE or ACCOUNT=ROLE_ARN to read it with (repeatable)")
	flags.StringArrayVar(&f.repositories, "repository", nil, "ECR repository of container images: [REGION/]NAME (repeatable)")
	flags.StringSliceVar(&f.regions, "region", nil, "Region where images are built and repositories are, or all for every one that is enabled (repeatable; default: the Region of the credentials)")
	flags.BoolVar(&f.allRepositories, "all-repositories", false, "look at every ECR repository of the Regions, instead of those that Image Builder names")
	flags.BoolVar(&f.organization, "organization", false, "look at every account of the organization; the credentials are of its management account or a delegated administrator")
	flags.StringSliceVar(&f.units, "ou", nil, "of the organization, only this organizational unit (or root) and those below it: ID (repeatable)")
	flags.StringSliceVar(&f.accounts, "account", nil, "of the organization, only this account (repeatable)")
	flags.StringSliceVar(&f.exclude, "exclude", nil, "of the organization, not this account (repeatable)")
	flags.StringArrayVar(&f.lifecyclePolicies, "lifecycle-policy", nil, "a lifecycle policy that is to be created: FILE with the input of aws imagebuilder create-lifecycle-policy (repeatable)")
	flags.StringArrayVar(&f.distributions, "distribution", nil, "a distribution configuration that is to be created: FILE with the input of aws imagebuilder create-distribution-configuration (repeatable)")
	flags.StringVar(&f.profile, "profile", "", "profile of the AWS configuration to read with")
	flags.StringVar(&f.roleName, "role-name", "", "role to assume in each account that is not the credentials' own and for which no profile or role is named")
	flags.StringVar(&f.externalID, "external-id", "", "external ID for --role-name")
	flags.StringVar(&f.sessionName, "session-name", "", "session name of the roles that are assumed (default iblint)")
	flags.StringVar(&f.meaning, "source-account-means", "", "whose account aws:SourceAccount holds in a destination: destination, owner or either (default: the destination, as AWS's guide says, with the other reading told)")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Minute, "how long reading and evaluating may take; what is not read and evaluated by then is unknown")
	flags.DurationVar(&f.accountTimeout, "account-timeout", 5*time.Minute, "how long reading one account may take; what is not read by then is unknown, in that account alone")
	flags.IntVar(&f.concurrency, "concurrency", 32, "calls to AWS under way at the same time, at most")
	flags.IntVar(&f.confirmNegatives, "confirm-negatives", -1, "confirm for at most so many repositories of a Region that the tag is missing; the rest is unknown (below 0: all)")
	f.maxInput.register(flags)
	flags.BoolVar(&f.debug, "debug", false, "list the calls to AWS on standard error, without secrets")
}

// given says whether any flag says what to check.
func (f *scopeFlags) given() bool {
	return f.config != "" || len(f.owners)+len(f.executionRoles)+len(f.destinations)+len(f.repositories)+len(f.regions)+len(f.lifecyclePolicies)+len(f.distributions) > 0 || f.profile+f.roleName+f.externalID+f.sessionName+f.meaning != "" || f.debug || f.organization || f.allRepositories ||
		len(f.units)+len(f.accounts)+len(f.exclude) > 0
}

// apply puts what the flags say into the inventory's owners. Read are the
// accounts that were read already, nil for a live run: with exactly one, it is the
// owner by default.
func (f *scopeFlags) apply(inv *account.Inventory, read map[string]*account.Account) error {
	meaning := account.SourceAccountMeaning(f.meaning)
	if err := meaning.Validate(); err != nil {
		return usage("--source-account-means: %w", err)
	}
	inv.SourceAccountMeans = cmp.Or(meaning, inv.SourceAccountMeans)
	if f.timeout <= 0 {
		return usage("--timeout %s: expected a duration above 0, such as 5m", f.timeout)
	}

	if f.accountTimeout <= 0 {
		return usage("--account-timeout %s: expected a duration above 0, such as 5m", f.accountTimeout)
	}
	if f.concurrency < 1 || f.concurrency > 1000 {
		return usage("--concurrency %d: expected 1 to 1000", f.concurrency)
	}
	for _, r := range f.regions {
		if !account.IsRegion(r) && (r != allRegions || read != nil) {
			return usage("--region %s: expected a Region such as eu-west-1%s", r, orAll(read == nil))
		}
	}
	for _, r := range f.executionRoles {
		if _, ok := account.ParseRoleReference(r); !ok {
			return usage("--execution-role %s: expected a role name, or an ARN such as arn:aws:iam::111122223333:role/NAME", r)
		}
	}
	destinations, err := ids("--destination", f.destinations)
	if err != nil {
		return err
	}
	if err := f.applyOwners(inv, read, destinations); err != nil {
		return err
	}
	plan, err := planned.Files{LifecyclePolicies: f.lifecyclePolicies, Distributions: f.distributions, Stdin: f.stdin, Limit: f.maxInput.limit()}.Read()
	switch {
	case err != nil:
		return err
	case plan != nil && (len(inv.Owners) != 1 || f.organization):
		return usage("--lifecycle-policy and --distribution need to know whose they are: name one owner with --owner")
	case plan != nil:
		inv.Owners[0].Planned = plan
	}
	for i := range inv.Owners {
		if err := f.applyNeeds(&inv.Owners[i], destinations, len(inv.Owners) > 1, read); err != nil {
			return err
		}
	}
	for _, o := range inv.Owners {
		if len(o.ExecutionRoles)+len(o.Destinations)+len(o.Repositories)+len(o.Discover) == 0 && o.Planned == nil && !o.AllRepositories {
			return usage("nothing to check of owner %s: these files do not tell what Image Builder needs, so name execution roles (--execution-role), destination accounts (--destination) or ECR repositories (--repository)", o.Account)
		}
	}
	return nil
}

// allRegions stands for every Region that is enabled for an account.
const allRegions = "all"

func orAll(live bool) string {
	if live {
		return ", or all"
	}
	return ""
}

// setRegions sets the Regions of an owner, which may be all.
func setRegions(o *account.Owner, regions []string) {
	o.AllRegions = slices.Contains(regions, allRegions)
	o.Regions = regions
	if o.AllRegions {
		o.Regions = slices.DeleteFunc(slices.Clone(regions), func(r string) bool { return r == allRegions })
	}
}

// discover are the kinds of an owner's needs that Image Builder is asked for: those
// that a recording was made for, and those of which nobody named any, where Image
// Builder can be asked; but none that a flag names, or that no check looks at.
func (f *scopeFlags) discover(o account.Owner, live bool, a *account.Account) []account.Kind {
	kinds := slices.Clone(o.Discover)
	for _, k := range []struct {
		kinds  []account.Kind
		named  int
		byFlag int
	}{
		{[]account.Kind{account.ExecutionRoleKind, account.LifecyclePolicyKind}, len(o.ExecutionRoles), len(f.executionRoles)},
		{[]account.Kind{account.DestinationKind}, len(o.Destinations), len(f.destinations)},
		{[]account.Kind{account.RepositoryKind}, len(o.Repositories) + number(o.AllRepositories), len(f.repositories) + number(f.allRepositories)},
	} {
		for _, kind := range k.kinds {
			switch {
			case k.byFlag > 0:
				kinds = slices.DeleteFunc(kinds, func(have account.Kind) bool { return have == kind })
			case k.named == 0 && !slices.Contains(kinds, kind) && (live || a != nil && a.ImageBuilder != nil):
				kinds = append(kinds, kind)
			}
		}
	}
	return slices.DeleteFunc(kinds, func(k account.Kind) bool { return !slices.Contains(f.kinds, k) })
}

func number(is bool) int {
	if is {
		return 1
	}
	return 0
}

func (f *scopeFlags) applyOwners(inv *account.Inventory, read map[string]*account.Account, destinations []string) error {
	owners, err := ids("--owner", f.owners)
	if err != nil {
		return err
	}
	switch {
	case len(owners) > 0:
		have := inv.Owners
		inv.Owners = nil
		for _, id := range owners {
			o := account.Owner{Account: id}
			if i := slices.IndexFunc(have, func(o account.Owner) bool { return o.Account == id }); i >= 0 {
				o = have[i]
			}
			inv.Owners = append(inv.Owners, o)
		}
	case len(inv.Owners) == 0 && inv.Organization != nil: // recorded, and nobody could be listed, or was to be looked at
	case len(inv.Owners) == 0 && len(read) == 1 && !slices.Contains(destinations, slices.Collect(maps.Keys(read))[0]):
		for id := range read {
			inv.Owners = []account.Owner{{Account: id}}
		}
	case len(inv.Owners) == 0 && !f.organization:
		return usage("which account builds the images? Name it with --owner ACCOUNT")
	}
	return nil
}

func (f *scopeFlags) applyNeeds(o *account.Owner, destinations []string, several bool, read map[string]*account.Account) error {
	offline := read != nil
	if len(f.regions) > 0 {
		setRegions(o, f.regions)
	}
	o.AllRepositories = o.AllRepositories || f.allRepositories
	if len(f.executionRoles) > 0 {
		o.ExecutionRoles = f.executionRoles
	}
	if len(destinations) > 0 {
		o.Destinations = nil
		for _, id := range destinations {
			if several && id == o.Account {
				continue // one owner's destination may be another owner
			}
			o.Destinations = append(o.Destinations, account.Target{Account: id})
		}
	}
	if len(f.repositories) > 0 {
		o.Repositories = nil
		for _, text := range f.repositories {
			r, err := f.repository(text, o.Regions, offline || o.AllRegions)
			if err != nil {
				return err
			}
			o.Repositories = append(o.Repositories, r...)
		}
	}
	o.Discover = f.discover(*o, !offline, read[o.Account])
	if o.Account == "" {
		return nil // completed and validated when the credentials tell whose they are
	}
	check := *o
	check.Repositories = slices.DeleteFunc(slices.Clone(o.Repositories), func(r account.Repository) bool { return r.Region == "" })
	if err := check.Validate(); err != nil {
		return usage("owner %s: %w", o.Account, err)
	}
	return nil
}

var regionAndName = regexp.MustCompile(`^([a-z]{2,}(?:-[a-z]+)+-[0-9]{1,2})/(.+)$`)

// repository is [REGION/]NAME, in each of the owner's Regions where it names none. A
// repository's name may begin with what has the form of a Region: only a published
// Region, or one that --region names, is taken for one.
func (f *scopeFlags) repository(text string, regions []string, mustName bool) ([]account.Repository, error) {
	name := text
	if m := regionAndName.FindStringSubmatch(text); m != nil && (account.KnownRegion(m[1]) || slices.Contains(f.regions, m[1])) {
		regions, name = []string{m[1]}, m[2]
	}
	if !account.IsRepositoryName(name) {
		return nil, usage("--repository %s: expected [REGION/]NAME with the name of an ECR repository, without registry host or tag", text)
	}
	if len(regions) == 0 {
		if mustName {
			return nil, usage("--repository %s: in which Region? Write REGION/%s or name one with --region", text, name)
		}
		return []account.Repository{{Name: name}}, nil
	}
	var all []account.Repository
	for _, region := range regions {
		all = append(all, account.Repository{Region: region, Name: name})
	}
	return all, nil
}

// ids takes the account IDs out of ACCOUNT[=…] values.
func ids(flag string, values []string) ([]string, error) {
	var ids []string
	for _, v := range values {
		id, _, _ := strings.Cut(v, "=")
		if !account.IsAccountID(id) {
			return nil, usage("%s %s: %q is not an account ID (12 digits)", flag, v, id)
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// negatives is the flag as the source takes it: the flag's 0 is none, the source's all.
func (f *scopeFlags) negatives() int {
	switch {
	case f.confirmNegatives < 0:
		return 0
	case f.confirmNegatives == 0:
		return -1
	}
	return f.confirmNegatives
}

var sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)

// roleToAssume is the role name for all accounts, from the flag or the configuration.
func (f *scopeFlags) roleToAssume(cfg configuration) (name, externalID string, err error) {
	name, externalID = cmp.Or(f.roleName, cfg.RoleName), cmp.Or(f.externalID, cfg.ExternalID)
	if ref, ok := account.ParseRoleReference(name); name != "" && (!ok || ref.Account != "") {
		return "", "", usage("--role-name %s: expected the name of a role, perhaps with its path, that is the same in every account", name)
	}
	if externalID != "" && name == "" {
		return "", "", usage("--external-id goes with --role-name")
	}
	if s := cmp.Or(f.sessionName, cfg.SessionName); s != "" && !sessionName.MatchString(s) {
		return "", "", usage("--session-name %s: expected 2 to 64 letters, digits or _+=,.@-", s)
	}
	return name, externalID, nil
}

// access adds how the flags say that accounts are read: ACCOUNT=PROFILE or ACCOUNT=ROLE_ARN.
func (f *scopeFlags) access(to map[string]awsapi.Access) error {
	for _, v := range slices.Concat(f.owners, f.destinations) {
		id, by, ok := strings.Cut(v, "=")
		if !ok {
			continue
		}
		switch ref, isRole := account.ParseRoleReference(by); {
		case by == "":
			return usage("%s: expected a profile or a role ARN behind the =", v)
		case isRole && ref.Account != "":
			to[id] = awsapi.Access{Role: by}
		case strings.HasPrefix(by, "arn:"):
			return usage("%s: %s is not a role ARN such as arn:aws:iam::%s:role/NAME", v, by, id)
		default:
			to[id] = awsapi.Access{Profile: by}
		}
	}
	return nil
}
