#!/usr/bin/env python3
"""Runs the built binary as a user would. Usage: weir_test.py WEIR [unittest arguments]"""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

WEIR = ""
ROOT = pathlib.Path(__file__).resolve().parents[2]
WAIT_S = 30


def weir(*arguments, **options):
    return subprocess.run([WEIR, *arguments], capture_output=True, text=True, timeout=90, check=False, **options)


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class Running:
    """A weir process that is stopped at the end; its standard output and error are read line by line."""

    def __init__(self, *arguments, stream="stderr"):
        pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: subprocess.PIPE}
        self.process = subprocess.Popen([WEIR, *arguments], text=True, **pipes)
        self.lines = getattr(self.process, stream)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.lines.close()

    def match(self, pattern):
        """The match of the next line in which the pattern is found."""
        for line in self.lines:
            found = re.search(pattern, line)
            if found:
                return found
        raise AssertionError(f"weir ended without a line like {pattern}")

    def stop(self):
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=WAIT_S)
        return code, time.monotonic() - started


def scaler(*arguments):
    return Running("scaler", "--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", "--log-format", "json", *arguments)


def serving(running):
    for line in running.lines:
        fields = json.loads(line)
        if fields["msg"] == "serving":
            return fields
    raise AssertionError("weir scaler ended without serving")


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-tools-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return str(path)


class BadInput(Folder):
    def refused(self, *arguments, says):
        """Exit code 2, and one line on standard error that names what is wrong."""
        run = weir(*arguments)
        self.assertEqual(run.returncode, 2, run.stderr)
        self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
        self.assertEqual(run.stdout, "")
        for text in says:
            self.assertIn(text, run.stderr)

    def test_an_unknown_flag(self):
        self.refused("scaler", "--lisen", "x:1", says=["--lisen", "--listen", "weir scaler --help"])

    def test_an_unknown_command(self):
        self.refused("scaller", says=["scaller", "did you mean scaler"])

    def test_an_unknown_config_key(self):
        config = self.file("weir.yaml", "\nrefreshIntervall: 5s\n")
        self.refused("scaler", "--config", config, says=[f"{config}:2: refreshIntervall", "refreshInterval?"])

    def test_bad_yaml(self):
        config = self.file("weir.yaml", "listen: [\n")
        self.refused("scaler", "--config", config, says=[config, "not YAML"])

    def test_a_config_file_that_is_not_there(self):
        self.refused("scaler", "--config", "no/such.yaml", says=["no/such.yaml", "--config"])

    def test_ports_in_use(self):
        for flag, other in (("--listen", "--http-listen"), ("--http-listen", "--listen")):
            with socket.socket() as used, self.subTest(flag):
                used.bind(("127.0.0.1", 0))
                used.listen()
                address = f"127.0.0.1:{used.getsockname()[1]}"
                self.refused("scaler", flag, address, other, "127.0.0.1:0", "--log-level", "off", says=[flag, address])

    def test_an_unreadable_certificate(self):
        self.refused("scaler", "--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", "--tls-cert", "no/tls.crt", "--tls-key",
                     "no/tls.key", "--log-level", "off", says=["no/tls.crt"])

    def test_a_secrets_folder_that_is_not_there(self):
        self.refused("scaler", "--secrets-dir", "no/secrets", "--log-level", "off", says=["--secrets-dir", "no/secrets"])

    def test_a_password_file_that_is_not_there(self):
        config = self.file("weir.yaml", "clusters: {a: {bootstrapServers: [k:1], namespaces: [n], auth: {sasl: plaintext, "
                           "username: u, passwordFile: no/password}}}")
        self.refused("scaler", "--config", config, "--log-level", "off", says=["no/password"])

    def test_bad_values(self):
        self.refused("scaler", "--max-stale", "soon", says=["--max-stale", "soon"])
        self.refused("demo", "--duration", "soon", says=["--duration", "soon"])
        self.refused("lag", "-o", "xml", says=["xml", "json"])
        self.refused("lag", "--bootstrap-servers", "k:1", says=["consumerGroup"])
        self.refused("check", says=["FILE"])
        self.refused("plan", says=["FILE"])
        self.refused("plan", "--compare", "default", "x.yaml", says=["--compare", "default,compact"])
        self.refused("plan", "--profile", "old", str(ROOT / "examples/plan.yaml"), says=["old", "knative-1.9"])
        self.refused("check", "--partitions", "orders", "x.yaml", says=["--partitions", "orders"])

    def test_all_errors_of_a_config_come_at_once(self):
        config = self.file("weir.yaml", "a: 1\nb: 2\n")
        run = weir("scaler", "--config", config, "--check-config")
        self.assertEqual(run.returncode, 2)
        self.assertEqual(len(run.stderr.splitlines()), 2)


class Help(unittest.TestCase):
    def test_teaches_each_command(self):
        for command in ("scaler", "demo", "lag", "check", "plan"):
            run = weir(command, "--help")
            self.assertEqual(run.returncode, 0)
            self.assertIn("Example", run.stdout)
        self.assertRegex(weir("--version").stdout, r"^weir \d+\.\d+\.\d+\n$")


