package awsapi

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"golang.org/x/sync/errgroup"

	"github.com/iblint/iblint/checks/account"
)

// reader reads one account.
type reader struct {
	*AWS
	ctx       context.Context
	cfg       aws.Config // guarded, with the account's credentials
	account   string
	partition string
	region    string // Region of the resources in simulations
	parts     map[account.Part]bool
	policies  *sync.Map // *policyReading by ARN of the managed policy
}

func (r reader) eachAtOnce(n int, do func(i int)) { eachAtOnce(n, cap(r.meter.slots), do) }

// read reads what is in the plan, roles and repositories concurrently. It makes these calls:
//
//   - for each role: GetRole, ListAttachedRolePolicies, ListRolePolicies, and GetRolePolicy
//     for each inline policy
//   - for each role that exists: SimulatePrincipalPolicy
//   - once for each managed policy and permissions boundary: GetPolicy and GetPolicyVersion
//   - once if a role is missing: ListRoles
//   - for repositories: see registry
func (r reader) read(w *accountPlan, out *account.Account) {
	client := iam.NewFromConfig(r.cfg)
	regions := slices.Sorted(maps.Keys(w.repositories))
	roles := make([]account.Read[account.Role], len(w.roles))
	registries := make([]registry, len(regions))
	roleNames := newCallOnce() // called when the first role is found to be missing
	r.eachAtOnce(len(roles)+len(regions), func(i int) {
		if i < len(roles) {
			roles[i] = r.role(client, w.roles[i])
			if _, found, err := roles[i].Get(); err == nil && !found && r.parts[account.RoleNamesPart] {
				roleNames.do(func() { out.RoleNames = r.roleNames(client) })
			}
			return
		}
		i -= len(roles)
		registries[i] = r.registry(regions[i], w.repositories[regions[i]])
	})
	for i, name := range w.roles {
		setRole(out, name, roles[i])
	}
	for i, region := range regions {
		setRegistry(out, region, w.repositories[region], registries[i])
	}
}

// role reads a role and its policies concurrently. IAM finds a role also by a name in another
// case. Then role reads the policies again by the role's own name.
func (r reader) role(client *iam.Client, name string) account.Read[account.Role] {
	var attached account.List[account.AttachedPolicy]
	var inline account.List[account.InlinePolicy]
	var boundary account.Read[string]
	var simulated account.List[account.SimulatedAction]
	var group errgroup.Group
	policies := func(name string) {
		if r.parts[account.AttachedPoliciesPart] {
			group.Go(func() error { attached = r.attached(client, name); return nil })
		}
		if r.parts[account.InlinePoliciesPart] {
			group.Go(func() error { inline = r.inline(client, name); return nil })
		}
	}
	policies(name)
	read := r.roleAlone(client, name)
	role, found, err := read.Get()
	if found && role.Boundary != "" && r.parts[account.PolicyDocumentsPart] {
		group.Go(func() error { boundary = r.policyDocument(client, role.Boundary); return nil })
	}
	if found && r.parts[account.SimulationPart] {
		group.Go(func() error { simulated = r.simulated(client, role.ARN); return nil })
	}
	_ = group.Wait() // errors are in the lists
	switch {
	case err != nil:
		return read
	case !found && (answered(attached) || answered(inline)):
		return account.Unreadable[account.Role](account.Contradiction("iam:GetRole", "there is no role "+name, "its policies are listed"))
	case !found:
		return read
	}
	if role.Name != name {
		policies(role.Name)
		_ = group.Wait()
	}
	role.Attached, role.Inline, role.BoundaryDocument, role.Simulated = attached, inline, boundary, simulated
	return account.Present(role)
}

// answered reports whether the response shows that the role exists.
func answered[T any](list account.List[T]) bool { return list.Err() == nil || len(list.Items()) > 0 }

