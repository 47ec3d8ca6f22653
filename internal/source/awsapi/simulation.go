package awsapi

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// simulated calls IAM's policy simulator for all actions of the managed policy, on examples of
// resources with the right tags. The resources need not exist.
func (r reader) simulated(client *iam.Client, role string) account.List[account.SimulatedAction] {
	of := func(service, id, resource string) string {
		return "arn:" + r.partition + ":" + service + ":" + r.region + ":" + id + ":" + resource
	}
	is := func(key string, kind iamtypes.ContextKeyTypeEnum, value string) iamtypes.ContextEntry {
		return iamtypes.ContextEntry{ContextKeyName: aws.String(key), ContextKeyType: kind, ContextKeyValues: []string{value}}
	}
	const text, texts = iamtypes.ContextKeyTypeEnumString, iamtypes.ContextKeyTypeEnumStringList
	in := iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: aws.String(role), MaxItems: aws.Int32(1000),
		ResourceArns: []string{
			"*", of("ec2", "", "image/ami-00000000000000000"), of("ec2", "", "snapshot/snap-00000000000000000"),
			of("ecr", r.account, "repository/example"), of("imagebuilder", r.account, "image/example/1.0.0/1"),
		},
		ContextEntries: []iamtypes.ContextEntry{
			is("aws:ResourceTag/CreatedBy", text, "EC2 Image Builder"), is("ec2:ResourceTag/CreatedBy", text, "EC2 Image Builder"),
			is("aws:ResourceTag/"+account.RepositoryTagKey, text, account.RepositoryTagValue), is("ecr:ResourceTag/"+account.RepositoryTagKey, text, account.RepositoryTagValue),
			is("aws:RequestTag/DeprecatedBy", text, "EC2 Image Builder"), is("aws:TagKeys", texts, "DeprecatedBy"),
		},
	}
	for _, g := range policy.ManagedPolicyGrants {
		in.ActionNames = append(in.ActionNames, g.Action)
	}
	slices.Sort(in.ActionNames)
	in.ActionNames = slices.Compact(in.ActionNames)
	list := pages(r.ctx, "iam:SimulatePrincipalPolicy", func(marker *string) (p page[iamtypes.EvaluationResult], err error) {
		in.Marker = marker
		// The simulation is evidence only, so it is not worth many retries.
		out, err := client.SimulatePrincipalPolicy(r.ctx, &in, func(o *iam.Options) { o.RetryMaxAttempts = 2 })
		if err != nil {
			return p, err
		}
		return page[iamtypes.EvaluationResult]{out.EvaluationResults, out.IsTruncated, out.Marker}, nil
	}, simulatedActions)
	all := slices.Concat(list.Items()...)
	slices.SortFunc(all, func(a, b account.SimulatedAction) int {
		return cmp.Or(cmp.Compare(a.Action, b.Action), cmp.Compare(a.Resource, b.Resource))
	})
	var why account.Unread
	if errors.As(list.Err(), &why) {
		return account.Partial(all, why)
	}
	return account.Complete(all)
}

// simulatedActions returns the results of an action for the resource types that the action
// applies to, because IAM simulates every action on every resource. It uses the
// resource-specific results if there are any, else the result of the action (IAM API
// Reference, EvaluationResult).
func simulatedActions(result iamtypes.EvaluationResult) (all []account.SimulatedAction) {
	add := func(resource *string, decision iamtypes.PolicyEvaluationDecisionType, boundary *iamtypes.PermissionsBoundaryDecisionDetail) {
		s := account.SimulatedAction{Action: aws.ToString(result.EvalActionName), Resource: aws.ToString(resource), Decision: string(decision)}
		if !slices.Contains(policy.ManagedPolicyGrants, policy.Granted{Action: s.Action, On: typeOf(s.Resource)}) {
			return
		}
		if decision != iamtypes.PolicyEvaluationDecisionTypeAllowed { // the details of the action may be about another resource
			organization := result.OrganizationsDecisionDetail
			s.DeniedByBoundary = boundary != nil && !boundary.AllowedByPermissionsBoundary
			s.DeniedByOrganization = organization != nil && !organization.AllowedByOrganizations
		}
		all = append(all, s)
	}
	for _, one := range result.ResourceSpecificResults {
		add(one.EvalResourceName, one.EvalResourceDecision, cmp.Or(one.PermissionsBoundaryDecisionDetail, result.PermissionsBoundaryDecisionDetail))
	}
	if len(result.ResourceSpecificResults) == 0 {
		add(result.EvalResourceName, result.EvalDecision, result.PermissionsBoundaryDecisionDetail)
	}
	return all
}

// typeOf returns the type of a resource from its ARN. For * it returns policy.NoResource.
func typeOf(resource string) policy.ResourceType {
	parts := strings.SplitN(resource, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return policy.ResourceType(resource)
	}
	kind, _, _ := strings.Cut(parts[5], "/")
	return policy.ResourceType(parts[2] + ":" + kind)
}
