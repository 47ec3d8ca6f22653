package awsapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/smithy-go"

	"github.com/iblint/iblint/checks/account"
)

// AWS services use different error codes for the same condition (API references, "Common
// Errors").
var (
	deniedCodes     = []string{"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "ForbiddenException"}
	credentialCodes = []string{
		"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException",
		"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSignatureException", "MissingAuthenticationToken",
	}
)

// notFoundCodes mean that a resource does not exist.
var notFoundCodes = []string{
	"NoSuchEntity", "ResourceNotFoundException", "RepositoryNotFoundException", "ChildNotFoundException", "TargetNotFoundException",
}

// shownBy names the operation that has shown that the resource of another operation exists. If
// the other operation responds that it does not exist, the two responses contradict each
// other. Operations on resources that may not exist are not listed here;
// account.Reconcile compares their responses.
var shownBy = map[string]string{
	"iam:ListAttachedRolePolicies":                 "iam:GetRole",
	"iam:ListRolePolicies":                         "iam:GetRole",
	"iam:SimulatePrincipalPolicy":                  "iam:GetRole",
	"iam:GetPolicyVersion":                         "iam:GetPolicy",
	"ecr:GetRepositoryPolicy":                      "ecr:ListTagsForResource",
	"imagebuilder:ListLifecycleExecutions":         "imagebuilder:ListLifecyclePolicies",
	"imagebuilder:ListLifecycleExecutionResources": "imagebuilder:ListLifecycleExecutions",
	"organizations:ListParents":                    "organizations:DescribeOrganization",
	"organizations:ListPoliciesForTarget":          "organizations:ListParents",
}

// noEndpoint is the detail for an endpoint whose host name does not exist.
const noEndpoint = "the host name of its endpoint does not exist"

// unread converts the error of a call to the reason why a part is unread. Action is the IAM
// action of the call.
func unread(ctx context.Context, action string, err error) account.Unread {
	why := account.Unread{Reason: account.Failed, Action: action, Detail: detail(err)}
	var response *responseError
	var api smithy.APIError
	var network net.Error
	var dns *net.DNSError
	switch {
	case errors.Is(context.Cause(ctx), errAccountTime):
		why.Reason, why.Detail = account.Timeout, account.AccountTimeUp
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		why.Reason, why.Detail = account.Timeout, account.RunTimeUp
	case ctx.Err() != nil:
		why.Reason, why.Detail = account.Interrupted, ""
	case errors.As(err, &response):
		if response.empty {
			why.Reason = account.Malformed
		}
	case errors.As(err, &api):
		why.Detail = api.ErrorCode() + ": " + api.ErrorMessage()
		switch code := api.ErrorCode(); {
		case slices.Contains(deniedCodes, code):
			why.Reason, why.DeniedBy = account.AccessDenied, deniedBy(api.ErrorMessage())
		case slices.Contains(credentialCodes, code):
			why.Reason = account.NoCredentials
			if code == "UnrecognizedClientException" || code == "InvalidClientTokenId" {
				// Services also return these codes for valid credentials in a Region that is not enabled
				// for the account.
				why.Detail += "; the Region may not be enabled for the account"
			}
		case isThrottle(err):
			why.Reason = account.Throttled
		case slices.Contains(notFoundCodes, code) && shownBy[action] != "":
			why = account.Contradiction(action, why.Detail, shownBy[action]+" shows that it exists")
		}
	case errors.As(err, &dns) && dns.IsNotFound:
		why.Detail = noEndpoint
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		// Go's error text depends on which timeout came first.
		why.Reason, why.Detail = account.Timeout, ""
	}
	return why
}

// policyTypes are the names of policy types in AWS's access denied messages (IAM User Guide, "Troubleshoot access denied error messages").
var policyTypes = []string{
	"service control policy", "resource control policy", "permissions boundary", "session policy", "VPC endpoint policy",
	"resource-based policy", "identity-based policy",
}

// deniedBy returns the type of policy that denied a call, or "" if the message does not name
// it. Examples: "… with an explicit deny in a service control policy", or "… because no
// permissions boundary allows the iam:GetRole action".
func deniedBy(message string) string {
	for _, phrase := range []string{"with an explicit deny in a ", "with an explicit deny in an ", "because no "} {
		_, rest, _ := strings.Cut(message, phrase)
		for _, kind := range policyTypes {
			if strings.HasPrefix(rest, kind) {
				return kind
			}
		}
	}
	return ""
}

// innermost returns the text of the innermost error. Of joined errors it takes the first,
// which caused the others.
func innermost(err error) string {
	for {
		inner := errors.Unwrap(err)
		if several, ok := err.(interface{ Unwrap() []error }); ok && len(several.Unwrap()) > 0 {
			inner = several.Unwrap()[0]
		}
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

// CredentialsError is the error for credentials that cannot be used. Its text names the command
// that fixes them.
type CredentialsError struct {
	Profile string
	Err     error
}

func (e *CredentialsError) Unwrap() error { return e.Err }

func (e *CredentialsError) Error() string {
	profile, option, forProfile := "the default credentials", "", ""
	if e.Profile != "" {
		profile, option = fmt.Sprintf("profile %q", e.Profile), " --profile "+shellWord(e.Profile)
		forProfile = " for " + profile
	}
	var token *ssocreds.InvalidTokenError
	var mfa config.AssumeRoleTokenProviderNotSetError
	var empty *credentials.StaticCredentialsEmptyError
	// Some of the SDK's errors have no type and are recognized by their text.
	text := e.Err.Error()
	switch {
	case errors.As(e.Err, &token), strings.Contains(text, "SSO token"), ssoRefused(e.Err):
		return fmt.Sprintf("the SSO session of %s is missing or expired; run: aws sso login%s", profile, option)
	case strings.Contains(text, "please reauthenticate"):
		return fmt.Sprintf("the login session of %s is missing or expired; run: aws login%s", profile, option)
	case errors.As(e.Err, &mfa):
		return fmt.Sprintf(`%s requires an MFA code, and iblint does not prompt for it; run: eval "$(aws configure export-credentials%s --format env)", and run iblint again in that shell`, profile, option)
	case errors.As(e.Err, &empty), strings.Contains(text, "no EC2 IMDS role found"):
		return fmt.Sprintf("there are no AWS credentials%s; run: aws configure%s, or aws sso login, or set AWS_PROFILE", forProfile, option)
	}
	return fmt.Sprintf("%s cannot be used: %s; check with: aws sts get-caller-identity%s", profile, detail(e.Err), option)
}

// ssoRefused reports whether IAM Identity Center refused the token of the SSO session.
func ssoRefused(err error) bool {
	var operation *smithy.OperationError
	var api smithy.APIError
	return errors.As(err, &operation) && operation.ServiceID == "SSO" && errors.As(err, &api) && api.ErrorCode() == "UnauthorizedException"
}

// shellWord quotes the name of a profile, which may be any text, for a shell command.
func shellWord(name string) string {
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.@") == "" {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}
