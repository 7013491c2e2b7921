// Scenario against scenario: paired differences of a group of measures, and one of them through time.
import { PALETTE, ask, at, byId, choose, estimate, folded, labelOf, make, number, pair, say, state, table } from "./base.js";
import { dotChart, lineChart } from "./draw.js";

let chosen = "";
let ticket = 0;
let held = { key: "", data: null };

export function begin(again) {
  choose(byId("group"), [{ key: "headlines", label: "Headlines" }, ...state.overview.groups], "headlines");
  choose(byId("year"), state.overview.years.map((year) => ({ key: year, label: year })), state.overview.years[state.overview.years.length - 1]);
  choose(byId("dimension"), state.overview.dimensions, "all");
  levels();
  byId("dimension").addEventListener("change", levels);
  for (const name of ["group", "year", "dimension", "level"]) { byId(name).addEventListener("change", again); }
}

function levels() {
  const found = state.overview.dimensions.find((one) => one.key === byId("dimension").value);
  choose(byId("level"), found.levels);
}

export async function show() {
  const mine = ++ticket;
  const found = await ask("contrast", { ...pair(), group: byId("group").value, period: byId("year").value, dimension: byId("dimension").value, level: byId("level").value });
  if (mine !== ticket) { return; }
  const rows = found.rows;
  const ranged = rows.some((row) => row.range);
  const drawn = rows.map((row) => ({ label: row.label, mean: row.drawn[0], low: row.drawn[1], high: row.drawn[2], text: row.percent, grey: row.grey }));
  const colour = state.overview.runs.find((run) => run.key === state.run).colour;
  const place = byId("contrast");
  if (!rows.length) {
    place.replaceChildren(make("h3", {}, found.title), make("p", {}, state.run === state.against ? "Choose two different scenarios above." : "Nothing of this group was recorded for these people."));
    byId("contrast-detail").replaceChildren();
    told();
    return;
  }
  place.replaceChildren(make("h3", {}, found.title),
    make("figure", {}, make("div", { class: "chart", tabindex: "0", role: "group", "aria-label": "Chart: " + found.title }, dotChart({ title: found.title, words: "Dots with intervals, in per cent. The table below holds every number.", rows: drawn, colour, axis: "Hollow and grey: may be chance, or too small to matter. Arrow: goes on" }))),
    table(`Differences in ${found.period}`, ["Measure", "Unit", labelOf(state.against), labelOf(state.run), "Difference (95% interval)", ...(ranged ? ["Range over parameters"] : []), "In per cent", "Reading"],
      rows.map((row) => ({ grey: row.grey, cells: [make("button", { type: "button", class: "row-choice", onclick: () => pick(row.measure) }, row.label), row.unit, row.before, row.after, row.change, ...(ranged ? [row.range] : []), row.percent, row.reading] })), { words: [1, ranged ? 7 : 6] }),
    make("p", { class: "small" }, "Choose a measure to see it month by month. Intervals are of chance over repeat runs, like with like (the same residents, the same draws). " + found.parameters));
  if (chosen) { await detail(mine); }
}

// Only one measure through time has a month.
export const timed = () => byId("contrast-detail").childElementCount > 0;
const told = () => document.dispatchEvent(new Event("timed"));

export function month() { if (chosen && !byId("contrast-detail").closest("[hidden]")) { detail(ticket); } }

async function pick(measure) {
  chosen = measure;
  await detail(ticket);
  byId("contrast-detail").scrollIntoView({ block: "nearest" });
  say("Shown month by month below the table.");
}

async function detail(mine) {
  const panel = byId("contrast-detail");
  const dimension = byId("dimension").value;
  const known = state.overview.measures.find((one) => one.key === chosen);
  if (!known || !known.monthly || !known.dimensions.includes(dimension)) { panel.replaceChildren(); told(); return; }
  const wanted = { ...pair(), measure: chosen, dimension, by: "month" };
  if (held.key !== JSON.stringify(wanted)) { held = { key: JSON.stringify(wanted), data: ask("strata", wanted) }; }
  const data = await held.data;
  const row = data.levels.findIndex((level) => level.key === byId("level").value);
  if (mine !== ticket || row < 0) { return; }
  const labels = state.overview.months.map((one) => one.label);
  const of = (part) => ({ mean: part.mean[row], low: part.low[row], high: part.high[row] });
  const when = state.month;
  panel.replaceChildren(make("h3", {}, `${data.measure.label}, ${data.levels[row].label}, ${labels[when]}: ${estimate(...at(data.now, row, when))}; ${estimate(...at(data.change, row, when), true)} against ${labelOf(state.against)}`),
    make("div", { class: "pair" },
      make("figure", {}, make("figcaption", {}, "Month by month; bands are 95% intervals"), lineChart({ title: data.measure.label, words: "The table below holds every month.", labels, marked: when, winters: true, lines: [{ label: labelOf(state.against), colour: PALETTE.grey, dash: "7 4", mean: data.before[row] }, { label: labelOf(state.run), colour: PALETTE.accent, ...of(data.now) }] })),
      make("figure", {}, make("figcaption", {}, "Difference, like with like, with 95% interval"), lineChart({ title: "Difference", words: "The table below holds every month.", labels, marked: when, zero: true, winters: true, lines: [{ label: "Difference", colour: PALETTE.plum, ...of(data.change) }] }))),
    make("p", { class: "small" }, data.measure.definition),
    folded("Show every month", table(data.measure.label, ["Month", labelOf(state.run), labelOf(state.against), "Difference"], labels.map((label, place) => ({ cells: [label, estimate(...at(data.now, row, place)), number(data.before[row][place], 1), estimate(...at(data.change, row, place), true)] })))));
  told();
}
