package fix

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/iblint/iblint/checks"
)

// writeTemplate writes a plan as one CloudFormation template for all accounts and
// Regions: each resource has the condition that the stack is where it belongs, so
// that a template deployed in the wrong account makes nothing there. What exists
// already no template can take over without an import, which wants to know all of it:
// that is a comment, with what to put into the template that made it, and the commands.
func writeTemplate(w *bufio.Writer, p plan) {
	var resources bytes.Buffer
	var stacks []stack
	ids := names{}
	for _, a := range p.accounts {
		fmt.Fprintln(&resources)
		comments(&resources, "  #", a.heading())
		for i, s := range a.changes {
			if partOfRole(a, s) {
				continue
			}
			fmt.Fprintln(&resources)
			if i == 0 || !slices.Equal(s.because, a.changes[i-1].because) {
				comments(&resources, "  #", s.because)
			}
			r, instead := resourceOf(a, s)
			if r == nil {
				comments(&resources, "  #", append(instead, s.told()...))
				continue
			}
			comments(&resources, "  #", instead)
			in := stack{a.account, cmp.Or(s.Region, a.home())}
			if !slices.Contains(stacks, in) {
				stacks = append(stacks, in)
			}
			id := ids.unused(logicalID(r[0].value.(string), s.Change))
			r = slices.Insert(r, 1, member{"Condition", in.condition()})
			writeYAML(&resources, 1, object{{id, r}})
		}
	}

	how := []string{"No resource of CloudFormation's can say any of it: see the comments."}
	if len(stacks) > 0 {
		how = []string{
			"Read it, then make a stack of it in each account and Region, with their credentials; in any other",
			"it makes nothing. To undo, delete the stacks. Another run of iblint prints another template: make",
			"new stacks of that, since a stack that is updated with it loses what is not in it any more.",
		}
		name := fmt.Sprintf("iblint-%x", sha256.Sum256(resources.Bytes()))[:15]
		file := "--template-file FILE"
		if resources.Len() > maxInline {
			file += " --s3-bucket BUCKET"
		}
		for _, in := range stacks {
			how = append(how, fmt.Sprintf("account %s: aws cloudformation deploy --region %s --stack-name %s --capabilities CAPABILITY_NAMED_IAM %s", in.account, quote(in.region), name, file))
		}
	}
	comments(w, "#", p.header(how...))
	writeYAML(w, 0, object{
		{"AWSTemplateFormatVersion", "2010-09-09"},
		{"Description", "What lifecycle management in EC2 Image Builder lacks, by iblint"},
	})
	if len(stacks) > 0 {
		conditions := object{}
		for _, in := range stacks {
			conditions = append(conditions, member{in.condition(), object{{"Fn::And", []any{
				object{{"Fn::Equals", []any{object{{"Ref", "AWS::AccountId"}}, in.account}}},
				object{{"Fn::Equals", []any{object{{"Ref", "AWS::Region"}}, in.region}}},
			}}}})
		}
		writeYAML(w, 0, object{{"Conditions", conditions}})
	}
	fmt.Fprintf(w, "Resources:\n  # does nothing; a template has to have one resource at least, everywhere\n")
	writeYAML(w, 1, object{{"Nothing", object{{"Type", "AWS::CloudFormation::WaitConditionHandle"}}}})
	_, _ = resources.WriteTo(w) // a bufio.Writer keeps its error for Flush
}

// maxInline leaves room for the rest in the 51,200 bytes that a template may have that
// is not in a bucket (CloudFormation User Guide, "Understand CloudFormation quotas").
const maxInline = 40_000

// stack is where a part of a template is deployed.
type stack struct{ account, region string }

func (s stack) condition() string {
	return "In" + alphanumeric(s.account) + alphanumeric(s.region)
}

// home is the Region of an account's stack for what is in no Region, as roles are: it
// may be made in one only.
func (a *accountPlan) home() string {
	for _, s := range a.changes {
		if s.Region != "" {
			return s.Region
		}
		if len(s.Regions) > 0 {
			return s.Regions[0]
		}
	}
	return cmp.Or(a.region, mainRegion(a.partition))
}

// mainRegion is where a partition keeps what is in no Region (IAM's endpoints,
// AWS General Reference).
func mainRegion(partition string) string {
	switch partition {
	case "aws-cn":
		return "cn-north-1"
	case "aws-us-gov":
		return "us-gov-west-1"
	}
	return "us-east-1"
}

// partOfRole says that a policy is attached by the role that is to be created.
func partOfRole(a *accountPlan, s step) bool {
	return s.Action == checks.AttachPolicy && s.byHand == "" && slices.ContainsFunc(a.changes, func(o step) bool {
		return o.Action == checks.CreateRole && o.Role == s.Role && o.byHand == "" && !o.mayExist && !unsafeInTemplate(o.Change)
	})
}

