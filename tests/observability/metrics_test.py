"""Metrics of a scaler and a controller at work: sound, documented, and what alerts and the dashboard ask for."""

import json
import os
import pathlib
import re
import subprocess
import sys
import unittest
import urllib.parse

import yaml

import pool
from processes import ROOT, Broker, ControlPlane, Crowd, Process, Scaler, Surroundings, eventually, free_ports, get

sys.path.insert(0, str(ROOT / "tools"))
import metrics_doc  # noqa: E402

GROUPS = 300
CHART = ROOT / "charts" / "weir"
NAME = re.compile(r"\bweir_[a-z_]+[a-z]\b")
LITERAL = re.compile(r'"(weir_[a-z_]+)"')
PROGRAM = re.compile(r"add_executable\((weir_\w+)")

CONSUMER_GROUPS = """
apiVersion: weir.dev/v1alpha1
kind: ConsumerGroup
metadata: {name: orders, namespace: default}
spec: {bootstrapServers: ["BROKER"], topics: [orders], groupId: orders.worker.0001}
---
apiVersion: weir.dev/v1alpha1
kind: ConsumerGroup
metadata: {name: by-hand, namespace: default}
spec: {bootstrapServers: ["BROKER"], topics: [orders], groupId: by-hand, replicas: 3, scaling: {class: disabled}}
"""


