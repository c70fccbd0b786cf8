"""Values that contradict themselves are refused, in words that say what to change."""

import pathlib
import unittest

import yaml

from chart import template


class Rejections(unittest.TestCase):
    def test_each(self):
        rows = yaml.safe_load((pathlib.Path(__file__).parent / "rejections.yaml").read_text())
        self.assertGreater(len(rows), 20)
        for row in rows:
            with self.subTest(row["is"]):
                done = template("--values", "-", stdin=yaml.safe_dump(row["values"]))
                self.assertNotEqual(done.returncode, 0, "was accepted")
                self.assertIn(row["says"], done.stderr)

    def test_all_mistakes_are_told_at_once(self):
        done = template("--set", "tls.enabled=true,watchNamespaces={shop},scaler.preStopSleepSeconds=60")
        for name in ("tls.secretName", "watchNamespaces", "scaler.terminationGracePeriodSeconds"):
            self.assertIn(name, done.stderr)


if __name__ == "__main__":
    unittest.main()
