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
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/internal/source/awsapi"
	"github.com/iblint/iblint/internal/source/planned"
)

// scopeFlags select the accounts and resources to check. A flag replaces what the
// configuration file or the recording names of the same kind.
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

	lifecyclePolicies []string // files with planned lifecycle policies
	distributions     []string

	maxInput maxInput

	checks     []checks.Check // all checks, to validate suppressions
	configured *configuration // nil until the file was read
	stdin      io.Reader
	inputs     *source.Inputs
	kinds      []account.Kind // that the selected checks need
}

func (f *scopeFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.config, "config", "", "configuration file (default .iblint.yaml, if it exists)")
	flags.StringArrayVar(&f.owners, "owner", nil, "account that builds the images: ACCOUNT, or with the credentials to read it: ACCOUNT=PROFILE or ACCOUNT=ROLE_ARN (repeatable; default: the account of the credentials)")
	flags.StringArrayVar(&f.executionRoles, "execution-role", nil, "execution role as lifecycle policies name it: NAME or ARN (repeatable)")
	flags.StringArrayVar(&f.destinations, "destination", nil, "account that AMIs are copied to: ACCOUNT, or with the credentials to read it: ACCOUNT=PROFILE or ACCOUNT=ROLE_ARN (repeatable)")
	flags.StringArrayVar(&f.repositories, "repository", nil, "ECR repository of container images: [REGION/]NAME (repeatable)")
	flags.StringSliceVar(&f.regions, "region", nil, "Region of the images and repositories, or all for every enabled Region (repeatable; default: the Region of the AWS configuration)")
	flags.BoolVar(&f.allRepositories, "all-repositories", false, "check every ECR repository in the Regions, instead of only those that Image Builder names")
	flags.BoolVar(&f.organization, "organization", false, "check every account of the organization; requires credentials of its management account or of a delegated administrator")
	flags.StringSliceVar(&f.units, "ou", nil, "check only the accounts in this organizational unit or root and below it: ID (repeatable; requires --organization)")
	flags.StringSliceVar(&f.accounts, "account", nil, "check only this account (repeatable; requires --organization)")
	flags.StringSliceVar(&f.exclude, "exclude", nil, "do not check this account (repeatable; requires --organization)")
	flags.StringArrayVar(&f.lifecyclePolicies, "lifecycle-policy", nil, "planned lifecycle policy: FILE with the input of aws imagebuilder create-lifecycle-policy (repeatable)")
	flags.StringArrayVar(&f.distributions, "distribution", nil, "planned distribution configuration: FILE with the input of aws imagebuilder create-distribution-configuration (repeatable)")
	flags.StringVar(&f.profile, "profile", "", "profile of the AWS configuration to read with")
	flags.StringVar(&f.roleName, "role-name", "", "role to assume in each account for which no profile or role is named, except the account of the credentials")
	flags.StringVar(&f.externalID, "external-id", "", "external ID for --role-name")
	flags.StringVar(&f.sessionName, "session-name", "", "session name for assumed roles (default iblint)")
	flags.StringVar(&f.meaning, "source-account-means", "", "account in aws:SourceAccount when Image Builder assumes a cross-account role: destination, owner or either (default: destination, as the AWS guide says; verdicts also mention the other reading)")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Minute, "time limit for reading and evaluating; what is not read and evaluated by then is unknown")
	flags.DurationVar(&f.accountTimeout, "account-timeout", 5*time.Minute, "time limit for reading one account; what is not read of it by then is unknown")
	flags.IntVar(&f.concurrency, "concurrency", 32, "maximum number of concurrent calls to AWS")
	flags.IntVar(&f.confirmNegatives, "confirm-negatives", -1, "maximum number of repositories in a Region for which a missing tag is confirmed; the others are unknown (below 0: no limit)")
	f.maxInput.register(flags)
	flags.BoolVar(&f.debug, "debug", false, "print each call to AWS to standard error, without parameters and answers")
}

// given reports whether any flag selects what to check.
func (f *scopeFlags) given() bool {
	return f.config != "" || len(f.owners)+len(f.executionRoles)+len(f.destinations)+len(f.repositories)+len(f.regions)+len(f.lifecyclePolicies)+len(f.distributions) > 0 || f.profile+f.roleName+f.externalID+f.sessionName+f.meaning != "" || f.debug || f.organization || f.allRepositories ||
		len(f.units)+len(f.accounts)+len(f.exclude) > 0
}

