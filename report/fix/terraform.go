package fix

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/iblint/iblint/checks"
)

// writeConfiguration writes a plan as a configuration for Terraform, with a provider
// for each account and Region that refuses any other account's credentials. What
// exists is imported, with everything ignored but what is to be changed, and cannot
// be destroyed; what cannot be imported without knowing all of it is a comment.
func writeConfiguration(w *bufio.Writer, p plan) {
	t := &configuration{file: hclwrite.NewEmptyFile(), aliases: names{}, labels: names{}, created: map[string]hcl.Traversal{}, tagged: map[string]bool{}}
	body := t.file.Body()
	how := []string{"Terraform has no resources for these changes. See the comments."}
	for _, a := range p.accounts {
		t.newline()
		t.comment(a.heading())
		for i, s := range a.changes {
			t.newline()
			if i == 0 || !slices.Equal(s.because, a.changes[i-1].because) {
				t.comment(s.because)
			}
			if instead := t.change(a, s); len(instead) > 0 {
				t.comment(append(instead, s.told()...))
			}
		}
	}
	if len(t.providers) > 0 {
		how = []string{
			"Review this configuration, give each provider the credentials of its account (profile or assume_role),",
			"and apply it in a new directory. Keep that directory, and apply no other configuration in it: Terraform",
			"destroys the resources that are not in the configuration. To undo, remove a resource and",
			"apply, or change the resource as its undo comment says. Imported resources existed before: run",
			"terraform state rm before you remove one, or Terraform destroys it. If Terraform already manages a",
			"resource, change it in that configuration instead.",
		}
	}

	var head bytes.Buffer
	comments(&head, "#", p.header(how...))
	if len(t.providers) > 0 {
		first := hclwrite.NewEmptyFile()
		terraform := first.Body().AppendNewBlock("terraform", nil).Body()
		terraform.SetAttributeValue("required_version", cty.StringVal(">= 1.5")) // it knows import blocks
		terraform.AppendNewBlock("required_providers", nil).Body().SetAttributeValue("aws", cty.ObjectVal(map[string]cty.Value{
			"source": cty.StringVal("hashicorp/aws"), "version": cty.StringVal(">= 6.8"), // it knows all that is ignored of a repository
		}))
		for _, p := range t.providers {
			first.Body().AppendNewline()
			b := first.Body().AppendNewBlock("provider", []string{"aws"}).Body()
			b.SetAttributeValue("alias", cty.StringVal(p.alias))
			b.SetAttributeValue("region", cty.StringVal(p.region))
			b.SetAttributeValue("allowed_account_ids", cty.ListVal([]cty.Value{cty.StringVal(p.account)}))
		}
		fmt.Fprintln(&head)
		_, _ = inertHCL(first.BuildTokens(nil)).WriteTo(&head) // a buffer takes everything
	}
	_, _ = w.Write(hclwrite.Format(append(head.Bytes(), inertHCL(body.BuildTokens(nil)).Bytes()...))) // a bufio.Writer keeps its error for Flush
}

// configuration is what is written of it so far.
type configuration struct {
	file            *hclwrite.File
	providers       []provider
	aliases, labels names
	created         map[string]hcl.Traversal // roles, by account and name
	tagged          map[string]bool          // repositories, by account, Region and name
}

type provider struct{ account, region, alias string }

func (t *configuration) newline() { t.file.Body().AppendNewline() }

func (t *configuration) comment(lines []string) {
	var b bytes.Buffer
	comments(&b, "#", lines)
	for line := range strings.Lines(b.String()) {
		t.file.Body().AppendUnstructuredTokens(hclwrite.Tokens{{Type: hclsyntax.TokenComment, Bytes: []byte(line)}})
	}
}

// provider is the reference to the one for an account and Region; what is in no
// Region has one that is named after the account alone.
func (t *configuration) provider(a *accountPlan, region string) hcl.Traversal {
	p := provider{account: a.account, region: region, alias: identifier("account", a.account)}
	if region == "" {
		p.region = a.home()
	} else {
		p.alias = identifier("account", a.account, region)
	}
	if !t.aliases[p.alias] {
		t.aliases[p.alias] = true
		t.providers = append(t.providers, p)
	}
	return hcl.Traversal{hcl.TraverseRoot{Name: "aws"}, hcl.TraverseAttr{Name: p.alias}}
}

