package awsapi

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/iblint/iblint/checks/account"
)

// policyDocument returns the document of a managed policy. It reads each policy once, because
// roles of one account often have the same policies.
func (r reader) policyDocument(client *iam.Client, arn string) account.Read[string] {
	stored, known := r.policies.LoadOrStore(arn, &policyReading{done: make(chan struct{})})
	p := stored.(*policyReading)
	if known {
		<-p.done
		return p.document
	}
	defer close(p.done)
	p.document = r.defaultVersion(client, arn)
	return p.document
}

// policyReading is a policy whose document is being read, or was read.
type policyReading struct {
	done     chan struct{}
	document account.Read[string]
}

// defaultVersion reads the version of a managed policy that is in force (IAM User
// Guide, "Versioning IAM policies"): GetPolicy names it, and GetPolicyVersion
// returns it.
func (r reader) defaultVersion(client *iam.Client, arn string) account.Read[string] {
	policy, err := call(r.ctx, client.GetPolicy, &iam.GetPolicyInput{PolicyArn: aws.String(arn)})
	var none *iamtypes.NoSuchEntityException
	switch {
	case errors.As(err, &none):
		return account.Absent[string]()
	case err != nil:
		return account.Unreadable[string](unread(r.ctx, "iam:GetPolicy", err))
	case policy.Policy == nil || aws.ToString(policy.Policy.DefaultVersionId) == "":
		return account.Unreadable[string](account.Unread{Reason: account.Malformed, Action: "iam:GetPolicy", Detail: "the response contains no default version"})
	}
	version, err := call(r.ctx, client.GetPolicyVersion, &iam.GetPolicyVersionInput{PolicyArn: aws.String(arn), VersionId: policy.Policy.DefaultVersionId})
	switch {
	case err != nil:
		return account.Unreadable[string](unread(r.ctx, "iam:GetPolicyVersion", err))
	case version.PolicyVersion == nil:
		return document(nil, "iam:GetPolicyVersion")
	}
	return r.shareText(document(version.PolicyVersion.Document, "iam:GetPolicyVersion"))
}

// shareText keeps one copy of equal documents, such as AWS managed policies, which many
// accounts have.
func (a *AWS) shareText(read account.Read[string]) account.Read[string] {
	text, found, _ := read.Get()
	if !found {
		return read
	}
	shared, _ := a.texts.LoadOrStore(text, text)
	return account.Present(shared.(string))
}
