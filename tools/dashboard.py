#!/usr/bin/env python3
"""Writes charts/weir/dashboards/weir.json, the Grafana dashboard, from the panels below.

Usage: dashboard.py [--check]   with --check it writes nothing, and fails where the file is not what it would write.
"""

import json
import pathlib
import sys

FILE = pathlib.Path(__file__).resolve().parents[1] / "charts" / "weir" / "dashboards" / "weir.json"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
RATE = "[$__rate_interval]"
# Several scalers may know the same group: the highest figure stands for all.
GROUP = "max by (namespace, name, group) ({}{{namespace=~\"$namespace\"}})"
GROUP_NAME = "{{namespace}}/{{name}}"
WIDTH = 24


def quantile(name, by, share=0.99):
    return f"histogram_quantile({share}, sum by (le, {by}) (rate({name}_bucket{RATE})))"


def stat(title, expr, tells, warn=None, unit="short"):
    """A figure; from `warn` on it is a warning."""
    steps = [{"color": "text", "value": None}] + ([] if warn is None else [{"color": "orange", "value": warn}])
    return {"type": "stat", "title": title, "description": tells, "width": 3, "height": 4, "queries": [(expr, "")], "unit": unit,
            "defaults": {"thresholds": {"mode": "absolute", "steps": steps}},
            "options": {"colorMode": "value", "graphMode": "area", "reduceOptions": {"calcs": ["lastNotNull"]}}}


