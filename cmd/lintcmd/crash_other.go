//go:build !unix

package lintcmd

func withoutCoreDump() {}