// apply validates the flags and applies them to the owners of inv. Read holds the accounts
// in the input files, and is nil for a live run. If it holds exactly one account, that is the
// default owner.
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
	plan, err := planned.Files{LifecyclePolicies: f.lifecyclePolicies, Distributions: f.distributions, Stdin: f.stdin, Inputs: f.inputs, Limit: f.maxInput.limit()}.Read()
	switch {
	case err != nil:
		return err
	case plan != nil && (len(inv.Owners) != 1 || f.organization):
		return usage("--lifecycle-policy and --distribution apply to one owner: name it with --owner")
	case plan != nil:
		inv.Owners[0].Planned = plan
	}
	for i := range inv.Owners {
		if err := f.applyToOwner(&inv.Owners[i], destinations, len(inv.Owners) > 1, read); err != nil {
			return err
		}
	}
	for _, o := range inv.Owners {
		if len(o.ExecutionRoles)+len(o.Destinations)+len(o.Repositories)+len(o.Discover) == 0 && o.Planned == nil && !o.AllRepositories {
			return usage("nothing to check for owner %s, because these files do not contain the configuration of Image Builder; name execution roles (--execution-role), destination accounts (--destination) or ECR repositories (--repository)", o.Account)
		}
	}
	return nil
}

// allRegions is the value of --region for every Region that is enabled for an account.
const allRegions = "all"

// orAll completes an error about --region. Only a live run can list the enabled Regions.
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

// discover returns the kinds of subjects to take from Image Builder: those that a recording
// was made for, and those of which the user named none, if Image Builder was read or can be
// read. It omits kinds that a flag names, and kinds that no selected check needs.
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

// applyOwners sets the owners of inv: those of --owner, else those that inv has, else the only
// account in the input files.
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
	case len(inv.Owners) == 0 && inv.Organization != nil: // the recording is of an organization with no account to check
	case len(inv.Owners) == 0 && len(read) == 1 && !slices.Contains(destinations, slices.Collect(maps.Keys(read))[0]):
		for id := range read {
			inv.Owners = []account.Owner{{Account: id}}
		}
	case len(inv.Owners) == 0 && !f.organization:
		return usage("the account that builds the images is unknown: name it with --owner ACCOUNT")
	}
	return nil
}

// applyToOwner applies the flags to one owner. Several is true if there are other owners. Read
// holds the accounts in the input files, and is nil for a live run.
func (f *scopeFlags) applyToOwner(o *account.Owner, destinations []string, several bool, read map[string]*account.Account) error {
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
		return nil // completed and validated once the account of the credentials is known
	}
	check := *o
	check.Repositories = slices.DeleteFunc(slices.Clone(o.Repositories), func(r account.Repository) bool { return r.Region == "" })
	if err := check.Validate(); err != nil {
		return usage("owner %s: %w", o.Account, err)
	}
	return nil
}

var regionAndName = regexp.MustCompile(`^([a-z]{2,}(?:-[a-z]+)+-[0-9]{1,2})/(.+)$`)

// repository parses [REGION/]NAME. Without a Region, it returns the repository in each of
// regions. The name of a repository may begin like a Region, so REGION must be a published
// Region or one that --region names.
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
			return nil, usage("--repository %s: its Region is unknown; write REGION/%s or set --region", text, name)
		}
		return []account.Repository{{Name: name}}, nil
	}
	var all []account.Repository
	for _, region := range regions {
		all = append(all, account.Repository{Region: region, Name: name})
	}
	return all, nil
}

// ids returns the account IDs of ACCOUNT[=…] values, each once.
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

// negatives converts the flag, where 0 means none, to the source's field, where 0 means all.
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

// roleToAssume returns the role to assume in all accounts, and its external ID, from the
// flags or the configuration.
func (f *scopeFlags) roleToAssume(cfg configuration) (name, externalID string, err error) {
	name, externalID = cmp.Or(f.roleName, cfg.RoleName), cmp.Or(f.externalID, cfg.ExternalID)
	if ref, ok := account.ParseRoleReference(name); name != "" && (!ok || ref.Account != "") {
		return "", "", usage("--role-name %s: expected the name of a role, with its path if it has one; it must be the same in every account", name)
	}
	if externalID != "" && name == "" {
		return "", "", usage("--external-id requires --role-name")
	}
	if s := cmp.Or(f.sessionName, cfg.SessionName); s != "" && !sessionName.MatchString(s) {
		return "", "", usage("--session-name %s: expected 2 to 64 letters, digits or _+=,.@-", s)
	}
	return name, externalID, nil
}

// access adds the credentials that flags name for accounts: ACCOUNT=PROFILE or
// ACCOUNT=ROLE_ARN.
func (f *scopeFlags) access(to map[string]awsapi.Access) error {
	for _, v := range slices.Concat(f.owners, f.destinations) {
		id, by, ok := strings.Cut(v, "=")
		if !ok {
			continue
		}
		switch ref, isRole := account.ParseRoleReference(by); {
		case by == "":
			return usage("%s: expected a profile or a role ARN after the =", v)
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
