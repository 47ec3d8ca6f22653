package awsapi

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// connections are the connections to all accounts of one Load.
type connections struct {
	aws  *AWS
	open func(ctx context.Context, id string) (accountConfig, error)
	all  map[string]*connection        // by account ID
	base func() (accountConfig, error) // for the account of the run's credentials
}

// of returns the connection to an account, which it creates if needed. It must not be
// called concurrently.
func (c *connections) of(id string) *connection {
	if c.all[id] == nil {
		c.all[id] = &connection{
			aws: c.aws, once: newCallOnce(), phases: phasesPerAccount, timeLeft: c.aws.AccountTimeout,
			open: func(ctx context.Context) (accountConfig, error) { return c.open(ctx, id) },
		}
		c.aws.total.Add(phasesPerAccount)
	}
	return c.all[id]
}

// finish waits for reads in the background, and stores their results in the inventory.
func (c *connections) finish() {
	for _, one := range c.all {
		one.background.Wait()
		for _, store := range one.results {
			store()
		}
		for _, cancel := range one.cancels {
			cancel()
		}
	}
}

// phasesPerAccount is how often an account is read at most: first Image Builder, and
// then the roles and repositories that Image Builder names.
const phasesPerAccount = 2

// connection is the connection to one account: its configuration, which is created once,
// and the time left to read the account.
type connection struct {
	aws      *AWS
	open     func(context.Context) (accountConfig, error)
	once     *callOnce
	config   accountConfig
	err      error         // why there is no config
	phases   int64         // still to come
	timeLeft time.Duration // 0: only the run limits the time
	cancels  []func()

	background sync.WaitGroup // reads that outlast the phase
	mutex      sync.Mutex
	results    []func() // store what the background reads returned
}

// phaseDone counts one phase as done.
func (c *connection) phaseDone() {
	c.phases--
	c.aws.done.Add(1)
}

// allDone counts all remaining phases as done.
func (c *connection) allDone() {
	c.aws.done.Add(c.phases)
	c.phases = 0
}

// beginPhase returns a context that ends when the account's time is up. The time of the
// phase is subtracted from the time left. Background reads may use the context until
// finish.
func (c *connection) beginPhase(ctx context.Context) (_ context.Context, endPhase func()) {
	if c.timeLeft == 0 {
		return ctx, func() {}
	}
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, c.timeLeft, errAccountTime)
	c.cancels = append(c.cancels, cancel)
	return ctx, func() { c.timeLeft = max(c.timeLeft-time.Since(began), time.Nanosecond) }
}

// enter returns the account's configuration, which it creates the first time. This takes
// time of the phase, so that an account with slow credentials delays no other account.
func (c *connection) enter(ctx context.Context) (accountConfig, error) {
	c.once.do(func() { c.config, c.err = c.open(ctx) })
	return c.config, c.err
}

// errAccountTime is the cause of a context that ends because the account's time is up.
var errAccountTime = fmt.Errorf("the time for the account was up: %w", context.DeadlineExceeded)
