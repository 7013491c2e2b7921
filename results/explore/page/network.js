// The care network: boxes by stage, the month of the slider in each; one box in detail.
import { PALETTE, ask, at, byId, choose, estimate, finite, folded, labelOf, make, monthLabel, number, pair, state, table } from "./base.js";
import { lineChart, shape } from "./draw.js";

const FULL = [[0, "#B9DEDB", "under 85% of places used"], [0.85, "#7FA8CC", "85% to under 92%"], [0.92, "#F46A25", "92% or more: full in all but name"]];
const SLOTS = ["#A6B0B6", "slots of a day: a list is worked at full use"];
const CHANGE = [["#801650", "more people there"], ["#E6E8EA", "no clear change"], ["#28A197", "fewer people there"]];
let data = null;
let key = "";
let chosen = "";
let ticket = 0;
let held = { key: "", nodes: null };

export async function show() {
  const site = byId("site").value || "";
  const wanted = JSON.stringify([pair(), site]);
  if (wanted !== key) {
    const mine = ++ticket;
    const found = await ask("network", { ...pair(), site });
    if (mine !== ticket) { return; }
    [data, key] = [found, wanted];
    choose(byId("site"), [{ key: "", label: "Everywhere" }, ...data.sites], site);
    build();
  }
  await paint();
}

export async function month() { if (data) { await paint(); } }

export function begin(again) {
  byId("site").addEventListener("change", again);
  byId("shade").addEventListener("change", () => paint());
  window.addEventListener("resize", ways);
}

function build() {
  const used = data.stages.map((_, stage) => stage).filter((stage) => data.boxes.some((box) => box.stage === stage));
  const holder = byId("network");
  holder.style.gridTemplateColumns = `repeat(${used.length}, minmax(0, 1fr))`;
  holder.replaceChildren(...used.map((stage) => make("div", { class: "stage" }, make("h3", {}, data.stages[stage]),
    make("ul", {}, ...data.boxes.filter((box) => box.stage === stage).map((box) => make("li", {}, button(box)))))));
  if (!data.boxes.some((box) => box.key === chosen)) { chosen = ""; }
}

function button(box) {
  return make("button", { type: "button", class: "box", id: "box-" + box.key, "aria-pressed": String(box.key === chosen), onclick: () => pick(box.key) },
    make("strong", {}, box.label), make("span", { class: "bar", "aria-hidden": "true" }, make("i")),
    make("span", { class: "people" }), make("span", { class: "waits" }));
}

async function pick(one) {
  chosen = chosen === one ? "" : one;
  await paint();
  if (chosen) { byId("network-detail").scrollIntoView({ block: "nearest" }); }
}

// As it is written, so that a colour never disagrees with its number.
const rounded = (share) => Math.round(100 * share) / 100;

function values(box) {
  const get = (name) => at(box.now[name], state.month);
  return { there: get("occupied"), places: get("places")[0], queue: get("queue"), blocked: get("blocked"), change: at(box.change.occupied, state.month) };
}

async function paint() {
  const byChange = byId("shade").value === "change";
  const shown = data.boxes.map((box) => ({ box, ...values(box) }));
  for (const one of shown) { fill(one, byChange); }
  legend(byChange);
  byId("network-finding").textContent = finding(shown);
  ways();
  await detail();
}

