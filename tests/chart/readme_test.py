"""The chart's README says what values.yaml says, and the schema knows just the keys of both."""

import json
import subprocess
import unittest

import yaml

from chart import CHART, ROOT


def unknown(values, schema, path=""):
    """Keys on one side only."""
    properties = schema.get("properties")
    if properties is None or not isinstance(values, dict):
        return
    for name in values.keys() - properties.keys():
        yield f"{path}{name}: not in the schema"
    for name in values.keys() & properties.keys():
        yield from unknown(values[name], properties[name], f"{path}{name}.")


def open_objects(schema, path="values"):
    """Objects with named keys that take others as well."""
    if isinstance(schema, dict):
        if "properties" in schema and schema.get("additionalProperties", True) is not False:
            yield path
        for name, inner in schema.items():
            yield from open_objects(inner, f"{path}.{name}")


class Readme(unittest.TestCase):
    def test_table_is_that_of_values(self):
        done = subprocess.run([ROOT / "tools" / "chart_readme.py", "--check"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_schema_knows_every_value(self):
        schema = json.loads((CHART / "values.schema.json").read_text())
        self.assertEqual(list(unknown(yaml.safe_load((CHART / "values.yaml").read_text()), schema)), [])
        self.assertEqual(list(open_objects(schema)), [])


if __name__ == "__main__":
    unittest.main()
