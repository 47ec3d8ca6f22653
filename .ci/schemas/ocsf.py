"""Prints the JSON Schema of an OCSF Compliance Finding as this version of the schema has it."""
import json

from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version="1.5.0"))
print(json.dumps(schema.get_class_schema(class_name="compliance_finding", profiles=["cloud"])))
