package lintcmd

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/iblint/iblint/checks/account"
	"github.com/iblint/iblint/report/escape"
)

// warnOfRegions says which Regions of flags and the configuration are probably misspelt.
func (s invocation) warnOfRegions(flags []string, cfg configuration) {
	for _, region := range flags {
		s.warnOfRegion(region, func() string { return "--region " + region + ":" })
	}
	warn := func(regions []string, path ...string) {
		for i, region := range regions {
			s.warnOfRegion(region, func() string { return cfg.places.of(append(path, strconv.Itoa(i))...) + ": " + region + ":" })
		}
	}
	for i, o := range cfg.Owners {
		warn(o.Regions, "owners", strconv.Itoa(i), "regions")
		for _, region := range slices.Sorted(maps.Keys(o.Repositories)) {
			s.warnOfRegion(region, func() string {
				return cfg.places.of("owners", strconv.Itoa(i), "repositories", region) + ": " + region + ":"
			})
		}
	}
	if cfg.Organization != nil {
		warn(cfg.Organization.Regions, "organization", "regions")
	}
}

// warnOfRegion says that a Region is probably misspelt, and where. It is no error, because AWS opens new
// Regions: only its place may be known, as of eu-west-4, or nothing, as of eu-wset-1.
func (s invocation) warnOfRegion(region string, where func() string) {
	if !account.IsRegion(region) || slices.ContainsFunc(account.KnownRegions(), func(known string) bool { return placeOf(known) == placeOf(region) }) {
		return
	}
	if hint := didYouMean(region, regions()); hint != "" {
		fmt.Fprintln(s.err, "iblint: "+escape.Printable(where()+" iblint knows no such Region"+hint))
	}
}

// placeOf is a Region without its number, such as eu-west.
func placeOf(region string) string { return strings.TrimRight(region, "0123456789") }
