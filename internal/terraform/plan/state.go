package plan

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/iblint/iblint/internal/source"
)

// stateFile is a state as Terraform stores it, such as terraform.tfstate. Its format is not
// documented; terraform show -json is, and is preferred.
type stateFile struct {
	Version   json.Number `json:"version"`
	Resources []struct {
		Module    string `json:"module"`
		Mode      string `json:"mode"`
		Type      string `json:"type"`
		Name      string `json:"name"`
		Provider  string `json:"provider"`
		Instances []struct {
			Key        json.RawMessage `json:"index_key"`
			Deposed    string          `json:"deposed"`
			Attributes json.RawMessage `json:"attributes"`
		} `json:"instances"`
	} `json:"resources"`
}

// isStateFile reports whether a document is a state file: it has no format_version.
func isStateFile(data []byte) bool {
	var k keys
	k.scan(data, func(name string) bool { return name == "format_version" || k["lineage"] || k["serial"] })
	return !k["format_version"] && (k["lineage"] || k["serial"] || k["terraform_version"])
}

func parseStateFile(name string, data []byte, types func(string) bool) (*Plan, error) {
	var s stateFile
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, source.DecodeError(name, "a Terraform state", data, err)
	}
	if s.Version != "4" {
		return nil, refuse(name, "is a state of version %s; give the output of terraform show -json", source.Cut(s.Version.String()))
	}
	p := &Plan{name: name, state: true}
	for _, r := range s.Resources {
		if !types(r.Type) {
			continue
		}
		address := r.Type + "." + r.Name
		if r.Mode == "data" {
			address = "data." + address
		}
		if r.Module != "" {
			address = r.Module + "." + address
		}
		for _, one := range r.Instances {
			if one.Deposed != "" { // replaced, and not yet deleted
				continue
			}
			p.objects = append(p.objects, object{
				address: address + indexOf(one.Key), data: r.Mode == "data", kind: r.Type, name: r.Name, provider: r.Provider, values: one.Attributes, wanted: true,
			})
		}
	}
	p.past = p.objects
	return p, nil
}

// indexOf is the index of an instance as addresses show it.
func indexOf(raw json.RawMessage) string {
	var text string
	switch raw = bytes.TrimSpace(raw); {
	case !exists(raw):
		return ""
	case json.Unmarshal(raw, &text) == nil:
		return "[" + strconv.Quote(text) + "]"
	}
	return "[" + source.Cut(string(raw)) + "]"
}
