package lintcmd

import (
	"io/fs"
	"os"
	"sync"
)

// unfinished registers the temporary files of this process that are not renamed yet. It is
// global because a signal ends the process, and then all of them must be removed.
var unfinished unfinishedFiles

type unfinishedFiles struct {
	mutex sync.Mutex
	names map[string]bool
}

func (u *unfinishedFiles) create(name string, mode fs.FileMode) (*os.File, error) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err == nil {
		if u.names == nil {
			u.names = map[string]bool{}
		}
		u.names[name] = true
	}
	return f, err
}

func (u *unfinishedFiles) finish(name, as string) error {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	err := os.Rename(name, as)
	if err == nil {
		delete(u.names, name)
	}
	return err
}

func (u *unfinishedFiles) remove(name string) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	os.Remove(name)
	delete(u.names, name)
}

// removeAll removes all temporary files at the end of the process. It keeps the lock, so
// that no more files are created.
func (u *unfinishedFiles) removeAll() {
	u.mutex.Lock()
	for name := range u.names {
		os.Remove(name)
	}
}
