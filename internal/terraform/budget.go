package terraform

import (
	"cmp"

	"github.com/hashicorp/hcl/v2"
)

// The bounds of an evaluation, unless Options give others.
const (
	defaultFiles     = 20_000
	defaultBytes     = 256 << 20
	defaultInstances = 100_000
	defaultSteps     = 10_000_000

	maxDepth  = 10_000  // of evaluation: nested expressions and references
	maxString = 4 << 20 // bytes of one string
	// maxElements bounds the elements of one value, to any depth.
	maxElements = 1 << 18
)

// budget counts work, so that no configuration takes unbounded time or memory.
type budget struct {
	steps, maxSteps         int64
	depth                   int
	instances, maxInstances int
}

func newBudget(o Options) budget {
	return budget{
		maxSteps:     cmp.Or(o.MaxSteps, defaultSteps),
		maxInstances: cmp.Or(o.MaxInstances, defaultInstances),
	}
}

func (b *budget) spend(n int, at hcl.Range) error {
	b.steps += int64(n)
	if b.steps > b.maxSteps {
		return fatal(at, "the configuration takes too much work to evaluate; it may repeat or multiply values without end")
	}
	return nil
}

func (b *budget) addInstance(at hcl.Range) error {
	b.instances++
	if b.instances > b.maxInstances {
		return fatal(at, "the configuration has more than %d instances of resources and modules; evaluate a part of it", b.maxInstances)
	}
	return nil
}

// enter is called before each nested evaluation, and leave after it.
func (b *budget) enter(at hcl.Range) error {
	if b.depth >= maxDepth {
		return fatal(at, "expressions or references are nested more than %d levels deep; simplify them", maxDepth)
	}
	b.depth++
	return nil
}

func (b *budget) leave() { b.depth-- }
