package cloudformation

import (
	"cmp"
	"maps"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/cloudformation"
	"github.com/iblint/iblint/internal/source/declared"
)

// inside are the stacks that the resources of a stack create.
func (r *reader) inside(set *cloudformation.Set, s *cloudformation.Stack) ([]*cloudformation.Stack, error) {
	resources, err := s.Resources()
	if err != nil {
		return nil, err
	}
	var all []*cloudformation.Stack
	for _, resource := range resources {
		switch resource.Type {
		case "AWS::CloudFormation::Stack":
			if nested, _ := resource.Nested(); nested != nil {
				all = append(all, nested)
			}
		case "AWS::CloudFormation::StackSet":
			all = append(all, r.stackSet(set, s, resource)...)
		}
	}
	return all, nil
}

// stackSet are the stacks of AWS::CloudFormation::StackSet: one in each Region of each account
// that its groups of instances name. Which accounts are in an organizational unit is in no
// template. A stack set in a stack set is not followed.
func (r *reader) stackSet(set *cloudformation.Set, in *cloudformation.Stack, resource *cloudformation.Resource) (all []*cloudformation.Stack) {
	if in.Options().OfSet {
		return nil
	}
	template, _ := r.nestedTemplate(resource)
	if template == nil {
		return nil
	}
	v := values{resource.Properties}
	common, open := overrides(v.in("Parameters"))
	groups, _ := v.in("StackInstancesGroup").list()
	for _, group := range groups {
		own, alsoOpen := overrides(group.in("ParameterOverrides"))
		parameters := maps.Clone(common)
		maps.Copy(parameters, own)
		targets := group.in("DeploymentTargets")
		if targets.in("AccountFilterType").text() == "DIFFERENCE" {
			continue // all accounts of units but these
		}
		accounts, _ := targets.in("Accounts").texts()
		regions, _ := group.in("Regions").texts()
		for _, id := range accounts {
			for _, region := range regions {
				t := target{account: id, partition: in.Options().Partition, region: region}
				if !account.IsRegion(region) {
					t.region = declared.ThisRegion
				}
				o := r.options(t, parameters)
				o.Name, o.Uncertain, o.OfSet, o.OtherParameters = resource.Address(), resource.Uncertain, true, cmp.Or(open, alsoOpen)
				all = append(all, set.Add(template, o))
			}
		}
	}
	return all
}

// overrides are values of parameters: a list of ParameterKey and ParameterValue. Open is why
// there may be others.
func overrides(v values) (out map[string]string, open string) {
	out = map[string]string{}
	items, more := v.list()
	if more != nil {
		open = more.Detail
	}
	for _, item := range items {
		if why := item.unread(); why != nil {
			open = cmp.Or(open, why.Detail)
		} else if key := item.in("ParameterKey").text(); key != "" {
			out[key] = item.in("ParameterValue").text()
		}
	}
	return out, open
}
