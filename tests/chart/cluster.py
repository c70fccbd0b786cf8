"""A real API server for the tests of the chart, by tests/support/kube_cluster.sh. Nothing in it runs a pod."""

import os
import pathlib
import subprocess
import tempfile

import yaml

from chart import CHART, ROOT

SCRIPT = ROOT / "tests" / "support" / "kube_cluster.sh"
BINARIES = pathlib.Path(os.environ.get("WEIR_KUBE_BIN", ""))

# Of operators whose modules the tests do not have: enough for their objects to be taken, not for their fields to be checked.
FOREIGN = [("cert-manager.io", "v1", "Certificate"), ("monitoring.coreos.com", "v1", "ServiceMonitor"),
           ("monitoring.coreos.com", "v1", "PodMonitor"), ("monitoring.coreos.com", "v1", "PrometheusRule")]


def stub_crd(group, version, kind):
    plural = kind.lower() + "s"
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"{plural}.{group}"},
            "spec": {"group": group, "scope": "Namespaced",
                     "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
                     "versions": [{"name": version, "served": True, "storage": True, "schema": schema}]}}


class Cluster:
    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="weir-chart-")
        self.kubeconfig = pathlib.Path(self._folder.name) / "admin.kubeconfig"
        stubs = pathlib.Path(self._folder.name) / "stubs.yaml"
        stubs.write_text(yaml.safe_dump_all(stub_crd(*each) for each in FOREIGN))
        keda = [BINARIES / "keda-crds" / f"keda.sh_{plural}.yaml" for plural in ("clustertriggerauthentications", "scaledobjects")]
        command = [SCRIPT, "start", self._folder.name, "--parent", str(os.getpid())]
        for crds in [stubs, *keda]:
            command += ["--crds", crds]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            self.stop()
            raise AssertionError(f"no API server: {done.stderr}")

    def stop(self):
        subprocess.run([SCRIPT, "stop", self._folder.name], capture_output=True)
        self._folder.cleanup()

    def kubectl(self, *arguments, stdin=None):
        """The completed process; never raises."""
        command = [BINARIES / "kubectl", "--kubeconfig", self.kubeconfig, *map(str, arguments)]
        return subprocess.run(command, input=stdin, capture_output=True, text=True)

    def must(self, *arguments, stdin=None):
        """What kubectl says; raises where it fails."""
        done = self.kubectl(*arguments, stdin=stdin)
        if done.returncode != 0:
            raise AssertionError(f"kubectl {' '.join(map(str, arguments))}: {done.stderr}")
        return done.stdout

    def helm(self, command, release, *arguments, namespace="scaling"):
        """What helm says; raises where it fails. Install and upgrade take the chart."""
        chart = [CHART] if command in ("install", "upgrade") else []
        line = [os.environ["WEIR_HELM"], command, release, *chart, "--namespace", namespace, "--kubeconfig", self.kubeconfig,
                *arguments]
        done = subprocess.run(list(map(str, line)), capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"helm {command} {release}: {done.stderr}")
        return done.stdout

    def get(self, kind, name, namespace="default"):
        return yaml.safe_load(self.must("get", kind, name, "--namespace", namespace, "--output", "yaml"))
