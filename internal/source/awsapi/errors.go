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

// The error codes by which AWS's services say the same in different words
// (Service API references, "Common Errors").
var (
	deniedCodes     = []string{"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "ForbiddenException"}
	credentialCodes = []string{
		"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException",
		"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSignatureException", "MissingAuthenticationToken",
	}
)

// notFoundCodes are those by which AWS's services say that something does not exist.
var notFoundCodes = []string{
	"NoSuchEntity", "ResourceNotFoundException", "RepositoryNotFoundException", "ChildNotFoundException", "TargetNotFoundException",
}

// shownBy names, for operations about something that another answer has shown, the
// operation that has: that it does not exist contradicts that. The operations that
// look for something which may not exist are not here; account.Reconcile compares
// their answers.
var shownBy = map[string]string{
	"iam:ListAttachedRolePolicies":                 "iam:GetRole",
	"iam:ListRolePolicies":                         "iam:GetRole",
	"iam:SimulatePrincipalPolicy":                  "iam:GetRole",
	"iam:GetPolicyVersion":                         "iam:GetPolicy",
	"ecr:GetRepositoryPolicy":                      "ecr:ListTagsForResource",
	"imagebuilder:ListImageBuildVersions":          "imagebuilder:ListImages",
	"imagebuilder:ListLifecycleExecutions":         "imagebuilder:ListLifecyclePolicies",
	"imagebuilder:ListLifecycleExecutionResources": "imagebuilder:ListLifecycleExecutions",
	"organizations:ListParents":                    "organizations:DescribeOrganization",
	"organizations:ListPoliciesForTarget":          "organizations:ListParents",
}

// noSuchHost is what is told when the name of an endpoint does not exist.
const noSuchHost = "the host name of its endpoint does not exist"

// unread is the reason why a call brought nothing.
func unread(ctx context.Context, action string, err error) account.Unread {
	why := account.Unread{Reason: account.Failed, Action: action, Detail: detail(err)}
	var answer *answerError
	var api smithy.APIError
	var network net.Error
	var dns *net.DNSError
	switch {
	case errors.Is(context.Cause(ctx), errAccountTime):
		why.Reason, why.Detail = account.Timeout, "the time for the account was up"
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		why.Reason, why.Detail = account.Timeout, "the time for the run was up"
	case ctx.Err() != nil:
		why.Reason, why.Detail = account.Interrupted, ""
	case errors.As(err, &answer):
		if answer.nothing {
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
				// What services say as well to good credentials, in a Region that is not enabled for their account.
				why.Detail += "; the Region may not be enabled for the account"
			}
		case isThrottle(err):
			why.Reason = account.Throttled
		case slices.Contains(notFoundCodes, code) && shownBy[action] != "":
			why = account.Contradiction(action, why.Detail, shownBy[action]+" shows that it exists")
		}
	case errors.As(err, &dns) && dns.IsNotFound:
		why.Detail = noSuchHost
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		// Go's words for it depend on which of its clocks went off first.
		why.Reason, why.Detail = account.Timeout, ""
	}
	return why
}

// policyTypes are the words by which AWS's messages name what refused a call
// (IAM User Guide, "Troubleshoot access denied error messages").
var policyTypes = []string{
	"service control policy", "resource control policy", "permissions boundary", "session policy", "VPC endpoint policy",
	"resource-based policy", "identity-based policy",
}

// deniedBy is the type of policy that refused a call, where the message tells:
// "… with an explicit deny in a service control policy", or "… because no
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

// innermost is what went wrong, without the layers that say where; of errors
// that were joined the first, since the others came of it.
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

// CredentialsError says that an account's credentials cannot be used, and what to run.
type CredentialsError struct {
	Profile string
	Err     error
}

func (e *CredentialsError) Unwrap() error { return e.Err }

func (e *CredentialsError) Error() string {
	profile, option := "the default credentials", ""
	if e.Profile != "" {
		profile, option = fmt.Sprintf("profile %q", e.Profile), " --profile "+shellWord(e.Profile)
	}
	var token *ssocreds.InvalidTokenError
	var mfa config.AssumeRoleTokenProviderNotSetError
	var empty *credentials.StaticCredentialsEmptyError
	// Where the SDK has no error type, its words are matched.
	text := e.Err.Error()
	switch {
	case errors.As(e.Err, &token), strings.Contains(text, "SSO token"), ssoRefused(e.Err):
		return fmt.Sprintf("the SSO session of %s is missing or expired; run: aws sso login%s", profile, option)
	case strings.Contains(text, "please reauthenticate"):
		return fmt.Sprintf("the login session of %s is missing or expired; run: aws login%s", profile, option)
	case errors.As(e.Err, &mfa):
		return fmt.Sprintf(`%s needs an MFA code, which iblint does not ask for; run: eval "$(aws configure export-credentials%s --format env)", and iblint again in that shell`, profile, option)
	case errors.As(e.Err, &empty), strings.Contains(text, "no EC2 IMDS role found"):
		return fmt.Sprintf("there are no AWS credentials for %s; run: aws configure%s, or aws sso login, or set AWS_PROFILE", profile, option)
	}
	return fmt.Sprintf("%s cannot be used: %s; check with: aws sts get-caller-identity%s", profile, detail(e.Err), option)
}

// ssoRefused says whether IAM Identity Center refused the session's token.
func ssoRefused(err error) bool {
	var operation *smithy.OperationError
	var api smithy.APIError
	return errors.As(err, &operation) && operation.ServiceID == "SSO" && errors.As(err, &api) && api.ErrorCode() == "UnauthorizedException"
}

// shellWord quotes a profile's name, which may be any text, for the advised commands.
func shellWord(name string) string {
	if strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.@") == "" {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}