def graph(title, queries, tells, unit="short", width=8, stacked=False):
    custom = {"fillOpacity": 15 if stacked else 0, "lineWidth": 1, "showPoints": "never"}
    if stacked:
        custom["stacking"] = {"mode": "normal"}
    return {"type": "timeseries", "title": title, "description": tells, "width": width, "height": 8, "queries": queries, "unit": unit,
            "defaults": {"custom": custom, "min": 0},
            "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}}}


ROWS = {
    "Now": [
        stat("Triggers", "max(weir_triggers)", "Triggers that KEDA asked for lately."),
        stat("Active groups", "max(weir_groups_active)", "Groups that KEDA is told to keep running."),
        stat("Lag", "max(weir_groups_lag)", "Records that are not committed yet, of all groups."),
        stat("Desired replicas", "max(weir_groups_desired_replicas)", "What the metrics ask the HPAs for."),
        stat("Stale groups", "sum(weir_subscriptions_stale)", "No new offsets for longer than --max-stale: replicas hold.", 1),
        stat("Unread groups", "max(weir_groups_without_snapshot)", "Never read so far.", 1),
        stat("Sessions away", "count(weir_kafka_session_connected == 0) or vector(0)", "Clusters whose last request was not answered.", 1),
        stat("Scalers", "count(weir_triggers)", "Scalers that are scraped."),
    ],
    "Groups": [
        graph("Highest lag", [(f"topk(10, {GROUP.format('weir_group_lag')})", GROUP_NAME)], "Records that a group has not committed."),
        graph("Most replicas", [(f"topk(10, {GROUP.format('weir_group_desired_replicas')})", GROUP_NAME)],
              "Replicas that the metric asks the HPA for."),
        graph("Lag where there may be no more replicas",
              [(f"topk(10, {GROUP.format('weir_group_lag')} and {GROUP.format('weir_group_at_max_replicas')} == 1)", GROUP_NAME)],
              "Groups with as many replicas as partitions or maxima allow: growth here is for their owners."),
        graph("Oldest offsets", [(f"topk(10, time() - {GROUP.format('weir_snapshot_timestamp_seconds')})", GROUP_NAME)],
              "Age of the offsets that KEDA is answered from.", "s"),
        graph("Behind open transactions", [(f"topk(10, {GROUP.format('weir_group_records_behind_lso')})", GROUP_NAME)],
              "With read_committed: records behind the last stable offset, which do not count as lag."),
        graph("Groups", [("max(weir_groups)", "all"), ("max(weir_groups_active)", "active"), ("max(weir_subscriptions)", "refreshed"),
                         ("max(weir_metrics_dropped_triggers)", "triggers without series")], "How many there are."),
    ],
    "KEDA's calls": [
        graph("Calls", [(f"sum by (rpc) (rate(weir_rpc_requests_total{RATE}))", "{{rpc}}")], "Finished calls.", "reqps", stacked=True),
        graph("Calls that fail", [(f"sum by (rpc, code) (rate(weir_rpc_requests_total{{code!=\"OK\"}}{RATE}))", "{{rpc}} {{code}}")],
              "By RPC and gRPC status code.", "reqps"),
        graph("Time of calls", [(quantile("weir_rpc_duration_seconds", "rpc"), "{{rpc}} p99"),
                                (quantile("weir_rpc_duration_seconds", "rpc", 0.5), "{{rpc}} p50")], "From arrival to answer.", "s"),
        graph("Open streams", [("sum by (rpc) (weir_rpc_streams)", "{{rpc}}")], "StreamIsActive: one a trigger of type external-push."),
        graph("Waits", [(f"sum(rate(weir_first_waits_total{RATE}))", "for first offsets"),
                        (f"sum(rate(weir_first_wait_timeouts_total{RATE}))", "in vain"),
                        (f"sum(rate(weir_stale_answers_total{RATE}))", "answered from old offsets")], "Calls that had no fresh offsets.", "reqps"),
        graph("First records seen", [(f"sum(rate(weir_watch_wakes_total{RATE}))", "wakes"), ("sum(weir_watched_partitions)", "watched partitions")],
              "Idle partitions are watched for their first record."),
    ],
    "Kafka": [
        graph("Refreshes", [(f"sum by (result) (rate(weir_refreshes_total{RATE}))", "{{result}}")], "Refreshes of groups.", "ops"),
        graph("Time of refreshes", [("histogram_quantile(0.99, sum by (le) (rate(weir_refresh_duration_seconds_bucket[$__rate_interval])))", "p99"),
                                    ("histogram_quantile(0.5, sum by (le) (rate(weir_refresh_duration_seconds_bucket[$__rate_interval])))", "p50")],
              "One batch of a session.", "s"),
        graph("Requests", [(f"sum by (type) (rate(weir_kafka_requests_total{RATE}))", "{{type}}")], "To brokers, by type.", "reqps", stacked=True),
        graph("Time of requests", [(quantile("weir_kafka_call_duration_seconds", "call"), "{{call}} p99")], "A batch of requests.", "s"),
        graph("Traffic", [(f"sum(rate(weir_kafka_sent_bytes_total{RATE}))", "sent"), (f"sum(rate(weir_kafka_received_bytes_total{RATE}))", "received")],
              "With brokers.", "Bps"),
        graph("Errors", [(f"sum by (code) (rate(weir_kafka_errors_total{RATE}))", "{{code}}")], "Groups, topics and partitions that could not be read.", "ops"),
        graph("Connections", [(f"sum(rate(weir_kafka_connects_total{RATE}))", "opened"), (f"sum(rate(weir_kafka_disconnects_total{RATE}))", "lost")],
              "To brokers.", "ops"),
        graph("Sessions", [("max(weir_kafka_sessions)", "sessions"), ("sum by (session) (weir_kafka_session_connected)", "{{session}}")],
              "One a cluster and credentials; 1: its last request was answered."),
        graph("Requests by session", [("topk(10, sum by (session) (deriv(weir_kafka_session_requests[5m])))", "{{session}}")], "The busiest.", "reqps"),
    ],
    "Controller": [
        graph("Leaders", [("sum(weir_controller_leader)", "leaders"), ("count(weir_controller_leader)", "controllers")], "One leads.", width=6),
        graph("Passes", [("sum(rate(weir_controller_reconcile_duration_seconds_count[$__rate_interval]))", "passes"),
                         (f"sum(rate(weir_controller_reconcile_errors_total{RATE}))", "failed")], "Over ConsumerGroups.", "ops", 6),
        graph("Time of passes", [("histogram_quantile(0.99, sum by (le) (rate(weir_controller_reconcile_duration_seconds_bucket[$__rate_interval])))", "p99")],
              "Over one ConsumerGroup.", "s", 6),
        graph("API server", [(f"sum by (verb, code) (rate(weir_kube_requests_total{RATE}))", "{{verb}} {{code}}")],
              "Requests of scalers and controllers; code 0: no answer.", "reqps", 6),
    ],
    "Placement": [
        graph("Virtual replicas", [("sum by (namespace, pool) (weir_placement_placed_vreplicas)", "{{namespace}}/{{pool}} placed"),
                                   ("sum by (namespace, pool) (weir_placement_pending_vreplicas)", "{{namespace}}/{{pool}} pending"),
                                   ("sum by (namespace, pool) (weir_placement_capacity_vreplicas)", "{{namespace}}/{{pool}} room")],
              "What the pods of a pool have, what waits, and what there is room for.", width=6),
        graph("Pods", [("sum by (namespace, pool, state) (weir_placement_pods)", "{{namespace}}/{{pool}} {{state}}"),
                       ("sum by (namespace, pool) (weir_placement_wanted_pods)", "{{namespace}}/{{pool}} wanted"),
                       ("sum by (namespace, pool) (weir_placement_max_pods)", "{{namespace}}/{{pool}} most")], "Of the pools.", width=6),
        graph("Assignments", [("sum by (namespace, pool) (weir_placement_behind_pods)", "{{namespace}}/{{pool}} not acknowledged"),
                              ("sum by (namespace, pool) (weir_placement_held)", "{{namespace}}/{{pool}} held")],
              "Pods whose data plane has not acknowledged its newest assignment; 1: nothing moves.", width=6),
        graph("Moves", [(f"sum by (namespace, pool, cause) (rate(weir_placement_moves_total{RATE}))", "{{namespace}}/{{pool}} {{cause}}")],
              "Virtual replicas that had to leave a pod, or left it for a better spread.", "ops", 6),
    ],
}


def panel(spec, number, x, y):
    targets = [{"refId": chr(ord("A") + at), "datasource": SOURCE, "expr": expr, "legendFormat": legend or "__auto"}
               for at, (expr, legend) in enumerate(spec["queries"])]
    return {"id": number, "type": spec["type"], "title": spec["title"], "description": spec["description"], "datasource": SOURCE,
            "gridPos": {"x": x, "y": y, "w": spec["width"], "h": spec["height"]}, "targets": targets,
            "fieldConfig": {"defaults": {"unit": spec["unit"], **spec["defaults"]}, "overrides": []}, "options": spec["options"]}


def panels():
    y, made = 0, []
    for title, specs in ROWS.items():
        made.append({"id": len(made) + 1, "type": "row", "title": title, "collapsed": False, "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1}})
        x, y, height = 0, y + 1, 0
        for spec in specs:
            if x + spec["width"] > WIDTH:
                x, y = 0, y + height
            made.append(panel(spec, len(made) + 1, x, y))
            x, height = x + spec["width"], spec["height"]
        y += height
    return made


def dashboard():
    variables = [
        {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"},
        {"name": "namespace", "label": "Namespace", "type": "query", "datasource": SOURCE, "query": "label_values(weir_group_lag, namespace)",
         "definition": "label_values(weir_group_lag, namespace)", "refresh": 2, "sort": 1, "includeAll": True, "allValue": ".*", "multi": True,
         "current": {"text": "All", "value": "$__all"}},
    ]
    return {"uid": "weir", "title": "Weir", "tags": ["weir", "kafka", "keda"], "timezone": "browser", "schemaVersion": 38, "editable": True,
            "refresh": "30s", "time": {"from": "now-1h", "to": "now"}, "templating": {"list": variables}, "panels": panels()}


def main():
    wanted = json.dumps(dashboard(), indent=1) + "\n"
    if "--check" not in sys.argv[1:]:
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_text(wanted)
    elif not FILE.exists() or FILE.read_text() != wanted:
        sys.exit(f"{FILE.name} is not what tools/dashboard.py says: run it")


if __name__ == "__main__":
    main()
