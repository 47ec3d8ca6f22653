//go:build !unix

package main

func withoutCoreDump() {}
