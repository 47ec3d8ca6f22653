package terraform

import (
	"maps"

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
	return blocksOf(cfg)
}

func blocksOf(cfg *terraform.Configuration) map[string]hcl.Range {
	all := map[string]hcl.Range{}
	for _, r := range cfg.Resources {
		all[plan.ResourceOf(r.Address)] = r.Range
	}
	return all
}

// planned are the resources of which plans of this configuration say more. A plan is of this
// configuration if it declares nothing else.
func (c Code) planned(cfg *terraform.Configuration) map[string]bool {
	if len(c.Plans) == 0 {
		return nil
	}
	own, all := blocksOf(cfg), map[string]bool{}
	for _, p := range c.Plans {
		declared := p.Parsed.Declared(func(kind string) bool { return types[kind] != nil })
		of := true
		for address := range declared {
			_, ok := own[address]
			of = of && ok
		}
		if of {
			maps.Copy(all, declared)
		}
	}
	return all
}
