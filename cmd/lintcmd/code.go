package lintcmd

import (
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source/declared"
	"github.com/iblint/iblint/internal/source/terraform"
	evaluator "github.com/iblint/iblint/internal/terraform"
)

// codeFlags are about infrastructure as code.
type codeFlags struct {
	paths     []string // as given
	variables []string
	varFiles  []string

	roots []root           // of Terraform configurations in the paths
	code  []terraform.Code // as it was read
}

func (f *codeFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.variables, "var", nil, "value of a Terraform variable: NAME=VALUE (repeatable)")
	flags.StringArrayVar(&f.varFiles, "var-file", nil, "FILE with values of Terraform variables, .tfvars or .tfvars.json (repeatable)")
}

// recognize adds what the paths hold to the input files and the code of the run.
func (f *runFlags) recognize(paths []string) error {
	if len(paths) == 0 {
		if len(f.code.variables)+len(f.code.varFiles) > 0 {
			return usage("--var and --var-file are for Terraform configurations; name one: iblint check PATH")
		}
		return nil
	}
	f.code.paths = paths
	all, err := recognize(paths)
	if err != nil {
		return err
	}
	f.code.roots = all.roots
	f.recordings = append(f.recordings, all.recordings...)
	f.authorization = append(f.authorization, all.authorization...)
	return nil
}

// readCode reads the code of the run. The account of code that names none is the owner.
func (f *runFlags) readCode(owner string) (*declared.Code, error) {
	region := ""
	if len(f.scope.regions) == 1 {
		region = f.scope.regions[0]
	}
	tree, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	var all declared.Code
	for _, r := range f.code.roots {
		code := terraform.Code{
			Directory: r.directory, Account: r.account, Region: region,
			Options: evaluator.Options{Tree: tree, Variables: f.code.variables, VarFiles: f.code.varFiles},
		}
		if code.Account == "" {
			code.Account = owner
		}
		if !inside(tree, r.directory) {
			code.Options.Tree = r.directory
		}
		f.code.code = append(f.code.code, code)
		one, _, err := code.Read()
		if err != nil {
			return nil, err
		}
		all.Add(one)
	}
	return &all, nil
}

// inside reports whether a directory is in a tree.
func inside(tree, dir string) bool {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return false
	}
	rel, err := filepath.Rel(tree, absolute)
	return err == nil && filepath.IsLocal(rel)
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

// addCode adds code to what was read of files. Recordings list roles that code does not declare.
func addCode(inv *account.Inventory, code *declared.Code) *account.Inventory {
	declared := code.Inventory()
	for id, a := range declared.Accounts {
		if have := inv.Accounts[id]; have != nil && !have.RoleNames.IsZero() {
			a.RoleNames = account.List[account.RoleName]{}
		}
	}
	return account.Merge(inv, declared)
}
