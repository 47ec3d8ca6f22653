package awsapi

import "sync/atomic"

// callOnce is a sync.Once for functions that call AWS. Waiting goroutines block on a channel
// instead of a mutex. A goroutine that waits for a mutex stops the fake clock of
// testing/synctest, so that the pauses between retries would never end.
type callOnce struct {
	begun atomic.Bool
	done  chan struct{}
}

func newCallOnce() *callOnce { return &callOnce{done: make(chan struct{})} }

// do calls f if it is the first call of do. It returns after f has returned.
func (o *callOnce) do(f func()) {
	if o.begun.CompareAndSwap(false, true) {
		defer close(o.done)
		f()
		return
	}
	<-o.done
}

// callOnceValues is sync.OnceValues for functions that call AWS.
func callOnceValues[T1, T2 any](f func() (T1, T2)) func() (T1, T2) {
	o := newCallOnce()
	var v1 T1
	var v2 T2
	return func() (T1, T2) {
		o.do(func() { v1, v2 = f() })
		return v1, v2
	}
}
