package lintcmd

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/source/cloudformation"
	"github.com/iblint/iblint/internal/source/declared"
	"github.com/iblint/iblint/internal/source/terraform"
	evaluator "github.com/iblint/iblint/internal/terraform"
)

// codeFlags are about infrastructure as code.
type codeFlags struct {
	paths     []string // as given: PATH or ACCOUNT=PATH
	variables []string
	varFiles  []string

	parameters     []string
	parameterFiles []string

	roots     []root           // of Terraform configurations in the paths
	code      []terraform.Code // as it was read
	templates []cloudformation.Template
	plans     []planPath
	deployed  cloudformation.Code // the templates as they were read
}

// any reports whether the paths hold code.
func (f *codeFlags) any() bool { return len(f.roots)+len(f.templates)+len(f.plans) > 0 }

func (f *codeFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.variables, "var", nil, "value of a Terraform variable")
	flags.StringArrayVar(&f.parameters, "parameter", nil, "value of a CloudFormation parameter")
	flags.StringArrayVar(&f.parameterFiles, "parameter-file", nil, "values of CloudFormation parameters")
	flags.StringArrayVar(&f.varFiles, "var-file", nil, "values of Terraform variables")
}

// recognize adds what the paths hold to the input files and the code of the run. Without paths on
// the command line, and without input files, they are those of the configuration.
func (f *runFlags) recognize() error {
	if len(f.code.paths)+len(f.recorded)+len(f.authorizationDetails) == 0 && !f.demo {
		configured, err := f.scope.configuration()
		if err != nil {
			return err
		}
		f.code.paths = configured.paths(f.scope.configFile())
	}
	all, err := recognize(f.code.paths, f.codeReader())
	switch {
	case err != nil:
		return err
	case len(all.roots) == 0 && len(f.code.variables)+len(f.code.varFiles) > 0:
		return usage("%s for Terraform configurations; name one: iblint check PATH", givenOf(f.scope.flags, "var", "var-file").with("is", "are"))
	case len(all.templates) == 0 && len(f.code.parameters)+len(f.code.parameterFiles) > 0:
		return usage("%s for CloudFormation templates; name one: iblint check PATH", givenOf(f.scope.flags, "parameter", "parameter-file").with("is", "are"))
	}
	f.code.roots, f.code.templates, f.code.plans = all.roots, all.templates, all.plans
	f.recordings = slices.Concat(f.recorded, all.recordings)
	f.authorization = slices.Concat(f.authorizationDetails, all.authorization)
	return nil
}

// codeRegion is the Region of code that names none: the only one that is named. It is empty if there
// is none.
func (f *runFlags) codeRegion() string {
	if len(f.scope.regions) == 1 && f.scope.regions[0] != allRegions {
		return f.scope.regions[0]
	}
	return ""
}

// readCode reads the code of the run. The account of code that names none is the owner.
func (f *runFlags) readCode(owner, region string) (*declared.Code, error) {
	all, plans, err := f.readPlans(owner, region)
	if err != nil {
		return nil, err
	}
	configurations, err := f.readConfigurations(owner, region, plans)
	if err != nil {
		return nil, err
	}
	all.Add(configurations)
	if len(f.code.templates) > 0 {
		templates, err := f.readTemplates(owner, region)
		if err != nil {
			return nil, err
		}
		all.Add(templates)
	}
	return &all, nil
}

// readConfigurations reads the Terraform configurations of the run. Plans of
// them know more, and win.
func (f *runFlags) readConfigurations(owner, region string, plans []terraform.Plan) (all declared.Code, err error) {
	unused, reader := slices.Clone(f.code.variables), f.codeReader()
	read := make([]declared.Code, len(f.code.roots))
	for i, r := range f.code.roots {
		code := terraform.Code{Directory: r.directory, Account: cmp.Or(r.account, owner), Region: region, Plans: plans, Options: reader.options(r.tree)}
		code.Options.Variables, code.Options.VarFiles = f.code.variables, f.code.varFiles
		f.code.code = append(f.code.code, code)
		var evaluated *evaluator.Configuration
		if read[i], evaluated, err = code.Read(); err != nil {
			return all, err
		}
		unused = slices.DeleteFunc(unused, func(v string) bool { return !slices.Contains(evaluated.Undeclared, variableName(v)) })
	}
	if len(unused) > 0 {
		return all, usage("--var %s: no configuration declares this variable", variableName(unused[0]))
	}
	accounts := make([]string, len(f.code.roots))
	for i, r := range f.code.roots {
		accounts[i] = r.account
	}
	for _, i := range apart(read, accounts) {
		code := &f.code.code[i]
		code.Account = symbol.New("account of "+code.Directory, "another configuration declares the same names, and no account ID was given: name it with ACCOUNT=PATH")
		if read[i], _, err = code.Read(); err != nil {
			return all, err
		}
	}
	for _, one := range read {
		all.Add(one)
	}
	return all, nil
}

// apart are the configurations, or the plans, that cannot be deployed to one account, because they
// declare the same names, such as those of development and production. Their accounts are not known:
// the user has named none.
func apart(read []declared.Code, accounts []string) (indexes []int) {
	for i, one := range read {
		for j, other := range read {
			if i != j && accounts[i] == "" && accounts[j] == "" && one.Collides(other) {
				indexes = append(indexes, i)
				break
			}
		}
	}
	return indexes
}

// variableName is the name in NAME=VALUE.
func variableName(given string) string {
	name, _, _ := strings.Cut(given, "=")
	return name
}

// repositoryOf is the repository that a directory is in; without one, it is the directory. Code
// may come from anybody, and must not read the other files of the user into the report.
func repositoryOf(dir string) string {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return dir
	}
	for above := absolute; ; above = filepath.Dir(above) {
		if _, err := os.Lstat(filepath.Join(above, ".git")); err == nil {
			return above
		}
		if above == filepath.Dir(above) {
			return absolute
		}
	}
}

// codeOwner is the account that code without an account is deployed to: the only owner that is
// named, by a flag, the configuration or a recording. It is empty if there is none.
func (f *runFlags) codeOwner(configured []account.Owner) (string, error) {
	owners, err := ids("--owner", f.scope.owners)
	if err != nil {
		return "", err
	}
	if len(owners) == 0 {
		for _, o := range configured {
			owners = append(owners, o.Account)
		}
	}
	if len(owners) == 1 {
		return owners[0], nil
	}
	return "", nil
}
