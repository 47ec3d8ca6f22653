package demand

import (
	"slices"
	"strconv"
)

// discovered is something that lifecycle management uses, with who says so and how
// surely.
type discovered[T comparable] struct {
	thing       T
	needed               // for whatever reason
	named, held needed   // because something names it; because images are in it
	from        []string // what names it, as lines of evidence
	regions     []string // of Image Builder, where it is named; empty: of every Region of the owner
	images      []string // ARNs of the images in it
	rules       []string // the rules that act on it
}

// discoveries are things, each once, in the order in which they are first named.
type discoveries[T comparable] struct {
	all []discovered[T]
	at  map[T]int
}

func (d *discoveries[T]) has(thing T) bool {
	_, ok := d.at[thing]
	return ok
}

// of is the entry for a thing. It is not valid after the next call.
func (d *discoveries[T]) of(thing T) *discovered[T] {
	i, known := d.at[thing]
	if !known {
		if d.at == nil {
			d.at = map[T]int{}
		}
		i = len(d.all)
		d.at[thing], d.all = i, append(d.all, discovered[T]{thing: thing})
	}
	return &d.all[i]
}

// add adds a thing that is needed for the images of a Region. The line says what names
// it; it may be empty.
func (d *discoveries[T]) add(thing T, n needed, region, line string) {
	d.of(thing).named = d.of(thing).named.or(n)
	d.see(thing, n, region, line)
}

func (d *discoveries[T]) see(thing T, n needed, region, line string) {
	one := d.of(thing)
	one.needed = one.or(n)
	if region != "" && !slices.Contains(one.regions, region) {
		one.regions = append(one.regions, region)
	}
	if line != "" && !slices.Contains(one.from, line) {
		one.from = append(one.from, line)
	}
}

// holds adds a thing that holds what an image of a Region was distributed as.
func (d *discoveries[T]) holds(thing T, n needed, region, image string) {
	d.see(thing, n, region, "")
	one := d.of(thing)
	one.held = one.held.or(n)
	if last := len(one.images); last == 0 || one.images[last-1] != image {
		one.images = append(one.images, image)
	}
}

// join adds what was discovered elsewhere. After the last one, compact removes duplicates.
func (d *discoveries[T]) join(other discovered[T]) {
	one := d.of(other.thing)
	one.needed = one.or(other.needed)
	one.from, one.regions, one.images = append(one.from, other.from...), append(one.regions, other.regions...), append(one.images, other.images...)
	one.rules = append(one.rules, other.rules...)
}

// compact removes what was joined more than once.
func (d *discoveries[T]) compact() {
	for i := range d.all {
		one := &d.all[i]
		one.from, one.regions, one.images, one.rules = union(nil, one.from), union(nil, one.regions), union(nil, one.images), union(nil, one.rules)
	}
}

// lines is the evidence for a thing: what names it, the images that it holds, and the
// rules that act on it, the first and how many more.
func (d discovered[T]) lines(holds, acts string) []string {
	lines := slices.Clone(d.from)
	switch n := len(d.images); {
	case n == 1:
		lines = append(lines, holds+imageName(d.images[0]))
	case n > 1:
		lines = append(lines, holds+imageName(d.images[0])+" and of "+strconv.Itoa(n-1)+" more")
	}
	for i, rule := range d.rules {
		if i == mostRules {
			lines = append(lines, strconv.Itoa(len(d.rules)-i)+" more rules do")
			break
		}
		lines = append(lines, rule+acts)
	}
	return lines
}