// resource begins one and returns what it says and what refers to it.
func (t *configuration) resource(a *accountPlan, kind, region, label string) (*hclwrite.Body, hcl.Traversal) {
	label = t.labels.unused(kind + "." + identifier(label, a.account))[len(kind)+1:]
	body := t.file.Body().AppendNewBlock("resource", []string{kind, label}).Body()
	body.SetAttributeTraversal("provider", t.provider(a, region))
	return body, hcl.Traversal{hcl.TraverseRoot{Name: kind}, hcl.TraverseAttr{Name: label}}
}

// existing begins a resource that is there already, by importing it.
func (t *configuration) existing(a *accountPlan, kind, region, label, id string) (*hclwrite.Body, hcl.Traversal) {
	imported := t.file.Body().AppendNewBlock("import", nil).Body()
	t.newline()
	body, address := t.resource(a, kind, region, label)
	imported.SetAttributeTraversal("to", address)
	imported.SetAttributeValue("id", cty.StringVal(id))
	return body, address
}

// keep ends a resource that was there already: it cannot be destroyed, and what is
// ignored stays as it is.
func keep(body *hclwrite.Body, ignored ...string) {
	body.AppendNewline()
	lifecycle := body.AppendNewBlock("lifecycle", nil).Body()
	if len(ignored) > 0 {
		var list []hclwrite.Tokens
		for _, name := range ignored {
			list = append(list, hclwrite.TokensForIdentifier(name))
		}
		lifecycle.SetAttributeRaw("ignore_changes", hclwrite.TokensForTuple(list))
	}
	lifecycle.SetAttributeValue("prevent_destroy", cty.True)
}

// change writes a change. What it returns is what to do instead, by the commands.
func (t *configuration) change(a *accountPlan, s step) (instead []string) {
	by := func(reason string) []string { return []string{manually(reason)} }
	owned := func(of, attribute string) []string {
		return managedElsewhere("a Terraform configuration", of, attribute)
	}
	if s.byHand != "" {
		return by(s.byHand)
	}
	after, err := readDocument(s.After + s.Document) // a change has one at most
	if err != nil && s.After+s.Document != "" {
		return by(notADocument)
	}
	undo := func(attribute string) {
		t.comment([]string{"undo: " + attribute + " = " + hclString(oneLine(s.Before))})
	}

	switch s.Action {
	case checks.CreateRole:
		if s.mayExist {
			return by(lookFirst)
		}
		b, address := t.resource(a, "aws_iam_role", "", s.Role)
		t.created[a.account+"/"+s.Role] = address
		b.SetAttributeValue("name", cty.StringVal(s.Role))
		if s.Path != "" && s.Path != "/" {
			b.SetAttributeValue("path", cty.StringVal(s.Path))
		}
		b.SetAttributeRaw("assume_role_policy", jsonencode(after))
	case checks.AttachPolicy:
		b, _ := t.resource(a, "aws_iam_role_policy_attachment", "", s.Role)
		if role := t.created[a.account+"/"+s.Role]; role != nil { // it has to be made first
			b.SetAttributeTraversal("role", append(slices.Clip(role), hcl.TraverseAttr{Name: "name"}))
		} else {
			b.SetAttributeValue("role", cty.StringVal(s.Role))
		}
		b.SetAttributeValue("policy_arn", cty.StringVal(s.Policy))
	case checks.EditTrust:
		undo("assume_role_policy")
		b, _ := t.existing(a, "aws_iam_role", "", s.Role, s.Role)
		b.SetAttributeValue("name", cty.StringVal(s.Role))
		b.SetAttributeRaw("assume_role_policy", jsonencode(after))
		keep(b, "description", "force_detach_policies", "max_session_duration", "path", "permissions_boundary", "tags", "tags_all")
	case checks.EditInlinePolicy:
		undo("policy")
		b, _ := t.existing(a, "aws_iam_role_policy", "", s.Role+"_"+s.Policy, s.Role+":"+s.Policy)
		b.SetAttributeValue("role", cty.StringVal(s.Role))
		b.SetAttributeValue("name", cty.StringVal(s.Policy))
		b.SetAttributeRaw("policy", jsonencode(after))
		keep(b)
	case checks.EditManagedPolicy:
		_, name, ok := strings.Cut(s.Policy, ":policy/")
		if !ok {
			return by("its ARN is not the ARN of a policy")
		}
		undo("policy")
		slash := strings.LastIndexByte(name, '/') + 1
		b, _ := t.existing(a, "aws_iam_policy", "", name[slash:], s.Policy)
		b.SetAttributeValue("name", cty.StringVal(name[slash:]))
		b.SetAttributeValue("path", cty.StringVal("/"+name[:slash]))
		b.SetAttributeRaw("policy", jsonencode(after))
		keep(b, "description", "tags", "tags_all")
	case checks.CreateRepository:
		b, _ := t.resource(a, "aws_ecr_repository", s.Region, s.Repository)
		b.SetAttributeValue("name", cty.StringVal(s.Repository))
		b.SetAttributeValue("tags", cty.MapVal(map[string]cty.Value{s.Key: cty.StringVal(s.Value)}))
	case checks.EditRepositoryPolicy:
		undo("policy")
		b, _ := t.existing(a, "aws_ecr_repository_policy", s.Region, s.Repository, s.Repository)
		b.SetAttributeValue("repository", cty.StringVal(s.Repository))
		b.SetAttributeRaw("policy", jsonencode(after))
		keep(b)
	case checks.TagRepository, checks.UntagRepository:
		t.tags(a, s)

	case checks.ReferToRole:
		return owned("lifecycle policies", "execution_role = "+hclString(s.NewReference))
	case checks.EnablePolicy:
		return owned("lifecycle policy", `status = "ENABLED"`)
	case checks.IncludeResources:
		return owned("lifecycle policy", fmt.Sprintf("in policy_detail %d, set in action.include_resources: %s = true", s.Rule, strings.Join(s.Include, " = true, ")))
	case checks.DeleteRole:
		return by("the role must be deleted before this configuration is applied")
	default:
		return by("the owner of the policy has to change it")
	}
	return nil
}

