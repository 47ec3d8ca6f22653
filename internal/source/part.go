package source

import "hash/fnv"

// Part is one part of the accounts of a run that several processes share. The zero value is all
// accounts.
type Part struct {
	Number int // from 1
	Of     int
}

// Has reports whether an account belongs to the part. That depends on the account's ID only, so an
// account that joins the organization in the meantime moves no other one.
func (p Part) Has(id string) bool {
	if p.Of <= 1 {
		return true
	}
	h := fnv.New32a()
	h.Write([]byte(id))
	return int(h.Sum32()%uint32(p.Of)) == p.Number-1
}
