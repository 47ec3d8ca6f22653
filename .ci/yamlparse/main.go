// Command yamlparse parses a YAML file into nodes and does nothing else. .ci/measure compares
// iblint with it.
package main

import (
	"fmt"
	"os"

	"go.yaml.in/yaml/v4"
)

func main() {
	data, err := os.ReadFile(os.Args[1])
	if err == nil {
		var root yaml.Node
		if err = yaml.Unmarshal(data, &root); err == nil {
			fmt.Println(len(root.Content))
			return
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
