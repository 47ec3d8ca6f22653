package lintcmd

import (
	"fmt"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/report/escape"
)

// warnOfRegions says which Regions are probably misspelt. They are no errors, because AWS opens new
// Regions: only their place may be known, as of eu-west-4, or nothing, as of eu-wset-1.
func (s invocation) warnOfRegions(given []string) {
	places := map[string]bool{}
	for _, known := range account.KnownRegions() {
		places[placeOf(known)] = true
	}
	for _, region := range given {
		if hint := didYouMean(region, regions()); account.IsRegion(region) && !places[placeOf(region)] && hint != "" {
			fmt.Fprintln(s.err, "iblint: "+escape.Printable(fmt.Sprintf("--region %s: iblint knows no such Region%s", region, hint)))
		}
	}
}

// placeOf is a Region without its number, such as eu-west.
func placeOf(region string) string { return strings.TrimRight(region, "0123456789") }
