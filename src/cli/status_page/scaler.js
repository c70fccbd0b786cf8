// The scaler: triggers, and the sessions that they read through.

const triggerStates = {
  error: { rank: 0, kind: "bad", name: "Error" },
  stale: { rank: 1, kind: "warn", name: "Stale" },
  waiting: { rank: 2, kind: "", name: "Waiting" },
  active: { rank: 3, kind: "good", name: "Active" },
  idle: { rank: 4, kind: "", name: "Idle" },
};

// KEDA is answered from the last good offsets until they are older than maxStale.
function triggerState(trigger, maxStale) {
  if (!trigger.decision || trigger.snapshot?.ageSeconds > maxStale) return trigger.error ? "error" : "waiting";
  if (trigger.error) return "stale";
  return trigger.decision.active ? "active" : "idle";
}

function why(trigger) {
  const { decision, error } = trigger;
  if (error && (trigger.state === "error" || !decision)) return error.message;
  if (!decision) return "no offsets yet";
  const prefix = error ? `as of ${duration(trigger.snapshot?.ageSeconds)} ago: ` : "";
  return prefix + (decision.active ? activeReason(decision) : idleReason(decision));
}

function idleReason(decision) {
  return decision.activityLag > 0 ? `lag ${number(decision.activityLag)} is not above the activation threshold` : "nothing to read";
}

function activeReason(decision) {
  const division = `${number(decision.metric)} / ${number(decision.target)}, rounded up`;
  switch (decision.reason) {
    case "partition_cap": return `capped by ${plural(decision.partitions, "partition")}`;
    case "partitions_with_lag": return `capped by ${plural(decision.partitionsWithLag, "partition")} with lag`;
    case "even_distribution": return `raised to divide ${plural(decision.partitions, "partition")} evenly`;
    case "min_scale": return "raised to minScale";
    case "max_scale": return "capped by maxScale";
    case "headroom": return "capped by hpaMaxReplicas";
    default: return division;
  }
}

const nobodyAsks = {
  title: "No trigger has been asked for lately",
  text: "KEDA asks once a ScaledObject names this scaler in scalerAddress, and then at every polling interval.",
};

class ScalerPage {
  constructor(onChange, details) {
    this.growth = new Growth();
    this.details = details;
    this.groups = new ListView({
      key: "groups", title: "Groups", noun: "trigger", onChange, empty: nobodyAsks, columns: this.#groupColumns(),
      sort: { key: "state", descending: false },
      words: (row) => [row.namespace, row.name, row.group, row.session, ...row.topics, row.why],
      choices: stateAndNamespace(triggerStates),
    });
    this.sessions = new ListView({
      key: "sessions", title: "Sessions", noun: "session", onChange, columns: this.#sessionColumns(),
      sort: { key: "state", descending: false },
      words: (row) => [row.name, row.authentication, row.lastError ?? ""],
      empty: { title: "No Kafka session is open", text: "One is opened when a trigger first asks for a cluster, and closed 5 minutes after the last." },
    });
    this.views = [this.groups, this.sessions];
  }