// resourceOf is a change as a resource, with what to know about it; without one, it
// says why, and what to do instead.
func resourceOf(a *accountPlan, s step) (object, []string) {
	by := func(reason string) (object, []string) { return nil, []string{"by hand, " + reason + ":"} }
	owned := func(of, property string) (object, []string) {
		return nil, []string{"In the template that made the " + of + ": " + property, "Else, by hand:"}
	}
	switch {
	case s.byHand != "":
		return by(s.byHand)
	case s.mayExist: // a role that is there would fail the whole stack
		return by(lookFirst)
	case unsafeInTemplate(s.Change):
		return by("CloudFormation would put something else in the place of what is in it")
	}
	switch s.Action {
	case checks.CreateRole:
		trust, err := readDocument(s.Document)
		if err != nil {
			return by("the document is none")
		}
		properties := object{{"RoleName", s.Role}}
		if s.Path != "" && s.Path != "/" {
			properties = append(properties, member{"Path", s.Path})
		}
		properties = append(properties, member{"AssumeRolePolicyDocument", trust})
		var policies []any
		for _, o := range a.changes {
			if partOfRole(a, o) && o.Role == s.Role {
				policies = append(policies, o.Policy)
			}
		}
		if len(policies) > 0 {
			properties = append(properties, member{"ManagedPolicyArns", policies})
		}
		return object{{"Type", "AWS::IAM::Role"}, {"Properties", properties}}, nil
	case checks.EditInlinePolicy:
		after, err := readDocument(s.After)
		if err != nil {
			return by("the document is none")
		}
		// It "adds or updates" an inline policy (CloudFormation Template Reference,
		// "AWS::IAM::Policy"), and would delete it with the stack.
		return object{
				{"Type", "AWS::IAM::Policy"},
				{"DeletionPolicy", "Retain"},
				{"UpdateReplacePolicy", "Retain"},
				{"Properties", object{{"PolicyName", s.Policy}, {"Roles", []any{s.Role}}, {"PolicyDocument", after}}},
			}, []string{
				"It was there before, so it stays when the stack is deleted.",
				fmt.Sprintf("undo: aws iam put-role-policy --role-name %s --policy-name %s --policy-document %s", quote(s.Role), quote(s.Policy), quote(oneLine(s.Before))),
			}
	case checks.CreateRepository:
		return object{{"Type", "AWS::ECR::Repository"}, {"Properties", object{
			{"RepositoryName", s.Repository},
			{"Tags", []any{object{{"Key", s.Key}, {"Value", s.Value}}}},
		}}}, nil

	case checks.AttachPolicy:
		return owned("role", "add to its ManagedPolicyArns "+yamlString(s.Policy))
	case checks.EditTrust:
		return owned("role", "AssumeRolePolicyDocument: "+oneLine(s.After))
	case checks.EditManagedPolicy:
		return owned("policy", "PolicyDocument: "+oneLine(s.After))
	case checks.EditRepositoryPolicy:
		return owned("repository", "RepositoryPolicyText: "+oneLine(s.After))
	case checks.TagRepository:
		return owned("repository", fmt.Sprintf("add to its Tags {Key: %s, Value: %s}", yamlString(s.Key), yamlString(s.Value)))
	case checks.UntagRepository:
		return owned("repository", "take out of its Tags "+yamlString(s.Key))
	case checks.ReferToRole:
		return owned("lifecycle policies", "ExecutionRole: "+yamlString(s.NewReference))
	case checks.EnablePolicy:
		return owned("lifecycle policy", "Status: ENABLED")
	case checks.IncludeResources:
		var include []string
		for _, resource := range s.Include {
			include = append(include, yamlString(strings.ToUpper(resource[:min(1, len(resource))])+resource[min(1, len(resource)):])+": true")
		}
		return owned("lifecycle policy", fmt.Sprintf("in item %d of its PolicyDetails, Action: IncludeResources: {%s}", s.Rule, strings.Join(include, ", ")))
	case checks.DeleteRole:
		return by("before the stack is made")
	}
	return by("it is its author's to change")
}

// unsafeInTemplate knows what CloudFormation would replace by a secret or a parameter:
// it resolves dynamic references wherever they stand, and there is no way to quote one
// (CloudFormation User Guide, "Get values stored in other services using dynamic references").
func unsafeInTemplate(c checks.Change) bool {
	var written bytes.Buffer // of a document its escapes are gone
	if document, err := readDocument(c.After + c.Document); err == nil {
		writeYAML(&written, 0, document)
	}
	return strings.Contains(identity(c)+written.String(), "{{resolve:")
}

var notAlphanumeric = regexp.MustCompile(`[^A-Za-z0-9]`)

func alphanumeric(s string) string { return notAlphanumeric.ReplaceAllString(s, "") }

// logicalID names a resource in the template.
func logicalID(kind string, c checks.Change) string {
	id := alphanumeric(kind[strings.LastIndexByte(kind, ':')+1:] + c.Account + c.Region + c.Role + c.Repository + c.Policy)
	return id[:min(len(id), 200)] // 255 at most
}

// names are those that are taken.
type names map[string]bool

// unused is the name, or one with a number behind it.
func (n names) unused(name string) string {
	unused := name
	for i := 2; n[unused]; i++ {
		unused = fmt.Sprintf("%s%d", name, i)
	}
	n[unused] = true
	return unused
}
