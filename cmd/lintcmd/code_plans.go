package lintcmd

import (
	"bytes"
	"cmp"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/source/declared"
	"github.com/iblint/iblint/internal/source/terraform"
	"github.com/iblint/iblint/internal/terraform/plan"
)

// planPath is a file with a Terraform plan or state.
type planPath struct{ path, account string }

// plan adds a file if it is a Terraform plan or state. Found says that the user named a directory.
func (all *recognized) plan(p givenPath, found bool) (is bool, err error) {
	head, err := headOf(p.path)
	switch {
	case err != nil:
		return false, err
	case found && !plan.Is(head):
		return false, nil
	case plan.IsBinary(head):
		return true, usage("%s: is a binary plan; give the output of terraform show -json %s", p.path, filepath.Base(p.path))
	case plan.IsLog(head):
		return true, usage("%s: is the log of terraform plan -json; give the output of terraform show -json PLAN", p.path)
	case !plan.Is(head):
		return false, nil
	}
	if one := (planPath{p.path, p.account}); !slices.Contains(all.plans, one) {
		all.plans = append(all.plans, one)
	}
	return true, nil
}

// headOf is the beginning of a file, as UTF-8.
func headOf(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadablePath(path, err)
	}
	defer func() { _ = f.Close() }() // it was only read
	head, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return nil, unreadablePath(path, err)
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) { // UTF-16
		head = bytes.ReplaceAll(head[2:], []byte{0}, nil)
	}
	return bytes.TrimPrefix(head, []byte("\ufeff")), nil
}

// readPlans reads the plans and states of the run. Their account is the owner, and their Region
// that of the run, if they name none.
func (f *runFlags) readPlans(owner, region string) (all declared.Code, plans []terraform.Plan, err error) {
	var read []declared.Code
	var accounts []string
	for _, one := range f.code.plans {
		data, err := f.scope.inputs.ReadFile(one.path, f.scope.stdin, f.scope.maxInput.limit().Large())
		if err != nil {
			return all, nil, err
		}
		name := filepath.ToSlash(one.path)
		parsed, err := terraform.ParsePlan(name, data)
		if err != nil {
			return all, nil, err
		}
		p := terraform.Plan{Path: name, Account: cmp.Or(one.account, owner), Region: region, Parsed: parsed, Blocks: blocksBeside(one.path, f.codeReader())}
		plans, read, accounts = append(plans, p), append(read, p.Read()), append(accounts, one.account)
	}
	for _, i := range apart(read, accounts) {
		plans[i].Account = symbol.New("account of "+plans[i].Path, "another plan declares the same names, and no account ID was given: name it with ACCOUNT=PATH")
		read[i] = plans[i].Read()
	}
	for _, one := range read {
		all.Add(one)
	}
	return all, plans, nil
}

// blocksBeside are the places of the blocks of the configuration that a plan is probably of: that
// in the directory of the plan, or else in the working directory.
func blocksBeside(path string, reader codeReader) map[string]hcl.Range {
	for _, dir := range []string{filepath.Dir(path), "."} {
		if has, err := hasModule(dir); has && err == nil {
			return terraform.Blocks(dir, reader.options(dir))
		}
	}
	return nil
}
