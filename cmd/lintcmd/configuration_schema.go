package lintcmd

import _ "embed"

// configurationSchema is the JSON Schema of the configuration file, in the draft that the schema
// store asks for. It is written by hand, for editors: a test compares it with the types.
//
//go:embed configuration.schema.json
var configurationSchema []byte

// configurationSchemaURL is where editors find the schema. It is its $id.
const configurationSchemaURL = "https://raw.githubusercontent.com/iblint/iblint/main/cmd/lintcmd/configuration.schema.json"