function fill({ box, there, places, queue, blocked, change }, byChange) {
  const element = byId("box-" + box.key);
  element.setAttribute("aria-pressed", String(box.key === chosen));
  const share = finite(places) && places > 0 ? rounded(there[0] / places) : null;
  const bar = element.querySelector(".bar");
  bar.style.visibility = share === null && !byChange ? "hidden" : "visible";
  const inner = bar.firstChild;
  if (byChange) {
    const clear = change[1] > 0 || change[2] < 0;
    inner.style.width = "100%";
    inner.style.background = !clear ? CHANGE[1][0] : change[0] > 0 ? CHANGE[0][0] : CHANGE[2][0];
  } else {
    inner.style.width = Math.min(100, 100 * (share || 0)) + "%";
    inner.style.background = box.slots ? SLOTS[0] : FULL.filter((one) => (share || 0) >= one[0]).pop()[1];
  }
  const people = number(there[0], there[0] < 20 ? 1 : 0);
  element.querySelector(".people").textContent = byChange ? changed(change, box.slots ? "slots a day" : "people")
    : share === null ? `${people} there` : box.slots ? `${people} of ${number(places)} slots a day used`
      : `${people} of ${number(places, places < 20 ? 1 : 0)} places, ${number(100 * share)}%`;
  const waits = [];
  if (queue[0] >= 0.5) { waits.push(box.unreadable ? "who waits is not to be read at this scale" : `${number(queue[0])} wait`); }
  if (blocked[0] >= 0.5) { waits.push(`${number(blocked[0])} ready but cannot go on`); }
  element.querySelector(".waits").textContent = waits.join("; ");
}

// A change is told where it is clear; an interval about nothing is no number to read.
function changed(change, what) {
  if (!finite(change[0])) { return "not known"; }
  if (change[0] === 0 && !change[1] && !change[2]) { return "no change"; }
  return !finite(change[1]) || change[1] > 0 || change[2] < 0 ? `${estimate(...change, true)} ${what}` : "no clear change";
}

function legend(byChange) {
  const rows = byChange ? CHANGE.map(([colour, words]) => [colour, words]) : [...FULL.map(([, colour, words]) => [colour, words]), SLOTS];
  byId("network-key").replaceChildren(...rows.map(([colour, words]) => {
    const swatch = make("span", { class: "swatch", "aria-hidden": "true" });
    swatch.style.background = colour;
    return make("li", {}, swatch, words);
  }));
}

function finding(shown) {
  const full = shown.filter((one) => !one.box.slots && finite(one.places) && one.places >= 5 && finite(one.there[0]))
    .map((one) => ({ label: one.box.label, share: rounded(one.there[0] / one.places) })).sort((a, b) => b.share - a.share);
  const many = full.filter((one) => one.share >= 0.92).length;
  if (!full.length) { return "Nothing was recorded of the care network here."; }
  return `${monthLabel(state.month)}, ${labelOf(state.run)}: ${many} of ${full.length} kinds of care with five places or more use 92% of their places or more on an average day; the fullest is ${full[0].label} (${number(100 * full[0].share)}%).`;
}

function ways() {
  const holder = byId("network");
  holder.querySelector("svg.ways")?.remove();
  if (!data || window.innerWidth <= 1120 || holder.closest("[hidden]")) { return; }
  const frame = holder.getBoundingClientRect();
  const svg = shape("svg", { class: "ways", "aria-hidden": "true", viewBox: `0 0 ${frame.width} ${frame.height}` });
  for (const [from, to] of data.links) {
    const [one, other] = [from, to].map((name) => byId("box-" + name).getBoundingClientRect());
    const [y0, y1] = [one, other].map((box) => box.top - frame.top + Math.min(box.height / 2, 22));
    const lit = chosen === from || chosen === to;
    const look = { fill: "none", stroke: lit ? PALETTE.accent : "#9aa5ac", "stroke-width": lit ? 3 : 1.5, "stroke-opacity": lit || !chosen ? 0.9 : 0.3 };
    let [x0, x1] = [one.right - frame.left, other.left - frame.left];
    if (Math.abs(one.left - other.left) < 5) {
      x1 = other.right - frame.left;
      const out = x0 + 14;
      svg.append(shape("path", { d: `M${x0} ${y0}C${out} ${y0} ${out} ${y1} ${x1} ${y1}`, ...look }));
    } else {
      if (x1 < x0) { [x0, x1] = [one.left - frame.left, other.right - frame.left]; }
      const half = (x0 + x1) / 2;
      svg.append(shape("path", { d: `M${x0} ${y0}C${half} ${y0} ${half} ${y1} ${x1} ${y1}`, ...look }));
    }
  }
  holder.prepend(svg);
}