// tags is one resource for all that is to be changed of a repository's tags. They are
// given as a whole, so those that are there are read when it is applied, and kept.
func (t *configuration) tags(a *accountPlan, s step) {
	repository := a.account + "/" + s.Region + "/" + s.Repository
	if t.tagged[repository] {
		return
	}
	t.tagged[repository] = true
	var tags []step
	for _, o := range a.changes {
		if (o.Action == checks.TagRepository || o.Action == checks.UntagRepository) && o.Region == s.Region && o.Repository == s.Repository {
			tags = append(tags, o)
		}
	}
	for _, o := range tags {
		undo := "undo: remove the tag " + hclString(o.Key)
		if o.OldValue != nil {
			undo = "undo: set the tag " + hclString(o.Key) + " to " + hclString(*o.OldValue)
		}
		t.comment([]string{undo})
	}

	b, address := t.existing(a, "aws_ecr_repository", s.Region, s.Repository, s.Repository)
	b.SetAttributeValue("name", cty.StringVal(s.Repository))
	there := append(hcl.Traversal{hcl.TraverseRoot{Name: "data"}, hcl.TraverseAttr{Name: "aws_ecr_repository"}}, address[1], hcl.TraverseAttr{Name: "tags"})
	expression := hclwrite.TokensForTraversal(there)
	for _, o := range tags {
		if o.Action == checks.TagRepository {
			expression = hclwrite.TokensForFunctionCall("merge", expression, hclwrite.TokensForValue(cty.MapVal(map[string]cty.Value{o.Key: cty.StringVal(o.Value)})))
		} else {
			expression = without(expression, o.Key)
		}
	}
	b.SetAttributeRaw("tags", expression)
	keep(b, "encryption_configuration", "force_delete", "image_scanning_configuration", "image_tag_mutability", "image_tag_mutability_exclusion_filter")

	t.newline()
	d := t.file.Body().AppendNewBlock("data", []string{"aws_ecr_repository", address[1].(hcl.TraverseAttr).Name}).Body()
	d.SetAttributeTraversal("provider", t.provider(a, s.Region))
	d.SetAttributeValue("name", cty.StringVal(s.Repository))
}
