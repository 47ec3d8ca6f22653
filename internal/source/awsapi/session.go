package awsapi

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// visits are the ways into accounts; each is entered once.
type visits struct {
	load *AWS
	open func(ctx context.Context, id string) (door, error)
	all  map[string]*visit
	base func() (door, error) // of the credentials of the run
}

// of is the visit to an account; it is for one goroutine.
func (v *visits) of(id string) *visit {
	if v.all[id] == nil {
		v.all[id] = &visit{load: v.load, once: newOnce(), stays: stays, left: v.load.AccountTimeout, open: func(ctx context.Context) (door, error) { return v.open(ctx, id) }}
		v.load.total.Add(stays)
	}
	return v.all[id]
}

// end waits for what is still being read, and writes it down.
func (v *visits) end() {
	for _, one := range v.all {
		one.evidence.Wait()
		for _, tell := range one.told {
			tell()
		}
		for _, leave := range one.leave {
			leave()
		}
	}
}

// stays are how often an account is entered at most: for what Image Builder says,
// and for what that tells to read.
const stays = 2

// visit is the way into an account, and the time that is left for it.
type visit struct {
	load  *AWS
	open  func(context.Context) (door, error)
	once  *once
	door  door
	err   error         // why there is no door
	stays int64         // still to come
	left  time.Duration // 0: no bound of its own
	leave []func()

	evidence sync.WaitGroup // what is read meanwhile
	mutex    sync.Mutex
	told     []func() // puts it into the inventory
}

// done counts a stay that is over.
func (v *visit) done() {
	v.stays--
	v.load.done.Add(1)
}

// last counts the stay that is over, and those that are not needed.
func (v *visit) last() {
	v.load.done.Add(v.stays)
	v.stays = 0
}

// come bounds a stay in the account; what it took is gone for the next. Evidence
// may go on being read with the stay's context until the visit ends.
func (v *visit) come(ctx context.Context) (_ context.Context, leave func()) {
	if v.left == 0 {
		return ctx, func() {}
	}
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, v.left, errAccountTime)
	v.leave = append(v.leave, cancel)
	return ctx, func() { v.left = max(v.left-time.Since(began), time.Nanosecond) }
}

// enter gets in, the first time: in the time of the stay, so that an account that
// keeps one waiting at the door costs no other its time.
func (v *visit) enter(ctx context.Context) (door, error) {
	v.once.do(func() { v.door, v.err = v.open(ctx) })
	return v.door, v.err
}

// errAccountTime is why calls of an account end when its time is up.
var errAccountTime = fmt.Errorf("the time for the account was up: %w", context.DeadlineExceeded)
