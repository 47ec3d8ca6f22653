package lintcmd

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// How long a run is silent before it prints progress, on a terminal and in a log.
const (
	quietOnTerminal = time.Second
	quietInLog      = 30 * time.Second
)

// watch shows the progress of reading until stop is called: a progress bar on a terminal,
// and a line every 30 seconds in a log. A short run shows nothing.
func watch(out io.Writer, progress func() (done, total, calls int)) (stop func()) {
	file, _ := out.(*os.File)
	terminal := file != nil && term.IsTerminal(int(file.Fd()))
	every := quietInLog
	if terminal {
		every = quietOnTerminal
	}
	stopped, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		var bar *progressbar.ProgressBar
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-stopped:
				if bar != nil {
					_ = bar.Clear() // the report follows on the same terminal
				}
				return
			case <-tick.C:
			}
			done, total, calls := progress()
			text := fmt.Sprintf("%d of %d accounts, %d calls", done/2, total/2, calls)
			switch {
			case !terminal:
				fmt.Fprintln(out, "iblint: reading: "+text)
			case bar == nil:
				tick.Reset(200 * time.Millisecond)
				bar = progressbar.NewOptions(max(total, 1), progressbar.OptionSetWriter(out), progressbar.OptionSetPredictTime(true), progressbar.OptionSetWidth(30),
					progressbar.OptionFullWidth(), progressbar.OptionSetElapsedTime(true))
				fallthrough
			default:
				bar.ChangeMax(max(total, 1))
				bar.Describe(text)
				_ = bar.Set(min(done, max(total, 1)-1)) // a full bar would mean that the run has ended
			}
		}
	}()
	return func() {
		close(stopped)
		<-ended
	}
}
