package plan

// instance is an instance of a module, with the part of the configuration that is about it.
type instance struct {
	address string
	key     string // its index in the address; empty: none
	config  *moduleConfig
	parent  *instance // nil: the root module
	call    *moduleCall
}

// maxModules bounds the depth of modules.
const maxModules = 500

// module returns the module instance with an address. Its configuration is empty if the plan has
// none of it.
func (r *reader) module(steps []step) *instance {
	address := join(steps)
	if in := r.modules[address]; in != nil {
		return in
	}
	in := &instance{address: address, config: &moduleConfig{}}
	switch {
	case len(steps) == 0:
		in.config = &r.plan.config
	case len(steps) <= 2*maxModules:
		in.parent = r.module(steps[:len(steps)-2])
		call := steps[len(steps)-1]
		in.key = call.index
		if c := in.parent.config.Calls[call.name]; c != nil {
			in.call, in.config = c, &c.Module
		}
	}
	r.modules[address] = in
	if in.parent != nil {
		name := prefixed(in.parent.address, "module."+steps[len(steps)-1].name)
		r.instances[name] = append(r.instances[name], in.key)
	}
	return in
}

// resource is the configuration of a resource, by its address in the module; nil: there is none.
func (m *moduleConfig) resource(address string) *resourceConfig {
	if m.byAddress == nil {
		m.byAddress = make(map[string]*resourceConfig, len(m.Resources))
		for _, r := range m.Resources {
			if r != nil {
				m.byAddress[r.Address] = r
			}
		}
	}
	return m.byAddress[address]
}
