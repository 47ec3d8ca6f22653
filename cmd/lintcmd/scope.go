package lintcmd

import (
	"cmp"
	"io"
	"slices"
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

	flags      *pflag.FlagSet // all flags of the command
	checks     []checks.Check // all checks, to validate suppressions
	configured *configuration // nil until the file was read
	stdin      io.Reader
	inputs     *source.Inputs
	kinds      []account.Kind // that the selected checks need
}

func (f *scopeFlags) register(flags *pflag.FlagSet) {
	f.flags = flags
	flags.StringVar(&f.config, "config", "", "configuration file (default .iblint.yaml)")
	flags.StringArrayVar(&f.owners, "owner", nil, "account that builds images (default: your own)")
	flags.StringArrayVar(&f.executionRoles, "execution-role", nil, "execution role of lifecycle policies: name or ARN")
	flags.StringArrayVar(&f.destinations, "destination", nil, "account that AMIs are copied to")
	flags.StringArrayVar(&f.repositories, "repository", nil, "ECR repository of container images: [REGION/]NAME")
	flags.StringSliceVar(&f.regions, "region", nil, "Region, or all (default: of the AWS configuration)")
	flags.BoolVar(&f.allRepositories, "all-repositories", false, "every ECR repository, not only those in use")
	flags.BoolVar(&f.organization, "organization", false, "every account of the organization")
	flags.StringSliceVar(&f.units, "ou", nil, "with --organization: only the accounts below it")
	flags.StringSliceVar(&f.accounts, "account", nil, "with --organization: only this account")
	flags.StringSliceVar(&f.exclude, "exclude", nil, "with --organization: all but this account")
	flags.StringArrayVar(&f.lifecyclePolicies, "lifecycle-policy", nil, "planned policy: input of create-lifecycle-policy")
	flags.StringArrayVar(&f.distributions, "distribution", nil, "planned distribution configuration")
	flags.StringVar(&f.resourceType, "resource-type", "", "of the first policy: ami or container")
	flags.StringVar(&f.profile, "profile", "", "profile of the AWS configuration to read with")
	flags.StringVar(&f.roleName, "role-name", "", "role to assume in each account that has no other")
	flags.StringVar(&f.externalID, "external-id", "", "external ID for --role-name")
	flags.StringVar(&f.sessionName, "session-name", "", "session name of assumed roles (default iblint)")
	flags.StringVar(&f.meaning, "source-account-means", "", "whose ID aws:SourceAccount is: destination, owner or either (default: destination, with a remark)")
	f.timeout, f.accountTimeout, f.concurrency = 10*time.Minute, 5*time.Minute, 32
	flags.Var((*aboveZero)(&f.timeout), "timeout", "of reading and checking (default 10m)")
	flags.Var((*aboveZero)(&f.accountTimeout), "account-timeout", "of reading one account (default 5m)")
	flags.Var((*atMost1000)(&f.concurrency), "concurrency", "calls to AWS at the same time")
	flags.IntVar(&f.confirmNegatives, "confirm-negatives", -1, "missing tags to confirm in a Region (default all)")
	f.maxInput.register(flags)
	flags.BoolVar(&f.debug, "debug", false, "print each call to AWS to standard error")
}

// apply validates the flags and applies them to the owners of inv. Read holds the accounts
// in the input files, and is nil for a live run. If it holds exactly one account, that is the
// default owner.
func (f *scopeFlags) apply(inv *account.Inventory, read map[string]*account.Account) error {
	meaning := account.SourceAccountMeaning(f.meaning)
	if err := meaning.Validate(); err != nil {
		return usage("--source-account-means %s: expected destination, owner or either%s", f.meaning, didYouMean(f.meaning, meanings))
	}
	inv.SourceAccountMeans = cmp.Or(meaning, inv.SourceAccountMeans)
	if _, ok := resourceTypes[f.resourceType]; !ok {
		return usage("--resource-type %s: expected ami or container%s", f.resourceType, didYouMean(f.resourceType, imageTypes))
	}
	for _, r := range f.regions {
		if !account.IsRegion(r) && (r != allRegions || read != nil) {
			return usage("--region %s: expected a Region such as eu-west-1%s%s", r, orAll(read == nil), didYouMean(r, regions()))
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
		return usage("%s to one owner: name it with --owner", givenOf(f.flags, "lifecycle-policy", "distribution").with("applies", "apply"))
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
			if read != nil && read[o.Account] == nil { // what it builds is unknown
				inv.Owners[i].Discover = slices.Clone(f.kinds)
				inv.Owners[i].AllRegions = o.AllRegions || len(o.Regions) == 0
				continue
			}
			return usage("nothing to check for owner %s, because the input files do not contain its configuration of Image Builder; name execution roles (--execution-role), destination accounts (--destination) or ECR repositories (--repository)", o.Account)
		}
	}
	return nil
}

// meanings are the values of --source-account-means.
var meanings = []string{string(account.MeansDestination), string(account.MeansOwner), string(account.MeansEither)}

// imageTypes are the values of --resource-type that a user gives.
var imageTypes = []string{"ami", "container"}

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
