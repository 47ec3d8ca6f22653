package terraform

import (
	"path/filepath"

	"github.com/iblint/iblint/internal/terraform"
)

// Called says which of the directories with modules another one of them calls. It ignores files
// that it cannot read or parse: evaluating them reports that.
func Called(directories []string, o terraform.Options) map[string]bool {
	called := map[string]bool{}
	for _, dir := range directories {
		for _, source := range terraform.Calls(dir, o) {
			if target := filepath.Join(dir, filepath.FromSlash(source)); target != filepath.Clean(dir) {
				called[target] = true
			}
		}
	}
	return called
}
