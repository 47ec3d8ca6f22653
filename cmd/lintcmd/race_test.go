//go:build race

package lintcmd

// thin is how many of the runs that plant secrets are tried under the race detector,
// which makes everything slow: every so-manyth. Nothing in them runs beside anything else.
const thin = 8
