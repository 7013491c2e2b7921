// The neighbourhood teams: tiles roughly where they are, one of them through time, all of them in a table.
import { PALETTE, ask, at, byId, choose, decimals, estimate, finite, folded, labelOf, make, monthLabel, number, pair, state, table } from "./base.js";
import { lineChart } from "./draw.js";

const SHADES = ["#EAF1F6", "#C3D8E6", "#8FB4CF", "#356A96", "#12436D"];
const DOWN = ["#801650", "#E6E8EA", "#28A197"];
const SMALL = "#C5CCD1";
let data = null;
let key = "";
let chosen = "";
let sorted = { column: 0, up: true };
let ticket = 0;

export function begin(again) {
  const found = state.overview.measures.filter((one) => one.dimensions.includes("neighbourhood") && one.monthly);
  choose(byId("int-measure"), found, "emergency_admissions");
  byId("int-measure").addEventListener("change", again);
  byId("int-shade").addEventListener("change", paint);
}

export async function show() {
  const measure = byId("int-measure").value;
  const wanted = JSON.stringify([pair(), measure]);
  if (wanted !== key) {
    const mine = ++ticket;
    const found = await ask("strata", { ...pair(), measure, dimension: "neighbourhood", by: "month" });
    if (mine !== ticket) { return; }
    [data, key] = [found, wanted];
    build();
  }
  paint();
}

export function month() { if (data) { paint(); } }

// A sum of a month is not of a year; rates are a year's already.
const unit = () => data.measure.unit.replace(/^([^,]*?)s? a year$/, (whole, what) => (whole.startsWith("per ") ? whole : what + "s in the month"));

function build() {
  const tiles = byId("tiles");
  tiles.style.gridTemplateColumns = `repeat(${data.tiles.columns}, minmax(0, 1fr))`;
  tiles.replaceChildren(...data.levels.map((level) => {
    const [column, row] = data.tiles.at[level.key];
    const tile = make("button", { type: "button", class: "tile", id: "tile-" + level.key, onclick: () => pick(level.key) }, make("span", {}, level.label), make("b"));
    tile.style.gridColumn = String(column + 1);
    tile.style.gridRow = String(row + 1);
    return tile;
  }));
  if (!data.levels.some((level) => level.key === chosen)) { chosen = ""; }
}

function pick(one) {
  chosen = chosen === one ? "" : one;
  paint();
}

const place = () => Math.max(0, data.periods.indexOf(state.overview.months[state.month].key));

function paint() {
  const when = place();
  const byChange = byId("int-shade").value === "change";
  const values = data.levels.map((_, level) => data.now.mean[level][when]).filter(finite);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  data.levels.forEach((level, row) => shade(level, row, when, byChange, low, high));
  byId("int-definition").textContent = `${data.measure.label}: ${unit()}. ${data.measure.definition}` + (data.measure.unreadable ? " Not to be read at this scale." : "");
  legend(byChange, low, high);
  byId("int-finding").textContent = finding(when);
  detail();
  byId("int-table").replaceChildren(everything(when));
}

// As the report has it: clear is what chance does not explain, and it counts when it is large enough to matter.
const sure = ([, low, high]) => low > 0 || high < 0;
const matters = (row, when) => Math.abs(data.change.mean[row][when]) >= data.matters[row][when];

function shade(level, row, when, byChange, low, high) {
  const tile = byId("tile-" + level.key);
  const [mean, ...ends] = at(data.now, row, when);
  const change = at(data.change, row, when);
  let colour = SHADES[Math.min(4, Math.floor(5 * (mean - low) / (high - low || 1)))] || "#fff";
  let words = number(mean, decimals(mean, ...ends));
  if (byChange) {
    colour = !sure(change) ? DOWN[1] : !matters(row, when) ? SMALL : change[0] > 0 ? DOWN[0] : DOWN[2];
    words = number(change[0], decimals(...change), true);
  }
  tile.style.background = colour;
  tile.style.color = [SHADES[3], SHADES[4], DOWN[0]].includes(colour) ? "#fff" : PALETTE.ink;
  tile.setAttribute("aria-pressed", String(level.key === chosen));
  tile.lastChild.textContent = words;
  tile.setAttribute("aria-label", `${level.label}: ${estimate(mean, ...ends)}; difference ${estimate(...change, true)}`);
}

