package demand

import (
	"slices"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
)

// Need is an action that lifecycle management takes with a role, on one type of resource
// in one Region.
type Need struct {
	policy.Granted
	Region     string             // empty: not known
	Repository account.Repository // for actions on repositories; empty: any in the Region
	Recipe     string             // for actions on image resources: their name in ARNs; empty: any
	Version    string             // of the recipe, as a policy selects it, such as 1.x.x; empty: any

	Strength Strength
	Why      error    // why it is only Possible
	Rules    []string // the rules that ask for it, such as "rule 2 (DELETE) of lifecycle policy keep-five in eu-west-1"

	// Alternative is a rule that a policy to come may have. Needs with alternatives are
	// certain only together: the policy has at least one of the rules.
	Alternative string
}

// mostRules bounds the rules that a need names. A role can have hundreds of policies.
const mostRules = 5

// needs collects the needs of a role, each once.
type needs struct {
	all []Need
	at  map[needKey]int
}

type needKey struct {
	policy.Granted
	region, recipe, version, alternative string
	repository                           account.Repository
}

func (c *needs) add(n Need, r rule, s needed) {
	if s.Strength == NotNeeded {
		return
	}
	n.Strength, n.Why, n.Alternative = s.Strength, s.Why, r.alternative
	key := needKey{n.Granted, n.Region, n.Recipe, n.Version, n.Alternative, n.Repository}
	i, known := c.at[key]
	if !known {
		if c.at == nil {
			c.at = map[needKey]int{}
		}
		i = len(c.all)
		c.at[key], c.all = i, append(c.all, n)
	}
	have := &c.all[i]
	if n.Strength > have.Strength {
		have.Strength, have.Why = n.Strength, n.Why
	}
	if len(have.Rules) < mostRules && !slices.Contains(have.Rules, r.text) {
		have.Rules = append(have.Rules, r.text)
	}
}

// sorted are the needs in the order of the managed policy, then of Region, repository and
// recipe.
func (c *needs) sorted() []Need {
	order := map[policy.Granted]int{}
	for i, g := range policy.ManagedPolicyGrants {
		order[g] = i
	}
	slices.SortStableFunc(c.all, func(a, b Need) int {
		return cmpNeeds(order, a, b)
	})
	return c.all
}

// onAMIs adds the needs of a rule on the AMIs of an account.
func (c *needs) onAMIs(r rule, n needed, reach *reach, id string) {
	for _, spot := range actedOn(r, reach, reach.amis) {
		if spot.thing.Account == id {
			c.atSpot(r, n.and(spot.needed), spot.thing.Region)
		}
	}
	if err := firstRefused(reach.accountGaps); err != nil {
		c.atSpot(r, n.and(possible(err)), "")
	}
}

// atSpot adds the needs of a rule on the AMIs in a Region. The exclusion of a Region is checked before
// anything else about an AMI (aws-samples/amazon-ec2-image-builder-samples, lifecycle/README.md).
func (c *needs) atSpot(r rule, n needed, region string) {
	if slices.Contains(r.ExcludedRegions, region) {
		return
	}
	for _, g := range policy.ManagedPolicyGrants {
		if u := uses[g]; u.where == atAMIs {
			c.add(Need{Granted: g, Region: region}, r, u.needed(r, n))
		}
	}
}

// onImages adds the needs of a rule in the policy's own Region, on image resources and on
// repositories.
func (c *needs) onImages(r rule, n needed, a *asker, reach *reach) {
	for _, g := range policy.ManagedPolicyGrants {
		u := uses[g]
		s := u.needed(r, n)
		switch u.where {
		case atImages:
			for _, recipe := range recipesOf(g, a) {
				c.add(Need{Granted: g, Region: a.region, Recipe: recipe.Name, Version: recipe.Version}, r, s)
			}
		case atRepositories:
			if s.Strength == NotNeeded {
				continue
			}
			repositories := actedOn(r, reach, reach.repositories)
			for _, repository := range repositories {
				c.add(Need{Granted: g, Region: repository.thing.Region, Repository: repository.thing}, r, s.and(repository.needed))
			}
			region := a.region
			if firstRefused(reach.repositoryGaps) != nil {
				region = ""
			}
			c.add(Need{Granted: g, Region: region}, r, s.and(reach.anyRepository(a, repositories)))
		}
	}
}

// recipesOf are the recipes, by normal name, of the image resources that an asker acts on. Askers
// by tags, or without a known selection, act on images of any recipe.
func recipesOf(g policy.Granted, a *asker) []account.Recipe {
	if g.On != policy.BuiltImage || a.selection.everything || len(a.selection.Recipes) == 0 {
		return []account.Recipe{{}}
	}
	var recipes []account.Recipe
	for _, r := range a.selection.Recipes {
		r.Name = NormalName(r.Name)
		if !slices.Contains(recipes, r) {
			recipes = append(recipes, r)
		}
	}
	return recipes
}

// actsOnAMIs says how surely a rule acts on AMIs in a Region.
func (r rule) actsOnAMIs(region string) bool {
	return onImages(r) && !slices.Contains(r.ExcludedRegions, region)
}
