package account

// Organization is what was read of an organization in AWS Organizations.
type Organization struct {
	Account string       `json:"account"` // whose credentials listed it
	Members List[Member] `json:"members,omitzero"`
}

// Member is an account of an organization, as ListAccounts shows it.
type Member struct {
	Account string `json:"account"`
	Name    string `json:"name"`
	State   string `json:"state"` // ACTIVE, SUSPENDED, …

	Excluded bool `json:"excluded,omitempty"` // by whoever asked
}

// activeState is the State of an account that can be used (Organizations API Reference, Account).
const activeState = "ACTIVE"

// Looked reports whether the account is checked.
func (m Member) Looked() bool { return m.State == activeState && !m.Excluded }
