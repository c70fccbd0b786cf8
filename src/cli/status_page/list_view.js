// A view: a table with a filter, choices, an order and words for when there is nothing to show.

class ListView {
  // `choices`: {key, label, of(row), names} each; `words(row)`: the texts that the filter looks in.
  constructor({ key, title, columns, sort, words, choices = [], empty, noun, onChange }) {
    Object.assign(this, { key, title, columns, words, choices, empty, noun, onChange });
    this.firstSort = sort;
    this.sort = { ...sort };
    this.rows = [];
    this.query = make("input", { type: "search", placeholder: "Filter", "aria-label": `Filter ${title}`, spellcheck: "false",
      title: "Every word must occur in the names, topics or errors of a row", oninput: () => this.#changed() });
    this.selects = choices.map((choice) =>
      make("select", { "aria-label": choice.label, "data-choice": choice.key, onchange: () => this.#changed() }));
    this.count = make("output", { "aria-live": "polite" });
    this.table = new VirtualTable({ columns, label: title, sort, onSort: (column) => this.#sortBy(column) });
    this.nothing = make("div", { class: "empty", hidden: true });
    this.table.scroller.append(this.nothing);
    const tools = make("form", { class: "tools", role: "search", onsubmit: (event) => event.preventDefault() },
      this.query, ...this.selects, this.count);
    this.section = make("section", { id: `view-${key}`, role: "tabpanel", "aria-labelledby": `tab-${key}` }, tools, this.table.scroller);
  }

  update(rows) {
    this.rows = rows;
    this.choices.forEach((choice, at) => this.#offer(choice, this.selects[at]));
    this.#apply();
  }

  #offer(choice, select) {
    const counts = new Map();
    for (const row of this.rows) {
      const value = choice.of(row);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const chosen = select.value;
    if (chosen && !counts.has(chosen)) counts.set(chosen, 0);
    const wanted = [...counts].sort(([a], [b]) => names.compare(a, b));
    const text = JSON.stringify(wanted);
    if (select.offered === text) return;
    select.offered = text;
    select.replaceChildren(new Option(choice.label, ""),
      ...wanted.map(([value, count]) => new Option(`${choice.names?.[value] ?? value} (${number(count)})`, value)));
    select.value = chosen;
  }

  choose(key, value) {
    const select = this.selects[this.choices.findIndex((choice) => choice.key === key)];
    if (value && ![...select.options].some((option) => option.value === value)) select.append(new Option(value, value));
    select.value = value;
    this.#changed();
  }

  chosen(key) {
    return this.selects[this.choices.findIndex((choice) => choice.key === key)].value;
  }

  clear() {
    this.query.value = "";
    for (const select of this.selects) select.value = "";
    this.#changed();
  }

  #changed() {
    this.table.toTop();
    this.#apply();
    this.onChange();
  }

  #sortBy(column) {
    const again = this.sort.key === column.key;
    this.sort = { key: column.key, descending: again ? !this.sort.descending : Boolean(column.end) };
    this.table.drawHead(this.sort);
    this.table.head.querySelector("[aria-sort] button").focus();
    this.#changed();
  }

  #apply() {
    const terms = this.query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = this.selects.map((select) => select.value);
    const found = this.rows.filter((row) => {
      if (!this.choices.every((choice, at) => !wanted[at] || choice.of(row) === wanted[at])) return false;
      if (terms.length === 0) return true;
      row.searched ??= this.words(row).join("\n").toLowerCase();
      return terms.every((term) => row.searched.includes(term));
    });
    const column = this.columns.find(({ key }) => key === this.sort.key);
    this.table.setRows(sorted(found, column, this.sort.descending));
    const all = plural(this.rows.length, this.noun);
    setText(this.count, found.length === this.rows.length ? all : `${number(found.length)} of ${all}`);
    this.#sayNothing(found.length);
  }

  #sayNothing(found) {
    this.nothing.hidden = found > 0;
    this.table.table.hidden = found === 0;
    if (found > 0) return;
    if (this.rows.length === 0) {
      this.nothing.replaceChildren(make("b", {}, this.empty.title), make("span", {}, this.empty.text));
    } else {
      this.nothing.replaceChildren(make("b", {}, "Nothing matches"),
        make("span", {}, `None of ${plural(this.rows.length, this.noun)} passes the filter.`),
        make("button", { type: "button", onclick: () => this.clear() }, "Clear the filter"));
    }
  }

  // What of this view belongs into the address.
  save(to) {
    if (this.query.value) to.set("q", this.query.value);
    this.choices.forEach((choice, at) => this.selects[at].value && to.set(choice.key, this.selects[at].value));
    if (this.sort.key !== this.firstSort.key || this.sort.descending !== this.firstSort.descending)
      to.set("sort", (this.sort.descending ? "-" : "") + this.sort.key);
  }

  restore(from) {
    this.query.value = from.get("q") ?? "";
    for (const [at, choice] of this.choices.entries()) {
      const value = from.get(choice.key);
      if (!value) continue;
      this.selects[at].append(new Option(value, value));
      this.selects[at].value = value;
    }
    const key = (from.get("sort") ?? "").replace(/^-/, "");
    if (this.columns.some((column) => column.key === key)) {
      this.sort = { key, descending: from.get("sort").startsWith("-") };
      this.table.drawHead(this.sort);
    }
  }
}

function drawState(cell, { kind, name, tip }) {
  if (!cell.firstChild) cell.append(make("span"));
  cell.firstChild.className = `state ${kind}`;
  setText(cell.firstChild, name);
  setTitle(cell, tip ?? name);
}

// The choices of rows that have a state, of `states`, and a namespace.
const stateAndNamespace = (states) => [
  { key: "state", label: "All states", of: (row) => row.state,
    names: Object.fromEntries(Object.entries(states).map(([key, { name }]) => [key, name])) },
  { key: "namespace", label: "All namespaces", of: (row) => row.namespace },
];

// How many rows of such a view are in a state, for the top of the page, where a click chooses it.
function stateFigure(view, states, key, tone) {
  const count = view.rows.filter((row) => row.state === key).length;
  return { view, choice: ["state", key], text: number(count), name: states[key].name, tone: count > 0 ? tone : "" };
}
