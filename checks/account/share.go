package account

import (
	"maps"
	"slices"
	"strings"
)

// Sharer lets accounts share what most of them have: policy documents, tags of repositories, and names.
// Inventories are not changed after they were read. The zero value is ready to use.
type Sharer struct {
	texts map[string]string
	tags  map[string]Tags
}

// Account replaces equal texts and tags of an account by those of the accounts before it.
func (s *Sharer) Account(a *Account) {
	a.Partition = s.text(a.Partition)
	for name, read := range a.Roles {
		if read.state != present {
			continue
		}
		r := &read.value
		s.read(&r.Trust)
		s.read(&r.BoundaryDocument)
		for i := range r.Attached.items {
			p := &r.Attached.items[i]
			p.Name, p.ARN = s.text(p.Name), s.text(p.ARN)
			s.read(&p.Document)
		}
		for i := range r.Inline.items {
			s.read(&r.Inline.items[i].Document)
		}
		for i := range r.Simulated.items {
			one := &r.Simulated.items[i]
			one.Action, one.Decision, one.Resource = s.text(one.Action), s.text(one.Decision), s.text(one.Resource)
		}
		a.Roles[name] = read
	}
	for region, tags := range a.RepositoryTags {
		shared := make(map[string]Read[Tags], len(tags))
		for name, read := range tags {
			if read.state == present {
				read.value = s.tagSet(read.value)
			}
			shared[s.text(name)] = read
		}
		a.RepositoryTags[region] = shared
	}
	for _, names := range a.RepositoryNames {
		for i := range names.items {
			names.items[i] = s.text(names.items[i])
		}
	}
	for _, policies := range a.RepositoryPolicies {
		for name, read := range policies {
			s.read(&read)
			policies[name] = read
		}
	}
}

func (s *Sharer) read(r *Read[string]) { r.value = s.text(r.value) }

func (s *Sharer) text(text string) string {
	if shared, ok := s.texts[text]; ok {
		return shared
	}
	if s.texts == nil {
		s.texts = map[string]string{}
	}
	s.texts[text] = text
	return text
}

// tagSet returns the tags, or equal tags of an account before.
func (s *Sharer) tagSet(tags Tags) Tags {
	var key strings.Builder
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		key.WriteString(name + "\x00" + tags[name] + "\x00")
	}
	if shared, ok := s.tags[key.String()]; ok {
		return shared
	}
	if s.tags == nil {
		s.tags = map[string]Tags{}
	}
	s.tags[key.String()] = tags
	return tags
}
