//go:build !race

package redact_test

const thin = 1 // see race_test.go
