package terraform

import (
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy/awsmanaged"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/source/declared"
	"github.com/iblint/iblint/internal/terraform"
)

// compute returns the attributes that the providers aws and awscc compute from what the
// configuration gives (documentation of the providers). ARNs of resources to be created contain
// symbols where the account or a name is not known.
func (c Code) compute(r *terraform.Resource) map[string]cty.Value {
	if f := computed[r.Type]; f != nil && r.Data == dataSources[r.Type] {
		return texts(f(valuesOf(r), c.targetOf(r)))
	}
	if r.Data && r.Type == "aws_iam_policy_document" {
		return policyDocument(valuesOf(r))
	}
	if r.Data && lookedUp[r.Type] != nil {
		return texts(lookedUp[r.Type](valuesOf(r), c.targetOf(r)))
	}
	return nil
}

func texts(all map[string]string) map[string]cty.Value {
	out := map[string]cty.Value{}
	for name, text := range all {
		if text != "" {
			out[name] = cty.StringVal(text)
		}
	}
	return out
}

// dataSources are the types of computed that are data sources.
var dataSources = map[string]bool{"aws_caller_identity": true, "aws_partition": true, "aws_region": true}

var computed = map[string]func(values, target) map[string]string{
	"aws_caller_identity": func(_ values, t target) map[string]string {
		return map[string]string{"account_id": t.account, "id": t.account}
	},
	"aws_partition": func(_ values, t target) map[string]string {
		return map[string]string{"partition": t.partition, "id": t.partition, "dns_suffix": declared.DNSSuffix(t.partition), "reverse_dns_prefix": reversed(declared.DNSSuffix(t.partition))}
	},
	"aws_region": func(v values, t target) map[string]string {
		region := t.region
		for _, name := range []string{"region", "name"} {
			if given := v.in(name).text(); given != "" {
				region = given
			}
		}
		return map[string]string{"name": region, "region": region, "id": region}
	},

	"aws_iam_role": func(v values, t target) map[string]string {
		return roleAttributes(v, t, "name", "name_prefix")
	},
	"awscc_iam_role": func(v values, t target) map[string]string { return roleAttributes(v, t, "role_name", "") },
	"aws_iam_policy": func(v values, t target) map[string]string {
		name := named(v, "name", "name_prefix")
		arn := "arn:" + t.partition + ":iam::" + t.account + ":policy" + orSlash(v.in("path").text()) + name
		return map[string]string{"name": name, "arn": arn, "id": arn}
	},
	"awscc_iam_managed_policy": func(v values, t target) map[string]string {
		name := named(v, "managed_policy_name", "")
		arn := "arn:" + t.partition + ":iam::" + t.account + ":policy" + orSlash(v.in("path").text()) + name
		return map[string]string{"managed_policy_name": name, "policy_arn": arn, "id": arn}
	},
	"aws_organizations_policy":   organizationsID,
	"awscc_organizations_policy": organizationsID,
	"aws_ecr_repository":         func(v values, t target) map[string]string { return repositoryAttributes(v.in("name").text(), t) },
	"awscc_ecr_repository": func(v values, t target) map[string]string {
		out := repositoryAttributes(named(v, "repository_name", ""), t)
		out["repository_name"], out["repository_uri"] = named(v, "repository_name", ""), out["repository_url"]
		delete(out, "name")
		return out
	},

	"aws_imagebuilder_lifecycle_policy":             imageBuilderARN("lifecycle-policy", false),
	"awscc_imagebuilder_lifecycle_policy":           imageBuilderARN("lifecycle-policy", false),
	"aws_imagebuilder_distribution_configuration":   imageBuilderARN("distribution-configuration", false),
	"awscc_imagebuilder_distribution_configuration": imageBuilderARN("distribution-configuration", false),
	"aws_imagebuilder_container_recipe":             imageBuilderARN("container-recipe", true),
	"awscc_imagebuilder_container_recipe":           imageBuilderARN("container-recipe", true),
	"aws_imagebuilder_image_recipe":                 imageBuilderARN("image-recipe", true),
	"awscc_imagebuilder_image_recipe":               imageBuilderARN("image-recipe", true),
	"aws_imagebuilder_image_pipeline":               imageBuilderARN("image-pipeline", false),
	"awscc_imagebuilder_image_pipeline":             imageBuilderARN("image-pipeline", false),
}

