package awsapi

import (
	"context"
	"fmt"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// guard is what makes iblint read-only: in the first step of every client's stack,
// as soon as the operation is known, it refuses each one that is not listed in
// operations, before anything is serialised or sent. Operations are listed one by one, never by prefix: Get*
// would let GetSessionToken and ecr:GetAuthorizationToken through.
func guard(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("iblintReadOnly", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		service, name := awsmiddleware.GetServiceID(ctx), awsmiddleware.GetOperationName(ctx)
		if _, ok := operation(service, name); !ok {
			return middleware.InitializeOutput{}, middleware.Metadata{}, fmt.Errorf("iblint is read-only and does not call %s %s", service, name)
		}
		return next.HandleInitialize(ctx, in)
	}), middleware.After)
}
