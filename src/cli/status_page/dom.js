// Elements and figures. Texts come from tenants: they become text nodes and attributes, never markup.

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

// Writing what stands there already would cost a layout.
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function setTitle(element, text) {
  if (element.title !== text) element.title = text;
}

const wholeNumbers = new Intl.NumberFormat("en");
const shortNumbers = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const names = new Intl.Collator("en", { numeric: true });

const known = (value) => value !== null && value !== undefined;
const number = (value) => (known(value) ? wholeNumbers.format(value) : "–");
const compact = (value) => (known(value) ? shortNumbers.format(value) : "–");
const plural = (count, word) => `${number(count)} ${word}${count === 1 ? "" : "s"}`;

function duration(seconds) {
  if (!known(seconds)) return "–";
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

function bytes(value) {
  if (!known(value)) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; ++unit) value /= 1024;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

function rate(perSecond) {
  if (!known(perSecond)) return "–";
  const rounded = Math.abs(perSecond) < 10 ? Math.round(perSecond * 10) / 10 : Math.round(perSecond);
  return `${rounded > 0 ? "+" : ""}${compact(rounded)}`;
}

// Growth of a figure between two answers, by a key. Only what the newest answer has is kept.
class Growth {
  #before = new Map();
  #now = new Map();

  begin() {
    this.#before = this.#now;
    this.#now = new Map();
  }

  // `time` in seconds, on any clock that does not stand still. Null until it is known.
  perSecond(key, value, time) {
    const before = this.#before.get(key);
    if (!before || before.time === time) {
      this.#now.set(key, before ?? { value, time, rate: null });
      return before ? before.rate : null;
    }
    const grown = time > before.time ? (value - before.value) / (time - before.time) : null;
    this.#now.set(key, { value, time, rate: grown });
    return grown;
  }
}
