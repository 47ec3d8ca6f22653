package checks

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/iblint/iblint/checks/account"
)

// Fingerprint is the finding's identity from run to run: its check and its subject,
// whatever the verdict. It is 32 hexadecimal digits.
func (f Finding) Fingerprint() string { return Fingerprint(f.Check.ID, f.Subject) }

// Fingerprint is the identity of what a check finds about a subject: partition,
// account, Region and ARN, and where there is no ARN, type and name.
func Fingerprint(check string, s account.Subject) string {
	identity := cmp.Or(s.ARN, s.Type+" "+s.Name)
	sum := sha256.Sum256([]byte(strings.Join([]string{check, s.Partition, s.Account, s.Region, identity}, "\x00")))
	return hex.EncodeToString(sum[:16])
}
