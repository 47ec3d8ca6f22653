//go:build !race

package checks_test

// thin is how much of a matrix is tried: see race_test.go.
const thin = 1
