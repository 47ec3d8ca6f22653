package awsapi

import (
	"context"
	"sync"
	"testing"
	"time"
)

// The number of calls never exceeds the size of the window, no call waits forever, and a call
// that gives up keeps no place.
func TestWindow(t *testing.T) {
	t.Parallel()
	w := newWindow(8)
	var mutex sync.Mutex
	in, most := 0, 0
	var group sync.WaitGroup
	for i := range 400 {
		group.Go(func() {
			ctx := t.Context()
			if i%7 == 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, time.Duration(i%5)*time.Microsecond)
				defer cancel()
			}
			if w.enter(ctx) != nil {
				return
			}
			defer w.leave()
			state := w.state()
			mutex.Lock()
			in++
			most = max(most, in)
			mutex.Unlock()
			time.Sleep(100 * time.Microsecond)
			mutex.Lock()
			in--
			mutex.Unlock()
			w.answered(i%5 == 0, state)
		})
	}
	group.Wait()
	if most > 8 || w.used != 0 || len(w.waiting) != 0 {
		t.Errorf("%d were in at once, %d are in, %d wait", most, w.used, len(w.waiting))
	}
}

// Calls that are throttled together shrink the window once. Responses grow it up to its initial
// size.
func TestWindowShrinksAndGrows(t *testing.T) {
	t.Parallel()
	w := newWindow(10)
	for range 10 {
		w.answered(true, 0)
	}
	if w.size != 7 {
		t.Errorf("10 calls of one burst throttled: size %v, want 7", w.size)
	}
	for range 100 {
		w.answered(true, w.state())
	}
	if w.size != 1 {
		t.Errorf("throttled for ever: size %v, want 1", w.size)
	}
	for range 1000 {
		w.answered(false, w.state())
	}
	if w.size != 10 {
		t.Errorf("answered for ever: size %v, want 10", w.size)
	}
}
