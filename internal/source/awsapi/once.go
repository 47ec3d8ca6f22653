package awsapi

import "sync/atomic"

// once is sync.Once for what takes calls. Who waits for it waits on a channel and not
// on a mutex: the fake clock of testing/synctest stands still while a goroutine waits
// for a mutex, and the pauses between retries would never end.
type once struct {
	begun atomic.Bool
	done  chan struct{}
}

func newOnce() *once { return &once{done: make(chan struct{})} }

// do calls f the first time, and returns when that call has returned.
func (o *once) do(f func()) {
	if o.begun.CompareAndSwap(false, true) {
		defer close(o.done)
		f()
		return
	}
	<-o.done
}

// onceValues is sync.OnceValues for what takes calls.
func onceValues[T1, T2 any](f func() (T1, T2)) func() (T1, T2) {
	o := newOnce()
	var v1 T1
	var v2 T2
	return func() (T1, T2) {
		o.do(func() { v1, v2 = f() })
		return v1, v2
	}
}
