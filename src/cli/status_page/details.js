// The dialog with all that is known of one row. It follows the polls while it is open.

const mostDetailRows = 500;

const text = (words) => make("p", { class: "muted" }, words);

function pairs(rows) {
  return make("dl", {}, ...rows.filter(([, value]) => value).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
}

function grid(title, heads, rows) {
  if (rows.length === 0) return make("div", {}, make("h3", {}, title), text("None"));
  const figures = heads.map((_, at) => rows.every((row) => !known(row[at]) || typeof row[at] === "number"));
  const shape = (at) => ({ class: figures[at] ? "end" : null });
  const line = (row) => make("tr", {}, ...row.map((value, at) => make("td", shape(at), figures[at] ? number(value) : value)));
  const left = rows.length - mostDetailRows;
  return make("div", {}, make("h3", {}, `${title} (${number(rows.length)})`),
    make("table", {}, make("thead", {}, make("tr", {}, ...heads.map((head, at) => make("th", { scope: "col", ...shape(at) }, head)))),
      make("tbody", {}, ...rows.slice(0, mostDetailRows).map(line))),
    left > 0 ? text(`and ${number(left)} more: see /status`) : "");
}

class Details {
  constructor() {
    this.dialog = document.getElementById("details");
    this.title = document.getElementById("details-title");
    this.body = document.getElementById("details-body");
    document.getElementById("details-close").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("close", () => { this.content = null; });
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
  }

  // `content` gives {title, parts}, or a promise of it, each time that it is asked.
  async show(content) {
    this.content = content;
    await this.refresh();
    if (this.content === content && !this.dialog.open) {
      this.dialog.showModal();
      this.body.scrollTop = 0;
    }
  }

  // Whoever has marked some of it wants it to stay.
  #isBeingCopied() {
    const marked = getSelection();
    return this.dialog.open && !marked.isCollapsed && this.body.contains(marked.anchorNode);
  }

  async refresh() {
    const asked = this.content;
    if (!asked || this.#isBeingCopied()) return;
    try {
      const { title, parts } = await asked();
      if (this.content !== asked) return;
      setText(this.title, title);
      this.body.replaceChildren(...parts);
    } catch {
      // The page says that nobody answers; what is shown stays.
    }
  }
}
