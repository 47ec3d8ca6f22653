package lifecycle

import (
	"errors"
	"fmt"

	"github.com/iblint/iblint/checks"
	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/policy"
	"github.com/iblint/iblint/checks/policy/awsmanaged"
)

// addManaged adds a managed policy to a layer. The catalogue of AWS managed policies
// stands in for a document that was not read.
func addManaged(l *policy.Layer, name, arn string, read account.Read[string]) {
	if standsIn(read) {
		if document, exists := awsmanaged.Find(arn); exists {
			l.Policies = append(l.Policies, policy.Policy{Name: name, Document: document})
			return
		}
		if noSuchAWSManaged(arn, read) != "" { // a policy that does not exist grants nothing
			return
		}
	}
	addPolicy(l, policy.Identity, name, read)
}

// standsIn reports whether the catalogue may stand in for a document: it was not read. If
// answers of AWS contradict each other, or one is not a document, the catalogue does not
// settle which is right.
func standsIn(read account.Read[string]) bool {
	_, _, err := read.Get()
	why := unreadOf(err)
	return why != nil && why.Reason != account.Contradicted && why.Reason != account.Malformed
}

// noSuchAWSManaged says that no AWS managed policy can have this ARN, because one with its
// name has another path; empty if that is not so or if its document was read.
func noSuchAWSManaged(arn string, read account.Read[string]) string {
	if right, ok := awsmanaged.RightARN(arn); ok && standsIn(read) {
		return fmt.Sprintf("no AWS managed policy has the ARN %s as of %s; the right ARN is %s", arn, awsmanaged.Date(), right)
	}
	return ""
}

// catalogued is the evidence on AWS managed policies whose documents were not read.
func catalogued(role *account.Role) (evidence []string) {
	add := func(arn string, read account.Read[string]) {
		if !awsmanaged.Has(arn) || !standsIn(read) {
			return
		}
		_, _, err := read.Get()
		why := unreadOf(err)
		why.Detail = "" // the verdict does not depend on it
		_, exists := awsmanaged.Find(arn)
		switch none := noSuchAWSManaged(arn, read); {
		case exists:
			evidence = append(evidence, fmt.Sprintf("AWS managed policy %s as of %s (its document was not read: %s)", arn, awsmanaged.Date(), why))
		case none != "":
			evidence = append(evidence, none)
		default:
			evidence = append(evidence, fmt.Sprintf("no AWS managed policy has the ARN %s as of %s; it may be newer", arn, awsmanaged.Date()))
		}
	}
	for _, p := range role.Attached.Items() {
		add(p.ARN, p.Document)
	}
	if role.Boundary != "" {
		add(role.Boundary, role.BoundaryDocument)
	}
	return evidence
}

// addBoundary adds the permissions boundary of a role to a layer. One that does not exist
// is a gap: what IAM does then is not documented.
func addBoundary(l *policy.Layer, role *account.Role) {
	if none := noSuchAWSManaged(role.Boundary, role.BoundaryDocument); none != "" {
		addGap(l, checks.InShort(inWords("permissions boundary "+role.Boundary)+" has the wrong path", errors.New(none)))
		return
	}
	addManaged(l, "permissions boundary "+role.Boundary, role.Boundary, role.BoundaryDocument)
	if _, found, err := role.BoundaryDocument.Get(); err == nil && !found {
		addGap(l, checks.InShort(inWords("permissions boundary "+role.Boundary)+" does not exist", fmt.Errorf("permissions boundary %s does not exist", role.Boundary)))
	}
}
