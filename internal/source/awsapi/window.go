package awsapi

import (
	"context"
	"slices"
	"sync"
)

// window limits the number of concurrent calls of one account, Region and service, because
// AWS limits the rate of calls for each of these. It starts at its maximum, shrinks when the
// service throttles, and grows with every other response. A call keeps its place during its
// retries and the pauses between them, so the rate falls with the size of the window.
//
// The SDK's adaptive retry mode is not used. It measures the rate over half a second. If a
// service throttles within the first half second, it sends only one call every two seconds.
type window struct {
	mutex   sync.Mutex
	most    float64
	size    float64
	used    int
	shrunk  int // how often it has shrunk
	waiting []chan struct{}
}

// windows are the windows of one account.
type windows struct {
	most int // initial and maximum size of each window
	all  sync.Map
}

func (w *windows) of(service, region string) *window {
	key := service + " " + region
	if have, ok := w.all.Load(key); ok {
		return have.(*window)
	}
	have, _ := w.all.LoadOrStore(key, newWindow(w.most))
	return have.(*window)
}

func newWindow(most int) *window { return &window{most: float64(most), size: float64(most)} }

// enter waits for a place. The caller must call leave if it returns nil.
func (w *window) enter(ctx context.Context) error {
	w.mutex.Lock()
	if len(w.waiting) == 0 && w.used < int(w.size) {
		w.used++
		w.mutex.Unlock()
		return nil
	}
	turn := make(chan struct{})
	w.waiting = append(w.waiting, turn)
	w.mutex.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		w.mutex.Lock()
		i := slices.Index(w.waiting, turn)
		if i >= 0 {
			w.waiting = slices.Delete(w.waiting, i, i+1)
		}
		w.mutex.Unlock()
		if i < 0 { // the place was granted at the same moment
			w.leave()
		}
		return ctx.Err()
	}
}

// leave returns a place and grants free places to waiting calls.
func (w *window) leave() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.used--
	for len(w.waiting) > 0 && w.used < int(w.size) {
		close(w.waiting[0])
		w.waiting = w.waiting[1:]
		w.used++
	}
}

// state returns how often the window has shrunk. An attempt passes it to answered.
func (w *window) state() int {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.shrunk
}

// answered adapts the size to the response of an attempt that started at state since. Calls
// that run at the same time are throttled together, so they shrink the window once.
func (w *window) answered(throttled bool, since int) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	switch {
	case !throttled:
		w.size = min(w.size+1/w.size, w.most)
	case since == w.shrunk:
		w.size = max(w.size*0.7, 1)
		w.shrunk++
	}
}
