package awsapi

import (
	"context"
	"fmt"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// guard makes iblint read-only. In the first step of a client's stack it refuses every
// operation that is not listed in operations, before the request is serialized or sent. The
// list contains complete names and no prefixes, because Get* would permit GetSessionToken and
// ecr:GetAuthorizationToken.
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
