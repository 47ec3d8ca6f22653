package terraform

import (
	"cmp"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source/declared"
)

// guardrail is aws_organizations_policy.
func guardrail(d declaration) {
	d.addGuardrail(d.in("id").text())
}

func (d declaration) addGuardrail(id string) {
	unsure := d.unsure()
	kind := cmp.Or(d.in("type").text(), account.ServiceControlPolicy) // the default
	if why := d.in("type").unread(); why != nil {
		kind, unsure = account.ServiceControlPolicy, cmp.Or(unsure, why) // it may be one
	}
	if kind != account.ServiceControlPolicy && kind != account.ResourceControlPolicy {
		return
	}
	d.Guardrails = append(d.Guardrails, declared.Guardrail{
		Place: place(d.resource), Unsure: unsure, ID: id, Type: kind, Name: d.in("name").text(), Document: d.in("content").jsonDocument(),
	})
}

// guardrailAttachment is aws_organizations_policy_attachment.
func guardrailAttachment(d declaration) {
	d.GuardrailAttachments = append(d.GuardrailAttachments, declared.GuardrailAttachment{
		Place: place(d.resource), Unsure: d.unsure(), Policy: d.in("policy_id").text(), Target: d.in("target_id").text(),
	})
}

// cloudControlGuardrail is awscc_organizations_policy, which names its targets itself.
func cloudControlGuardrail(d declaration) {
	id := d.in("id").text()
	d.addGuardrail(id)
	targets, _ := d.in("target_ids").texts()
	if why := d.in("target_ids").unread(); why != nil {
		targets = []string{d.in("target_ids").text()}
	}
	for _, target := range targets {
		d.GuardrailAttachments = append(d.GuardrailAttachments, declared.GuardrailAttachment{
			Place: place(d.resource), Unsure: d.unsure(), Policy: id, Target: target,
		})
	}
}
