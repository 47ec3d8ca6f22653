package cloudformation

import (
	"cmp"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/cloudformation"
	"github.com/iblint/iblint/internal/source/declared"
)

// compute returns what Ref and Fn::GetAtt return (CloudFormation Template Reference, return values
// of each type). Names and ARNs contain symbols where a part is not known.
func compute(r *cloudformation.Resource) map[string]string {
	f := computed[r.Type]
	if f == nil {
		return nil
	}
	return f(r, values{r.Properties}, targetOf(r.Stack()))
}

var computed = map[string]func(*cloudformation.Resource, values, target) map[string]string{
	"AWS::IAM::Role": func(r *cloudformation.Resource, v values, t target) map[string]string {
		name := nameOf(r, v, "RoleName")
		return map[string]string{"Ref": name, "Arn": account.RoleARN(t.partition, t.account, v.in("Path").text(), name)}
	},
	"AWS::IAM::ManagedPolicy": func(r *cloudformation.Resource, v values, t target) map[string]string {
		arn := "arn:" + t.partition + ":iam::" + t.account + ":policy" + cmp.Or(v.in("Path").text(), "/") + nameOf(r, v, "ManagedPolicyName")
		return map[string]string{"Ref": arn, "PolicyArn": arn}
	},
	"AWS::ECR::Repository": func(r *cloudformation.Resource, v values, t target) map[string]string {
		name := nameOf(r, v, "RepositoryName")
		return map[string]string{
			"Ref": name, "Arn": account.RepositoryARN(t.partition, t.account, account.Repository{Region: t.region, Name: name}),
			"RepositoryUri": t.account + ".dkr.ecr." + t.region + "." + declared.DNSSuffix(t.partition) + "/" + name,
		}
	},
	"AWS::ImageBuilder::LifecyclePolicy":           imageBuilder("lifecycle-policy", false),
	"AWS::ImageBuilder::DistributionConfiguration": imageBuilder("distribution-configuration", false),
	"AWS::ImageBuilder::ContainerRecipe":           imageBuilder("container-recipe", true),
	"AWS::ImageBuilder::ImageRecipe":               imageBuilder("image-recipe", true),
	"AWS::ImageBuilder::ImagePipeline":             imageBuilder("image-pipeline", false),
}

// nameOf is the name of a resource. CloudFormation makes one up if the template gives none.
func nameOf(r *cloudformation.Resource, v values, property string) string {
	if given := v.in(property); given.given() {
		return given.text()
	}
	return r.GeneratedName()
}

// imageBuilder returns the function that computes the ARN of an Image Builder resource, which
// ends in the normalised name, and for recipes in the version.
func imageBuilder(kind string, versioned bool) func(*cloudformation.Resource, values, target) map[string]string {
	return func(_ *cloudformation.Resource, v values, t target) map[string]string {
		name := v.in("Name").text()
		arn := "arn:" + t.partition + ":imagebuilder:" + t.region + ":" + t.account + ":" + kind + "/" + declared.NormalName(name)
		out := map[string]string{"Name": name}
		if versioned {
			arn += "/" + v.in("Version").text()
			out["Version"] = v.in("Version").text()
		}
		out["Ref"], out["Arn"] = arn, arn
		return out
	}
}
