package fakeaws

import (
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/checks/demand"
)

// Key returns the access key of a user of the account.
func Key(accountID string) string { return "AKIA" + accountID + "FAKE" }

// The secret and the session token that AssumeRole returns. No output may contain them.
const (
	Secret       = "fakeaws-secret-of-the-assumed-role"
	SessionToken = "fakeaws-token-of-the-assumed-role"
)

// accountOf returns the account of an access key, which consists of 4 letters, the account ID
// and 4 letters.
func accountOf(key string) string {
	if len(key) != 20 {
		return ""
	}
	return key[4:16]
}

func (s *Server) getCallerIdentity(c Call, _ Fault) response {
	return c.succeed(element("Arn", "arn:"+s.partition(c.Account)+":sts::"+c.Account+":assumed-role/Audit/iblint") +
		element("UserId", "AROAFAKE:iblint") + element("Account", c.Account))
}

// assumeRole permits every caller to assume every role. The result depends only on the role's
// account.
func (s *Server) assumeRole(c Call, _ Fault) response {
	parts := strings.SplitN(c.params.Get("RoleArn"), ":", 6)
	if len(parts) != 6 || !account.IsAccountID(parts[4]) {
		return c.fail(http.StatusBadRequest, "ValidationError", "1 validation error detected: invalid roleArn")
	}
	ends := "2099-01-01T00:00:00Z"
	if !s.options.SessionEnds.IsZero() {
		ends = s.options.SessionEnds.UTC().Format(time.RFC3339)
	}
	return c.succeed("<Credentials>" + element("AccessKeyId", "ASIA"+parts[4]+"FAKE") + element("SecretAccessKey", Secret) +
		element("SessionToken", SessionToken) + element("Expiration", ends) + "</Credentials>" +
		"<AssumedRoleUser>" + element("AssumedRoleId", "AROAFAKE:iblint") + element("Arn", c.params.Get("RoleArn")) + "</AssumedRoleUser>")
}

func (s *Server) partition(accountID string) string {
	if p := s.partitions[accountID]; p != "" {
		return p
	}
	return "aws"
}

// partitions returns the partition of each account: the recorded one, else that of its ARNs.
func partitions(inv *account.Inventory) map[string]string {
	all := map[string]string{}
	view := demand.New(inv)
	for _, id := range view.SubjectAccounts() {
		var subjects []account.Subject
		roles, _ := view.ExecutionRoles(id)
		for _, r := range roles {
			subjects = append(subjects, r.Subject())
		}
		destinations, _ := view.Destinations(id)
		for _, d := range destinations {
			subjects = append(subjects, d.Subject())
		}
		repositories, _ := view.ContainerRepositories(id)
		for _, r := range repositories {
			subjects = append(subjects, r.Subject())
		}
		for _, subject := range subjects {
			all[subject.Account] = subject.Partition
		}
	}
	for id, a := range maps.All(inv.Accounts) {
		if a.Partition != "" {
			all[id] = a.Partition
		}
	}
	return all
}
