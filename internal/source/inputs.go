package source

import (
	"io/fs"
	"os"
	"sync"
)

// inputs are the regular files that this process reads. A process is one run, and
// ReadAtMost is how every file is read, so that none can be forgotten.
var inputs struct {
	mutex sync.Mutex
	all   []input
}

type input struct {
	name string
	info fs.FileInfo
}

// opened registers a file that is read: as the file that it is, under whatever name.
func opened(name string, f *os.File) {
	if info, err := f.Stat(); err == nil {
		add(name, info)
	}
}

// Reads registers a file that something else reads, or that must stay what it is.
// One that does not exist cannot be overwritten.
func Reads(name string) {
	if info, err := os.Stat(name); err == nil {
		add(name, info)
	}
}

func add(name string, info fs.FileInfo) {
	if !info.Mode().IsRegular() {
		return // nothing stays of what is written to /dev/null, and a pipe is two ends
	}
	inputs.mutex.Lock()
	defer inputs.mutex.Unlock()
	inputs.all = append(inputs.all, input{name, info})
}

// Input is the name by which a file is read that is about to be written; empty: it
// is not read. Links and other spellings of a path lead to the same file.
func Input(about fs.FileInfo) string {
	inputs.mutex.Lock()
	defer inputs.mutex.Unlock()
	for _, in := range inputs.all {
		if os.SameFile(in.info, about) {
			return display(in.name)
		}
	}
	return ""
}

// Forget begins another run in this process, as tests do.
func Forget() {
	inputs.mutex.Lock()
	defer inputs.mutex.Unlock()
	inputs.all = nil
}
