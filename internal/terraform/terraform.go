// Package terraform evaluates Terraform configurations without running Terraform.
//
// It reads files only: no provider, no state, no credentials, no network, no environment, no
// process. What the code does not give (a variable without a value, an attribute that is known
// only after apply, a module that is not there) is a symbol of package symbol: it passes through
// templates, jsonencode and collections, and no comparison and no function decides about it.
//
// The package knows nothing of any provider. Options.Compute supplies what a provider computes.
package terraform

import (
	"fmt"
	"io/fs"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/source"
)

// Options say what to evaluate and what may be read.
type Options struct {
	// Tree is the directory outside of which nothing is read, also not through symbolic links,
	// except local modules that the code calls by their names. It is usually the root module or
	// one of its ancestors. Empty: the root module.
	Tree string

	Variables []string // KEY=VALUE, as --var of terraform; they win over files
	VarFiles  []string // as --var-file of terraform: .tfvars and .tfvars.json, later files win

	// FS, if not nil, is read in place of the disk. Names are then slash-separated paths in it.
	FS fs.FS
	// ReadFile, if not nil, reads the content of each file on disk. It is called after the
	// checks of the name and of the size.
	ReadFile func(name string) ([]byte, error)

	// Types selects the types of resources and data sources that are in the result. Others
	// are evaluated only as far as these refer to them. Nil: all types.
	Types func(kind string) bool

	// Compute returns what the provider computes for a resource or data source, such as arn.
	// It is called once for each instance, after its arguments are evaluated. The result is
	// added to Values and wins over arguments. What it returns as a string is one, also if it
	// is a symbol. Nil: nothing is computed.
	Compute func(*Resource) map[string]cty.Value

	// Cache, if not nil, keeps parsed files between calls of Load with the same files.
	Cache *Cache

	MaxFiles int // number of files of a configuration; 0: 20,000
	// MaxFile is the size of one file. A larger one that only a function reads is unknown.
	MaxFile      source.Limit
	MaxBytes     int64 // size of all files; 0: 256 MiB, or MaxFile if it is larger
	MaxTokens    int64 // words and signs of all source files; 0: 2 million, or more if MaxFile is raised
	MaxInstances int   // number of instances of resources and modules; 0: 100,000
	MaxSteps     int64 // work: roughly, evaluated expressions and bytes of values; 0: 10 million
}

// Configuration is an evaluated root module with the modules that it calls.
type Configuration struct {
	// Resources are the instances of managed resources and data sources of all modules, in the
	// order of their addresses.
	Resources []*Resource
	// Missing are the module calls whose source is not in the tree.
	Missing []Missing
	// Modules are the directories of the modules that were read, the root first, as the user
	// would write them.
	Modules []string
	// Files are the files that were read.
	Files []string
	// Undeclared are the variables of Options that the root module does not declare.
	Undeclared []string
	// Providers are the provider configurations of the root module, in the order of the code.
	Providers []*Provider
}

// Missing is a module call whose source is not in the tree.
type Missing struct {
	Address string // module.x
	Source  string // as the code gives it
	Why     string // such as "the module's source is not here (git::…)"
	Range   hcl.Range
}

// Resource is one instance of a managed resource or a data source.
type Resource struct {
	Address  string // module.x.aws_iam_role.y["k"]
	Data     bool   // a data source
	Type     string
	Name     string
	Provider *Provider // the configuration that applies; never nil

	// Values is an object: arguments, computed attributes, and each kind of nested block as a
	// tuple of objects in the order of the code. In JSON syntax a nested block cannot be told
	// from an argument, so one block may be an object: use Blocks. A value that the code does
	// not give is a string with symbols, or unknown if its type is known to be another one;
	// Unknown gives the reason for both. If only some keys of a map are known, it has one more
	// key that is a symbol.
	Values cty.Value

	// Uncertain is not empty if count or for_each do not say whether the instance exists: the
	// reason, such as "count depends on ${var.enabled}: variable without a value (main.tf:3)".
	// The address then ends with […], and the instance stands for any number of instances.
	Uncertain string

	Range  hcl.Range        // the header of the block
	Block  *hclsyntax.Block // nil for JSON syntax
	Source []byte           // the file that declares it, for edits by byte range

	raw  cty.Value // Values with a symbol in each unknown place
	body *node     // the expressions behind Values
	in   *instance
}

// Provider is a configuration of a provider.
type Provider struct {
	Key    string // of a plan or a state: what it calls this configuration; else empty
	Type   string // aws
	Alias  string // empty: the default configuration
	Values cty.Value
	Range  hcl.Range // zero if no block declares it
}

// Load evaluates the root module in a directory. Errors are *source.InputError.
func Load(dir string, o Options) (*Configuration, error) {
	e, err := newEvaluator(dir, o)
	if err != nil {
		return nil, err
	}
	c, err := e.load(dir)
	if err != nil {
		return nil, inputError(err)
	}
	return c, nil
}

// Unknown returns the symbol in the place of a value that is not known. The path consists of
// names and indexes, as for Expression. The result is false if the value is known, partly known,
// or not there.
func (r *Resource) Unknown(path ...any) (symbol.Part, bool) {
	v := r.raw
	for _, step := range path {
		if isSymbol(v) {
			break
		}
		next, ok := step1(v, step)
		if !ok {
			return symbol.Part{}, false
		}
		v = next
	}
	if !isSymbol(v) {
		return symbol.Part{}, false
	}
	return symbol.First(v.AsString()), true
}

// step1 follows one name or index.
func step1(v cty.Value, step any) (cty.Value, bool) {
	if v.IsNull() || !v.IsKnown() {
		return cty.NilVal, false
	}
	ty := v.Type()
	switch s := step.(type) {
	case string:
		switch {
		case ty.IsObjectType() && ty.HasAttribute(s):
			return v.GetAttr(s), true
		case ty.IsMapType() && v.HasIndex(cty.StringVal(s)).True():
			return v.Index(cty.StringVal(s)), true
		}
	case int:
		if (ty.IsTupleType() || ty.IsListType()) && s >= 0 && s < v.LengthInt() {
			return v.Index(cty.NumberIntVal(int64(s))), true
		}
		if ty.IsObjectType() && s == 0 { // a block of JSON syntax
			return v, true
		}
	}
	return cty.NilVal, false
}

// Blocks returns the nested blocks of a kind: the elements of a list, or one object. The result
// is false if how many there are is not known.
func Blocks(v cty.Value, kind string) ([]cty.Value, bool) {
	if v.IsNull() || !v.IsKnown() || !v.Type().IsObjectType() || !v.Type().HasAttribute(kind) {
		return nil, true
	}
	b := v.GetAttr(kind)
	switch ty := b.Type(); {
	case b.IsNull():
		return nil, true
	case !b.IsKnown() || isSymbol(b):
		return nil, false
	case ty.IsTupleType() || ty.IsListType() || ty.IsSetType():
		return b.AsValueSlice(), true
	case ty.IsObjectType() || ty.IsMapType():
		return []cty.Value{b}, true
	}
	return nil, true
}

func sortResources(list []*Resource) {
	slices.SortStableFunc(list, func(a, b *Resource) int { return compareAddresses(a.Address, b.Address) })
}

func place(r hcl.Range) string {
	if r.Filename == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", r.Filename, r.Start.Line)
}
