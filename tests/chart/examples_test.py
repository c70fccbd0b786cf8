"""What a real API server, `weir check` and the chart say to everything in examples/."""

import os
import subprocess
import unittest

import yaml

from chart import ROOT, StringLoader, of_kind, render, template
from cluster import BINARIES, Cluster, stub_crd

EXAMPLES = ROOT / "examples"
NOT_OBJECTS = {"config.yaml", "plan.yaml"}
MANIFESTS = sorted(path for path in [*EXAMPLES.glob("*.yaml"), *EXAMPLES.glob("gitops/*.yaml")] if path.name not in NOT_OBJECTS)
VALUES = sorted(EXAMPLES.glob("values/*.yaml"))
# For their objects to be taken; not for their fields to be checked.
FOREIGN = [("argoproj.io", "v1alpha1", "Application"), ("helm.toolkit.fluxcd.io", "v2", "HelmRelease")]
OWN_KINDS = {"ScaledObject", "ConsumerGroup", "KafkaSource"}


def setUpModule():
    global cluster
    cluster = Cluster()
    unittest.addModuleCleanup(cluster.stop)
    crds = [yaml.safe_dump(stub_crd(*each)) for each in FOREIGN]
    # An irregular plural.
    repository = stub_crd("source.toolkit.fluxcd.io", "v1", "GitRepository")
    repository["metadata"]["name"] = "gitrepositories.source.toolkit.fluxcd.io"
    repository["spec"]["names"]["plural"] = "gitrepositories"
    crds.append(yaml.safe_dump(repository))
    crds += [path.read_text() for path in (BINARIES / "keda-crds" / "keda.sh_triggerauthentications.yaml",
                                           ROOT / "tests/support/kafka_source_crd.yaml",
                                           ROOT / "charts/weir/crds/consumergroups.yaml")]
    for crd in crds:
        cluster.must("apply", "--server-side", "--filename=-", stdin=crd)
    cluster.must("wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")
    for name in ("weir", "keda", "argocd", "flux-system"):
        cluster.must("create", "namespace", name)


def documents(path):
    return [found for found in yaml.load_all(path.read_text(), StringLoader) if found]


class Manifests(unittest.TestCase):
    def test_each_is_listed(self):
        readme = (EXAMPLES / "README.md").read_text()
        for path in [*MANIFESTS, *VALUES]:
            self.assertIn(f"({path.relative_to(EXAMPLES)})", readme)

    def test_the_api_server_takes_each_without_a_warning(self):
        self.assertGreaterEqual(len(MANIFESTS), 10)
        for path in MANIFESTS:
            with self.subTest(path.name):
                done = cluster.kubectl("apply", "--server-side", "--dry-run=server", "--warnings-as-errors", "--filename", path)
                self.assertEqual((done.stderr, done.returncode), ("", 0))
                self.assertEqual(len(done.stdout.splitlines()), len(documents(path)))

    def test_weir_check_has_nothing_to_say(self):
        checked = [path for path in MANIFESTS if any(found["kind"] in OWN_KINDS for found in documents(path))]
        self.assertGreaterEqual(len(checked), 9)
        for path in checked:
            with self.subTest(path.name):
                done = subprocess.run([os.environ["WEIR_BIN"], "check", path], capture_output=True, text=True)
                said = [line for line in done.stdout.splitlines() if ": error: " in line or ": warning: " in line]
                self.assertEqual((said, done.returncode), ([], 0))


class Values(unittest.TestCase):
    def test_the_api_server_takes_what_each_renders(self):
        self.assertGreaterEqual(len(VALUES), 5)
        for path in VALUES:
            with self.subTest(path.name):
                done = template("--namespace", "weir", "--values", path)
                self.assertEqual(done.returncode, 0, done.stderr)
                applied = cluster.kubectl("apply", "--server-side", "--dry-run=server", "--warnings-as-errors", "--filename=-",
                                          stdin=done.stdout)
                # A Pod wants its ServiceAccount, which a dry run has not made.
                left = [line for line in applied.stderr.splitlines() if "serviceaccount" not in line]
                self.assertEqual(left, [])

    def test_all_of_them_go_together(self):
        together = []
        for path in VALUES:
            together += ["--values", path]
        done = template(*together)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("kind: StatefulSet", done.stdout)

    def test_the_pool_of_the_example_is_the_one_its_group_names(self):
        pool = of_kind(render(EXAMPLES / "values/pool.yaml"), "StatefulSet")[0]
        found = documents(EXAMPLES / "consumergroup-pool.yaml")
        self.assertEqual(of_kind(found, "ConsumerGroup")[0]["spec"]["pool"]["name"], pool["metadata"]["name"])
        account = of_kind(found, "RoleBinding")[0]["subjects"][0]["name"]
        release_weir = template("--values", EXAMPLES / "values/pool.yaml", "--set", "fullnameOverride=weir")
        accounts = [made["metadata"]["name"] for made in yaml.load_all(release_weir.stdout, StringLoader)
                    if made and made["kind"] == "ServiceAccount"]
        self.assertIn(account, accounts)


if __name__ == "__main__":
    unittest.main()
