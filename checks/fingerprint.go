package checks

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/iblint/iblint/checks/account"
)

// Fingerprint identifies the finding in later runs. It depends on the check and the subject,
// and not on the verdict. It has 32 hexadecimal digits.
func (f Finding) Fingerprint() string { return Fingerprint(f.Check.ID, f.Subject) }

// Fingerprint identifies the findings of a check about a subject. It is made of the check's
// ID and the subject's partition, account, Region and ARN; without an ARN, of its type and name.
func Fingerprint(check string, s account.Subject) string {
	identity := cmp.Or(s.ARN, s.Type+" "+s.Name)
	sum := sha256.Sum256([]byte(strings.Join([]string{check, s.Partition, s.Account, s.Region, identity}, "\x00")))
	return hex.EncodeToString(sum[:16])
}