func (r reader) roleAlone(client *iam.Client, name string) account.Read[account.Role] {
	out, err := call(r.ctx, client.GetRole, &iam.GetRoleInput{RoleName: aws.String(name)})
	var none *iamtypes.NoSuchEntityException
	switch {
	case errors.As(err, &none):
		return account.Absent[account.Role]()
	case err != nil:
		return account.Unreadable[account.Role](unread(r.ctx, "iam:GetRole", err))
	case out.Role == nil || aws.ToString(out.Role.Arn) == "" || aws.ToString(out.Role.Path) == "" || !strings.EqualFold(aws.ToString(out.Role.RoleName), name):
		return account.Unreadable[account.Role](account.Unread{Reason: account.Malformed, Action: "iam:GetRole", Detail: "the response does not contain the role"})
	}
	role := account.Role{
		Name: aws.ToString(out.Role.RoleName), Path: aws.ToString(out.Role.Path), ARN: aws.ToString(out.Role.Arn), ID: aws.ToString(out.Role.RoleId),
		Trust: document(out.Role.AssumeRolePolicyDocument, "iam:GetRole"),
	}
	if b := out.Role.PermissionsBoundary; b != nil {
		role.Boundary = aws.ToString(b.PermissionsBoundaryArn)
	}
	for _, t := range out.Role.Tags {
		if role.Tags == nil {
			role.Tags = account.Tags{}
		}
		role.Tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	role.LastUsed = lastUsed(out.Role.RoleLastUsed)
	return account.Present(role)
}

// lastUsed is absent if IAM returns no date, because the role was not used in the tracking
// period (IAM API Reference, RoleLastUsed).
func lastUsed(used *iamtypes.RoleLastUsed) account.Read[account.LastUsed] {
	switch {
	case used == nil:
		return account.Read[account.LastUsed]{}
	case used.LastUsedDate == nil:
		return account.Absent[account.LastUsed]()
	}
	return account.Present(account.LastUsed{Date: used.LastUsedDate.UTC().Truncate(time.Second), Region: aws.ToString(used.Region)})
}

func (r reader) attached(client *iam.Client, role string) account.List[account.AttachedPolicy] {
	list := pages(r.ctx, "iam:ListAttachedRolePolicies", func(marker *string) (p page[iamtypes.AttachedPolicy], err error) {
		out, err := client.ListAttachedRolePolicies(r.ctx, &iam.ListAttachedRolePoliciesInput{RoleName: aws.String(role), Marker: marker, MaxItems: aws.Int32(1000)})
		if err != nil {
			return p, err
		}
		return page[iamtypes.AttachedPolicy]{out.AttachedPolicies, out.IsTruncated, out.Marker}, nil
	}, func(p iamtypes.AttachedPolicy) account.AttachedPolicy {
		return account.AttachedPolicy{Name: aws.ToString(p.PolicyName), ARN: aws.ToString(p.PolicyArn)}
	})
	if items := list.Items(); r.parts[account.PolicyDocumentsPart] {
		r.eachAtOnce(len(items), func(i int) { items[i].Document = r.policyDocument(client, items[i].ARN) })
	}
	return list
}

func (r reader) inline(client *iam.Client, role string) account.List[account.InlinePolicy] {
	list := pages(r.ctx, "iam:ListRolePolicies", func(marker *string) (p page[string], err error) {
		out, err := client.ListRolePolicies(r.ctx, &iam.ListRolePoliciesInput{RoleName: aws.String(role), Marker: marker, MaxItems: aws.Int32(1000)})
		if err != nil {
			return p, err
		}
		return page[string]{out.PolicyNames, out.IsTruncated, out.Marker}, nil
	}, func(name string) account.InlinePolicy { return account.InlinePolicy{Name: name} })
	items := list.Items()
	r.eachAtOnce(len(items), func(i int) { items[i].Document = r.inlineDocument(client, role, items[i].Name) })
	return list
}

func (r reader) inlineDocument(client *iam.Client, role, name string) account.Read[string] {
	out, err := call(r.ctx, client.GetRolePolicy, &iam.GetRolePolicyInput{RoleName: aws.String(role), PolicyName: aws.String(name)})
	var none *iamtypes.NoSuchEntityException
	switch {
	case errors.As(err, &none):
		return account.Absent[string]() // contradicts the list, see account.Reconcile
	case err != nil:
		return account.Unreadable[string](unread(r.ctx, "iam:GetRolePolicy", err))
	}
	return document(out.PolicyDocument, "iam:GetRolePolicy")
}

func (r reader) roleNames(client *iam.Client) account.List[account.RoleName] {
	return pages(r.ctx, "iam:ListRoles", func(marker *string) (p page[iamtypes.Role], err error) {
		out, err := client.ListRoles(r.ctx, &iam.ListRolesInput{Marker: marker, MaxItems: aws.Int32(1000)})
		if err != nil {
			return p, err
		}
		return page[iamtypes.Role]{out.Roles, out.IsTruncated, out.Marker}, nil
	}, func(role iamtypes.Role) account.RoleName {
		return account.RoleName{Name: aws.ToString(role.RoleName), Path: aws.ToString(role.Path)}
	})
}

func (r reader) tags(client *ecr.Client, repository account.Repository) account.Read[account.Tags] {
	out, err := call(r.ctx, client.ListTagsForResource, &ecr.ListTagsForResourceInput{
		ResourceArn: aws.String(account.RepositoryARN(r.partition, r.account, repository)),
	})
	var none *ecrtypes.RepositoryNotFoundException
	switch {
	case errors.As(err, &none):
		return account.Absent[account.Tags]()
	case err != nil:
		return account.Unreadable[account.Tags](unread(r.ctx, "ecr:ListTagsForResource", err))
	case out.Tags == nil: // a repository without tags has an empty list
		return account.Unreadable[account.Tags](account.Unread{Reason: account.Malformed, Action: "ecr:ListTagsForResource", Detail: "the response contains no tags"})
	}
	tags := account.Tags{}
	for _, t := range out.Tags {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return account.Present(tags)
}

// document decodes a policy document from IAM. It is URL-encoded by RFC 3986, where "+" is
// a plus sign (IAM API Reference, GetRole).
func document(encoded *string, action string) account.Read[string] {
	if encoded == nil {
		return account.Unreadable[string](account.Unread{Reason: account.Malformed, Action: action, Detail: "the response contains no document"})
	}
	text, err := url.PathUnescape(*encoded)
	if err != nil {
		return account.Unreadable[string](account.Unread{Reason: account.Malformed, Action: action, Detail: err.Error()})
	}
	return account.Present(text)
}
