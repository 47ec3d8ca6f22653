package awsapi

import (
	"context"
	"errors"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"github.com/iblint/iblint/checks/account"
)

// meter limits the number of concurrent calls and counts all calls. All of iblint's clients
// use it, including those that assume roles.
type meter struct {
	slots chan struct{}

	mutex sync.Mutex
	calls map[string]account.Calls // by the SDK's service ID
}

func newMeter(concurrency int) *meter {
	return &meter{slots: make(chan struct{}, concurrency), calls: map[string]account.Calls{}}
}

// operationKey is the context key of the running operation.
type operationKey struct{}

// running is an operation in progress.
type running struct {
	window   *window
	attempts int
}

// forAccount returns the middleware for the clients of one account. An operation first
// acquires a place in the window of its service and Region, and keeps it for all attempts.
// Each attempt then acquires a slot of the meter. A pause between attempts holds no slot.
// The attempt has its credentials by then, because renewing credentials of a role needs a
// call, and a slot, of its own.
func (m *meter) forAccount() func(*middleware.Stack) error {
	windows := windows{most: cap(m.slots)}
	return func(stack *middleware.Stack) error {
		err := stack.Initialize.Add(middleware.InitializeMiddlewareFunc("iblintWindow", func(
			ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
		) (middleware.InitializeOutput, middleware.Metadata, error) {
			w := windows.of(awsmiddleware.GetServiceID(ctx), awsmiddleware.GetRegion(ctx))
			if err := w.enter(ctx); err != nil {
				return middleware.InitializeOutput{}, middleware.Metadata{}, err
			}
			defer w.leave()
			return next.HandleInitialize(middleware.WithStackValue(ctx, operationKey{}, &running{window: w}), in)
		}), middleware.After)
		if err != nil {
			return err
		}
		return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("iblintMeter", func(
			ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
		) (middleware.FinalizeOutput, middleware.Metadata, error) {
			select {
			case m.slots <- struct{}{}:
				defer func() { <-m.slots }()
			case <-ctx.Done():
				return middleware.FinalizeOutput{}, middleware.Metadata{}, ctx.Err()
			}
			operation := middleware.GetStackValue(ctx, operationKey{}).(*running)
			operation.attempts++
			state := operation.window.state()
			out, metadata, err := next.HandleFinalize(ctx, in)
			throttled := isThrottle(err)
			operation.window.answered(throttled, state)
			m.count(awsmiddleware.GetServiceID(ctx), operation.attempts > 1, throttled)
			return out, metadata, err
		}), "Signing", middleware.Before)
	}
}

func (m *meter) count(service string, retry, throttled bool) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	c := m.calls[service]
	c.Calls++
	if retry {
		c.Retries++
	}
	if throttled {
		c.Throttled++
	}
	m.calls[service] = c
}

// counts returns the number of calls so far, by service ID.
func (m *meter) counts() map[string]account.Calls {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	all := make(map[string]account.Calls, len(m.calls))
	for service, c := range m.calls {
		all[service] = c
	}
	return all
}

// callRateExceeded is Image Builder's error code for throttling, which the SDK does not
// recognize (Image Builder API Reference, CallRateLimitExceededException).
const callRateExceeded = "CallRateLimitExceededException"

func isThrottle(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	_, known := retry.DefaultThrottleErrorCodes[api.ErrorCode()]
	return known || api.ErrorCode() == callRateExceeded
}

// defaultAttempts is the number of attempts of a call if the user's configuration sets none.
// With the SDK's default of 3, one call in 200 still fails when every fifth is throttled.
const defaultAttempts = 6

// retryer returns the SDK's standard retryer, extended by Image Builder's error code for
// throttling. Each client has its own.
func retryer(most int) func() aws.Retryer {
	if most == 0 {
		most = defaultAttempts
	}
	return func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = most
			o.Retryables = append([]retry.IsErrorRetryable{tooLarge}, o.Retryables...) // the first function that does not return Unknown decides
			o.Retryables = append(o.Retryables, retry.RetryableErrorCode{Codes: map[string]struct{}{callRateExceeded: {}}})
		})
	}
}
