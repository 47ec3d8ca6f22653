package lintcmd

import (
	"encoding/json"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/source/awsapi"
)

// rule is a check in "iblint rules --format json".
type rule struct {
	ID            string          `json:"id"`
	Title         string          `json:"title"`
	Severity      checks.Severity `json:"severity"`
	Subject       account.Kind    `json:"subject"`
	Documentation string          `json:"documentation"`
	Verdicts      []ruleVerdict   `json:"verdicts"`
	Actions       []ruleAction    `json:"actions"`
	Links         []string        `json:"links"`
}

type ruleVerdict struct {
	Status checks.Status `json:"status"`
	When   string        `json:"when"`
}

// ruleAction is an IAM action that iblint calls for a check.
type ruleAction struct {
	Action string      `json:"action"`
	Use    account.Use `json:"use"`
}

// writeRules writes the checks as a JSON array.
func (s invocation) writeRules() {
	rules := []rule{}
	for _, c := range s.checks {
		r := rule{ID: c.ID, Title: c.Title, Severity: c.Severity, Subject: c.Kind, Documentation: c.Doc, Actions: []ruleAction{}, Links: append([]string{}, c.Links...)}
		for _, v := range c.Cases {
			r.Verdicts = append(r.Verdicts, ruleVerdict{v.Status, v.When})
		}
		for _, n := range c.Needs {
			for _, action := range awsapi.Actions(n.Part) {
				r.Actions = append(r.Actions, ruleAction{action, n.Use})
			}
		}
		rules = append(rules, r)
	}
	e := json.NewEncoder(s.out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(rules) // s.out keeps the error
}
