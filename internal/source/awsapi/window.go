package awsapi

import (
	"context"
	"slices"
	"sync"
)

// window is how many calls of one client may be under way: the rate limiter of one
// account, Region and service, which is what AWS limits the rate of. It begins
// open, shrinks when the service asks to slow down, and grows again with every
// answer. A call keeps its place through its retries and the pauses between them,
// so that the rate falls with the window.
//
// The SDK's adaptive retry mode is not used: it goes by a rate measured over half
// seconds, and a service that throttles within the first one is asked once in two
// seconds from then on.
type window struct {
	mutex   sync.Mutex
	most    float64
	size    float64
	used    int
	shrunk  int // how often
	waiting []chan struct{}
}

// windows are those of one account.
type windows struct {
	most int // that each begins with
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

// enter waits for a place.
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
		if i < 0 { // the turn came at the same moment
			w.leave()
		}
		return ctx.Err()
	}
}

// leave gives a place back, and lets in who fits.
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

// state tells how often the window has shrunk: an attempt takes it along.
func (w *window) state() int {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.shrunk
}

// answered takes note of an answer to an attempt that was sent in a state. Those
// that were under way together are throttled together, and count once.
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
