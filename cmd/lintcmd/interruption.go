package lintcmd

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// How long a run takes at most after a signal: to evaluate files and write the report, and
// until one write to a pipe or a terminal counts as stuck.
const (
	reportWithin = 800 * time.Millisecond
	writeWithin  = 600 * time.Millisecond
)

// interruption ends the run on a signal. Where the run has nothing to report yet, a
// signal ends the process: nothing else would end a read of a pipe, or parsing. From
// then on it ends the context, and the run goes on to its report.
type interruption struct {
	stderr  io.Writer
	writing atomic.Int64 // since when a write is under way, in nanoseconds; 0: none

	mutex     sync.Mutex
	reporting bool // there will be something to report
	live      bool // and it cannot be had again in no time
	over      bool // the run came to its end
	prepared  *time.Timer
}

type interruptionKey struct{}

// interruptible is a context that the first signal ends. A second signal ends the
// process.
func interruptible(stderr io.Writer) (_ context.Context, stop func()) {
	i := &interruption{stderr: stderr}
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), interruptionKey{}, i))
	ending := []os.Signal{syscall.SIGINT, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup asks for
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

// interruptionOf is the one of the run.
func interruptionOf(ctx context.Context) *interruption {
	i, _ := ctx.Value(interruptionKey{}).(*interruption)
	if i == nil {
		i = &interruption{}
	}
	return i
}

// prepareWithin bounds how long it may take until there is something to report.
func (i *interruption) prepareWithin(limit time.Duration) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if limit > 0 { // else it is refused
		i.prepared = time.AfterFunc(limit, func() {
			i.endUnprepared(fmt.Sprintf("the time for the run was up (--timeout %s) before its files were read", limit))
		})
	}
}

// reports says that from now on there is something to report, of a live run or of files.
func (i *interruption) reports(live bool) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	i.reporting, i.live = true, live
	if i.prepared != nil {
		i.prepared.Stop()
	}
}

// first does what the first signal asks for.
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
		live := i.live
		i.mutex.Unlock()
		if !live && time.Since(began) > reportWithin {
			i.end(exitUndecided, "interrupted before the report was written")
		}
		if since := i.writing.Load(); since != 0 && time.Since(time.Unix(0, since)) > writeWithin {
			i.end(exitUndecided, "interrupted; the report is not whole, since nothing reads it")
		}
	}
}

// endUnprepared ends a run that has nothing to report yet.
func (i *interruption) endUnprepared(why string) {
	i.mutex.Lock()
	reporting := i.reporting
	i.mutex.Unlock()
	if !reporting {
		i.end(exitUndecided, why)
	}
}

// end ends the process, unless the run came to its end in the same moment. No file
// that is not whole stays.
func (i *interruption) end(code int, why string) {
	i.mutex.Lock()
	if i.over {
		i.mutex.Unlock()
		return
	}
	unfinished.removeAll()
	if why != "" {
		said := make(chan struct{})
		go func() {
			defer close(said)
			fmt.Fprintln(i.stderr, "iblint: "+why)
		}()
		select {
		case <-said:
		case <-time.After(100 * time.Millisecond): // nobody reads it
		}
	}
	os.Exit(code)
}

// watched is a writer of which a signal ends a write that is stuck.
func watched(ctx context.Context, w io.Writer) io.Writer {
	return watchedWriter{w, interruptionOf(ctx)}
}

type watchedWriter struct {
	io.Writer
	interruption *interruption
}

func (w watchedWriter) Write(p []byte) (int, error) {
	w.interruption.writing.Store(time.Now().UnixNano())
	defer w.interruption.writing.Store(0)
	return w.Writer.Write(p)
}
