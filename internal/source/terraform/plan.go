package terraform

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source/declared"
	"github.com/iblint/iblint/internal/terraform"
	"github.com/iblint/iblint/internal/terraform/plan"
)

// Plan is a plan or a state of Terraform.
type Plan struct {
	Path      string
	Account   string // where the plan says none
	Region    string // where the plan says none
	Partition string // empty: that of the Region

	Parsed *plan.Plan

	// Blocks are where blocks are declared, by the addresses of package plan.
	Blocks map[string]hcl.Range
}

// ParsePlan reads a plan or a state. Errors are *source.InputError.
func ParsePlan(path string, data []byte) (*plan.Plan, error) {
	return plan.Parse(path, data, func(kind string) bool {
		return types[kind] != nil || computed[kind] != nil || lookedUp[kind] != nil || kind == "aws_iam_policy_document"
	})
}

// Read returns what the accounts will hold after apply of what the plan manages, or what a state
// says that they hold.
func (p Plan) Read() declared.Code {
	code := Code{Directory: p.Path, Account: p.Account, Region: p.Region, Partition: p.Partition}
	options := plan.Options{
		Compute:    func(r *terraform.Resource) map[string]cty.Value { return code.compute(r) },
		Target:     targets,
		Collection: func(name string) bool { return collections[name] },
	}
	before := p.Parsed.Before(options)
	code.observed = observe(before)
	after := before
	if !p.Parsed.IsState() {
		after = p.Parsed.Resources(options)
	}
	for _, r := range slices.Concat(before, after) {
		if at, ok := p.Blocks[plan.ResourceOf(r.Address)]; ok {
			r.Range = at
		}
	}
	past := code.declare(before)
	out := past
	if !p.Parsed.IsState() {
		out = code.declare(after)
	}
	out.Roles = ownPolicies(out.Roles, past, after)
	if !p.Parsed.IsState() {
		out.Remove(past)
	}
	out.Accounts = []declared.Account{{ID: code.account(), Partition: p.Partition, Path: p.Path}}
	return out
}

// declare returns what resources declare.
func (c Code) declare(resources []plan.Resource) (out declared.Code) {
	for _, r := range resources {
		if declare := types[r.Type]; declare != nil && !r.Data {
			v := valuesOf(r.Resource)
			if tags := v.in("tags_all"); len(tags.tags()) > 0 { // with the default tags of the provider
				v.value = withArgument(v.value, "tags", tags.value)
			}
			reported, isReported := v.in("managed_policy_arns"), r.Type == "aws_iam_role" && !r.Configured("managed_policy_arns")
			if isReported { // the code lists none
				v.value = withArgument(v.value, "managed_policy_arns", cty.NullVal(cty.DynamicPseudoType))
			}
			declare(declaration{values: v, target: c.targetOf(r.Resource), Code: &out})
			if isReported {
				last := &out.Roles[len(out.Roles)-1]
				last.Attached, _ = reported.texts()
			}
		}
	}
	return out
}

// ownPolicies returns roles without the policies that the provider only reports in them: without
// managed_policy_arns and inline_policy in the configuration, the provider fills them with what it
// read (AWS provider, aws_iam_role), among it what separate resources add, or added until this plan
// deletes or changes them.
func ownPolicies(roles []declared.Role, past declared.Code, resources []plan.Resource) []declared.Role {
	configured := make(map[string]plan.Resource, len(roles))
	for _, r := range resources {
		configured[r.Address] = r
	}
	type policy struct{ account, role, policy string }
	apart := map[policy]bool{}
	for _, a := range past.Attachments {
		apart[policy{a.Account, a.Role, a.Policy}] = true
	}
	for _, p := range past.RolePolicies {
		apart[policy{p.Account, p.Role, p.Name}] = true
	}
	roles = slices.Clone(roles)
	for i, r := range roles {
		if !configured[r.Address].Configured("managed_policy_arns") {
			roles[i].Attached = slices.DeleteFunc(slices.Clone(r.Attached), func(arn string) bool { return apart[policy{r.Account, r.Name, arn}] })
		}
		if !configured[r.Address].Configured("inline_policy") {
			roles[i].Inline = slices.DeleteFunc(slices.Clone(r.Inline), func(p account.InlinePolicy) bool { return apart[policy{r.Account, r.Name, p.Name}] })
		}
	}
	return roles
}

// withArgument returns the values of a resource with another value of an argument.
func withArgument(v cty.Value, name string, argument cty.Value) cty.Value {
	all := v.AsValueMap()
	if all == nil {
		all = map[string]cty.Value{}
	}
	all[name] = argument
	return cty.ObjectVal(all)
}