class Check(Folder):
    def test_examples_are_good(self):
        files = sorted(str(path) for path in (ROOT / "examples").glob("scaledobject*.yaml"))
        self.assertGreaterEqual(len(files), 3)
        run = weir("check", *files)
        self.assertEqual(run.returncode, 0, run.stdout)
        self.assertEqual(weir("scaler", "--config", str(ROOT / "examples/config.yaml"), "--check-config").stdout,
                         f"{ROOT}/examples/config.yaml: ok\n")

    def test_a_wrong_field_is_named(self):
        text = (ROOT / "examples/scaledobject.yaml").read_text().replace('lagThreshold: "50"', 'lagThreshold: "many"')
        path = self.file("so.yaml", text)
        run = weir("check", "-o", "json", path)
        self.assertEqual(run.returncode, 1)
        errors = [finding for finding in json.loads(run.stdout) if finding["severity"] == "error"]
        self.assertEqual([error["path"] for error in errors], ["spec.triggers[0].metadata.lagThreshold"])


class Plan(Folder):
    def test_the_example_is_planned(self):
        run = weir("plan", str(ROOT / "examples/plan.yaml"))
        self.assertEqual((run.returncode, run.stderr), (0, ""))
        self.assertIn("1 moved, 0 pending", run.stdout)
        both = json.loads(weir("plan", "--compare", "default,compact", "-o", "json", str(ROOT / "examples/plan.yaml")).stdout)
        self.assertLess(both[0]["zoneSkew"], both[1]["zoneSkew"])

    def test_a_mistake_is_named_with_its_line(self):
        path = self.file("plan.yaml", (ROOT / "examples/plan.yaml").read_text().replace("capacity: 20", "capacity: -20"))
        run = weir("plan", path)
        self.assertEqual((run.returncode, run.stdout), (1, ""))
        self.assertRegex(run.stderr, r"plan.yaml:3: error: pool.capacity: \"-20\": write a whole number")


class Scaler(Folder):
    def test_serves_and_stops_in_time(self):
        with scaler() as running:
            fields = serving(running)
            http = "http://" + fields["http_listen"]
            self.assertRegex(fields["grpc_listen"], r"^127\.0\.0\.1:\d+$")
            self.assertRegex(fields["version"], r"^\d+\.\d+\.\d+$")
            self.assertEqual(get(http + "/healthz")[0], 200)
            self.assertEqual(get(http + "/readyz")[0], 200)
            self.assertEqual(json.loads(get(http + "/status")[1])["triggers"], [])
            code, seconds = running.stop()
            self.assertEqual(code, 0)
            self.assertLess(seconds, 3)

    def test_lag_says_that_no_broker_answers(self):
        run = weir("lag", "--bootstrap-servers", "127.0.0.1:1", "--group", "g", "--topic", "t", "--timeout", "2s")
        self.assertEqual(run.returncode, 1)
        self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
        self.assertIn("127.0.0.1:1", run.stderr)

    def test_brokers_that_are_away_do_not_hold_up_the_end(self):
        with scaler() as running:
            address = serving(running)["grpc_listen"]
            run = weir("lag", "--scaler", address, "--name", "x", "--bootstrap-servers", "127.0.0.1:1", "--group", "g", "--topic", "t")
            self.assertEqual(run.returncode, 1, run.stderr)
            code, seconds = running.stop()
            self.assertEqual(code, 0)
            self.assertLess(seconds, 3)


class Demo(unittest.TestCase):
    def test_shows_everything_in_30_seconds(self):
        run = weir("demo", "--duration", "30s")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertNotIn("not seen", run.stdout)
        self.assertIn("StreamIsActive pushed activity", run.stdout)

    def test_too_short_a_run_says_what_it_did_not_show(self):
        run = weir("demo", "--duration", "1s")
        self.assertEqual(run.returncode, 1)
        self.assertIn("not seen", run.stdout)
        self.assertIn("--duration 30s", run.stderr)

    def test_its_scaler_can_be_asked(self):
        with Running("demo", stream="stdout") as running:
            ports = running.match(r"gRPC on (\S+), (http://\S+)/status")
            grpc, http = ports.groups()
            running.match(r"StreamIsActive pushed")
            status = json.loads(get(http + "/status?partitions=1")[1])
            brokers = status["sessions"][0]["brokers"]
            self.assertEqual(len(status["triggers"][0]["partitions"]), 12)
            trigger = ["--bootstrap-servers", ",".join(brokers), "--group", "weir-demo", "--topic", "weir-demo"]
            local = json.loads(weir("lag", *trigger, "-o", "json").stdout)
            remote = json.loads(weir("lag", *trigger, "-o", "json", "--scaler", grpc, "--name", "other").stdout)
            for report in (local, remote):
                self.assertEqual(len(report["partitions"]), 12)
                self.assertEqual(report["target"], 10)
                self.assertEqual(report["lag"], sum(row["lag"] for row in report["partitions"]))
            self.check_metrics(get(http + "/metrics")[1])
            self.assertEqual(running.stop()[0], 0)

    def check_metrics(self, text):
        self.assertIn('weir_group_lag{group="weir-demo",name="weir-demo",namespace="demo"}', text)
        self.assertIn("weir_build_info", text)
        promtool = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
        self.assertEqual((promtool.returncode, promtool.stderr), (0, ""))


if __name__ == "__main__":
    WEIR = os.path.abspath(sys.argv.pop(1))
    unittest.main()
