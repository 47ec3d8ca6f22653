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

// writeConfiguration writes a plan as a Terraform configuration. Each account and Region has a
// provider that rejects the credentials of other accounts. Existing resources are imported; they
// ignore all attributes except the changed one, and cannot be destroyed. A resource that can
// only be imported with all its attributes is a comment instead.
func writeConfiguration(w *bufio.Writer, p plan) {
	t := &configuration{file: hclwrite.NewEmptyFile(), aliases: names{}, labels: names{}, created: map[string]hcl.Traversal{}, tagged: map[string]bool{}}
	body := t.file.Body()
	how := []string{"Terraform has no resources for these changes. See the comments."}
	for _, a := range p.accounts {
		t.newline()
		t.comment(a.heading())
		for i, s := range a.changes {
			t.newline()
			if i == 0 || !slices.Equal(s.reasons, a.changes[i-1].reasons) {
				t.comment(s.reasons)
			}
			if instead := t.change(a, s); len(instead) > 0 {
				t.comment(append(instead, s.commentedCommands()...))
			}
		}
	}
	if len(t.providers) > 0 {
		how = []string{
			"Review this configuration, give each provider the credentials of its account (profile or assume_role),",
			"and apply it in a new directory. Keep that directory, and apply no other configuration in it: Terraform",
			"destroys the resources that are not in the configuration. To undo, remove a resource and apply, or",
			"change the resource as its undo comment says. Imported resources existed before: run terraform state",
			"rm before you remove one, or Terraform destroys it. If Terraform already manages a resource, change",
			"it in that configuration instead.",
		}
	}

	var head bytes.Buffer
	comments(&head, "#", p.header(how...))
	if len(t.providers) > 0 {
		first := hclwrite.NewEmptyFile()
		terraform := first.Body().AppendNewBlock("terraform", nil).Body()
		terraform.SetAttributeValue("required_version", cty.StringVal(">= 1.5")) // the first version with import blocks
		terraform.AppendNewBlock("required_providers", nil).Body().SetAttributeValue("aws", cty.ObjectVal(map[string]cty.Value{
			"source": cty.StringVal("hashicorp/aws"), "version": cty.StringVal(">= 6.8"), // the first version with all ignored attributes of repositories
		}))
		for _, p := range t.providers {
			first.Body().AppendNewline()
			b := first.Body().AppendNewBlock("provider", []string{"aws"}).Body()
			b.SetAttributeValue("alias", cty.StringVal(p.alias))
			b.SetAttributeValue("region", cty.StringVal(p.region))
			b.SetAttributeValue("allowed_account_ids", cty.ListVal([]cty.Value{cty.StringVal(p.account)}))
		}
		fmt.Fprintln(&head)
		_, _ = inertHCL(first.BuildTokens(nil)).WriteTo(&head) // a bytes.Buffer returns no error
	}
	_, _ = w.Write(hclwrite.Format(append(head.Bytes(), inertHCL(body.BuildTokens(nil)).Bytes()...))) // a bufio.Writer keeps its error for Flush
}

// configuration is a configuration that is being written.
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

// provider is the reference to the provider of an account and Region. Global resources, with an
// empty Region, use a provider that is named after the account alone.
func (t *configuration) provider(a *accountPlan, region string) hcl.Traversal {
	p := provider{account: a.account, region: region, alias: identifier("account", a.account)}
	if region == "" {
		p.region = a.homeRegion()
	} else {
		p.alias = identifier("account", a.account, region)
	}
	if !t.aliases[p.alias] {
		t.aliases[p.alias] = true
		t.providers = append(t.providers, p)
	}
	return hcl.Traversal{hcl.TraverseRoot{Name: "aws"}, hcl.TraverseAttr{Name: p.alias}}
}

// resource begins a resource. It returns its body and its address.
func (t *configuration) resource(a *accountPlan, kind, region, label string) (*hclwrite.Body, hcl.Traversal) {
	label = t.labels.unused(kind + "." + identifier(label, a.account))[len(kind)+1:]
	body := t.file.Body().AppendNewBlock("resource", []string{kind, label}).Body()
	body.SetAttributeTraversal("provider", t.provider(a, region))
	return body, hcl.Traversal{hcl.TraverseRoot{Name: kind}, hcl.TraverseAttr{Name: label}}
}

// existing begins a resource that exists already, with the block that imports it.
func (t *configuration) existing(a *accountPlan, kind, region, label, id string) (*hclwrite.Body, hcl.Traversal) {
	imported := t.file.Body().AppendNewBlock("import", nil).Body()
	t.newline()
	body, address := t.resource(a, kind, region, label)
	imported.SetAttributeTraversal("to", address)
	imported.SetAttributeValue("id", cty.StringVal(id))
	return body, address
}

// keep ends an existing resource. Terraform cannot destroy it, and does not change the ignored
// attributes.
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

