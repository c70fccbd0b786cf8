// A table of any number of rows, of which only those in sight are in the document.

const rowHeight = 28;
const spareRows = 6;

class VirtualTable {
  // A column has: key, title, and `text(row)`; may have: width, end (right-aligned), soft, hint, `value(row)` to sort by
  // (its text otherwise), `draw(cell, row)` instead of text, `open(row)` for a button, `tip(row)` for a title.
  constructor({ columns, label, kind = "", sort, onSort }) {
    this.columns = columns;
    this.onSort = onSort;
    this.rows = [];
    this.shown = new Map();
    this.above = this.#spacer();
    this.below = this.#spacer();
    this.body = make("tbody", {}, this.above, this.below);
    this.head = make("thead");
    this.table = make("table", { class: `rows ${kind}`, "aria-label": label }, this.#widths(), this.head, this.body);
    this.scroller = make("div", { class: "scroller", tabindex: "0", role: "region", "aria-label": label }, this.table);
    this.scroller.addEventListener("scroll", () => this.#schedule(), { passive: true });
    new ResizeObserver(() => this.#schedule()).observe(this.scroller);
    if (sort) this.drawHead(sort);
  }

  #spacer() {
    return make("tr", { class: "spacer", "aria-hidden": "true" }, make("td", { colspan: this.columns.length }));
  }

  #widths() {
    return make("colgroup", {}, ...this.columns.map((column) => {
      const col = make("col");
      if (column.width) col.style.width = column.width;
      return col;
    }));
  }

  drawHead(sort) {
    this.head.replaceChildren(make("tr", { "aria-rowindex": 1 }, ...this.columns.map((column) => make("th", {
      scope: "col",
      class: column.end ? "end" : "",
      "data-column": column.key,
      "aria-sort": column.key === sort.key ? (sort.descending ? "descending" : "ascending") : null,
    }, make("button", { type: "button", title: column.hint ?? column.title, onclick: () => this.onSort(column) }, column.title)))));
  }

  setRows(rows) {
    this.rows = rows;
    this.table.setAttribute("aria-rowcount", rows.length + 1);
    this.draw();
  }

  toTop() {
    this.scroller.scrollTop = 0;
  }

  #schedule() {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.draw();
    });
  }

  draw() {
    const inSight = Math.ceil((this.scroller.clientHeight || window.innerHeight) / rowHeight);
    const most = Math.max(0, this.rows.length - inSight);
    const top = Math.min(most, Math.floor(this.scroller.scrollTop / rowHeight));
    const first = Math.max(0, top - spareRows);
    const end = Math.min(this.rows.length, top + inSight + spareRows);
    this.above.firstChild.style.height = `${first * rowHeight}px`;
    this.below.firstChild.style.height = `${(this.rows.length - end) * rowHeight}px`;
    this.#fillBetween(first, end);
  }

  // Rows that stay in sight stay where they are, so that the focus does too.
  #fillBetween(first, end) {
    const kept = new Map(), free = [];
    for (const [index, element] of this.shown) {
      if (index >= first && index < end) kept.set(index, element);
      else free.push(element);
    }
    this.shown = new Map();
    let next = this.above.nextSibling;
    for (let index = first; index < end; ++index) {
      const element = kept.get(index) ?? free.pop() ?? this.#newRow();
      this.#fill(element, index);
      if (element === next) next = element.nextSibling;
      else this.body.insertBefore(element, next);
      this.shown.set(index, element);
    }
    for (const element of free) element.remove();
  }

  #newRow() {
    return make("tr", {}, ...this.columns.map((column) => {
      const classes = [column.end && "end", column.soft && "soft", column.kind].filter(Boolean).join(" ");
      const cell = make("td", { class: classes || null });
      if (column.open) cell.append(make("button", { type: "button", class: "open", onclick: () => column.open(cell.parentNode.row) }));
      return cell;
    }));
  }

  #fill(element, index) {
    const row = this.rows[index];
    if (element.row === row && element.index === index) return;
    element.row = row;
    element.index = index;
    element.setAttribute("aria-rowindex", index + 2);
    this.columns.forEach((column, at) => {
      const cell = element.children[at];
      if (column.draw) return column.draw(cell, row);
      const text = column.text(row);
      setText(column.open ? cell.firstChild : cell, text);
      setTitle(cell, column.tip ? column.tip(row) : text);
    });
  }
}

// By a column's value; what is not known comes last either way.
function sorted(rows, column, descending) {
  const value = column.value ?? column.text;
  const keyed = rows.map((row) => ({ row, key: value(row) }));
  const order = descending ? -1 : 1;
  keyed.sort((a, b) => {
    if (!known(a.key) || !known(b.key)) return Number(!known(a.key)) - Number(!known(b.key));
    return order * (typeof a.key === "string" ? names.compare(a.key, b.key) : a.key - b.key);
  });
  return keyed.map(({ row }) => row);
}
