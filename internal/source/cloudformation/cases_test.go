package cloudformation_test

import (
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/lifecycle"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/source/cloudformation"
)

// expectation is what a case expects of findings: a check (a pattern), an account and a part of
// the subject's name or ARN.
type expectation struct {
	Check, Account, Name string
	Status               []checks.Status
	Any                  bool
}

func (e expectation) fits(f checks.Finding) bool {
	ok, _ := path.Match(e.Check, f.Check.ID)
	return ok && (e.Account == "" || e.Account == symbol.Text(f.Subject.Account)) &&
		(e.Name == "" || strings.Contains(symbol.Text(f.Subject.Name), e.Name) || strings.Contains(symbol.Text(f.Subject.ARN), e.Name))
}

// want is want.json of a case.
type want struct {
	Exit             []int
	Findings, Absent []expectation
}

// codeOf is the code that the arguments of a case name.
func codeOf(t *testing.T, folder string) (code cloudformation.Code, owner, region string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, "args"))
	if err != nil {
		t.Fatal(err)
	}
	code.Parameters, code.Tree = map[string]string{}, folder
	args := strings.Fields(string(data))
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case "--owner":
			i++
			owner = args[i]
		case "--region":
			i++
			region = args[i]
		case "--format":
			i++
		case "--parameter":
			i++
			key, value, _ := strings.Cut(args[i], "=")
			code.Parameters[key] = value
		default:
			id, file, ok := strings.Cut(args[i], "=")
			if !ok {
				id, file = "", args[i]
			}
			code.Templates = append(code.Templates, cloudformation.Template{Path: filepath.Join(folder, file), Account: id, Region: region})
		}
	}
	for i := range code.Templates {
		if code.Templates[i].Account == "" {
			code.Templates[i].Account = owner
		}
	}
	return code, owner, region
}

// findings are those of a case.
func findings(t *testing.T, folder string) ([]checks.Finding, error) {
	t.Helper()
	code, owner, region := codeOf(t, folder)
	declared, _, err := code.Read()
	if err != nil {
		return nil, err
	}
	inv := declared.Inventory()
	named := account.Owner{Account: owner, Regions: []string{region}}
	if len(inv.Owners) == 0 {
		named.Code = folder
	}
	inv.AddOwner(named)
	return slices.Collect(checks.Evaluate(inv, lifecycle.All())), nil
}

// The findings of the cases are the expected ones.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*/want.json")
	if err != nil || len(files) < 20 {
		t.Fatal(err, len(files))
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var w want
			if err := json.Unmarshal(data, &w); err != nil {
				t.Fatal(err)
			}
			all, err := findings(t, filepath.Dir(file))
			if err != nil {
				if !slices.Contains(w.Exit, 2) || strings.Contains(err.Error(), "\n") {
					t.Error(err)
				}
				return
			}
			for _, problem := range w.compare(all) {
				t.Error(problem)
			}
		})
	}
}

// compare says what is not as expected, as the exit code, and findings.
func (w want) compare(all []checks.Finding) (problems []string) {
	exit := 0
	for _, f := range all {
		switch {
		case f.Status == checks.Fail:
			exit = 1
		case f.Status == checks.Unknown && exit == 0:
			exit = 3
		}
	}
	if !slices.Contains(w.Exit, exit) {
		problems = append(problems, "exit code")
	}
	for _, e := range w.Findings {
		var got []string
		good, bad := 0, 0
		for _, f := range all {
			if e.fits(f) {
				got = append(got, string(f.Status)+" ("+symbol.Text(f.Subject.Name)+": "+symbol.Text(f.Message)+")")
				if slices.Contains(e.Status, f.Status) {
					good++
				} else {
					bad++
				}
			}
		}
		if good == 0 || bad > 0 && !e.Any {
			problems = append(problems, e.Check+" "+e.Account+" "+e.Name+": "+strings.Join(got, "; "))
		}
	}
	for _, e := range w.Absent {
		for _, f := range all {
			if e.fits(f) && slices.Contains(e.Status, f.Status) {
				problems = append(problems, f.Check.ID+" "+symbol.Text(f.Subject.Name)+" is "+string(f.Status))
			}
		}
	}
	if len(problems) > 0 {
		for _, f := range all {
			problems = append(problems, "    "+string(f.Status)+" "+f.Check.ID+" "+symbol.Text(f.Subject.Name)+": "+symbol.Text(f.Message))
		}
	}
	return problems
}
