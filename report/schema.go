package report

import _ "embed"

// Schema is the JSON Schema (draft 2020-12) of the JSON report. It is generated from the types
// in json.go.
//
//go:embed schema.json
var Schema []byte

//go:generate go test . -run ^TestSchemaIsOfTheTypes$ -update
