package terraform

import (
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/internal/terraform"
	"github.com/iblint/iblint/internal/terraform/plan"
)

// observed says which account the provider configurations of a plan or a state were used with, by
// the ARNs of what exists and by aws_caller_identity.
type observed struct {
	accounts map[string]string   // by configuration, or by provider; empty: several
	roles    map[string][]string // the accounts of roles, by name
}

func observe(resources []plan.Resource) observed {
	o := observed{map[string]string{}, map[string][]string{}}
	for _, r := range resources {
		v := valuesOf(r.Resource)
		id, _ := ownTarget(r.Resource)
		if r.Type == "aws_iam_role" && id != "" {
			if name := plain(v.in("name")); !slices.Contains(o.roles[name], id) {
				o.roles[name] = append(o.roles[name], id)
			}
		}
		if given := plain(v.in("account_id")); r.Data && r.Type == "aws_caller_identity" && account.IsAccountID(given) {
			id = given
		}
		if id == "" {
			continue
		}
		for _, key := range []string{r.Provider.Key, r.ProviderName} {
			if before, ok := o.accounts[key]; ok && before != id {
				o.accounts[key] = ""
			} else {
				o.accounts[key] = id
			}
		}
	}
	return o
}

// of is the account of a resource that has no ARN; empty: not known. With several accounts it is
// that of the role that the resource names, if only one of them has it.
func (o observed) of(r *terraform.Resource) string {
	id, ok := o.accounts[r.Provider.Key]
	if !ok || id != "" {
		return id
	}
	for _, name := range []string{"role", "role_name"} {
		if at := o.roles[plain(valuesOf(r).in(name))]; len(at) == 1 {
			return at[0]
		}
	}
	return ""
}

// ownTarget is the account and the Region in the ARN of a resource that exists. They are empty if
// the ARN is not known.
func ownTarget(r *terraform.Resource) (id, region string) {
	if r.Data {
		return "", ""
	}
	v := attribute(r.Values, "arn")
	if v == cty.NilVal {
		v = attribute(r.Values, "policy_arn") // awscc_iam_managed_policy
	}
	parts := strings.SplitN(plain(values{resource: r, value: v}), ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || !account.IsAccountID(parts[4]) {
		return "", ""
	}
	return parts[4], parts[3]
}
