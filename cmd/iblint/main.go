// Command iblint checks, without changing anything, whether EC2 Image Builder's
// lifecycle management will be able to deprecate, disable and delete old images.
package main

import "github.com/iblint/iblint/cmd/lintcmd"

func main() { lintcmd.Main() }
