package terraform

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"

	"github.com/zclconf/go-cty/cty"
)

// moduleCalls is the part of a configuration that calls modules.
var moduleCalls = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "module", LabelNames: []string{"name"}}}}

// Called says which of the directories with modules another one of them calls. It ignores files
// that it cannot read or parse: evaluating them reports that. It reads files with read.
func Called(directories []string, read func(string) ([]byte, error)) map[string]bool {
	called := map[string]bool{}
	for _, dir := range directories {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			for _, source := range sources(filepath.Join(dir, e.Name()), read) {
				if target := filepath.Join(dir, filepath.FromSlash(source)); target != filepath.Clean(dir) {
					called[target] = true
				}
			}
		}
	}
	return called
}

// sources are the local sources of the modules that a file calls.
func sources(name string, read func(string) ([]byte, error)) (all []string) {
	parse := hclparse.NewParser().ParseHCL
	switch {
	case strings.HasSuffix(name, ".tf"), strings.HasSuffix(name, ".tofu"):
	case strings.HasSuffix(name, ".tf.json"), strings.HasSuffix(name, ".tofu.json"):
		parse = hclparse.NewParser().ParseJSON
	default:
		return nil
	}
	data, err := read(name)
	if err != nil || !strings.Contains(string(data), "module") { // most files call none
		return nil
	}
	file, _ := parse(data, name)
	if file == nil || file.Body == nil {
		return nil
	}
	content, _, _ := file.Body.PartialContent(moduleCalls)
	if content == nil {
		return nil
	}
	for _, b := range content.Blocks {
		arguments, _ := b.Body.JustAttributes()
		source, ok := arguments["source"]
		if !ok {
			continue
		}
		v, diags := source.Expr.Value(nil)
		if diags.HasErrors() || v.IsNull() || !v.IsKnown() || v.Type() != cty.String {
			continue
		}
		if text := v.AsString(); strings.HasPrefix(text, "./") || strings.HasPrefix(text, "../") {
			all = append(all, text)
		}
	}
	return all
}
