package cloudformation

import (
	"cmp"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source/declared"
)

// guardrail is AWS::Organizations::Policy, which names the targets that it is attached to. Other
// types than service and resource control policies limit no action.
func guardrail(d declaration) {
	unsure, kind := d.unsure(), d.in("Type").text()
	if why := d.in("Type").unread(); why != nil {
		kind, unsure = account.ServiceControlPolicy, cmp.Or(unsure, why) // it may be one
	}
	if kind != account.ServiceControlPolicy && kind != account.ResourceControlPolicy {
		return
	}
	id := d.resource.GeneratedName()
	d.Guardrails = append(d.Guardrails, declared.Guardrail{
		Place: d.place(), Unsure: unsure, ID: id, Type: kind, Name: d.in("Name").text(), Document: d.in("Content").document(),
	})
	for _, target := range d.in("TargetIds").textsOrSymbol() {
		d.GuardrailAttachments = append(d.GuardrailAttachments, declared.GuardrailAttachment{Place: d.place(), Unsure: d.unsure(), Policy: id, Target: target})
	}
}
