//go:build !race

package lintcmd

const thin = 1 // see race_test.go
