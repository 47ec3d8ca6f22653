package cloudformation

import (
	"cmp"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source/declared"
)

// role is AWS::IAM::Role, with the policies that it holds itself.
func role(d declaration) {
	trust := d.in("AssumeRolePolicyDocument")
	r := declared.Role{
		Place: d.place(), Unsure: d.unsure(), Account: d.account, Partition: d.partition,
		Name: nameOf(d.resource, d.values, "RoleName"), Path: cmp.Or(d.in("Path").text(), "/"),
		Trust: trust.document(), Boundary: d.in("PermissionsBoundary").text(), Tags: d.in("Tags").tags(),
	}
	_, generated := inSource(d.written, d.resource.Path)
	for _, m := range d.value.Members {
		if m.Name == "AssumeRolePolicyDocument" && !generated {
			r.TrustPlace = declared.Place{File: m.At.File, Line: m.At.Line, Column: m.At.Column, Address: r.Address}
		}
	}
	r.Attached, r.Rest = d.in("ManagedPolicyArns").texts()
	policies, unread := d.in("Policies").list()
	r.Rest = cmp.Or(r.Rest, unread)
	for _, one := range policies {
		if why := one.unread(); why != nil { // perhaps AWS::NoValue
			r.Rest = cmp.Or(r.Rest, why)
			continue
		}
		r.Inline = append(r.Inline, account.InlinePolicy{Name: one.in("PolicyName").text(), Document: one.in("PolicyDocument").document()})
	}
	d.Roles = append(d.Roles, r)
}

// policyOfRoles is AWS::IAM::Policy, which becomes an inline policy of each of its roles.
func policyOfRoles(d declaration) {
	for _, name := range d.in("Roles").textsOrSymbol() {
		d.addRolePolicy(name)
	}
}

// rolePolicy is AWS::IAM::RolePolicy.
func rolePolicy(d declaration) { d.addRolePolicy(d.in("RoleName").text()) }

func (d declaration) addRolePolicy(role string) {
	d.RolePolicies = append(d.RolePolicies, declared.RolePolicy{
		Unsure: d.unsure(), Account: d.account, Role: role,
		InlinePolicy: account.InlinePolicy{Name: d.in("PolicyName").text(), Document: d.in("PolicyDocument").document()},
	})
}

// managedPolicy is AWS::IAM::ManagedPolicy, which can name the roles that it is attached to.
func managedPolicy(d declaration) {
	arn := compute(d.resource)["Ref"]
	d.Policies = append(d.Policies, declared.Policy{Account: d.account, ARN: arn, Document: d.in("PolicyDocument").document()})
	why := d.in("Roles").unread()
	for _, name := range d.in("Roles").textsOrSymbol() {
		d.Attachments = append(d.Attachments, declared.Attachment{Unsure: cmp.Or(d.unsure(), why), Account: d.account, Role: name, Policy: arn})
	}
}
