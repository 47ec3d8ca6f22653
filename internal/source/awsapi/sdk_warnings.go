package awsapi

import (
	"fmt"
	"strings"
	"sync"

	"github.com/aws/smithy-go/logging"
)

// sdkWarnings are what the SDK warned of while a run reads. They are shown at its end, and only if
// all credentials could be used: while the SDK looks for credentials, it warns of each place where
// there are none, and the error about the credentials says more.
type sdkWarnings struct {
	mutex   sync.Mutex
	list    []error
	dropped bool
}

// logger keeps the SDK's warnings, and drops its debug messages. By default, the SDK writes both to
// standard error. It drops the warning that a body was not read to its end, too: that is so after
// each error of a body, which the report names.
func (w *sdkWarnings) logger() logging.Logger {
	return logging.LoggerFunc(func(kind logging.Classification, format string, values ...any) {
		if kind != logging.Warn || strings.Contains(format, "may affect connection reuse") {
			return
		}
		w.mutex.Lock()
		defer w.mutex.Unlock()
		w.list = append(w.list, fmt.Errorf("AWS SDK: "+format, values...))
	})
}

func (w *sdkWarnings) drop() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.dropped = true
}

// pass passes on the warnings, each once.
func (w *sdkWarnings) pass(to func(error)) {
	w.mutex.Lock()
	list := w.list
	if w.dropped {
		list = nil
	}
	w.list = nil
	w.mutex.Unlock()
	for _, err := range list {
		to(err)
	}
}

// unusable is the error for credentials that cannot be used.
func (a *AWS) unusable(profile string, err error) *CredentialsError {
	a.sdk.drop()
	return &CredentialsError{profile, err}
}
