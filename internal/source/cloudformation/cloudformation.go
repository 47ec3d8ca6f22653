// Package cloudformation reads CloudFormation and SAM templates: what they declare of IAM, ECR and
// Image Builder. One table maps types of resources to declarations.
package cloudformation

import (
	"cmp"
	"maps"
	"slices"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/cloudformation"
	"github.com/iblint/iblint/internal/source"
	"github.com/iblint/iblint/internal/source/declared"
)

// Code are templates that are given together: one of them may import what another one exports.
type Code struct {
	Templates []Template

	// Parameters are values for all templates that declare the parameter, perhaps with symbols.
	Parameters map[string]string

	// Tree is the directory outside of which no template of a nested stack is read. Empty: the
	// directory of the template.
	Tree string
	// ReadFile, if not nil, reads files. It is called after checks of the name and of the size.
	ReadFile func(name string) ([]byte, error)
	// Limit is the size of the largest template that is read.
	Limit source.Limit
}

// Template is a template with where it is deployed to.
type Template struct {
	Path      string
	Account   string                   // empty: not given
	Region    string                   // empty: not known
	Partition string                   // empty: that of the Region
	StackName string                   // empty: not known
	Parsed    *cloudformation.Template // nil: it is read from Path

	// Generated says that the CDK wrote the template, and Written where the source declares its
	// constructs and those of nested stacks, by construct path, as far as the CDK noted it.
	Generated bool
	Written   map[string]declared.Place

	// Found says that the user did not name the template itself. It is left out if a stack of
	// another template nests it, because its parameters are given there.
	Found bool
}

// Read returns what the templates declare, and their stacks, with those that they nest. Errors
// are *source.InputError.
func (c Code) Read() (declared.Code, []*cloudformation.Stack, error) {
	r := newReader(c)
	stacks, err := r.deploy(c.Templates)
	if err != nil {
		return declared.Code{}, nil, err
	}
	if left := r.withoutNested(c.Templates); len(left) < len(c.Templates) {
		if stacks, err = r.deploy(left); err != nil {
			return declared.Code{}, nil, err
		}
	}
	var out declared.Code
	constructs := constructsIn(c.Templates)
	for _, t := range c.Templates {
		target := t.target()
		out.Accounts = append(out.Accounts, declared.Account{ID: target.account, Partition: target.partition, Path: t.Path})
	}
	trees := map[tree]*declared.Code{}
	var order []*declared.Code
	for _, s := range stacks {
		resources, err := s.Resources()
		if err != nil {
			return declared.Code{}, nil, err
		}
		in := trees[treeOf(s)]
		if in == nil {
			in = &declared.Code{}
			trees[treeOf(s)] = in
			order = append(order, in)
		}
		for _, resource := range resources {
			d := declaration{values: values{resource.Properties}, target: targetOf(s), resource: resource, written: constructs.of(s), Code: in}
			if declare := types[resource.Type]; declare != nil {
				declare(d)
			}
		}
	}
	about := map[*declared.Code]bool{}
	for _, in := range order {
		about[in] = in.AboutLifecycle()
	}
	for _, s := range stacks {
		if in := trees[treeOf(s)]; about[in] {
			if err := elsewhere(s, in); err != nil {
				return declared.Code{}, nil, err
			}
		}
	}
	for _, one := range order {
		out.Add(*one)
	}
	return out, stacks, nil
}

// Undeclared are the parameters of the code that none of its stacks declares.
func (c Code) Undeclared(stacks []*cloudformation.Stack) []string {
	left := maps.Clone(c.Parameters)
	for _, s := range stacks {
		for _, name := range s.Template().Parameters() {
			delete(left, name)
		}
	}
	return slices.Sorted(maps.Keys(left))
}

// target is the account and the Region that a stack is deployed to.
type target struct{ account, partition, region string }

func (t Template) target() target {
	out := target{account: cmp.Or(t.Account, declared.ThisAccount), region: t.Region}
	out.partition = cmp.Or(t.Partition, account.PartitionOf(out.region), "aws")
	if !account.IsRegion(out.region) {
		out.region = declared.ThisRegion
	}
	return out
}

func targetOf(s *cloudformation.Stack) target {
	o := s.Options()
	return target{account: o.Account, partition: o.Partition, region: o.Region}
}

// declaration is a resource to be declared.
type declaration struct {
	values
	target
	resource *cloudformation.Resource
	written  map[string]declared.Place // where the source declares constructs, by their paths
	*declared.Code
}

// at is where an Image Builder resource is.
func (d declaration) at() declared.At {
	return declared.At{Place: d.place(), Account: d.account, Partition: d.partition, Region: d.region}
}

// place is where the resource is declared. The CDK's construct path says more than a logical ID.
func (d declaration) place() declared.Place {
	at := d.resource.At
	place := declared.Place{File: at.File, Line: at.Line, Column: at.Column, Address: cmp.Or(d.resource.Path, d.resource.Address())}
	if source, ok := inSource(d.written, d.resource.Path); ok {
		place.File, place.Line, place.Column = source.File, source.Line, source.Column
	}
	return place
}

// unsure is why it is not known whether the resource will exist; nil: it will.
func (d declaration) unsure() *account.Unread {
	if d.resource.Uncertain == "" {
		return nil
	}
	return &account.Unread{Reason: account.Unresolved, Detail: "whether " + d.resource.Address() + " is created: " + d.resource.Uncertain}
}

// types are the types of resources that are read.
var types = map[string]func(declaration){
	"AWS::IAM::Role":                               role,
	"AWS::IAM::ManagedPolicy":                      managedPolicy,
	"AWS::IAM::Policy":                             policyOfRoles,
	"AWS::IAM::RolePolicy":                         rolePolicy,
	"AWS::ECR::Repository":                         repository,
	"AWS::ECR::RegistryPolicy":                     registryPolicy,
	"AWS::Organizations::Policy":                   guardrail,
	"AWS::ImageBuilder::LifecyclePolicy":           lifecyclePolicy,
	"AWS::ImageBuilder::DistributionConfiguration": distribution,
	"AWS::ImageBuilder::ContainerRecipe":           containerRecipe,
	"AWS::ImageBuilder::ImageRecipe":               imageRecipe,
	"AWS::ImageBuilder::ImagePipeline":             pipeline,
	"AWS::ImageBuilder::Image":                     image,
}
