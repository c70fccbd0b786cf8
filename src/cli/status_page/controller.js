// The controller: ConsumerGroups, and where their virtual replicas are.

const groupStates = {
  bad: { rank: 0, kind: "bad", name: "Not ready" },
  pending: { rank: 1, kind: "warn", name: "Pending" },
  ready: { rank: 2, kind: "good", name: "Ready" },
  zero: { rank: 3, kind: "", name: "At zero" },
  unknown: { rank: 4, kind: "", name: "Unknown" },
};

const isFalse = (condition) => condition?.status === "False";

function conditionOf(group, type) {
  return group.conditions.find((condition) => condition.type === type);
}

function groupState(group) {
  const ready = conditionOf(group, "Ready");
  if (conditionOf(group, "Scheduled")?.status === "False") return "pending";
  if (isFalse(ready)) return "bad";
  if (group.replicas === 0) return "zero";
  return ready?.status === "True" ? "ready" : "unknown";
}

// What people should look at first, of the conditions.
function groupReason(group) {
  const bad = group.conditions.find((condition) => isFalse(condition) && condition.type !== "Ready") ?? group.conditions.find(isFalse);
  const told = bad ?? conditionOf(group, "Autoscaling") ?? conditionOf(group, "Ready");
  if (!told) return "the controller has not looked at it yet";
  return told.message ? `${told.reason}: ${told.message}` : told.reason;
}

class ControllerPage {
  constructor(onChange, details) {
    this.details = details;
    this.groups = new ListView({
      key: "groups", title: "ConsumerGroups", noun: "group", onChange, columns: this.#columns(), sort: { key: "state", descending: false },
      words: (row) => [row.namespace, row.name, row.groupId, row.pool ?? "", ...row.topics, row.why],
      choices: stateAndNamespace(groupStates),
      empty: { title: "There is no ConsumerGroup", text: "Make one with kubectl apply; kubectl explain consumergroup.spec says what it has." },
    });
    this.placements = new PlacementView(onChange);
    this.views = [this.groups, this.placements];
  }

  #columns() {
    const figure = (name) => ({ value: (row) => row[name], text: (row) => number(row[name]), end: true });
    return [
      { key: "state", title: "State", width: "104px", value: (row) => groupStates[row.state].rank,
        draw: (cell, row) => drawState(cell, { ...groupStates[row.state], tip: row.why }) },
      { key: "namespace", title: "Namespace", width: "11%", text: (row) => row.namespace, soft: true },
      { key: "name", title: "ConsumerGroup", width: "16%", text: (row) => row.name, open: (row) => this.details.show(() => this.#groupDetails(row)) },
      { key: "groupId", title: "Group", width: "13%", text: (row) => row.groupId },
      { key: "topics", title: "Topics", width: "11%", text: (row) => row.topics.join(", "), soft: true },
      { key: "pool", title: "Pool", width: "11%", text: (row) => row.pool ?? "–", soft: true },
      { key: "wanted", title: "Wanted", width: "80px", hint: "spec.replicas", ...figure("wanted") },
      { key: "placed", title: "Placed", width: "78px", hint: "Virtual replicas that have a pod", ...figure("placed") },
      { key: "readyReplicas", title: "Ready", width: "72px", hint: "Replicas that run", ...figure("readyReplicas") },
      { key: "partitions", title: "Partitions", width: "90px", ...figure("partitions") },
      { key: "lag", title: "Lag", width: "90px", hint: "As the status has it: it follows when it changes much", ...figure("lag") },
      { key: "why", title: "Condition", text: (row) => row.why, soft: true },
    ];
  }

  update(report) {
    this.report = report;
    for (const group of report.groups) {
      group.placed = group.placements.reduce((sum, { vreplicas }) => sum + vreplicas, 0);
      group.state = groupState(group);
      group.why = groupReason(group);
    }
    this.groups.update(report.groups);
    this.placements.update(report);
  }

  figures() {
    const { groups, leader } = this.report;
    const sum = (name) => groups.reduce((total, group) => total + (group[name] ?? 0), 0);
    const state = (key, tone) => stateFigure(this.groups, groupStates, key, tone);
    return [
      { text: number(groups.length), name: "ConsumerGroups", view: this.groups, choice: ["state", ""] },
      state("ready"), state("zero"), state("pending", "warn"), state("bad", "bad"),
      { text: number(sum("wanted")), name: "Replicas wanted" }, { text: number(sum("placed")), name: "Placed on pools" },
      { text: leader ? "yes" : "no", name: "Leads" },
    ];
  }

  notice() {
    return this.report.leader ? "" : "This replica stands by: another one leads. What is shown is what the API server has.";
  }

  #groupDetails(row) {
    const group = this.report.groups.find(({ namespace, name }) => namespace === row.namespace && name === row.name);
    const title = `${row.namespace} / ${row.name}`;
    if (!group) return { title, parts: [text("This ConsumerGroup is gone.")] };
    return { title, parts: [
      pairs([["State", groupStates[group.state].name], ["Group", group.groupId], ["Topics", group.topics.join(", ")], ["Pool", group.pool],
        ["Replicas wanted", number(group.wanted)], ["Accepted", number(group.replicas)], ["Placed", group.pool && number(group.placed)],
        ["Ready", number(group.readyReplicas)], ["Partitions", number(group.partitions)], ["Lag", number(group.lag)]]),
      grid("Conditions", ["Type", "Status", "Reason", "Message"], group.conditions.map((one) => [one.type, one.status, one.reason, one.message])),
      grid("Placements", ["Pod", "Zone", "Virtual replicas"], group.placements.map((one) => [one.pod, one.zone || "–", one.vreplicas])),
    ] };
  }
}
