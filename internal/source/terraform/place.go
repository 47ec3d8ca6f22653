package terraform

import (
	"cmp"
	"path"
	"path/filepath"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/symbol"
	"github.com/iblint/iblint/internal/lazyregexp"
	"github.com/iblint/iblint/internal/source/declared"
	"github.com/iblint/iblint/internal/terraform"
)

// place is where a resource is declared.
func place(r *terraform.Resource) declared.Place {
	return declared.Place{File: r.Range.Filename, Line: r.Range.Start.Line, Column: r.Range.Start.Column, Address: r.Address}
}

// target is the account and the Region that a resource is deployed to.
type target struct{ account, partition, region string }

// targetOf finds out where a resource is deployed to: by the Region argument of the resource, by
// its provider (the role to assume, the only allowed account, the Region), and else by what was
// given of the code.
func (c Code) targetOf(r *terraform.Resource) target {
	t := target{account: c.account(), region: c.Region}
	provider := values{resource: r, value: r.Provider.Values}
	if region := plain(provider.in("region")); region != "" {
		t.region = region
	}
	if v := attribute(r.Values, "region"); v != cty.NilVal && r.Type != "aws_region" {
		if region := plain(values{resource: r, value: v}); region != "" {
			t.region = region
		}
	}
	if id := c.observed.of(r); id != "" {
		t.account = id
	}
	if id := providerAccount(provider); id != "" {
		t.account = id
	}
	if p := r.Provider; p.Alias != "" && p.Range == (hcl.Range{}) {
		// The caller of the module passes this configuration, and the caller is not here.
		name, why := "provider "+p.Type+"."+p.Alias, "no provider block in "+path.Dir(filepath.ToSlash(r.Range.Filename))+" declares it"
		t.account = symbol.New("account of "+name, why)
		t.region = symbol.New("Region of "+name, why)
	}
	if id, region := ownTarget(r); id != "" { // it exists
		t.account, t.region = id, cmp.Or(region, t.region)
	}
	t.partition = cmp.Or(c.Partition, account.PartitionOf(t.region), "aws")
	if !account.IsRegion(t.region) && !symbol.Is(t.region) {
		t.region = declared.ThisRegion
	}
	return t
}

// plain is a text without symbols; empty if it has one.
func plain(v values) string {
	if !v.given() || !v.value.IsKnown() || v.value.Type() != cty.String || symbol.In(v.value.AsString()) {
		return ""
	}
	return v.value.AsString()
}

var roleAccount = lazyregexp.New(`^arn:[a-z-]+:iam::([0-9]{12}):role/`)

// providerAccount is the account that a provider configuration names: that of the role that it
// assumes, else the only one that it allows. It is empty if there is none.
func providerAccount(provider values) string {
	if roles, _ := provider.in("assume_role").blocks(); len(roles) > 0 {
		last := roles[len(roles)-1] // roles are assumed in turn
		if arn := last.in("role_arn"); arn.given() {
			if m := roleAccount().FindStringSubmatch(plain(arn)); m != nil {
				return m[1]
			}
			if id := plain(arn); account.IsAccountID(id) { // all that a plan says of an ARN with var.account
				return id
			}
			// Some account: that of the role, which code does not say.
			why := arn.text()
			if symbol.In(why) {
				s := symbol.First(why)
				return symbol.New("account of "+s.String(), s.Why)
			}
		}
	}
	if ids, _ := provider.in("allowed_account_ids").texts(); len(ids) == 1 && account.IsAccountID(ids[0]) {
		return ids[0]
	}
	return ""
}
