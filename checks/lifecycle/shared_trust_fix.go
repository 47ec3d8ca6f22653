package lifecycle

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/demand"
	"github.com/iblint/iblint/checks/policy"
)

// fix returns the smallest edit of the trust policy for which decide returns a pass. If it
// finds none, the change has a hint.
func (t *trust) fix(obstacle policy.Decision, wants policy.Wants, decide func(*trust) trustVerdict) *checks.Fix {
	change := checks.Change{Action: checks.EditTrust, Partition: t.partition, Account: t.account, Role: t.role.Name}
	fix := &checks.Fix{
		Summary:  "Edit the trust policy. The other statements do not change.",
		Cautions: []string{"Updating a trust policy replaces the whole document. The commands save the old one first.", propagation},
	}
	s := obstacle.Statement
	denies := s != nil && s.Effect == policy.Deny
	if denies {
		fix.Cautions = append(fix.Cautions, fmt.Sprintf("%s is a Deny. Agree on the change with its author.", s))
	}
	wants.Exemption = exemption(ServicePrincipal)
	edit(&change, policy.Trust, t.text, wants, func(d *policy.Document) (policy.Decision, bool) {
		edited := *t
		edited.document = d
		v := decide(&edited)
		return v.obstacle, v.Status == checks.Pass
	})
	fix.AddCautions(cautions(change)...)
	if change.After == "" {
		change.Hint = "add a statement that allows " + ServicePrincipal + " to assume the role: " + wants.Statement
		switch {
		case denies:
			change.Hint = fmt.Sprintf("exempt %s from %s (Deny); an added Allow does not override a Deny", ServicePrincipal, s)
		case obstacle.Outcome == policy.Allowed:
			change.Hint = fmt.Sprintf("remove %s from %s, and add this statement for it: %s", ServicePrincipal, s, wants.Statement)
		}
	}
	fix.Changes = []checks.Change{change}
	return fix
}

// FixTrust returns the smallest edit of a trust policy after which a request is not
// denied: it is allowed, or it is undecidable because of a key whose value is not known.
// The condition keys of the request have the given values. If the source account is among
// them, no edit admits another account that the policy denied. A policy on one line is
// first indented; before is that text. The result ok is false if no edit was found.
func FixTrust(text string, request *policy.Request, values map[string][]string) (before, after string, ok bool) {
	statement := executionStatement()
	statement.Principal["Service"] = request.Principal.ID
	var guard []policy.Condition
	var stranger *policy.Request
	if sources := values["aws:SourceAccount"]; len(sources) > 0 {
		statement.Condition = &sourceGuard{StringEquals: map[string][]string{"aws:SourceAccount": sources}}
		guard = []policy.Condition{{Operator: "StringEquals", Key: "aws:SourceAccount", Values: sources}}
		id := 271828182845
		for strings.Contains(text, strconv.Itoa(id)) {
			id++
		}
		other := *request
		other.Context = request.Context.With().Set("aws:SourceAccount", policy.Known(strconv.Itoa(id)))
		for _, arn := range values["aws:SourceArn"] {
			other.Context.Set("aws:SourceArn", policy.Pattern(strings.ReplaceAll(arn, ":"+sources[0]+":", ":"+strconv.Itoa(id)+":")))
		}
		if d, err := policy.Parse(policy.Trust, text); err == nil && policy.Evaluate(d, &other).Outcome == policy.Denied {
			stranger = &other
		}
	}
	before = text
	if !strings.Contains(strings.TrimSpace(text), "\n") {
		var err error
		if before, err = policy.Indent(text); err != nil {
			return "", "", false
		}
	}
	after, ok = policy.FindEdit(policy.Trust, before, policy.Wants{
		Values:    values,
		Statement: compact(statement),
		Exemption: exemption(request.Principal.ID),
		Guard:     guard,
	}, func(d *policy.Document) (policy.Decision, bool) {
		decision := policy.Evaluate(d, request)
		good := decision.Outcome == policy.Allowed || decision.Outcome == policy.Undecidable && decision.UnknownKey() != ""
		if good && stranger != nil {
			if admitted := policy.Evaluate(d, stranger); admitted.Outcome == policy.Allowed {
				return admitted, false
			}
		}
		return decision, good
	})
	return before, after, ok
}

// trustStatement is a statement of a trust policy. The order of the fields is that of the JSON.
type trustStatement struct {
	Effect    string
	Principal map[string]string
	Action    string
	Condition *sourceGuard `json:",omitempty"`
}

// sourceGuard is the condition that keeps out the images of other accounts (strangers).
type sourceGuard struct {
	StringEquals map[string][]string
	ArnLike      map[string]string `json:",omitempty"`
}

// executionStatement is the trust statement in AWS's guide for execution roles.
func executionStatement() trustStatement {
	return trustStatement{Effect: "Allow", Principal: map[string]string{"Service": ServicePrincipal}, Action: "sts:AssumeRole"}
}

// crossAccountStatement is the trust statement for the cross-account role. It lists the
// destination and every owner, which works under either reading of aws:SourceAccount.
func crossAccountStatement(d demand.Destination) trustStatement {
	s := executionStatement()
	s.Condition = crossAccountGuard(d)
	return s
}

// crossAccountGuard is the condition of crossAccountStatement.
func crossAccountGuard(d demand.Destination) *sourceGuard {
	sources := []string{d.Account}
	for _, o := range d.Owners {
		sources = append(sources, o.Account)
	}
	return &sourceGuard{
		StringEquals: map[string][]string{"aws:SourceAccount": sources},
		ArnLike:      map[string]string{"aws:SourceArn": "arn:*:imagebuilder:*:*:image/*/*/*"},
	}
}

// trustDocument is a trust policy with one statement.
func trustDocument(s trustStatement) string {
	return compact(struct {
		Version   string
		Statement []trustStatement
	}{"2012-10-17", []trustStatement{s}})
}
