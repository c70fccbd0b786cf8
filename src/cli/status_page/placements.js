// Groups as rows, the pods of one pool as columns under their node and zone, virtual replicas where they meet.

const nameWidth = 260;
const placedWidth = 84;
const podWidth = 40;

// The pools of a report by name. The leader tells of pods and what is pending; others know what the groups' status has.
function poolsOf(report) {
  const pools = new Map();
  for (const pool of report.pools ?? []) pools.set(`${pool.namespace}/${pool.name}`, poolOf(pool, report.groups));
  for (const group of report.groups) {
    if (!group.pool || pools.get(group.pool)?.told) continue;
    if (!pools.has(group.pool)) pools.set(group.pool, { pods: new Map(), groups: [], notes: [] });
    pools.get(group.pool).groups.push({ ...group, pending: Math.max(0, (group.replicas ?? 0) - group.placed), reason: group.why });
  }
  for (const pool of pools.values()) addUse(pool);
  return new Map([...pools].sort(([a], [b]) => names.compare(a, b)));
}

function poolOf(pool, groups) {
  const known = new Map(groups.map((group) => [`${group.namespace}/${group.name}`, group]));
  const pods = new Map(pool.pods.map((pod) => [pod.name, { ...pod, load: pod.used, capacity: pool.capacity }]));
  const told = pool.groups.map((group) => ({ groupId: known.get(`${group.namespace}/${group.name}`)?.groupId ?? "", replicas: group.wanted,
    ...group, placed: group.placements.reduce((sum, { vreplicas }) => sum + vreplicas, 0) }));
  const size = pool.replicas === pool.wanted ? plural(pool.replicas, "pod") : `${number(pool.replicas)} → ${plural(pool.wanted, "pod")}`;
  const notes = [`${size} of ${number(pool.minReplicas)} to ${number(pool.maxReplicas)}`, pool.held && "nothing moves now", pool.problem];
  return { told: true, pods, groups: told, notes: notes.filter(Boolean) };
}

// What is placed on each pod, and the pods that only placements name.
function addUse(pool) {
  for (const pod of pool.pods.values()) pod.used = 0;
  for (const { pod, vreplicas, zone } of pool.groups.flatMap(({ placements }) => placements)) {
    if (!pool.pods.has(pod)) pool.pods.set(pod, { name: pod, zone: zone ?? "", node: "", capacity: null, used: 0, state: "" });
    pool.pods.get(pod).used += vreplicas;
  }
  const order = (a, b) => names.compare(a.zone, b.zone) || names.compare(a.node, b.node) || names.compare(a.name, b.name);
  pool.pods = [...pool.pods.values()].sort(order);
}

function podWords(pod) {
  const one = pod.load === undefined || pod.load === pod.used;
  const words = [one ? `${number(pod.used)} of ${number(pod.capacity)} virtual replicas`
    : `${plural(pod.used, "virtual replica")} that take ${number(pod.load)} of its capacity ${number(pod.capacity)}`, pod.state !== "Ready" && pod.state,
    pod.unschedulable && "unschedulable", pod.full && "its assignment is full",
    pod.generation > 0 && (pod.applied >= pod.generation ? "assignment applied" : `assignment ${pod.generation} not acknowledged yet`)];
  return `${pod.name}: ${words.filter(Boolean).join(", ")}`;
}

class PlacementView {
  constructor(onChange) {
    Object.assign(this, { key: "placements", title: "Placements", onChange });
    const change = () => {
      this.#draw();
      this.onChange();
    };
    this.pool = make("select", { "aria-label": "Pool", onchange: change });
    this.query = make("input", { type: "search", placeholder: "Filter groups", "aria-label": "Filter groups", spellcheck: "false", oninput: change });
    this.sum = make("output");
    this.holder = make("div", { class: "scroller", tabindex: "0" });
    this.section = make("section", { id: "view-placements", role: "tabpanel", "aria-labelledby": "tab-placements" },
      make("form", { class: "tools", role: "search", onsubmit: (event) => event.preventDefault() }, this.pool, this.query, this.sum), this.holder);
  }

  update(report) {
    this.pools = poolsOf(report);
    const offered = [...this.pools.keys()];
    const chosen = this.pool.value || this.wanted;
    if (JSON.stringify(offered) !== this.offered) {
      this.offered = JSON.stringify(offered);
      this.pool.replaceChildren(...offered.map((name) => new Option(`Pool ${name}`, name)));
      if (offered.includes(chosen)) this.pool.value = chosen;
    }
    this.#draw();
  }

