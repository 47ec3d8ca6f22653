package terraform

import "github.com/zclconf/go-cty/cty"

// Give sets the values of a resource that no code declares, which are objects: as they are shown,
// and with a symbol in each unknown place.
func (r *Resource) Give(shown, raw cty.Value) { r.Values, r.raw = shown, raw }
