package declared

import (
	"strings"

	"github.com/iblint/iblint/checks/symbol"
)

// ThisAccount is the account that code is deployed to if nothing says which one it is. It is the
// same for all code that is given of it.
var ThisAccount = symbol.New("this account", "no account ID was given: name the account with --owner, or with ACCOUNT=PATH")

// ThisRegion is the Region of code if nothing says which one it is.
var ThisRegion = symbol.New("this Region", "no Region was given: name it with --region")

// DNSSuffix is the domain of a partition's services.
func DNSSuffix(partition string) string {
	switch partition {
	case "aws-cn":
		return "amazonaws.com.cn"
	case "aws-eusc":
		return "amazonaws.eu"
	case "aws-iso":
		return "c2s.ic.gov"
	case "aws-iso-b":
		return "sc2s.sgov.gov"
	case "aws-iso-e":
		return "cloud.adc-e.uk"
	case "aws-iso-f":
		return "csp.hci.ic.gov"
	}
	return "amazonaws.com"
}

// NormalName is a name as Image Builder writes it in ARNs (Image Builder API Reference,
// CreateImageRecipe).
func NormalName(name string) string {
	return strings.NewReplacer(" ", "-", "_", "-").Replace(strings.ToLower(name))
}
