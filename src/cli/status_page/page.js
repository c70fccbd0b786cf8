// The page: asks for /status while somebody looks, and shows what it says.

const pollEvery = 5000;
const answerWithin = 10000;
const byId = (id) => document.getElementById(id);

class Page {
  constructor() {
    this.details = new Details();
    this.paused = false;
    byId("pause").addEventListener("click", () => this.#pause(!this.paused));
    document.addEventListener("visibilitychange", () => this.#follow());
    setInterval(() => this.#tellAge(), 1000);
    this.#follow();
  }

  #pause(paused) {
    this.paused = paused;
    byId("pause").setAttribute("aria-pressed", paused);
    setText(byId("pause"), paused ? "Resume" : "Pause");
    this.#follow();
    this.#tellAge();
  }

  // A page that nobody looks at asks for nothing.
  #follow() {
    clearTimeout(this.timer);
    if (!this.paused && !document.hidden) this.#poll();
  }

  async #poll() {
    if (this.asking) return;
    this.asking = true;
    try {
      const answer = await fetch("status?indent=0", { cache: "no-store", signal: AbortSignal.timeout(answerWithin) });
      if (!answer.ok) throw new Error(`it answers ${answer.status}`);
      this.#take(await answer.json());
    } catch (error) {
      this.#failed(error);
    }
    this.asking = false;
    clearTimeout(this.timer);
    if (!this.paused && !document.hidden) this.timer = setTimeout(() => this.#poll(), pollEvery);
  }

  #take(report) {
    this.taken = Date.now();
    this.failedSince = null;
    byId("alarm").hidden = true;
    document.body.classList.remove("away");
    if (!this.component) this.#begin(report);
    this.component.update(report);
    this.#drawFigures();
    this.#drawFacts(report);
    const notice = this.component.notice();
    byId("notice").hidden = !notice;
    setText(byId("notice"), notice);
    this.#tellAge();
    this.details.refresh();
    performance.mark("weir-drawn");
  }

  #begin(report) {
    const onChange = () => this.#save();
    this.name = report.component;
    this.component = this.name === "controller" ? new ControllerPage(onChange, this.details) : new ScalerPage(onChange, this.details);
    setText(byId("component"), this.name);
    document.title = `Weir ${this.name}`;
    byId("views").replaceChildren(...this.component.views.map((view) => view.section));
    byId("tabs").replaceChildren(...this.component.views.map((view) => make("button", {
      type: "button", role: "tab", id: `tab-${view.key}`, "aria-controls": `view-${view.key}`,
      onclick: () => this.#select(view), onkeydown: (event) => this.#stepTab(event),
    }, view.title)));
    const from = new URLSearchParams(location.hash.slice(1));
    const first = this.component.views.find((view) => view.key === from.get("view")) ?? this.component.views[0];
    first.restore(from);
    this.#show(first);
  }

  #show(view) {
    this.view = view;
    for (const other of this.component.views) {
      other.section.hidden = other !== view;
      const tab = byId(`tab-${other.key}`);
      tab.setAttribute("aria-selected", other === view);
      tab.tabIndex = other === view ? 0 : -1;
    }
  }

  #select(view) {
    this.#show(view);
    view.table?.draw();
    this.#save();
  }

  #stepTab(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const { views } = this.component;
    const next = views[(views.indexOf(this.view) + step + views.length) % views.length];
    this.#select(next);
    byId(`tab-${next.key}`).focus();
  }

  // So that an address shows others the same.
  #save() {
    const to = new URLSearchParams();
    if (this.view !== this.component.views[0]) to.set("view", this.view.key);
    this.view.save(to);
    history.replaceState(null, "", to.size > 0 ? `#${to}` : location.pathname);
    this.#drawFigures();
  }

  #drawFigures() {
    const items = this.component.figures().map(({ text: figure, name, tone, tip, view, choice }) => {
      const inside = [make("b", {}, figure), make("span", {}, name)];
      if (!view) return make("li", { class: tone, title: tip }, make("div", {}, ...inside));
      const [key, value] = choice;
      const on = Boolean(value) && view === this.view && view.chosen(key) === value;
      return make("li", { class: tone }, make("button", { type: "button", "aria-pressed": String(on), "data-figure": name, onclick: () => {
        this.#select(view);
        view.choose(key, on ? "" : value);
      } }, ...inside));
    });
    this.#replaceFigures(items);
  }

  #replaceFigures(items) {
    const focused = document.activeElement?.dataset?.figure;
    byId("figures").replaceChildren(...items);
    if (focused) byId("figures").querySelector(`[data-figure="${CSS.escape(focused)}"]`)?.focus();
  }

  #drawFacts(report) {
    const parts = [report.version, `up ${duration(report.uptimeSeconds)}`, report.unready ? `not ready: ${report.unready}` : "ready"];
    setText(byId("facts"), parts.join(" · "));
  }

  #tellAge() {
    if (!this.taken) return;
    const age = Math.round((Date.now() - this.taken) / 1000);
    const clock = new Date(this.taken).toLocaleTimeString();
    if (this.paused) setText(byId("freshness"), `Paused, as of ${clock}`);
    else setText(byId("freshness"), this.failedSince ? `As of ${clock}` : age < 2 ? "Updated just now" : `Updated ${age} s ago`);
  }

  #failed(error) {
    this.failedSince ??= new Date();
    const name = this.name ? `The ${this.name}` : "Weir";
    const cause = error.name === "TimeoutError" ? "no answer in time" : error.message;
    const shown = this.taken ? " What is shown is from before." : "";
    setText(byId("alarm"), `${name} has not answered since ${this.failedSince.toLocaleTimeString()} (${cause}).${shown} Asking again every ${pollEvery / 1000} s.`);
    byId("alarm").hidden = false;
    document.body.classList.add("away");
    this.#tellAge();
  }
}

// As the system has it, until somebody chooses. Where there is no storage the choice lasts as long as the page.
class Theme {
  static #order = ["auto", "light", "dark"];

  constructor() {
    let saved;
    try { saved = localStorage.getItem("weir-theme"); } catch { saved = null; }
    this.#set(Theme.#order.includes(saved) ? saved : "auto");
    byId("theme").addEventListener("click", () => {
      this.#set(Theme.#order[(Theme.#order.indexOf(this.name) + 1) % Theme.#order.length]);
      try { localStorage.setItem("weir-theme", this.name); } catch { /* as said above */ }
    });
  }

  #set(name) {
    this.name = name;
    if (name === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    setText(byId("theme"), `Theme: ${name}`);
  }
}

new Theme();
new Page();