  #draw() {
    const pool = this.pools?.get(this.pool.value);
    if (!pool) return this.#sayNothing("No group names a pool", "Groups with spec.pool have their virtual replicas placed on its pods.");
    const { pods } = pool;
    const terms = this.query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const groups = pool.groups.filter((group) => terms.every((term) => `${group.namespace}/${group.name} ${group.groupId}`.toLowerCase().includes(term)));
    this.#drawSum(pool);
    if (pods.length === 0) return this.#sayNothing("The pool has no pod", "Nothing is placed on it yet.");
    if (groups.length === 0) return this.#sayNothing("Nothing matches", "No group of this pool passes the filter.");
    this.#drawTable(pods, groups);
  }

  #sayNothing(title, words) {
    this.table = null;
    this.holder.replaceWith(this.holder = make("div", { class: "scroller" }, make("div", { class: "empty" }, make("b", {}, title), make("span", {}, words))));
  }

  #drawSum({ pods, groups, notes }) {
    const zones = new Map();
    for (const pod of pods) zones.set(pod.zone || "no zone", (zones.get(pod.zone || "no zone") ?? 0) + pod.used);
    const used = pods.reduce((sum, pod) => sum + pod.used, 0);
    const pending = groups.reduce((sum, group) => sum + (group.pending ?? 0), 0);
    const spread = [...zones].map(([zone, count]) => `${zone} ${number(count)}`).join(", ");
    const parts = [`${number(used)} placed`, pending > 0 && `${number(pending)} pending`, spread, ...notes];
    setText(this.sum, parts.filter(Boolean).join(" · "));
  }

  // The table is made anew only where the pods are others: it keeps its place otherwise.
  #drawTable(pods, groups) {
    const shape = JSON.stringify(pods.map(({ name, zone, node }) => [name, zone, node]));
    if (!this.table || this.shape !== shape) {
      this.shape = shape;
      this.table = new VirtualTable({ columns: this.#columns(pods), label: "Placements", kind: "matrix" });
      this.table.table.style.width = `${nameWidth + placedWidth + pods.length * podWidth}px`;
      this.holder.replaceWith(this.table.scroller);
      this.holder = this.table.scroller;
    }
    this.#drawHeads(pods);
    const most = Math.max(1, ...groups.flatMap((group) => group.placements.map(({ vreplicas }) => vreplicas)));
    this.table.setRows(sorted(groups, { text: (group) => `${group.namespace}/${group.name}` }, false)
      .map((group) => ({ group, most, on: new Map(group.placements.map(({ pod, vreplicas }) => [pod, vreplicas])) })));
  }

  #columns(pods) {
    const name = ({ group }) => `${group.namespace}/${group.name}`;
    return [
      { key: "name", title: "Group", width: `${nameWidth}px`, text: name },
      { key: "placed", title: "Placed", width: `${placedWidth}px`, draw: (cell, { group }) => {
        setText(cell, `${number(group.placed)} / ${number(group.replicas ?? group.wanted)}`);
        setTitle(cell, group.pending > 0 ? `${number(group.pending)} pending: ${group.message || group.reason}` : "");
        cell.className = group.pending > 0 ? "end late" : "end";
      } },
      ...pods.map((pod) => ({ key: pod.name, title: pod.name, width: `${podWidth}px`, kind: "cell", draw: (cell, row) => {
        const vreplicas = row.on.get(pod.name) ?? 0;
        setText(cell, vreplicas ? number(vreplicas) : "");
        setTitle(cell, vreplicas ? `${plural(vreplicas, "virtual replica")} of ${name(row)} on ${pod.name}` : "");
        cell.style.setProperty("--heat", vreplicas / row.most);
      } })),
    ];
  }

  #drawHeads(pods) {
    this.table.head.replaceChildren(
      this.#spans(pods, "Zone", (pod) => pod.zone, (pod) => pod.zone || "no zone"),
      this.#spans(pods, "Node", (pod) => `${pod.zone}\n${pod.node}`, (pod) => pod.node || "–"),
      this.#line("Pod", "", pods, (pod) => make("th", { class: "pod", scope: "col", title: podWords(pod) }, pod.name.slice(pod.name.lastIndexOf("-") + 1))),
      this.#line("Used", "", pods, (pod) => {
        const late = (known(pod.capacity) && (pod.load ?? pod.used) >= pod.capacity) || pod.full || pod.unschedulable || (pod.state && pod.state !== "Ready");
        return make("th", { class: late ? "pod late" : "pod", title: podWords(pod) }, number(pod.used));
      }));
  }

  #line(name, second, pods, cell) {
    return make("tr", {}, make("th", { class: "name", scope: "row" }, name), make("th", {}, second), ...pods.map(cell));
  }

  #spans(pods, title, key, name) {
    const spans = [];
    for (const pod of pods) {
      if (spans.length > 0 && key(spans.at(-1).pod) === key(pod)) ++spans.at(-1).width;
      else spans.push({ pod, width: 1 });
    }
    return make("tr", {}, make("th", { class: "name", scope: "row" }, title), make("th", {}),
      ...spans.map(({ pod, width }) => make("th", { colspan: width, scope: "colgroup", title: name(pod) }, name(pod))));
  }

  choose() {}
  chosen() { return ""; }

  save(to) {
    if (this.query.value) to.set("q", this.query.value);
    if (this.pool.selectedIndex > 0) to.set("pool", this.pool.value);
  }

  restore(from) {
    this.query.value = from.get("q") ?? "";
    this.wanted = from.get("pool") ?? "";
  }
}
