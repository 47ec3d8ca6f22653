//go:build !race

package main

const thin = 1 // see race_test.go
