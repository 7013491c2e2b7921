// What every view shares: the state, asking the server, making elements, writing numbers.

export const PALETTE = { accent: "#12436D", teal: "#28A197", plum: "#801650", orange: "#F46A25", ink: "#1D2A33", grey: "#6F777B" };
export const state = { overview: null, run: "", against: "", month: 0 };

export const byId = (id) => document.getElementById(id);

export async function ask(name, choices = {}) {
  const query = new URLSearchParams(choices).toString();
  return answered(await fetch("/api/" + name + (query ? "?" + query : ""), { credentials: "same-origin" }));
}

export async function tell(name, choices) {
  return answered(await fetch("/api/" + name, {
    method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json" }, body: JSON.stringify(choices),
  }));
}

async function answered(response) {
  const found = await response.json().catch(() => ({ error: "The explorer gave no answer: is it still running?" }));
  if (!response.ok || found.error) { throw new Error(found.error || "The explorer refused."); }
  return found;
}

export function say(text) { byId("status").textContent = text; }

export function complain(problem) {
  const place = byId("problem");
  place.textContent = problem ? String(problem.message || problem) : "";
  place.hidden = !problem;
}

// Elements are made of text nodes only, so that no name in a run can become markup.
export function make(tag, given = {}, ...parts) {
  const found = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name === "class") { found.className = value; }
    else if (name.startsWith("on")) { found.addEventListener(name.slice(2), value); }
    else if (value !== null && value !== undefined && value !== false) { found.setAttribute(name, value === true ? "" : value); }
  }
  found.append(...parts.filter((part) => part !== null && part !== undefined));
  return found;
}

export function choose(select, list, value) {
  const before = value === undefined ? select.value : value;
  select.replaceChildren(...list.map((one) => make("option", { value: one.key }, one.label)));
  if (list.some((one) => one.key === before)) { select.value = before; }
}

export const finite = (value) => typeof value === "number" && Number.isFinite(value);

// As results/wording.py: the half-width keeps one figure, or two where it starts with 1; alone, three figures.
export function decimals(mean, low, high) {
  if (!finite(mean)) { return 0; }
  const half = finite(low) && finite(high) ? (high - low) / 2 : 0;
  if (half <= 1e-10 * Math.max(Math.abs(mean), 1e-10)) {
    return mean === 0 ? 0 : Math.min(2 - Math.floor(Math.log10(Math.abs(mean))), 9);
  }
  const place = Math.floor(Math.log10(half));
  return Math.min((half / 10 ** place < 2 ? 2 : 1) - 1 - place, 9);
}

function seen(value, places) {
  if (!finite(value) || value === 0 || Math.round(value * 10 ** places) !== 0) { return places; }
  return Math.min(-Math.floor(Math.log10(Math.abs(value))), 9);
}

export function number(value, places = 0, signed = false) {
  if (!finite(value)) { return "not known"; }
  const scale = 10 ** places;
  const rounded = Math.round(value * scale) / scale;
  const digits = Math.max(places, 0);
  const text = Math.abs(rounded).toLocaleString("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return rounded < 0 ? "\u2212" + text : signed && rounded > 0 ? "+" + text : text;
}

export function estimate(mean, low, high, signed = false) {
  const places = decimals(mean, low, high);
  if (!finite(low) || !finite(high) || high - low <= 2e-10 * Math.max(Math.abs(mean), 1e-10)) { return number(mean, places, signed); }
  // As results/wording.py has it: where an interval holds no zero, neither may an end of it look like one.
  const clear = low > 0 || high < 0;
  const [middle, ...ends] = [mean, low, high].map((value) => number(value, clear ? seen(value, places) : places, signed));
  return `${middle} (${ends.join(" to ")})`;
}

export const at = (found, ...places) => {
  const get = (part) => places.reduce((held, place) => (held === null || held === undefined ? null : held[place]), part);
  return [get(found.mean), get(found.low), get(found.high)];
};

export const labelOf = (key) => state.overview.runs.find((run) => run.key === key).label;
export const monthLabel = (place) => state.overview.months[place].label;
export const pair = () => ({ run: state.run, against: state.against });

export function table(caption, head, rows, options = {}) {
  const words = options.words || [];
  const top = make("tr", {}, ...head.map((name, place) => make("th", { scope: "col", class: place && !words.includes(place) ? "n" : null }, name)));
  const body = rows.map((row) => make("tr", { class: row.grey ? "grey" : null }, ...row.cells.map((cell, place) =>
    place ? make("td", { class: words.includes(place) ? null : "n" }, cell) : make("th", { scope: "row" }, cell))));
  return make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table: " + caption },
    make("table", {}, make("caption", {}, caption), make("thead", {}, top), make("tbody", {}, ...body)));
}

export function folded(words, part) {
  return make("details", {}, make("summary", {}, words), part);
}
