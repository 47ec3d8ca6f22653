package edit

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// File is a file to edit. Its edits are applied block by block: only the blocks that change are
// parsed and formatted, and those as terraform fmt does that were formatted so before.
type File struct {
	Name   string
	Source []byte

	// Check, if not nil, reports whether a content is valid. The file is then not in HCL, and is
	// checked as a whole, which takes long.
	Check func([]byte) bool

	crlf     bool
	added    map[string][]string // resources that texts declare; a text that cannot be parsed has none
	parsed   bool
	blocks   []blockRange    // in order
	declared map[string]bool // resources, as type.name
}

// blockRange is where a top-level block of a file stands.
type blockRange struct{ start, end int }

// NewFile returns a file.
func NewFile(name string, source []byte) *File {
	return &File{Name: name, Source: source, crlf: bytes.Contains(source, []byte("\r\n")), added: map[string][]string{}}
}

func (f *File) isJSON() bool { return strings.HasSuffix(f.Name, ".json") }

// parse finds the blocks of the file, once. Files that are not in HCL have none.
func (f *File) parse() {
	if f.parsed {
		return
	}
	f.parsed, f.declared = true, map[string]bool{}
	if f.isJSON() || f.Check != nil {
		return
	}
	offset := 0
	if bytes.HasPrefix(f.Source, []byte(mark)) {
		offset = len(mark)
	}
	for _, b := range blocksOf(f.Source) {
		f.blocks = append(f.blocks, blockRange{b.TypeRange.Start.Byte + offset, b.CloseBraceRange.End.Byte + offset})
		f.declared[resourceOf(b)] = true
	}
}

// mark is the byte order mark.
const mark = "\xEF\xBB\xBF"

// blocksOf are the top-level blocks of a text in HCL in order; none if it cannot be parsed.
func blocksOf(source []byte) []*hclsyntax.Block {
	parsed, diags := hclsyntax.ParseConfig(bytes.TrimPrefix(source, []byte(mark)), "", hcl.InitialPos)
	if diags.HasErrors() {
		return nil
	}
	blocks := parsed.Body.(*hclsyntax.Body).Blocks
	slices.SortFunc(blocks, func(a, b *hclsyntax.Block) int { return cmp.Compare(a.TypeRange.Start.Byte, b.TypeRange.Start.Byte) })
	return blocks
}

// resourceOf is the resource that a block declares; empty: none.
func resourceOf(b *hclsyntax.Block) string {
	if b.Type != "resource" {
		return ""
	}
	return strings.Join(b.Labels, ".")
}

// change is the edits of one block, or one edit outside of blocks.
type change struct {
	block *blockRange // nil: outside of blocks
	edits []Edit
}

// changes groups the edits of the file by block, in order.
func (f *File) changes(edits []Edit) (all []change) {
	f.parse()
	for _, e := range ordered(f.Name, edits) {
		i, _ := slices.BinarySearchFunc(f.blocks, e, func(b blockRange, e Edit) int {
			if b.end < e.End {
				return -1
			}
			return 1
		})
		if i == len(f.blocks) || e.Start <= f.blocks[i].start || e.Start == f.blocks[i].end {
			all = append(all, change{edits: []Edit{e}})
			continue
		}
		if n := len(all); n > 0 && all[n-1].block == &f.blocks[i] {
			all[n-1].edits = append(all[n-1].edits, e)
			continue
		}
		all = append(all, change{&f.blocks[i], []Edit{e}})
	}
	return all
}

// edited is a block after its edits.
func (f *File) edited(c change) []byte {
	before := f.Source[c.block.start:c.block.end]
	var edits []Edit
	for _, e := range c.edits {
		e.Start, e.End = e.Start-c.block.start, e.End-c.block.start
		edits = append(edits, e)
	}
	for i := range edits {
		edits[i].Text = f.lineEnds(edits[i].Text)
	}
	after := apply(before, edits)
	if formatted(before) {
		return hclwrite.Format(after)
	}
	return after
}

// lineEnds is a text with the line ends of the file.
func (f *File) lineEnds(text string) string {
	if !f.crlf {
		return text
	}
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
}

// formatted reports whether a text is as terraform fmt writes it.
func formatted(text []byte) bool { return bytes.Equal(hclwrite.Format(text), text) }

// Edited returns the content of the file after edits, which must not conflict.
func (f *File) Edited(edits []Edit) []byte {
	var whole []Edit
	for _, c := range f.changes(edits) {
		if c.block == nil {
			whole = append(whole, c.edits...)
			continue
		}
		whole = append(whole, Edit{File: f.Name, Start: c.block.start, End: c.block.end, Text: string(f.edited(c))})
	}
	for i := range whole {
		whole[i].Text = f.lineEnds(whole[i].Text)
	}
	return apply(f.Source, whole)
}

// Around is the text that a diff of the edits may show: what changes, before and after, with the
// lines around it.
func (f *File) Around(edits []Edit) string {
	var b strings.Builder
	for _, c := range f.changes(edits) {
		start, end := c.edits[0].Start, c.edits[0].End
		text := c.edits[0].Text
		if c.block != nil {
			start, end, text = c.block.start, c.block.end, string(f.edited(c))
		}
		for range contextLines + 1 {
			start = lineStart(f.Source, max(start-1, 0))
			end = lineEnd(f.Source, end)
		}
		b.Write(f.Source[start:end])
		b.WriteString("\n" + text + "\n")
	}
	return b.String()
}

// Valid reports whether the file can be parsed after edits, and declares no resource twice. Others
// are edits that are valid themselves.
func (f *File) Valid(edits, others []Edit) bool {
	if f.Check != nil {
		return f.Check(f.Edited(slices.Concat(others, edits)))
	}
	if f.isJSON() {
		return json.Valid(bytes.TrimPrefix(f.Edited(slices.Concat(others, edits)), []byte(mark)))
	}
	added := map[string]bool{}
	for _, c := range f.changes(slices.Concat(others, edits)) {
		own := slices.ContainsFunc(c.edits, func(e Edit) bool { return slices.Contains(edits, e) })
		switch {
		case c.block != nil:
			if own && len(blocksOf(f.edited(c))) != 1 {
				return false
			}
		case !c.edits[0].Apart: // an argument of a file with variables
			if own && parseError(f.Edited(slices.Concat(others, edits))) {
				return false
			}
		default:
			names := f.resourcesIn(c.edits[0].Text)
			for _, name := range names {
				if f.declared[name] || added[name] {
					return false
				}
				added[name] = true
			}
			if len(names) == 0 {
				return false
			}
		}
	}
	return true
}

// resourcesIn are the resources that a text declares.
func (f *File) resourcesIn(text string) []string {
	names, known := f.added[text]
	if !known {
		for _, b := range blocksOf([]byte(text)) {
			names = append(names, resourceOf(b))
		}
		f.added[text] = names
	}
	return names
}

func parseError(source []byte) bool {
	_, diags := hclsyntax.ParseConfig(bytes.TrimPrefix(source, []byte(mark)), "", hcl.InitialPos)
	return diags.HasErrors()
}
