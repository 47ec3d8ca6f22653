//go:build !race

package awsapi

// thin is how much of a matrix is tried: see race_test.go.
const thin = 1