  #groupColumns() {
    const decided = (name) => (row) => row.decision?.[name] ?? null;
    const figure = (name) => ({ value: decided(name), text: (row) => number(decided(name)(row)), end: true });
    return [
      { key: "state", title: "State", width: "84px", value: (row) => triggerStates[row.state].rank,
        draw: (cell, row) => drawState(cell, { ...triggerStates[row.state], tip: row.error?.message }) },
      { key: "namespace", title: "Namespace", width: "8.5%", text: (row) => row.namespace, soft: true },
      { key: "name", title: "ScaledObject", width: "14.5%", text: (row) => row.name, open: (row) => this.details.show(() => this.#triggerDetails(row)) },
      { key: "group", title: "Group", width: "13%", text: (row) => row.group },
      { key: "topics", title: "Topics", width: "7.5%", text: (row) => row.topics.join(", ") || "all", soft: true },
      { key: "lag", title: "Lag", width: "84px", hint: "Records that the group has not committed", ...figure("lag") },
      { key: "growth", title: "per s", width: "70px", hint: "How fast the lag grew between the last two snapshots", end: true,
        soft: true, value: (row) => row.growth, text: (row) => rate(row.growth) },
      { key: "replicas", title: "Replicas", width: "84px", hint: "What the metric asks the HPA for", ...figure("desiredReplicas") },
      { key: "partitions", title: "Partitions", width: "92px", hint: "Partitions with lag, of all", end: true, soft: true,
        value: decided("partitionsWithLag"),
        text: (row) => (row.decision ? `${number(row.decision.partitionsWithLag)} / ${number(row.decision.partitions)}` : "–") },
      { key: "age", title: "Age", width: "66px", hint: "Time since the offsets were read", end: true, soft: true,
        value: (row) => row.snapshot?.ageSeconds ?? null, text: (row) => duration(row.snapshot?.ageSeconds) },
      { key: "why", title: "Why", text: (row) => row.why, soft: true },
    ];
  }

  #sessionColumns() {
    const figure = (name, text = number) => ({ value: (row) => row[name], text: (row) => text(row[name]), end: true });
    return [
      { key: "state", title: "State", width: "116px", value: (row) => Number(row.connected),
        draw: (cell, row) => drawState(cell, row.connected ? { kind: "good", name: "Connected" } : { kind: "bad", name: "Away", tip: row.lastError }) },
      { key: "name", title: "Session", width: "24%", text: (row) => row.name, open: (row) => this.details.show(() => this.#sessionDetails(row)) },
      { key: "authentication", title: "Authentication", width: "12%", text: (row) => row.authentication, soft: true },
      { key: "source", title: "Client", width: "88px", text: (row) => row.source, soft: true },
      { key: "triggers", title: "Triggers", width: "86px", ...figure("triggers") },
      { key: "rate", title: "Requests/s", width: "98px", ...figure("rate", (value) => (known(value) ? compact(Math.round(value * 10) / 10) : "–")) },
      { key: "bytesSent", title: "Sent", width: "92px", ...figure("bytesSent", bytes) },
      { key: "bytesReceived", title: "Received", width: "92px", ...figure("bytesReceived", bytes) },
      { key: "connects", title: "Connects", width: "90px", ...figure("connects") },
      { key: "failed", title: "Errors", width: "80px", ...figure("failed") },
      { key: "lastError", title: "Last error", text: (row) => row.lastError ?? "", soft: true },
    ];
  }

  update(report) {
    this.report = report;
    this.growth.begin();
    const triggersOf = new Map();
    for (const trigger of report.triggers) {
      trigger.state = triggerState(trigger, report.maxStaleSeconds);
      trigger.why = why(trigger);
      trigger.id = [trigger.namespace, trigger.name, trigger.metricName, trigger.group].join("\n");
      const read = trigger.snapshot ? report.uptimeSeconds - trigger.snapshot.ageSeconds : null;
      trigger.growth = trigger.decision && known(read) ? this.growth.perSecond(trigger.id, trigger.decision.lag, Math.round(read * 10)) : null;
      if (known(trigger.growth)) trigger.growth *= 10;
      triggersOf.set(trigger.session, (triggersOf.get(trigger.session) ?? 0) + 1);
    }
    for (const session of report.sessions) {
      session.triggers = triggersOf.get(session.name) ?? 0;
      session.failed = Object.values(session.errors).reduce((sum, count) => sum + count, 0);
      session.rate = this.growth.perSecond(`session\n${session.name}`, session.requests, report.uptimeSeconds);
    }
    this.groups.update(report.triggers);
    this.sessions.update(report.sessions);
  }

  figures() {
    const { triggers, sessions } = this.report;
    const sum = (name) => triggers.reduce((total, { decision }) => total + (decision?.[name] ?? 0), 0);
    const state = (key, tone) => stateFigure(this.groups, triggerStates, key, tone);
    const connected = sessions.filter((session) => session.connected).length;
    return [
      { text: number(triggers.length), name: "Triggers", view: this.groups, choice: ["state", ""] },
      state("active"), state("idle"), state("stale", "warn"), state("error", "bad"),
      { text: compact(sum("lag")), name: "Records of lag", tip: number(sum("lag")) },
      { text: number(sum("desiredReplicas")), name: "Desired replicas" },
      { text: `${number(connected)} / ${number(sessions.length)}`, name: "Sessions connected", tone: connected < sessions.length ? "warn" : "" },
    ];
  }

  notice() {
    return "";
  }

  #find(row) {
    return this.report.triggers.find(({ id }) => id === row.id);
  }

  async #triggerDetails(row) {
    const trigger = this.#find(row);
    const title = `${row.namespace} / ${row.name}`;
    if (!trigger) return { title, parts: [text("Nobody has asked for this trigger lately.")] };
    const { decision, snapshot, error } = trigger;
    const parts = [pairs([
      ["State", triggerStates[trigger.state].name], ["Why", trigger.why], ["Error", error && `${error.code}: ${error.message}`],
      ["Group", trigger.group], ["Topics", trigger.topics.join(", ") || "all that the group has committed to"],
      ["Metric", trigger.metricName],
      ["Told to the HPA", decision && `${number(decision.metric)} with target ${number(decision.target)}: ${plural(decision.desiredReplicas, "replica")}`],
      ["Lag", decision && `${number(decision.lag)}, of which ${number(decision.activityLag)} count for activity`],
      ["Behind open transactions", decision?.recordsBehindLastStableOffset ? number(decision.recordsBehindLastStableOffset) : null],
      ["Offsets read", snapshot && `${snapshot.time}, ${duration(snapshot.ageSeconds)} ago`],
      ["Last asked for", `${duration(trigger.lastAskedSecondsAgo)} ago`], ["Open streams", number(trigger.openStreams)],
      ["Session", trigger.session],
    ])];
    return { title, parts: [...parts, ...await this.#partitions(row)] };
  }

  async #partitions(row) {
    const title = "Partitions";
    try {
      const answer = await fetch(`status/${encodeURIComponent(row.namespace)}/${encodeURIComponent(row.name)}`, { cache: "no-store" });
      const { triggers } = await answer.json();
      const { partitions } = triggers.find(({ metricName, group }) => metricName === row.metricName && group === row.group);
      return [grid(title, ["Topic", "Partition", "Committed", "Log start", "Log end", "Lag", "Reason"], partitions.map((one) =>
        [one.topic, one.partition, one.committed, one.logStart, one.logEnd, one.lag, one.reason.replaceAll("_", " ")]))];
    } catch {
      return [text("The partitions could not be had.")];
    }
  }

  #sessionDetails(row) {
    const session = this.report.sessions.find(({ name }) => name === row.name);
    if (!session) return { title: row.name, parts: [text("This session has been closed.")] };
    return { title: session.name, parts: [
      pairs([["Brokers", session.brokers.join(", ")], ["Authentication", session.authentication], ["Client", session.source],
        ["Isolation", session.readCommitted ? "read_committed" : "read_uncommitted"], ["Connected", session.connected ? "yes" : "no"],
        ["Last error", session.lastError], ["Connections opened, lost", `${number(session.connects)}, ${number(session.disconnects)}`]]),
      grid("Requests", ["Type", "Sent"], Object.entries(session.requestsByType)),
      grid("Errors of groups, topics and partitions", ["Code", "Count"], Object.entries(session.errors)),
    ] };
  }
}
