"use strict";
(function () {
  const form = document.querySelector(".selectors");
  const scenario = document.getElementById("choose-scenario");
  const quintile = document.getElementById("choose-quintile");
  const shown = document.getElementById("shown");
  const marked = Array.from(document.querySelectorAll("[data-scenario], [data-quintile]"));
  const inDrawing = (part) => part.namespaceURI === "http://www.w3.org/2000/svg";

  function chosen(select) { return select.options[select.selectedIndex].text; }

  function show() {
    for (const part of marked) {
      const run = part.getAttribute("data-scenario");
      const fifth = part.getAttribute("data-quintile");
      const baseline = run !== null && !Array.from(scenario.options).some((option) => option.value === run);
      const away = (scenario.value && run && !baseline && run !== scenario.value) ||
        (quintile.value && fifth && fifth !== quintile.value);
      if (inDrawing(part)) { part.classList.toggle("dim", Boolean(away)); } else { part.toggleAttribute("data-away", Boolean(away)); }
    }
    const run = scenario.value ? chosen(scenario) : "all scenarios";
    const fifth = quintile.value ? "fifth " + chosen(quintile) : "all fifths";
    shown.textContent = "Showing " + run + " and " + fifth + ".";
  }

  scenario.addEventListener("change", show);
  quintile.addEventListener("change", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("open-tables").addEventListener("click", (event) => {
    const all = Array.from(document.querySelectorAll("details"));
    const open = all.some((part) => !part.open);
    for (const part of all) { part.open = open; }
    event.target.textContent = open ? "Close every table" : "Open every table";
  });
  document.getElementById("print-page").addEventListener("click", () => window.print());
  form.hidden = false;

  const links = new Map(Array.from(document.querySelectorAll("nav a")).map((link) => [link.hash.slice(1), link]));
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) { continue; }
      for (const link of links.values()) { link.removeAttribute("aria-current"); }
      links.get(entry.target.id).setAttribute("aria-current", "location");
    }
  }, { rootMargin: "-20% 0px -70% 0px" });
  for (const part of document.querySelectorAll("main section[id]")) { watcher.observe(part); }
})();
