// Who is eligible today: a filter over everybody registered at the start, counted by the model's own rules.
import { ask, byId, make, number, table, tell } from "./base.js";

let choices = null;
let wait = null;
let ticket = 0;

export function begin() {
  byId("cohort").addEventListener("submit", (event) => event.preventDefault());
  byId("cohort").addEventListener("change", () => { clearTimeout(wait); wait = setTimeout(count, 15); });
}

export async function show() {
  if (choices) { return; }
  byId("cohort-said").textContent = "Reading everybody who is registered at the start. That takes some seconds, once.";
  choices = await ask("cohort_choices");
  build();
  await count();
}

export function month() { /* the start is what it is */ }

function build() {
  byId("cohort").replaceChildren(
    make("fieldset", {}, make("legend", {}, "Age"), make("div", { class: "ages" },
      make("div", {}, make("label", { for: "age-from" }, "From"), make("input", { type: "number", id: "age-from", min: "0", max: "110", value: "0" })),
      make("div", {}, make("label", { for: "age-to" }, "To"), make("input", { type: "number", id: "age-to", min: "0", max: "110", value: "110" })))),
    ...choices.lists.map((list) => make("fieldset", {}, make("legend", {}, list.label), make("div", list.options.length > 6 ? { class: "many", tabindex: "0", role: "group", "aria-label": list.label } : {},
      ...list.options.map((option) => {
        const id = `choice-${list.key}-${option.key}`.replace(/[^a-z0-9-]/gi, "_");
        return make("div", { class: "one" }, make("input", { type: "checkbox", id, "data-list": list.key, value: option.key }), make("label", { for: id }, option.label));
      })))),
    make("div", {}, make("button", { type: "reset", onclick: () => setTimeout(count, 0) }, "Clear every choice")));
}

function asked() {
  const found = { age_from: Number(byId("age-from").value || 0), age_to: Number(byId("age-to").value || 110) };
  for (const box of byId("cohort").querySelectorAll("input[type=checkbox]:checked")) {
    (found[box.dataset.list] = found[box.dataset.list] || []).push(box.value);
  }
  return found;
}

async function count() {
  const mine = ++ticket;
  const { age_from: first, age_to: last } = asked();
  const order = first > last ? `From must not be above To: ${first} is above ${last}.` : "";
  for (const id of ["age-from", "age-to"]) { byId(id).setAttribute("aria-invalid", String(Boolean(order))); }
  if (order) { byId("cohort-said").textContent = order; byId("cohort-answer").replaceChildren(); return; }
  let found;
  try { found = await tell("cohort", asked()); } catch (problem) { byId("cohort-said").textContent = problem.message; return; }
  if (mine !== ticket) { return; }
  const title = `${number(found.people)} people: ${number(found.per_cent, found.per_cent < 10 ? 1 : 0)}% of the ${number(found.registered)} registered`;
  byId("cohort-said").textContent = title;
  byId("cohort-answer").replaceChildren(...found.sentences.map((words) => make("p", {}, words)),
    ...found.tables.map((one) => {
      const drawn = table(one.title, [one.head, "People", "Of the cohort", "Of everybody there"], one.rows.map((row) => ({ cells: [row.label, number(row.people), number(row.share, 1) + "%", number(row.rate, 1) + "%"] })));
      return make("div", { class: "split" }, drawn);
    }));
}
