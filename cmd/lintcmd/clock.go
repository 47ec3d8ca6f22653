package lintcmd

import (
	"os"
	"strconv"
	"time"
)

// clock is the time that a run goes by: SOURCE_DATE_EPOCH, in seconds, where
// somebody sets it to get the same bytes again (reproducible-builds.org), else now.
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
