package fix

import "fmt"

// names are the names in use in a document.
type names map[string]bool

// unused returns the name, with a number appended if it is in use, and marks it as used.
func (n names) unused(name string) string {
	unused := name
	for i := 2; n[unused]; i++ {
		unused = fmt.Sprintf("%s%d", name, i)
	}
	n[unused] = true
	return unused
}
