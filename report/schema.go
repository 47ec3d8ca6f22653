package report

import _ "embed"

// Schema is the JSON Schema of the JSON report (draft 2020-12). It is made from the
// types in json.go.
//
//go:embed schema.json
var Schema []byte

//go:generate go test . -run ^TestSchemaIsOfTheTypes$ -update
