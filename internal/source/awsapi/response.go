package awsapi

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// maxResponse limits the size of one decompressed response in bytes. The largest response is
// a page of ListRoles: 1,000 roles with a URL-encoded trust policy each, about 12 MiB.
const maxResponse = 32 << 20

var errTooLarge = errors.New("the response is too large")

// responseError is the error for a response that does not come from AWS, or that cannot be
// parsed. Typical causes are a proxy, a captive portal, and a connection that ended early.
type responseError struct {
	status  int
	host    string
	problem string
	empty   bool    // the body is empty
	causes  []error // errors of the SDK, which decide about retries
}

func (e *responseError) Error() string {
	return fmt.Sprintf("HTTP %d %s from %s: %s", e.status, http.StatusText(e.status), e.host, e.problem)
}

func (e *responseError) Unwrap() []error { return e.causes }

// checkResponses adds two steps to a client's stack. The step next to the transport limits the
// size of the body. The outermost step replaces the SDK's error if the response does not come
// from AWS or cannot be parsed.
func (a *AWS) checkResponses(stack *middleware.Stack) error {
	most := cmp.Or(a.responseLimit, maxResponse)
	err := stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("iblintLimitResponse", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleDeserialize(ctx, in)
		if response, ok := out.RawResponse.(*smithyhttp.Response); ok && response.Response != nil && response.Body != nil {
			response.Body = &boundedBody{ReadCloser: response.Body, most: most}
		}
		return out, metadata, err
	}), middleware.After)
	if err != nil {
		return err
	}
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("iblintForeignResponse", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleDeserialize(ctx, in)
		if response, ok := out.RawResponse.(*smithyhttp.Response); ok && response.Response != nil && ctx.Err() == nil {
			err = foreignResponse(awsmiddleware.GetServiceID(ctx), response.Response, err)
		}
		return out, metadata, err
	}), middleware.Before)
}

// foreignResponse returns a *responseError if the response does not come from the service, or
// cannot be parsed. Otherwise it returns err.
func foreignResponse(service string, response *http.Response, err error) error {
	body, _ := response.Body.(*boundedBody)
	switch {
	case body == nil, response.Request == nil, service == "ec2imds":
		return err // no response, or the instance metadata service, whose responses are plain text
	case service == "" && (err == nil || body.first == '{'):
		return err // the endpoint of container credentials, which responds in JSON, also to errors
	}
	e := &responseError{status: response.StatusCode, host: response.Request.URL.Host}
	if err != nil {
		e.causes = []error{err}
	}
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	notXML := (service == "IAM" || service == "STS") && body.first != '<' // the SDK parses it as an empty response
	// A body that begins as JSON is JSON, whatever its content type is.
	success, html := response.StatusCode >= 200 && response.StatusCode < 300, kind == "text/html" && body.first != '{'
	var api smithy.APIError
	var network net.Error
	switch isAPI := errors.As(err, &api); {
	case errors.Is(body.err, errTooLarge):
		e.problem, e.causes = fmt.Sprintf("the response is larger than %d MiB", body.most>>20), append(e.causes, errTooLarge)
	case errors.As(body.err, &network) && network.Timeout(), errors.Is(body.err, context.DeadlineExceeded),
		isAPI && api.ErrorCode() != unknownError && api.ErrorCode() != "",
		err == nil && body.begun && !html && !notXML:
		return err
	case body.err != nil:
		e.problem = "the response is incomplete: " + innermost(body.err)
	case success && !body.begun:
		e.problem, e.empty = "the response is empty", true
	case success && !html && notXML:
		e.problem = "the response cannot be parsed: it is not XML"
	case success && !html:
		e.problem = "the response cannot be parsed: " + innermost(err)
	default:
		e.problem = "not an AWS response"
		if to, err := url.Parse(response.Header.Get("Location")); err == nil && to.Host != "" {
			e.problem += ", but a redirect to " + to.Host
		} else if kind != "" {
			e.problem += " (" + kind + ")"
		}
		if isAPI && api.ErrorMessage() != unknownError && api.ErrorMessage() != "" {
			e.problem += ": " + api.ErrorMessage()
		}
	}
	return e
}

// unknownError is the SDK's code for an error without a code.
const unknownError = "UnknownError"

// boundedBody is the body of a response. Read returns errTooLarge after most bytes.
type boundedBody struct {
	io.ReadCloser
	most  int64
	read  int64
	begun bool  // a byte was read that is not white space
	first byte  // the first one
	err   error // first error other than io.EOF
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if left := b.most - b.read; int64(len(p)) > left+1 {
		p = p[:left+1] // one byte more detects that the body is too large
	}
	n, err := b.ReadCloser.Read(p)
	if !b.begun {
		if rest := bytes.TrimLeft(p[:n], " \t\r\n"); len(rest) > 0 {
			b.begun, b.first = true, rest[0]
		}
	}
	if b.read += int64(n); b.read > b.most {
		n, err = 0, errTooLarge
	}
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

// tooLarge stops retries after errTooLarge, because the next response would be as large.
var tooLarge = retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
	if errors.Is(err, errTooLarge) {
		return aws.FalseTernary
	}
	return aws.UnknownTernary
})

// detail returns the text of a *responseError, which names the host that responded, or else
// the text of the innermost error.
func detail(err error) string {
	var response *responseError
	if errors.As(err, &response) {
		return response.Error()
	}
	return innermost(err)
}
