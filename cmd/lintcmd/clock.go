package lintcmd

import (
	"os"
	"strconv"
	"time"
)

// clock returns the time that reports contain and that expiry dates are compared with.
// SOURCE_DATE_EPOCH, in seconds since 1970, overrides the current time, so that a report
// can be reproduced byte for byte (https://reproducible-builds.org/specs/source-date-epoch/).
func clock() (time.Time, error) {
	set := os.Getenv("SOURCE_DATE_EPOCH")
	if set == "" {
		return time.Now().UTC(), nil
	}
	seconds, err := strconv.ParseInt(set, 10, 64)
	if err != nil || seconds < 0 {
		return time.Time{}, usage("SOURCE_DATE_EPOCH: %q is not a number of seconds since 1970; correct it or unset it", set)
	}
	return time.Unix(seconds, 0).UTC(), nil
}
