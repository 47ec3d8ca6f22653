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

// maxAnswer bounds one answer, decompressed. The largest that AWS sends here is a
// page of ListRoles: 1,000 roles with a URL-encoded trust policy each, some 12 MiB.
const maxAnswer = 32 << 20

var errTooLarge = errors.New("the response is too large")

// answerError is about an answer that is not one of AWS, or cannot be read: from a
// proxy, a captive portal, or a service that broke off. It says who answered, and how.
type answerError struct {
	status  int
	host    string
	what    string
	nothing bool    // the response is empty
	causes  []error // what the SDK made of it, for its retries
}

func (e *answerError) Error() string {
	return fmt.Sprintf("HTTP %d %s from %s: %s", e.status, http.StatusText(e.status), e.host, e.what)
}

func (e *answerError) Unwrap() []error { return e.causes }

// answers bounds the answers that a client reads, and names those that are not AWS's.
// It is the first and the last step that an answer passes through: the last has the
// body as it came, and the first has what the SDK made of it.
func (a *AWS) answers(stack *middleware.Stack) error {
	most := cmp.Or(a.mostOfAnswer, maxAnswer)
	err := stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("iblintBoundAnswer", func(
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
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("iblintForeignAnswer", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (middleware.DeserializeOutput, middleware.Metadata, error) {
		out, metadata, err := next.HandleDeserialize(ctx, in)
		if response, ok := out.RawResponse.(*smithyhttp.Response); ok && response.Response != nil && ctx.Err() == nil {
			err = foreign(awsmiddleware.GetServiceID(ctx), response.Response, err)
		}
		return out, metadata, err
	}), middleware.Before)
}

// foreign is the error about an answer that is not one of the service's, else the
// error as it is.
func foreign(service string, response *http.Response, err error) error {
	body, _ := response.Body.(*boundedBody)
	if body == nil || response.Request == nil || service == "" || service == "ec2imds" {
		return err // nothing came back, or from an instance's own endpoint, which speaks plain text
	}
	answer := &answerError{status: response.StatusCode, host: response.Request.URL.Host}
	if err != nil {
		answer.causes = []error{err}
	}
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	notXML := (service == "IAM" || service == "STS") && body.first != '<' // which the SDK takes for an empty answer
	success, html := response.StatusCode >= 200 && response.StatusCode < 300, kind == "text/html"
	var api smithy.APIError
	var network net.Error
	switch isAPI := errors.As(err, &api); {
	case errors.Is(body.err, errTooLarge):
		answer.what, answer.causes = fmt.Sprintf("the response is larger than %d MiB", body.most>>20), append(answer.causes, errTooLarge)
	case errors.As(body.err, &network) && network.Timeout(), errors.Is(body.err, context.DeadlineExceeded),
		isAPI && api.ErrorCode() != unknownError,
		err == nil && body.first != 0 && !html && !notXML:
		return err
	case body.err != nil:
		answer.what = "the response is incomplete: " + innermost(body.err)
	case success && body.first == 0:
		answer.what, answer.nothing = "the response is empty", true
	case success && !html && notXML:
		answer.what = "the response cannot be parsed: it is not XML"
	case success && !html:
		answer.what = "the response cannot be parsed: " + innermost(err)
	default:
		answer.what = "not an AWS response"
		if to, err := url.Parse(response.Header.Get("Location")); err == nil && to.Host != "" {
			answer.what += ", but a redirect to " + to.Host
		} else if kind != "" {
			answer.what += " (" + kind + ")"
		}
		if isAPI && api.ErrorMessage() != unknownError {
			answer.what += ": " + api.ErrorMessage()
		}
	}
	return answer
}

// unknownError is the SDK's code for an error that does not say what it is.
const unknownError = "UnknownError"

// boundedBody is the body of an answer, which ends with errTooLarge when it is too large.
type boundedBody struct {
	io.ReadCloser
	most  int64
	read  int64
	first byte  // that is no white space; 0: there was none
	err   error // other than the end
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if left := b.most - b.read; int64(len(p)) > left+1 {
		p = p[:left+1] // one more than it may be, to know that it goes on
	}
	n, err := b.ReadCloser.Read(p)
	if b.first == 0 {
		if rest := bytes.TrimLeft(p[:n], " \t\r\n"); len(rest) > 0 {
			b.first = rest[0]
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

// tooLarge says that what is too large is not asked for again: it will be as large.
var tooLarge = retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
	if errors.Is(err, errTooLarge) {
		return aws.FalseTernary
	}
	return aws.UnknownTernary
})

// detail is what an error says: who answered, where something else did than AWS, else
// what went wrong, without the layers that say where.
func detail(err error) string {
	var answer *answerError
	if errors.As(err, &answer) {
		return answer.Error()
	}
	return innermost(err)
}
