package terraform

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/iblint/iblint/internal/terraform"
	"github.com/iblint/iblint/internal/terraform/plan"
)

// Blocks are the places of the blocks of a configuration, by the addresses of package plan. A plan
// has none. What cannot be read has none, either: it may not be the configuration of the plan.
func Blocks(dir string, o terraform.Options) map[string]hcl.Range {
	o.Types = func(kind string) bool { return types[kind] != nil }
	cfg, err := terraform.Load(dir, o)
	if err != nil {
		return nil
	}
	all := map[string]hcl.Range{}
	for _, r := range cfg.Resources {
		all[plan.ResourceOf(r.Address)] = r.Range
	}
	return all
}
