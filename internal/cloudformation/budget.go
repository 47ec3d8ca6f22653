package cloudformation

import "github.com/iblint/iblint/internal/source"

// The bounds of reading and evaluating a template, whose file source.Limit bounds, far above what CloudFormation accepts: a template has at
// most 1 MB and 500 resources (CloudFormation User Guide, quotas).
const (
	maxNodes    = 2_000_000 // of one template, with what aliases repeat
	maxNesting  = 500       // of values in a template
	maxSteps    = 8_000_000
	maxDepth    = 5_000 // of evaluation: nested functions and references
	maxText     = 1 << 20
	maxName     = 200 // bytes of the name of a symbol that is made of what it depends on
	maxStacks   = 5_000
	maxDeclared = 100_000 // resources of all stacks
	maxNested   = 20      // stacks in stacks
)

// budget counts work, so that no set takes unbounded time or memory.
type budget struct {
	steps     int
	depth     int
	declared  int
	exhausted error
}

// enter is called before each nested evaluation, and leave after it. It is false if nothing more
// can be evaluated there.
func (b *budget) enter(at Position, work int) bool {
	b.steps += 1 + work
	if b.steps > maxSteps && b.exhausted == nil {
		b.exhausted = failed(at, "the template takes too much work to evaluate; it may repeat or multiply values without end")
	}
	if b.exhausted != nil || b.depth >= maxDepth {
		return false
	}
	b.depth++
	return true
}

// spend counts work that is not evaluated expressions, such as long texts.
func (b *budget) spend(work int) { b.steps += work }

func (b *budget) leave() { b.depth-- }

// declare counts a resource. It is false if there are too many.
func (b *budget) declare(at Position) bool {
	b.declared++
	if b.declared > maxDeclared && b.exhausted == nil {
		b.exhausted = failed(at, "more than %d resources are declared; evaluate a part of them", maxDeclared)
	}
	return b.exhausted == nil
}

func (b *budget) stack(n int, t *Template) {
	if n > maxStacks && b.exhausted == nil {
		b.exhausted = failed(Position{t.Name, 1, 1}, "more than %d stacks are nested; evaluate a part of them", maxStacks)
	}
}

// failed is an error about the user's input.
func failed(at Position, format string, args ...any) error {
	return &source.InputError{Err: failure(at, format, args...)}
}
