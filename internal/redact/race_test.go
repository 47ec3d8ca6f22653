//go:build race

package redact_test

// thin is which of the recordings is tried under the race detector, which makes
// everything slow: every so-manyth. Nothing here runs beside anything else.
const thin = 8
