package lintcmd

import (
	"io/fs"
	"os"
	"sync"
)

// unfinished are the files beside outputs that are not renamed yet. A run that a
// signal ends removes them.
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

// removeAll is for the end of the process: it keeps the lock, so that nothing is
// created any more.
func (u *unfinishedFiles) removeAll() {
	u.mutex.Lock()
	for name := range u.names {
		os.Remove(name)
	}
}
