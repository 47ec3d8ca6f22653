package lintcmd

import (
	"cmp"
	"io"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source"
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
	resourceType      string

	maxInput maxInput

	code []string // the paths of the run's code

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
	flags.StringVar(&f.resourceType, "resource-type", "", "what the first lifecycle policy will be about, if there is none yet: ami or container (default: either)")
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
	flags.BoolVar(&f.debug, "debug", false, "print each call to AWS to standard error, without parameters and responses")
}

// given reports whether any flag selects what to check.
func (f *scopeFlags) given() bool {
	return f.config != "" || len(f.owners)+len(f.executionRoles)+len(f.destinations)+len(f.repositories)+len(f.regions)+len(f.lifecyclePolicies)+len(f.distributions) > 0 || f.profile+f.roleName+f.externalID+f.sessionName+f.meaning+f.resourceType != "" || f.debug || f.organization || f.allRepositories ||
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
	if _, ok := resourceTypes[f.resourceType]; !ok {
		return usage("--resource-type %s: expected ami or container", f.resourceType)
	}
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
	for i, o := range inv.Owners {
		if len(o.ExecutionRoles)+len(o.Destinations)+len(o.Repositories)+len(o.Discover) == 0 && o.Planned == nil && len(o.PlannedIn) == 0 && !o.AllRepositories {
			if len(f.code) > 0 {
				inv.Owners[i].Code = strings.Join(f.code, ", ")
				continue
			}
			return usage("nothing to check for owner %s, because these files do not contain the configuration of Image Builder; name execution roles (--execution-role), destination accounts (--destination) or ECR repositories (--repository)", o.Account)
		}
	}
	return nil
}

// resourceTypes are the values of --resource-type, and what Image Builder calls them.
var resourceTypes = map[string]string{"": "", "ami": account.AMIImage, "container": account.ContainerImage}

// allRegions is the value of --region for every Region that is enabled for an account.
const allRegions = "all"

// orAll completes an error about --region. Only a live run can list the enabled Regions.
func orAll(live bool) string {
	if live {
		return ", or all"
	}
	return ""
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