function legend(byChange, low, high) {
  const rows = byChange ? [[DOWN[0], "clearly more"], [DOWN[1], "no clear difference"], [SMALL, "clear, but too small to matter"], [DOWN[2], "clearly fewer"]]
    : SHADES.map((colour, step) => [colour, `${number(low + step * (high - low) / 5, high < 20 ? 1 : 0)} to ${number(low + (step + 1) * (high - low) / 5, high < 20 ? 1 : 0)}`]);
  byId("int-key").replaceChildren(...rows.map(([colour, words]) => {
    const swatch = make("span", { class: "swatch", "aria-hidden": "true" });
    swatch.style.background = colour;
    return make("li", {}, swatch, words);
  }));
}

function finding(when) {
  const clear = data.levels.filter((_, row) => sure(at(data.change, row, when)) && matters(row, when)).length;
  if (state.run === state.against) { return `${monthLabel(state.month)}, ${labelOf(state.run)}.`; }
  return `${monthLabel(state.month)}: ${labelOf(state.run)} differs from ${labelOf(state.against)} clearly, and by enough to matter, in ${clear} of ${data.levels.length} teams. Of ${data.levels.length} that do not differ about one would seem to by chance: one month of one team is no finding.`;
}

function detail() {
  const panel = byId("int-detail");
  const row = data.levels.findIndex((level) => level.key === chosen);
  if (row < 0) { panel.replaceChildren(); return; }
  const when = place();
  const labels = state.overview.months.map((one) => one.label);
  const of = (part) => ({ mean: part.mean[row], low: part.low[row], high: part.high[row] });
  const title = `${data.levels[row].label}, ${monthLabel(state.month)}: ${estimate(...at(data.now, row, when))}; ${estimate(...at(data.change, row, when), true)} against ${labelOf(state.against)}`;
  const lines = [{ label: labelOf(state.against), colour: PALETTE.grey, dash: "7 4", mean: data.before[row] }, { label: labelOf(state.run), colour: PALETTE.accent, ...of(data.now) }];
  const words = "The table below holds every month.";
  panel.replaceChildren(make("h3", {}, title), make("div", { class: "pair" },
    make("figure", {}, make("figcaption", {}, `${data.measure.label}: ${unit()}`), lineChart({ title: data.measure.label + ", " + data.levels[row].label, words, labels, lines, marked: when, winters: true })),
    make("figure", {}, make("figcaption", {}, "Difference, like with like, with 95% interval"), lineChart({ title: "Difference", words, labels, lines: [{ label: "Difference", colour: PALETTE.plum, ...of(data.change) }], marked: when, zero: true, winters: true }))),
  folded("Show every month", table(data.levels[row].label + ": " + data.measure.label, ["Month", labelOf(state.run), labelOf(state.against), "Difference"],
    labels.map((label, month) => ({ cells: [label, estimate(...at(data.now, row, month)), number(data.before[row][month], 1), estimate(...at(data.change, row, month), true)] })))));
}

function everything(when) {
  const rows = data.levels.map((level, row) => ({ level, row, sort: [level.label, data.now.mean[row][when], data.before[row][when], data.change.mean[row][when]] }));
  rows.sort((one, other) => (one.sort[sorted.column] < other.sort[sorted.column] ? -1 : 1) * (sorted.up ? 1 : -1));
  const found = table(`${data.measure.label}, ${monthLabel(state.month)}: every team (${unit()})`,
    ["Team", labelOf(state.run), labelOf(state.against), "Difference"].map((name, column) => make("button", { type: "button", class: "sort", onclick: () => sort(column) }, name)),
    rows.map(({ level, row }) => ({
      cells: [make("button", { type: "button", class: "row-choice", onclick: () => { chosen = level.key; paint(); byId("tile-" + level.key).focus(); } }, level.label),
        estimate(...at(data.now, row, when)), number(data.before[row][when], data.before[row][when] < 20 ? 1 : 0), estimate(...at(data.change, row, when), true)],
    })));
  found.querySelectorAll("thead th")[sorted.column].setAttribute("aria-sort", sorted.up ? "ascending" : "descending");
  return found;
}

function sort(column) {
  sorted = { column, up: sorted.column === column ? !sorted.up : column === 0 };
  paint();
  byId("int-table").querySelectorAll("button.sort")[column].focus();
}