// organizationsID is the ID of a policy, which AWS makes up.
func organizationsID(v values, _ target) map[string]string {
	id := symbol.New(v.resource.Address+".id", "known after apply")
	return map[string]string{"id": id, "policy_id": id}
}

// lookedUp are data sources that look up what exists.
var lookedUp = map[string]func(values, target) map[string]string{
	// The path is not known, and whichever it is, it is that of the role.
	"aws_iam_role": func(v values, t target) map[string]string {
		name := v.in("name").text()
		if name == "" {
			return nil
		}
		path := symbol.New(account.PathOf+v.resource.Address, "data source, read at apply")
		return map[string]string{"arn": "arn:" + t.partition + ":iam::" + t.account + ":role" + path + name, "id": name}
	},
	"aws_iam_policy": func(v values, t target) map[string]string {
		if arn := v.in("arn").text(); arn != "" {
			return map[string]string{"id": arn, "name": arn[strings.LastIndexByte(arn, '/')+1:]}
		}
		name := v.in("name").text()
		arn, ok := awsmanaged.Named(name)
		if !ok {
			return nil
		}
		arn = strings.Replace(arn, "arn:aws:", "arn:"+t.partition+":", 1)
		return map[string]string{"arn": arn, "id": arn}
	},
	"aws_ecr_repository": func(v values, t target) map[string]string {
		if name := v.in("name").text(); name != "" {
			return repositoryAttributes(name, t)
		}
		return nil
	},
}

func orSlash(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// named is the name of a resource. The provider makes one up if the configuration gives none, or
// only how it begins.
func named(v values, name, prefix string) string {
	if given := v.in(name); given.given() {
		return given.text()
	}
	begins := ""
	if prefix != "" {
		begins = v.in(prefix).text()
	}
	return begins + symbol.New(v.resource.Address+"."+name, "known after apply ("+at(v.resource)+")")
}

func roleAttributes(v values, t target, name, prefix string) map[string]string {
	role := named(v, name, prefix)
	out := map[string]string{name: role, "id": role, "path": orSlash(v.in("path").text())}
	out["arn"] = account.RoleARN(t.partition, t.account, out["path"], role)
	return out
}

func repositoryAttributes(name string, t target) map[string]string {
	return map[string]string{
		"name": name, "id": name, "registry_id": t.account,
		"arn":            "arn:" + t.partition + ":ecr:" + t.region + ":" + t.account + ":repository/" + name,
		"repository_url": t.account + ".dkr.ecr." + t.region + "." + declared.DNSSuffix(t.partition) + "/" + name,
	}
}

// imageBuilderARN returns the function that computes the ARN of an Image Builder resource, which
// ends in the normalised name, and for recipes in the version.
func imageBuilderARN(kind string, versioned bool) func(values, target) map[string]string {
	return func(v values, t target) map[string]string {
		arn := "arn:" + t.partition + ":imagebuilder:" + t.region + ":" + t.account + ":" + kind + "/" + declared.NormalName(v.in("name").text())
		if versioned {
			arn += "/" + v.in("version").text()
		}
		return map[string]string{"arn": arn, "id": arn}
	}
}

func reversed(domain string) string {
	parts := strings.Split(domain, ".")
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return strings.Join(parts, ".")
}

// at is where a resource is declared, for people.
func at(r *terraform.Resource) string {
	return fmt.Sprintf("%s:%d", r.Range.Filename, r.Range.Start.Line)
}
