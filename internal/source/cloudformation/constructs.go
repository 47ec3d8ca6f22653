package cloudformation

import (
	"maps"
	"os"
	"path/filepath"

	"github.com/iblint/iblint/internal/cloudformation"
	"github.com/iblint/iblint/internal/source/declared"
)

// constructs are where the source of the CDK declares constructs, by their paths, for each
// directory: a nested stack is beside the stack that it is a part of.
type constructs map[string]map[string]declared.Place

func constructsIn(templates []Template) constructs {
	all := constructs{}
	for _, t := range templates {
		if dir := filepath.Dir(t.Path); t.Generated && all[dir] == nil {
			all[dir] = maps.Clone(t.Written)
		} else if t.Generated {
			maps.Copy(all[dir], t.Written)
		}
	}
	return all
}

// of are the constructs of a stack, and of others beside it.
func (all constructs) of(s *cloudformation.Stack) map[string]declared.Place {
	return all[filepath.Dir(filepath.FromSlash(s.Template().Name))]
}

// inSource is where the source of a generated template declares a construct, as a path from the
// working directory. Other files are not looked for: who wrote the template would learn whether
// they exist.
func inSource(written map[string]declared.Place, construct string) (declared.Place, bool) {
	at, ok := written[construct]
	if !ok {
		return at, false
	}
	here, err := os.Getwd()
	if err != nil {
		return at, false
	}
	rel, err := filepath.Rel(here, filepath.FromSlash(at.File))
	if err != nil || !filepath.IsLocal(rel) {
		return at, false
	}
	if info, err := os.Lstat(rel); err != nil || !info.Mode().IsRegular() {
		return at, false
	}
	at.File = filepath.ToSlash(rel)
	return at, true
}
