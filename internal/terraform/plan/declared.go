package plan

import "strings"

// Declared are the managed resources of some types in the configuration of a plan, by the addresses
// that ResourceOf returns.
func (p *Plan) Declared(types func(kind string) bool) map[string]bool {
	all := map[string]bool{}
	p.config.declared("", types, all)
	return all
}

func (m *moduleConfig) declared(module string, types func(string) bool, all map[string]bool) {
	for _, r := range m.Resources {
		if r == nil {
			continue
		}
		if kind, _, _ := strings.Cut(r.Address, "."); types(kind) {
			all[prefixed(module, r.Address)] = true
		}
	}
	for name, call := range m.Calls {
		if call != nil {
			call.Module.declared(prefixed(module, "module."+name), types, all)
		}
	}
}
