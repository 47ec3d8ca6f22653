package fakeaws

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/iblint/iblint/checks/account"
)

// Fault is an error that the server simulates for one call.
type Fault int

// The faults.
const (
	None        Fault = iota
	Deny              // access denied
	Throttle          // throttling
	Expired           // expired credentials
	ServerError       // 500 from the service
	BadGateway        // 502 from a proxy, in HTML
	Hang              // no response until the caller closes the connection
	Reset             // the connection is reset
	Truncate          // the connection ends in the middle of the body
	Cut               // half of the body, with a matching Content-Length
	Garbage           // 200 with a web page
	Empty             // 200 with an empty body
	Hollow            // 200 with the right outermost element, which is empty
	Loop              // a list that always returns the same page token
	Endless           // a list that always returns a new page token
	NoMarker          // a truncated list without a page token
	Missing           // the resource of the call does not exist
)

// send sends the response with the fault.
func (f Fault) send(w http.ResponseWriter, r *http.Request, call Call, a response) {
	switch f {
	case Deny:
		a = call.unread(account.Unread{Reason: account.AccessDenied})
	case Throttle:
		a = call.unread(account.Unread{Reason: account.Throttled})
	case Expired:
		a = call.unread(account.Unread{Reason: account.NoCredentials})
	case ServerError:
		a = call.unread(account.Unread{Reason: account.Failed})
	case Missing:
		a = call.missing()
	case BadGateway:
		a = response{status: http.StatusBadGateway, body: "<html><body>Bad Gateway<br></body></html>"}
	case Hang:
		a.hang = true
	case Cut:
		a.body = a.body[:len(a.body)/2]
	case Garbage:
		a = response{status: http.StatusOK, body: "<html><body>Please sign in to this network.</body></html>"}
	case Empty:
		a = response{status: http.StatusOK}
	case Hollow:
		a = call.succeed("")
	case Reset:
		if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
			_ = conn.(interface{ SetLinger(int) error }).SetLinger(0) // RST instead of FIN
			_ = conn.Close()
		}
		return
	}
	if a.hang {
		<-r.Context().Done()
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	if f == Truncate {
		fmt.Fprint(w, a.body[:len(a.body)/2])
		panic(http.ErrAbortHandler)
	}
	fmt.Fprint(w, a.body)
}

// unread returns the response that makes a part unread for this reason.
func (c Call) unread(why account.Unread) response {
	switch why.Reason {
	case account.Throttled:
		if c.Service == imageBuilder {
			return c.fail(http.StatusTooManyRequests, "CallRateLimitExceededException", "You have exceeded the permitted request rate for the specific operation.")
		}
		if c.isJSON() {
			return c.fail(http.StatusBadRequest, "ThrottlingException", "Rate exceeded")
		}
		return c.fail(http.StatusBadRequest, "Throttling", "Rate exceeded")
	case account.Timeout:
		return response{hang: true}
	case account.NoCredentials:
		if c.isJSON() {
			return c.fail(http.StatusBadRequest, "ExpiredTokenException", "The security token included in the request is expired")
		}
		return c.fail(http.StatusForbidden, "ExpiredToken", "The security token included in the request is expired")
	case account.Malformed:
		return c.succeed("")
	case account.Contradicted:
		return c.missing()
	case account.AccessDenied, account.NotCollected:
		message := fmt.Sprintf("User: arn:aws:sts::%s:assumed-role/Audit/iblint is not authorized to perform: %s", c.Account, c.Action())
		if c.isJSON() {
			return c.fail(http.StatusBadRequest, "AccessDeniedException", message)
		}
		return c.fail(http.StatusForbidden, "AccessDenied", message)
	}
	if c.isJSON() {
		return c.fail(http.StatusInternalServerError, "ServerException", "These errors are usually caused by a server-side issue.")
	}
	return c.fail(http.StatusInternalServerError, "ServiceFailure", "The request processing has failed because of an unknown error")
}

// missing returns the service's response if the resource does not exist.
func (c Call) missing() response {
	code := "ResourceNotFoundException"
	switch {
	case c.Service == "IAM":
		code = "NoSuchEntity"
	case c.Operation == "GetRegistryPolicy":
		code = "RegistryPolicyNotFoundException"
	case c.Service == "ECR":
		code = "RepositoryNotFoundException"
	case c.Operation == "DescribePolicy":
		code = "PolicyNotFoundException"
	case c.Operation == "ListParents":
		code = "ChildNotFoundException"
	case c.Operation == "ListPoliciesForTarget":
		code = "TargetNotFoundException"
	case c.Operation == "DescribeOrganization":
		code = "AWSOrganizationsNotInUseException"
	}
	status := http.StatusBadRequest
	if code == "NoSuchEntity" || c.Service == imageBuilder {
		status = http.StatusNotFound
	}
	return c.fail(status, code, "It does not exist.")
}

// fail returns an error in the call's protocol.
func (c Call) fail(status int, code, message string) response {
	if c.isJSON() {
		return response{status: status, body: toJSON(map[string]string{"__type": code, "message": message})}
	}
	return response{status: status, body: fmt.Sprintf(
		`<ErrorResponse xmlns=%q><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>%s</RequestId></ErrorResponse>`,
		namespace[c.Service], code, escape(message), requestID)}
}

// succeed returns a result in the call's protocol. In JSON, the result is the body.
func (c Call) succeed(result string) response {
	if c.isJSON() {
		if result == "" {
			result = "{}"
		}
		return response{status: http.StatusOK, body: result}
	}
	return response{status: http.StatusOK, body: fmt.Sprintf(
		`<%[1]sResponse xmlns=%[2]q><%[1]sResult>%[3]s</%[1]sResult><ResponseMetadata><RequestId>%[4]s</RequestId></ResponseMetadata></%[1]sResponse>`,
		c.Operation, namespace[c.Service], result, requestID)}
}
