package terraform

import "github.com/zclconf/go-cty/cty"

// Give sets the values of a resource that no code declares: as they are shown, and with a symbol
// in each unknown place.
func (r *Resource) Give(shown, raw map[string]cty.Value) {
	r.Values, r.raw = cty.ObjectVal(shown), cty.ObjectVal(raw)
}