// change writes a change. If Terraform cannot apply it, nothing is written, and the result says
// what to do instead; the commands of the change follow it.
func (t *configuration) change(a *accountPlan, s step) (instead []string) {
	if s.manual != "" {
		return []string{manually(s.manual)}
	}
	document, err := readDocument(s.After + s.Document) // a change has at most one
	if err != nil && s.After+s.Document != "" {
		return []string{manually(notADocument)}
	}

	switch s.Action {
	case checks.CreateRole:
		if s.mayExist {
			return []string{manually(existenceUnknown)}
		}
		t.createRole(a, s, document)
	case checks.AttachPolicy:
		t.attachPolicy(a, s)
	case checks.EditManagedPolicy:
		if _, _, ok := strings.Cut(s.Policy, ":policy/"); !ok {
			return []string{manually("its ARN is not the ARN of a policy")}
		}
		t.editManagedPolicy(a, s, document)
	case checks.EditTrust, checks.EditInlinePolicy, checks.EditRepositoryPolicy, checks.EditRegistryPolicy:
		t.editPolicy(a, s, document)
	case checks.CreateRepository:
		b, _ := t.resource(a, "aws_ecr_repository", s.Region, s.Repository)
		b.SetAttributeValue("name", cty.StringVal(s.Repository))
		b.SetAttributeValue("tags", cty.MapVal(map[string]cty.Value{s.Key: cty.StringVal(s.Value)}))
	case checks.TagRepository, checks.UntagRepository:
		t.tags(a, s)

	case checks.ReferToRole:
		return managedByTerraform("lifecycle policies", "execution_role = "+hclString(s.NewReference))
	case checks.EnablePolicy:
		return managedByTerraform("lifecycle policy", `status = "ENABLED"`)
	case checks.IncludeResources:
		return managedByTerraform("lifecycle policy", fmt.Sprintf("in policy_detail %d, set in action.include_resources: %s = true", s.Rule, strings.Join(s.Include, " = true, ")))
	case checks.DeleteRole:
		return []string{manually("the role must be deleted before this configuration is applied")}
	default:
		return []string{manually(ownerChanges)}
	}
	return nil
}

func managedByTerraform(resource, change string) []string {
	return managedElsewhere("a Terraform configuration", resource, change)
}

// undo writes the former document of an edited attribute as a comment.
func (t *configuration) undo(s step, attribute string) {
	t.comment([]string{"undo: " + attribute + " = " + hclString(oneLine(s.Before))})
}

func (t *configuration) createRole(a *accountPlan, s step, trust any) {
	b, address := t.resource(a, "aws_iam_role", "", s.Role)
	t.created[a.account+"/"+s.Role] = address
	b.SetAttributeValue("name", cty.StringVal(s.Role))
	if s.Path != "" && s.Path != "/" {
		b.SetAttributeValue("path", cty.StringVal(s.Path))
	}
	b.SetAttributeRaw("assume_role_policy", jsonencode(trust))
}

func (t *configuration) attachPolicy(a *accountPlan, s step) {
	b, _ := t.resource(a, "aws_iam_role_policy_attachment", "", s.Role)
	if role := t.created[a.account+"/"+s.Role]; role != nil { // the reference orders the two resources
		b.SetAttributeTraversal("role", append(slices.Clip(role), hcl.TraverseAttr{Name: "name"}))
	} else {
		b.SetAttributeValue("role", cty.StringVal(s.Role))
	}
	b.SetAttributeValue("policy_arn", cty.StringVal(s.Policy))
}

func (t *configuration) editManagedPolicy(a *accountPlan, s step, after any) {
	t.undo(s, "policy")
	_, name, _ := strings.Cut(s.Policy, ":policy/")
	slash := strings.LastIndexByte(name, '/') + 1
	b, _ := t.existing(a, "aws_iam_policy", "", name[slash:], s.Policy)
	b.SetAttributeValue("name", cty.StringVal(name[slash:]))
	b.SetAttributeValue("path", cty.StringVal("/"+name[:slash]))
	b.SetAttributeRaw("policy", jsonencode(after))
	keep(b, "description", "tags", "tags_all")
}

// editPolicy writes the edit of a policy that is part of a role or repository.
func (t *configuration) editPolicy(a *accountPlan, s step, after any) {
	switch s.Action {
	case checks.EditTrust:
		t.undo(s, "assume_role_policy")
		b, _ := t.existing(a, "aws_iam_role", "", s.Role, s.Role)
		b.SetAttributeValue("name", cty.StringVal(s.Role))
		b.SetAttributeRaw("assume_role_policy", jsonencode(after))
		keep(b, "description", "force_detach_policies", "max_session_duration", "path", "permissions_boundary", "tags", "tags_all")
	case checks.EditInlinePolicy:
		t.undo(s, "policy")
		b, _ := t.existing(a, "aws_iam_role_policy", "", s.Role+"_"+s.Policy, s.Role+":"+s.Policy)
		b.SetAttributeValue("role", cty.StringVal(s.Role))
		b.SetAttributeValue("name", cty.StringVal(s.Policy))
		b.SetAttributeRaw("policy", jsonencode(after))
		keep(b)
	case checks.EditRepositoryPolicy:
		t.undo(s, "policy")
		b, _ := t.existing(a, "aws_ecr_repository_policy", s.Region, s.Repository, s.Repository)
		b.SetAttributeValue("repository", cty.StringVal(s.Repository))
		b.SetAttributeRaw("policy", jsonencode(after))
		keep(b)
	case checks.EditRegistryPolicy: // a Region has one, with the account as its ID
		t.undo(s, "policy")
		b, _ := t.existing(a, "aws_ecr_registry_policy", s.Region, "registry", a.account)
		b.SetAttributeRaw("policy", jsonencode(after))
		keep(b)
	}
}

// tags writes one resource for all changes of the tags of a repository. Terraform sets the tags as
// a whole, so a data source reads the existing tags, and the resource keeps them.
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
	existing := append(hcl.Traversal{hcl.TraverseRoot{Name: "data"}, hcl.TraverseAttr{Name: "aws_ecr_repository"}}, address[1], hcl.TraverseAttr{Name: "tags"})
	expression := hclwrite.TokensForTraversal(existing)
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
