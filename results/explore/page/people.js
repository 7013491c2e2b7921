// The population pyramid of a year.
import { ask, at, byId, choose, estimate, folded, labelOf, make, number, pair, state, table } from "./base.js";
import { pyramidChart } from "./draw.js";

let data = null;
let key = "";
let ticket = 0;

export function begin(again) {
  byId("council").addEventListener("change", again);
  byId("fifth").addEventListener("change", again);
  choose(byId("pyramid-year"), state.overview.years.map((year, place) => ({ key: String(place), label: year })), String(Math.floor(state.month / 12)));
  byId("pyramid-year").addEventListener("change", paint);
}

export async function show() {
  const choices = { ...pair(), council: byId("council").value || "", quintile: byId("fifth").value };
  const wanted = JSON.stringify(choices);
  if (wanted !== key) {
    const mine = ++ticket;
    const found = await ask("pyramid", choices);
    if (mine !== ticket) { return; }
    [data, key] = [found, wanted];
    choose(byId("council"), [{ key: "", label: "Both councils" }, ...data.councils], choices.council);
  }
  paint();
}

export const timed = () => false;

export function month() { /* it has a year of its own */ }

function paint() {
  if (!data) { return; }
  const year = Math.min(Number(byId("pyramid-year").value), data.years.length - 1);
  const now = data.now.mean.map((sex) => sex[year]);
  const before = data.before.map((sex) => sex[year]);
  const total = now.flat().reduce((sum, one) => sum + one, 0);
  const old = data.bands.map((band, place) => (parseInt(band, 10) >= 65 ? now[0][place] + now[1][place] : 0)).reduce((sum, one) => sum + one, 0);
  const title = `${data.years[year]}, ${labelOf(state.run)}: ${number(total, -2)} people, ${number(100 * old / total, 1)}% of them 65 or over`;
  const drawn = pyramidChart({ title, words: "Bars to the left are men, to the right women, the oldest at the top. The table below holds every number.", bands: data.bands, now, before });
  const rows = data.bands.map((band, place) => ({ cells: [band, ...[0, 1].flatMap((sex) => [estimate(...at(data.now, sex, year, place)), number(before[sex][place])])] })).reverse();
  byId("pyramid").replaceChildren(make("h3", {}, title), make("figure", {}, drawn, make("p", { class: "small" }, `People on an average day of the year (person-years lived). Bars: ${labelOf(state.run)}; orange lines: ${labelOf(state.against)}.`)),
    folded("Show the table of this chart", table(title, ["Age", "Men", "Men, " + labelOf(state.against), "Women", "Women, " + labelOf(state.against)], rows)));
}
