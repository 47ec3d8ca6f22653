package awsapi

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// trace returns middleware that prints a line for each call with its outcome. It prints neither
// parameters nor responses, because they may contain secrets.
func (a *AWS) trace(id string) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("iblintTrace", func(
			ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
		) (middleware.InitializeOutput, middleware.Metadata, error) {
			out, metadata, err := next.HandleInitialize(ctx, in)
			outcome := "ok"
			var response *responseError
			var api smithy.APIError
			switch {
			case errors.As(err, &response):
				outcome = strconv.QuoteToASCII(response.Error())
			case errors.As(err, &api):
				outcome = strconv.QuoteToASCII(api.ErrorCode())
			case err != nil:
				outcome = "no response"
			}
			a.mutex.Lock()
			defer a.mutex.Unlock()
			fmt.Fprintf(a.Debug, "call: %s %s, account %s, Region %s: %s\n", awsmiddleware.GetServiceID(ctx), awsmiddleware.GetOperationName(ctx), orUnknown(id), awsmiddleware.GetRegion(ctx), outcome)
			return out, metadata, err
		}), middleware.After)
	}
}

// orUnknown names the account of a call. It is unknown until the first GetCallerIdentity.
func orUnknown(id string) string {
	if id == "" {
		return "of the credentials"
	}
	return id
}
