package source

import (
	"io/fs"
	"os"
	"sync"
)

// Inputs are the regular files that one run reads. The run must not write its output to
// any of them. ReadFile and ReadBytes add the files that iblint reads itself, so that none is
// forgotten.
// A nil *Inputs records nothing.
type Inputs struct {
	mutex sync.Mutex
	files []input
}

type input struct {
	name string
	info fs.FileInfo
}

// Protect adds a file that other code reads, such as the AWS SDK, or that must not change.
// It ignores a file that does not exist, which cannot be overwritten.
func (in *Inputs) Protect(name string) {
	if info, err := os.Stat(name); err == nil {
		in.add(name, info)
	}
}

// addOpen adds an open file. The name may lead to another file than the one that is open.
func (in *Inputs) addOpen(name string, f *os.File) {
	if info, err := f.Stat(); err == nil {
		in.add(name, info)
	}
}

func (in *Inputs) add(name string, info fs.FileInfo) {
	if in == nil || !info.Mode().IsRegular() {
		return // writing to a pipe or to /dev/null destroys no input
	}
	in.mutex.Lock()
	defer in.mutex.Unlock()
	in.files = append(in.files, input{name, info})
}

// Name returns the name by which the run reads a file, or "" if the run does not read it.
// Links and other spellings of a path are the same file.
func (in *Inputs) Name(file fs.FileInfo) string {
	if in == nil {
		return ""
	}
	in.mutex.Lock()
	defer in.mutex.Unlock()
	for _, one := range in.files {
		if os.SameFile(one.info, file) {
			return display(one.name)
		}
	}
	return ""
}
