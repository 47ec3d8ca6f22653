package lintcmd

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// After a signal, a run that reads files has reportWithin to evaluate them and to write
// the report. A write to a pipe or a terminal that takes writeWithin is stuck.
const (
	reportWithin = 800 * time.Millisecond
	writeWithin  = 600 * time.Millisecond
)

// interruption ends the run on a signal. Before the run has anything to report, a signal
// ends the process, because a blocked read of a pipe, or parsing, cannot be cancelled.
// After that, a signal cancels the context, and the run writes its report.
type interruption struct {
	stderr io.Writer

	mutex     sync.Mutex
	writers   []*watchedWriter
	reporting bool // the run will write a report
	live      bool // the report is about live accounts, so repeating the run takes time
	over      bool // the run has ended
	prepared  *time.Timer
}

type interruptionKey struct{}

// begin returns a context that the first signal cancels. A second signal ends the
// process. The caller must call stop at the end of the run.
func (i *interruption) begin(stderr io.Writer) (_ context.Context, stop func()) {
	i.stderr = stderr
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), interruptionKey{}, i))
	ending := []os.Signal{syscall.SIGINT, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup sets it to ignored
		ending = append(ending, syscall.SIGHUP)
	}
	signals, stopped := make(chan os.Signal, 2), make(chan struct{})
	signal.Notify(signals, ending...)
	go func() {
		select {
		case <-signals:
		case <-stopped:
			return
		}
		cancel()
		go i.first(stopped)
		select {
		case s := <-signals:
			i.end(128+int(s.(syscall.Signal)), "")
		case <-stopped:
		}
	}()
	return ctx, func() {
		i.mutex.Lock()
		i.over = true
		i.mutex.Unlock()
		signal.Stop(signals)
		close(stopped)
		cancel()
	}
}

// interruptionOf returns the interruption of the run that ctx belongs to.
func interruptionOf(ctx context.Context) *interruption {
	i, _ := ctx.Value(interruptionKey{}).(*interruption)
	if i == nil {
		i = &interruption{}
	}
	return i
}

// prepareWithin ends the process if the run has nothing to report within limit.
func (i *interruption) prepareWithin(limit time.Duration) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if limit > 0 { // other values are refused later
		i.prepared = time.AfterFunc(limit, func() {
			i.endUnprepared(fmt.Sprintf("the run reached its time limit (--timeout %s) before it had read all input files", limit))
		})
	}
}

// reports marks that the run will write a report from now on. Live is false if the run
// reads files only.
func (i *interruption) reports(live bool) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	i.reporting, i.live = true, live
	if i.prepared != nil {
		i.prepared.Stop()
	}
}

// first handles the first signal. It ends the process if there is nothing to report, or
// if the report is stuck.
func (i *interruption) first(stopped <-chan struct{}) {
	i.endUnprepared("interrupted")
	began := time.Now()
	for {
		select {
		case <-stopped:
			return
		case <-time.After(50 * time.Millisecond):
		}
		i.mutex.Lock()
		live, stuck := i.live, slices.ContainsFunc(i.writers, (*watchedWriter).isStuck)
		i.mutex.Unlock()
		if !live && time.Since(began) > reportWithin {
			i.end(exitUndecided, "interrupted before the report was written")
		}
		if stuck {
			i.end(exitUndecided, "interrupted; the report is incomplete, because nothing reads the output")
		}
	}
}

// endUnprepared ends the process if the run has nothing to report yet.
func (i *interruption) endUnprepared(why string) {
	i.mutex.Lock()
	reporting := i.reporting
	i.mutex.Unlock()
	if !reporting {
		i.end(exitUndecided, why)
	}
}

// end ends the process, unless the run has ended in the meantime. It removes output
// files that are incomplete.
func (i *interruption) end(code int, why string) {
	i.mutex.Lock()
	if i.over {
		i.mutex.Unlock()
		return
	}
	unfinished.removeAll()
	if why != "" {
		printed := make(chan struct{})
		go func() {
			defer close(printed)
			fmt.Fprintln(i.stderr, "iblint: "+why)
		}()
		select {
		case <-printed:
		case <-time.After(100 * time.Millisecond): // nothing reads standard error
		}
	}
	os.Exit(code)
}

// watched returns a writer to w. A signal ends the process if a write to it is stuck.
func watched(ctx context.Context, w io.Writer) io.Writer { return interruptionOf(ctx).watched(w) }

func (i *interruption) watched(w io.Writer) io.Writer {
	writer := &watchedWriter{Writer: w}
	i.mutex.Lock()
	defer i.mutex.Unlock()
	i.writers = append(i.writers, writer)
	return writer
}

type watchedWriter struct {
	io.Writer
	since atomic.Int64 // start of the current write, in nanoseconds since 1970; 0: no write is in progress
}

func (w *watchedWriter) Write(p []byte) (int, error) {
	w.since.Store(time.Now().UnixNano())
	defer w.since.Store(0)
	return w.Writer.Write(p)
}

func (w *watchedWriter) isStuck() bool {
	since := w.since.Load()
	return since != 0 && time.Since(time.Unix(0, since)) > writeWithin
}
