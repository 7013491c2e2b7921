// The page: which view is shown, and what is chosen for all of them.
import { ask, byId, choose, complain, labelOf, make, monthLabel, say, state } from "./base.js";
import * as compare from "./compare.js";
import * as neighbourhoods from "./neighbourhoods.js";
import * as network from "./network.js";
import * as people from "./people.js";
import * as today from "./today.js";
import { beginLive, beginStory, showLive } from "./away.js";

const nothing = () => {};
const VIEWS = {
  network, neighbourhoods, people, compare, today,
  story: { begin: beginStory, show: nothing, month: nothing, alone: true },
  live: { begin: beginLive, show: showLive, month: nothing, alone: true },
};
const begun = new Set();
let playing = null;

const current = () => (VIEWS[location.hash.slice(1)] ? location.hash.slice(1) : "network");

async function show() {
  const name = current();
  for (const one of Object.keys(VIEWS)) { byId("view-" + one).hidden = one !== name; }
  for (const link of document.querySelectorAll("nav.views a")) {
    if (link.hash === "#" + name) { link.setAttribute("aria-current", "page"); } else { link.removeAttribute("aria-current"); }
  }
  byId("controls").hidden = name === "today";
  timed();
  byId("against").parentElement.hidden = name === "live";
  if (!begun.has(name)) { begun.add(name); VIEWS[name].begin(again); }
  document.body.setAttribute("aria-busy", "true");
  try { complain(null); await VIEWS[name].show(); } catch (problem) { complain(problem); }
  document.body.removeAttribute("aria-busy");
}

// The month is chosen where a view shows one; a year of its own, or none, elsewhere.
function timed() {
  const view = VIEWS[current()];
  const hidden = Boolean(view.alone) || (view.timed ? !view.timed() : false);
  document.querySelector(".controls .time").hidden = hidden;
  if (hidden && playing !== null) { play(); }
}
document.addEventListener("timed", timed);

const again = () => show();

function month() {
  byId("month-name").textContent = monthLabel(state.month);
  byId("month").setAttribute("aria-valuetext", monthLabel(state.month));
  Promise.resolve(VIEWS[current()].month()).catch(complain);
}

function play() {
  const on = playing === null;
  byId("play").setAttribute("aria-pressed", String(on));
  byId("play").textContent = on ? "Stop" : "Play";
  if (!on) { clearInterval(playing); playing = null; return; }
  playing = setInterval(() => { byId("month").value = state.month = (state.month + 1) % state.overview.months.length; month(); }, 900);
}

// The first is shown, the rest are one click away, so that the view is not pushed off the screen.
function warn(found) {
  byId("warnings").hidden = !found.length;
  if (!found.length) { return; }
  const [first, ...rest] = found;
  const open = Boolean(byId("warnings").querySelector("details[open]"));
  byId("warnings").querySelector("ul").replaceChildren(make("li", {}, first));
  byId("warnings").querySelector("details")?.remove();
  if (rest.length) {
    byId("warnings").append(make("details", { open }, make("summary", {}, `${rest.length} more to know: what is not to be read, and what is beyond its capacity`), make("ul", {}, ...rest.map((words) => make("li", {}, words)))));
  }
}

async function begin() {
  state.overview = await ask("overview");
  const { overview } = state;
  byId("title").textContent = overview.title;
  document.title = "Leftshift explorer: " + overview.title;
  warn(overview.warnings);
  const other = overview.runs.find((run) => run.key !== overview.baseline) || overview.runs[0];
  choose(byId("run"), overview.runs, other.key);
  choose(byId("against"), overview.runs, overview.baseline);
  state.run = byId("run").value;
  state.against = byId("against").value;
  byId("month").max = overview.months.length - 1;
  const winter = overview.months.map((one) => one.label).findLastIndex((label) => label.startsWith("January"));
  byId("month").value = state.month = Math.max(winter, 0);
  byId("provenance").textContent = `${overview.runs.length} ${overview.runs.length === 1 ? "run" : "runs"}, ${overview.replicates} repeats of each; model version ${overview.version}. Simulated residents: nobody here is real.`;
  for (const name of ["run", "against"]) {
    byId(name).addEventListener("change", () => { state[name] = byId(name).value; say(`Showing ${labelOf(state.run)} against ${labelOf(state.against)}.`); show(); });
  }
  byId("month").addEventListener("input", () => { state.month = Number(byId("month").value); month(); });
  byId("play").addEventListener("click", play);
  byId("controls").addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", () => { show(); byId("main").focus({ preventScroll: true }); });
  await show();
  month();
  warn((await ask("warnings")).warnings);
}

begin().catch(complain);
