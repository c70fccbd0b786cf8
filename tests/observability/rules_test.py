"""The alerts, with promtool: sound, and each firing when it should and not when it should not."""

import json
import pathlib
import re
import subprocess
import unittest

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "charts" / "weir"
RULES = CHART / "rules.yaml"
CASES = ROOT / "tests" / "observability" / "rules_test.yaml"


def alerts():
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def promtool(*arguments):
    return subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True)


class Rules(unittest.TestCase):
    def test_promtool_finds_them_sound(self):
        done = promtool("check", "rules", RULES)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(f"{len(alerts())} rules found", done.stdout)

    def test_each_fires_when_it_should(self):
        done = promtool("test", "rules", CASES)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_has_a_case_that_fires_and_one_that_does_not(self):
        fires, quiet = set(), set()
        for case in yaml.safe_load(CASES.read_text())["tests"]:
            for one in case["alert_rule_test"]:
                (fires if one["exp_alerts"] else quiet).add(one["alertname"])
        names = {rule["alert"] for rule in alerts()}
        self.assertEqual((fires, quiet), (names, names))

    def test_each_says_what_people_need(self):
        runbooks = (ROOT / "docs" / "runbooks.md").read_text()
        headings = re.findall(r"^## (\w+)$", runbooks, re.MULTILINE)
        self.assertEqual(headings, [rule["alert"] for rule in alerts()])
        for rule in alerts():
            self.assertIn(rule["labels"]["severity"], ("warning", "critical"))
            self.assertEqual(set(rule["annotations"]), {"summary", "description", "runbook_url"})
            self.assertEqual(rule["annotations"]["runbook_url"], f"docs/runbooks.md#{rule['alert'].lower()}")
            self.assertIn("for", rule)

    def test_the_chart_can_leave_out_each(self):
        schema = json.loads((CHART / "values.schema.json").read_text())
        rule = schema["properties"]["monitoring"]["properties"]["prometheusRule"]
        self.assertEqual(rule["properties"]["disabled"]["items"]["enum"], [rule["alert"] for rule in alerts()])


if __name__ == "__main__":
    unittest.main()
