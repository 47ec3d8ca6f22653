package terraform

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source/declared"
)

// role is aws_iam_role, with the policies that it holds itself.
func role(d declaration) {
	r := declared.Role{
		Place: place(d.resource), Unsure: d.unsure(), Account: d.account, Partition: d.partition,
		Name: d.in("name").text(), Path: cmp.Or(d.in("path").text(), "/"),
		Trust: d.in("assume_role_policy").document(), Boundary: d.in("permissions_boundary").text(),
	}
	r.Tags = d.in("tags").tags()
	r.Attached, r.Rest = d.in("managed_policy_arns").texts()
	if d.in("managed_policy_arns").given() { // the provider detaches others
		d.Exclusive = append(d.Exclusive, declared.Exclusive{Account: d.account, Role: r.Name})
	}
	inline, unread := d.in("inline_policy").blocks()
	r.Rest = cmp.Or(r.Rest, unread)
	for _, one := range inline {
		if name := one.in("name").text(); name != "" || one.in("policy").given() { // an empty block removes all policies
			r.Inline = append(r.Inline, account.InlinePolicy{Name: name, Document: one.in("policy").document()})
		}
	}
	d.Roles = append(d.Roles, r)
}

// cloudControlRole is awscc_iam_role.
func cloudControlRole(d declaration) {
	r := declared.Role{
		Place: place(d.resource), Unsure: d.unsure(), Account: d.account, Partition: d.partition,
		Name: d.in("role_name").text(), Path: cmp.Or(d.in("path").text(), "/"),
		Trust: d.in("assume_role_policy_document").jsonDocument(), Boundary: d.in("permissions_boundary").text(),
	}
	r.Tags = d.in("tags").tags()
	r.Attached, r.Rest = d.in("managed_policy_arns").texts()
	if d.in("managed_policy_arns").given() { // the provider detaches others
		d.Exclusive = append(d.Exclusive, declared.Exclusive{Account: d.account, Role: r.Name})
	}
	inline, unread := d.in("policies").blocks()
	r.Rest = cmp.Or(r.Rest, unread)
	for _, one := range inline {
		r.Inline = append(r.Inline, account.InlinePolicy{Name: one.in("policy_name").text(), Document: one.in("policy_document").jsonDocument()})
	}
	d.Roles = append(d.Roles, r)
}

// jsonDocument is a policy document that may be given as text or as an object.
func (v values) jsonDocument() account.Read[string] {
	if !v.given() || !v.value.IsKnown() || v.value.Type() == cty.String {
		return v.document()
	}
	if !v.value.IsWhollyKnown() {
		return account.Unreadable[string](account.Unread{Reason: account.Unresolved, Detail: "a part of the document is not known before the deployment"})
	}
	text, err := ctyjson.Marshal(v.value, v.value.Type())
	if err != nil || !json.Valid(text) {
		return account.Unreadable[string](account.Unread{Reason: account.Malformed})
	}
	return account.Present(string(text))
}

// rolePolicy is aws_iam_role_policy.
func rolePolicy(d declaration) {
	d.RolePolicies = append(d.RolePolicies, declared.RolePolicy{
		Unsure: d.unsure(), Account: d.account, Role: roleName(d.in("role").text()),
		InlinePolicy: account.InlinePolicy{Name: named(d.values, "name", "name_prefix"), Document: d.in("policy").document()},
	})
}

// cloudControlRolePolicy is awscc_iam_role_policy.
func cloudControlRolePolicy(d declaration) {
	d.RolePolicies = append(d.RolePolicies, declared.RolePolicy{
		Unsure: d.unsure(), Account: d.account, Role: d.in("role_name").text(),
		InlinePolicy: account.InlinePolicy{Name: d.in("policy_name").text(), Document: d.in("policy_document").jsonDocument()},
	})
}

// roleName is the name in the reference to a role. The provider takes the name; with an ARN the
// deployment fails, which is not what iblint is about.
func roleName(text string) string {
	if ref, ok := account.ParseRoleReference(text); ok && strings.HasPrefix(text, "arn:") {
		return ref.Name
	}
	return text
}

// attachment is aws_iam_role_policy_attachment.
func attachment(d declaration) {
	d.attach(d.in("role").text(), d.in("policy_arn").text(), nil)
}

func (d declaration) attach(role, policy string, why *account.Unread) {
	d.Attachments = append(d.Attachments, declared.Attachment{Unsure: cmp.Or(d.unsure(), why), Account: d.account, Role: roleName(role), Policy: policy})
}

// exclusiveAttachments is aws_iam_role_policy_attachments_exclusive, which attaches what it lists.
func exclusiveAttachments(d declaration) {
	role := d.in("role_name").text()
	d.Exclusive = append(d.Exclusive, declared.Exclusive{Account: d.account, Role: role})
	arns, more := d.in("policy_arns").texts()
	for _, arn := range arns {
		d.attach(role, arn, nil)
	}
	if more != nil {
		d.attach(role, "", more)
	}
}

// attachmentToRoles is aws_iam_policy_attachment.
func attachmentToRoles(d declaration) {
	arn := d.in("policy_arn").text()
	roles, more := d.in("roles").texts()
	for _, role := range roles {
		d.attach(role, arn, nil)
	}
	if more != nil {
		s := d.in("roles").text()
		d.attach(s, arn, more)
	}
}

// managedPolicy is aws_iam_policy.
func managedPolicy(d declaration) {
	d.Policies = append(d.Policies, declared.Policy{Account: d.account, ARN: d.in("arn").text(), Document: d.in("policy").document()})
}

// cloudControlManagedPolicy is awscc_iam_managed_policy, which can name the roles itself.
func cloudControlManagedPolicy(d declaration) {
	arn := d.in("policy_arn").text()
	d.Policies = append(d.Policies, declared.Policy{Account: d.account, ARN: arn, Document: d.in("policy_document").jsonDocument()})
	roles, more := d.in("roles").texts()
	for _, role := range roles {
		d.attach(role, arn, nil)
	}
	if more != nil {
		d.attach(d.in("roles").text(), arn, more)
	}
}
