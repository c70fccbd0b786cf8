"""Renders the chart for its tests."""

import functools
import os
import pathlib
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "charts" / "weir"
VALUES = sorted((ROOT / "tests" / "chart" / "values").glob("*.yaml"))
RELEASE = "lag"
NAMESPACE = "scaling"


class StringLoader(yaml.SafeLoader):
    """Refuses what the API server would refuse as well: a key that comes twice."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.YAMLError(f"{node.start_mark}: {', '.join(sorted(twice))} comes twice")
        return super().construct_mapping(node, deep)


def helm(*arguments, stdin=None):
    """The completed process; never raises."""
    return subprocess.run([os.environ["WEIR_HELM"], *map(str, arguments)], input=stdin, capture_output=True, text=True)


def template(*arguments, stdin=None):
    return helm("template", RELEASE, CHART, "--namespace", NAMESPACE, *arguments, stdin=stdin)


@functools.cache
def render(values):
    """The objects that a file of values makes."""
    done = template("--values", values)
    if done.returncode != 0:
        raise AssertionError(f"{values.name}: {done.stderr}")
    return [document for document in yaml.load_all(done.stdout, StringLoader) if document]


def of_kind(objects, kind):
    return [found for found in objects if found["kind"] == kind]


def name_of(found):
    return f"{found['kind']}/{found['metadata']['name']}"


def named(objects, name):
    """The object of this KIND/NAME; raises where there is none."""
    matches = [found for found in objects if name_of(found) == name]
    if not matches:
        raise AssertionError(f"no {name} among {sorted(map(name_of, objects))}")
    return matches[0]


def pod_templates(objects):
    """Name and pod of each Deployment, StatefulSet and Pod."""
    for found in objects:
        if found["kind"] in ("Deployment", "StatefulSet"):
            yield name_of(found), found["spec"]["template"]
        elif found["kind"] == "Pod":
            yield name_of(found), found