class Prometheus(Process):
    def __init__(self, folder, targets):
        self.http = f"http://127.0.0.1:{free_ports(1)[0]}"
        scrapes = [{"job_name": name, "honor_labels": True,
                    "static_configs": [{"targets": [address], "labels": {"namespace": "weir", "pod": f"weir-{name}-0"}}]}
                   for name, address in targets.items()]
        config = {"global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "scrape_configs": scrapes,
                  "rule_files": [str(CHART / "rules.yaml")]}
        (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
        super().__init__(["prometheus", f"--config.file={folder / 'prometheus.yaml'}", f"--storage.tsdb.path={folder / 'tsdb'}",
                          f"--web.listen-address={self.http.removeprefix('http://')}"], folder, "prometheus")
        self.await_line("Server is ready")

    def api(self, path, **parameters):
        status, _, body = get(f"{self.http}/api/v1/{path}?{urllib.parse.urlencode(parameters)}")
        answer = json.loads(body)
        if status != 200:
            raise AssertionError(f"{parameters}: {answer.get('error')}")
        return answer["data"]

    def query(self, expression):
        return self.api("query", query=expression)["result"]


def setUpModule():
    global scaler, plane, prometheus
    around = Surroundings()
    unittest.addModuleCleanup(around.stop)
    broker = around.add(Broker(around.folder))
    scaler = around.add(Scaler(around.folder, broker))
    plane = around.add(ControlPlane(around.folder, scaler.grpc))
    plane.kubectl("apply", "--server-side", "--filename=-", stdin=CONSUMER_GROUPS.replace("BROKER", broker.bootstrap()))
    # The last group gets no more than its namespace may have; a pod that is not to be used any more is left.
    pool.make_pool(plane, pods=4, nodes=3, quota=36)
    plane.kubectl("apply", "--server-side", "--filename=-",
                  stdin=yaml.safe_dump_all(pool.placed_group(i, "default", 4 if i < 5 else 40, broker.bootstrap()) for i in range(6)))
    eventually(lambda: re.search(r"weir_placement_placed_vreplicas\{.*\} 36$", scrape(plane), re.MULTILINE), "placements")
    plane.kubectl("annotate", "pod", f"{pool.NAME}-3", "--namespace", pool.NAMESPACE, "weir.dev/unschedulable=true")
    eventually(lambda: "weir_placement_moves_total" in scrape(plane), "moves")
    around.add(Crowd(around.folder, broker, scaler, GROUPS))
    prometheus = around.add(Prometheus(around.folder, {"scaler": f"127.0.0.1:{scaler.http_port}", "controller": f"127.0.0.1:{plane.http_port}"}))
    # Until there is growth to be seen, of both.
    for name in ("weir_refreshes_total", "weir_kube_requests_total", "weir_placement_moves_total", "weir_controller_reconcile_duration_seconds_count"):
        eventually(lambda name=name: prometheus.query(f"rate({name}[30s])"), name)
    eventually(lambda: prometheus.query("count_over_time(weir_triggers[30s]) > 5"), "some scrapes")


def scrape(of):
    return get(of.http + "/metrics")[2]


def programs():
    """Names that are no metric's."""
    folders = ("src", "tests", "bench", "examples")
    return {name for folder in folders for path in (ROOT / folder).rglob("CMakeLists.txt") for name in PROGRAM.findall(path.read_text())}


def dashboard_queries():
    """Title and expression, with what Grafana would put in for its variables."""
    for path in sorted((CHART / "dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", []):
                yield f"{path.stem}: {panel['title']}", target["expr"].replace("$__rate_interval", "30s").replace("$namespace", ".*")


def alert_expressions():
    for group in yaml.safe_load((CHART / "rules.yaml").read_text())["groups"]:
        for rule in group["rules"]:
            yield rule["alert"], rule["expr"]


class Metrics(unittest.TestCase):
    def test_promtool_is_content(self):
        for name, of in (("scaler", scaler), ("controller", plane)):
            with self.subTest(name):
                done = subprocess.run(["promtool", "check", "metrics"], input=scrape(of), capture_output=True, text=True)
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_docs_say_what_they_are(self):
        families = metrics_doc.families_of(scrape(scaler), scrape(plane))
        made = metrics_doc.wanted(metrics_doc.FILE.read_text(), families)
        if os.environ.get("WEIR_WRITE_DOCS"):
            metrics_doc.FILE.write_text(made)
        self.assertEqual(metrics_doc.FILE.read_text(), made, "run WEIR_WRITE_DOCS=1 make test-observability")

    def test_what_the_sources_name_was_seen(self):
        """A metric that only appears in some event must have had its event, or the docs would lack it."""
        seen = sorted(metrics_doc.families_of(scrape(scaler), scrape(plane)))
        for path in sorted((ROOT / "src").rglob("*.cc")):
            for name in LITERAL.findall(path.read_text()):
                self.assertIn(name, seen, path)

    def test_whatever_is_named_exists(self):
        families = metrics_doc.families_of(scrape(scaler), scrape(plane))
        series = set(families)
        for name, family in families.items():
            if family.kind == "histogram":
                series |= {name + end for end in ("_bucket", "_sum", "_count")}
        texts = {path: path.read_text() for path in [*(ROOT / "docs").glob("*.md"), *CHART.rglob("*.md"), ROOT / "README.md"]}
        texts |= {title: expression for title, expression in [*dashboard_queries(), *alert_expressions()]}
        others = programs()
        for where, text in texts.items():
            for name in set(NAME.findall(text)) - others:
                # A name with a star after it stands for those that begin so.
                if f"{name}_*" in text or f"{name}*" in text:
                    self.assertTrue(any(one.startswith(name) for one in series), f"{where}: {name}*")
                else:
                    self.assertIn(name, series, where)


class Queries(unittest.TestCase):
    def test_each_of_the_dashboard_has_data(self):
        tried = 0
        for title, expression in dashboard_queries():
            with self.subTest(title):
                tried += 1
                self.assertTrue(prometheus.query(expression), expression)
        self.assertGreater(tried, 40)

    def test_alerts_are_evaluated(self):
        eventually(lambda: all(rule["health"] == "ok" for rule in self.rules()), "every alert evaluated", 20)
        self.assertEqual(sorted(rule["name"] for rule in self.rules()), sorted(name for name, _ in alert_expressions()))

    def rules(self):
        return [rule for group in prometheus.api("rules")["groups"] for rule in group["rules"]]

    def test_alerts_notice_what_is_wrong_with_the_crowd(self):
        """Some of its groups have wrong credentials, no brokers, no topic, or too many triggers."""
        for name in ("WeirGroupsUnread", "WeirKafkaAuthenticationFailing", "WeirKafkaSessionAway", "WeirQuotaRefused", "WeirPlacementPending"):
            expression = dict(alert_expressions())[name]
            with self.subTest(name):
                eventually(lambda expression=expression: prometheus.query(expression), expression, 30)
        for name in ("WeirScalerAbsent", "WeirNoLeader", "WeirSnapshotsStale"):
            self.assertEqual(prometheus.query(dict(alert_expressions())[name]), [], name)


class Dashboard(unittest.TestCase):
    def test_is_what_its_source_says(self):
        done = subprocess.run([ROOT / "tools" / "dashboard.py", "--check"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_panels_stand_side_by_side(self):
        for path in (CHART / "dashboards").glob("*.json"):
            taken = set()
            for panel in json.loads(path.read_text())["panels"]:
                at = panel["gridPos"]
                cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
                self.assertFalse(cells & taken, panel["title"])
                self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
                taken |= cells


if __name__ == "__main__":
    unittest.main()
