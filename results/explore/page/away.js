// What runs beside the page: one resident's story, and a small model to step.
import { ask, byId, complain, labelOf, make, state, tell } from "./base.js";

const PAUSE = 1000;

export function beginStory() {
  byId("story-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    complain(null);
    const among = [byId("story-age").value, byId("story-reached").checked ? "reached" : ""].filter(Boolean);
    try {
      await storyUntilDone(await tell("story", { run: state.run, against: state.against, by: byId("story-by").value, years: Number(byId("story-years").value), scale: Number(byId("story-scale").value), among }));
    } catch (problem) { byId("story-said").textContent = problem.message; }
  });
}

async function storyUntilDone(found) {
  byId("story-page").replaceChildren();
  const begun = Date.now();
  while (found.state === "working") {
    const seconds = Math.round((Date.now() - begun) / 1000);
    byId("story-said").textContent = `At work for ${seconds < 120 ? seconds + " seconds" : Math.round(seconds / 60) + " minutes"}: ${found.said || "starting"}`;
    const share = / (\d+)% done/.exec(found.said);
    byId("story-share").hidden = false;
    if (share) { byId("story-share").value = Number(share[1]); } else { byId("story-share").removeAttribute("value"); }
    await new Promise((next) => setTimeout(next, PAUSE));
    found = await ask("story", { story: found.story });
  }
  byId("story-share").hidden = true;
  if (found.state === "failed") { byId("story-said").textContent = found.said || "The story could not be told."; return; }
  const address = "/story/" + found.story;
  byId("story-said").textContent = "The story is below.";
  byId("story-page").replaceChildren(make("p", {}, make("a", { href: address, target: "_blank", rel: "noopener" }, "Open the story in a window of its own")),
    make("iframe", { src: address, title: "One resident's years under two scenarios", sandbox: "allow-same-origin", onload: (event) => {
      event.target.style.height = event.target.contentDocument.documentElement.scrollHeight + 40 + "px";
    } }));
}

export async function showLive() { live(await ask("live")); }

export function beginLive() {
  byId("live-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    complain(null);
    try { await liveUntilReady(await tell("live", { run: state.run })); } catch (problem) { byId("live-said").textContent = problem.message; }
  });
}

async function liveUntilReady(found) {
  while (found.state === "starting") {
    live(found);
    await new Promise((next) => setTimeout(next, PAUSE));
    found = await ask("live");
  }
  live(found);
}

let shown = 0;

function live(found) {
  const words = { idle: "", missing: found.said, failed: found.said || "It ended.", ready: "The model is below.", starting: "Building the model: some seconds. " + found.said }[found.state];
  byId("live-said").textContent = words;
  byId("live-form").hidden = found.state === "missing" || found.state === "ready";
  if (found.state === "ready" && shown !== found.port) {
    shown = found.port;
    const address = `http://127.0.0.1:${found.port}/`;
    byId("live-page").replaceChildren(make("p", {}, make("a", { href: address, target: "_blank", rel: "noopener" }, "Open the model in a window of its own")),
      make("iframe", { src: address, title: "A small model to step" }));
    byId("live-page").scrollIntoView();  // its buttons are at its top, and are not to lie below the screen
  }
}
