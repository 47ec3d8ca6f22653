package edit

// Proposal is how source code makes changes: edits of files, and what a person has to add because
// the place is not written out.
type Proposal struct {
	Edits    []Edit
	Snippets []Snippet
}

// Snippet is code to add, or to change by hand, at a place.
type Snippet struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"` // from 1
	Address string `json:"address,omitempty"`
	Note    string `json:"note"` // what to do
	Text    string `json:"text,omitempty"`
}
