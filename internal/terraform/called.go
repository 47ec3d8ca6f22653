package terraform

import (
	"bytes"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// Calls returns the local sources of the modules that the files of a directory call. It evaluates
// nothing, and leaves out files that cannot be read or parsed, within the same bounds as Load.
func Calls(dir string, o Options) (sources []string) {
	files, err := newFiles(dir, o)
	if err != nil {
		return nil
	}
	entries, _ := files.list(dir)
	for _, e := range entries {
		if code, _ := isCode(e.Name()); !code {
			continue
		}
		name := files.join(dir, e.Name())
		src, err := files.code(name)
		if err != nil || !bytes.Contains(src, []byte("module")) { // most files call none
			continue
		}
		f, err := o.Cache.parse(name, src)
		if err != nil {
			continue
		}
		for _, b := range f.body.Blocks {
			source, ok := b.Body.Attributes["source"]
			if b.Type != "module" || !ok {
				continue
			}
			v, diags := source.Expr.Value(nil)
			if diags.HasErrors() || v.IsNull() || !v.IsKnown() || v.Type() != cty.String {
				continue
			}
			if text := v.AsString(); strings.HasPrefix(text, "./") || strings.HasPrefix(text, "../") {
				sources = append(sources, text)
			}
		}
	}
	return sources
}
