package main

import (
	"strings"

	dschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	rschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/boolplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/setplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The schema of a type: "name:kind:mode" separated by blanks. Kinds: s string, b bool, i number, l list of strings,
// S set of strings, m map of strings. Modes: r required, o optional, c computed, oc both; with ! it forces a replacement;
// with =VALUE it has a default.
type spec struct {
	attrs  string
	blocks map[string]blk  // nested blocks
	nested map[string]nest // nested attributes (awscc)
}

type blk struct {
	kind string // list or set
	spec
}

type nest struct {
	kind string // list, set, single
	mode string
	spec
}

type field struct {
	name, kind, mode, def string
	force                 bool
}

func fields(s string) (all []field) {
	for _, f := range strings.Fields(s) {
		p := strings.SplitN(f, ":", 3)
		one := field{name: p[0], kind: p[1], mode: p[2]}
		if m, d, ok := strings.Cut(one.mode, "="); ok {
			one.mode, one.def = m, d
		}
		if strings.HasSuffix(one.mode, "!") {
			one.mode, one.force = strings.TrimSuffix(one.mode, "!"), true
		}
		all = append(all, one)
	}
	return
}

func attributes(s spec) map[string]rschema.Attribute {
	out := map[string]rschema.Attribute{}
	for _, f := range fields(s.attrs) {
		req, opt, comp := f.mode == "r", strings.HasPrefix(f.mode, "o"), strings.HasSuffix(f.mode, "c")
		switch f.kind {
		case "s":
			a := rschema.StringAttribute{Required: req, Optional: opt, Computed: comp}
			var pm []planmodifier.String
			if f.force {
				pm = append(pm, stringplanmodifier.RequiresReplaceIfConfigured())
			}
			if comp && f.def == "" {
				pm = append(pm, stringplanmodifier.UseStateForUnknown())
			}
			if f.def != "" {
				a.Computed = true
				a.Default = stringdefault.StaticString(f.def)
			}
			a.PlanModifiers = pm
			out[f.name] = a
		case "b":
			a := rschema.BoolAttribute{Required: req, Optional: opt, Computed: comp}
			if comp {
				a.PlanModifiers = []planmodifier.Bool{boolplanmodifier.UseStateForUnknown()}
			}
			if f.def != "" {
				a.Computed, a.Default = true, booldefault.StaticBool(f.def == "true")
			}
			out[f.name] = a
		case "i":
			out[f.name] = rschema.NumberAttribute{Required: req, Optional: opt, Computed: comp}
		case "l":
			out[f.name] = rschema.ListAttribute{ElementType: types.StringType, Required: req, Optional: opt, Computed: comp}
		case "S":
			a := rschema.SetAttribute{ElementType: types.StringType, Required: req, Optional: opt, Computed: comp}
			if comp {
				a.PlanModifiers = []planmodifier.Set{setplanmodifier.UseStateForUnknown()}
			}
			out[f.name] = a
		case "m":
			a := rschema.MapAttribute{ElementType: types.StringType, Required: req, Optional: opt, Computed: comp}
			_ = mapplanmodifier.UseStateForUnknown
			out[f.name] = a
		}
	}
	for n, x := range s.nested {
		req, opt, comp := x.mode == "r", strings.HasPrefix(x.mode, "o"), strings.HasSuffix(x.mode, "c")
		o := rschema.NestedAttributeObject{Attributes: attributes(x.spec)}
		switch x.kind {
		case "list":
			out[n] = rschema.ListNestedAttribute{Required: req, Optional: opt, Computed: comp, NestedObject: o}
		case "set":
			out[n] = rschema.SetNestedAttribute{Required: req, Optional: opt, Computed: comp, NestedObject: o}
		default:
			out[n] = rschema.SingleNestedAttribute{Required: req, Optional: opt, Computed: comp, Attributes: attributes(x.spec)}
		}
	}
	return out
}

func blocks(s spec) map[string]rschema.Block {
	out := map[string]rschema.Block{}
	for n, b := range s.blocks {
		o := rschema.NestedBlockObject{Attributes: attributes(b.spec), Blocks: blocks(b.spec)}
		if b.kind == "set" {
			out[n] = rschema.SetNestedBlock{NestedObject: o}
		} else {
			out[n] = rschema.ListNestedBlock{NestedObject: o}
		}
	}
	return out
}

func dattributes(s spec) map[string]dschema.Attribute {
	out := map[string]dschema.Attribute{}
	for _, f := range fields(s.attrs) {
		req, opt, comp := f.mode == "r", strings.HasPrefix(f.mode, "o"), strings.HasSuffix(f.mode, "c")
		switch f.kind {
		case "s":
			out[f.name] = dschema.StringAttribute{Required: req, Optional: opt, Computed: comp}
		case "b":
			out[f.name] = dschema.BoolAttribute{Required: req, Optional: opt, Computed: comp}
		case "i":
			out[f.name] = dschema.NumberAttribute{Required: req, Optional: opt, Computed: comp}
		case "l":
			out[f.name] = dschema.ListAttribute{ElementType: types.StringType, Required: req, Optional: opt, Computed: comp}
		case "S":
			out[f.name] = dschema.SetAttribute{ElementType: types.StringType, Required: req, Optional: opt, Computed: comp}
		case "m":
			out[f.name] = dschema.MapAttribute{ElementType: types.StringType, Required: req, Optional: opt, Computed: comp}
		}
	}
	for n, x := range s.nested {
		out[n] = dschema.ListNestedAttribute{Computed: true, NestedObject: dschema.NestedAttributeObject{Attributes: dattributes(x.spec)}}
	}
	return out
}

func dblocks(s spec) map[string]dschema.Block {
	out := map[string]dschema.Block{}
	for n, b := range s.blocks {
		o := dschema.NestedBlockObject{Attributes: dattributes(b.spec), Blocks: dblocks(b.spec)}
		if b.kind == "set" {
			out[n] = dschema.SetNestedBlock{NestedObject: o}
		} else {
			out[n] = dschema.ListNestedBlock{NestedObject: o}
		}
	}
	return out
}