async function detail() {
  const panel = byId("network-detail");
  const box = data.boxes.find((one) => one.key === chosen);
  if (!box) { panel.replaceChildren(); return; }
  const wanted = JSON.stringify([key, chosen]);
  if (held.key !== wanted) { held = { key: wanted, nodes: ask("nodes", { ...pair(), kind: chosen, site: byId("site").value }) }; }
  const nodes = await held.nodes;
  if (held.key !== wanted || box.key !== chosen) { return; }
  const now = values(box);
  const title = `${box.label}, ${monthLabel(state.month)}: ${estimate(...now.there)} people there; ${estimate(...now.change, true)} against ${labelOf(state.against)}`;
  panel.replaceChildren(make("h3", {}, title), make("div", { class: "pair" }, chart(box, "occupied", "People there"),
    some(box, "queue") ? chart(box, "queue", "People waiting") : null, some(box, "blocked") ? chart(box, "blocked", "People ready who cannot go on") : null),
    places(nodes), folded("Show every month", months(box)));
}

const some = (box, name) => [...box.now[name].mean, ...box.before[name]].some((value) => value >= 0.5);

function chart(box, name, words) {
  const lines = [
    { label: labelOf(state.against), colour: PALETTE.grey, dash: "7 4", mean: box.before[name] },
    { label: labelOf(state.run), colour: PALETTE.accent, ...box.now[name] },
  ];
  if (name === "occupied" && box.now.places.mean.some(finite)) { lines.push({ label: box.slots ? "Slots a day (capacity)" : "Places (capacity)", colour: PALETTE.orange, dash: "2 3", mean: box.now.places.mean }); }
  const drawn = lineChart({ title: `${words}: ${box.label}`, words: "The table below holds every month.", labels: state.overview.months.map((one) => one.label), lines, marked: state.month, zero: name !== "occupied", winters: true });
  return make("figure", {}, make("figcaption", {}, `${words} on an average day of the month; bands are 95% intervals`), drawn);
}

function places(found) {
  const rows = found.nodes.map((node) => ({
    grey: node.unreadable,
    cells: [node.label + (node.unreadable ? " (queue not to be read at this scale)" : ""), number(at(node.now.arrivals, state.month)[0], 1), estimate(...at(node.now.occupied, state.month)),
      finite(at(node.now.places, state.month)[0]) ? number(at(node.now.places, state.month)[0], 1) : "no limit", estimate(...at(node.now.queue, state.month)),
      estimate(...at(node.now.blocked, state.month)), wait(at(node.now.wait, state.month)[0]), estimate(...at(node.change.occupied, state.month), true)],
  }));
  return table(`${found.label}, ${monthLabel(state.month)}: each place`, ["Place", "Arrivals a day", "People there", "Places", "Waiting", "Cannot go on", "Mean wait", "Change in people there"], rows);
}

const wait = (minutes) => (!finite(minutes) ? "not known" : minutes < 120 ? number(minutes) + " minutes" : minutes < 2880 ? number(minutes / 60) + " hours" : number(minutes / 1440) + " days");

function months(box) {
  const rows = state.overview.months.map((month, place) => ({
    cells: [month.label, estimate(...at(box.now.occupied, place)), finite(box.now.places.mean[place]) ? number(box.now.places.mean[place], 1) : "no limit",
      estimate(...at(box.now.queue, place)), estimate(...at(box.now.blocked, place)), number(box.before.occupied[place], 1), estimate(...at(box.change.occupied, place), true)],
  }));
  return table(box.label + ", every month", ["Month", "People there", "Places", "Waiting", "Cannot go on", "There, " + labelOf(state.against), "Difference"], rows);
}
