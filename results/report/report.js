/* What the page's selectors do. Without script everything stands open, and only charts of a choice are missing. */
(function () {
  const find = (id) => document.getElementById(id);
  const all = (query) => Array.from(document.querySelectorAll(query));
  const data = JSON.parse(find("data").textContent);
  /* Numbers are kept in the order of runs; here they get the runs' names. */
  const named = (list) => Object.fromEntries(list.map((one, place) => [data.runs[place].id, one]).filter((pair) => pair[1]).map((pair) => [pair[0], { n: pair[1][0], k: pair[1][1] || undefined, m: pair[1][2], p: pair[1][3].length ? pair[1][3] : undefined }]));
  for (const found of Object.values(data.measures)) {
    found.month = named(found.month);
    for (const key of Object.keys(found.year)) { found.year[key] = named(found.year[key]); }
  }
  const form = document.querySelector(".selectors");
  const scenario = find("choose-scenario"), fifth = find("choose-quintile"), place = find("choose-int"), measure = find("choose-measure");
  const marked = all("[data-scenario], [data-quintile]");
  const inDrawing = (part) => part.namespaceURI === "http://www.w3.org/2000/svg";
  const value = (select) => (select ? select.value : "");
  const chosen = (select) => select.options[select.selectedIndex].text;
  const variant = () => { const ticked = document.querySelector("input[name=variant]:checked"); return ticked ? ticked.value : ""; };

  /* Runs left out by the choice of a variant: other variants of a scenario that has the chosen one. */
  function otherVariants() {
    const cards = all(".card"), wanted = variant(), out = new Set();
    if (!wanted) { return out; }
    const has = new Set(cards.filter((card) => card.dataset.variant === wanted).map((card) => card.dataset.family));
    for (const card of cards) { if (has.has(card.dataset.family) && card.dataset.variant !== wanted) { out.add(card.dataset.scenario); } }
    return out;
  }

  function showChoice(out) {
    for (const part of marked) {
      const run = part.getAttribute("data-scenario"), one = part.getAttribute("data-quintile");
      const away = (run && run !== data.baseline && (scenario.value && run !== scenario.value || out.has(run))) ||
        (fifth.value && one && one !== fifth.value);
      if (inDrawing(part)) { part.classList.toggle("dim", Boolean(away)); } else { part.toggleAttribute("data-away", Boolean(away)); }
    }
    const run = scenario.value ? chosen(scenario) : "all scenarios";
    const where = fifth.value ? "fifth " + chosen(fifth) : value(place) ? chosen(place) : "all fifths";
    const what = measure && measure.options.length ? " Measure: " + chosen(measure) + "." : "";
    find("shown").textContent = "Showing " + run + " and " + where + "." + what;
  }

  /* The numbers of a run, period by period, each with half the width of its interval: of the baseline its level;
     of a scenario that half of its level, and its difference. Its level is the baseline's and the difference. */
  function unpack(mine, base) {
    const step = mine.k === undefined ? 2 : 3, levels = [], changes = step === 3 ? [] : null;
    const around = (value, half) => [value, value - half, value + half];
    for (let at = 0; at < mine.n.length; at += step) {
      const row = mine.n.slice(at, at + step).map((one) => (one === null ? NaN : one));
      if (changes) {
        levels.push(around(base.n[2 * levels.length] + row[1], row[0]));
        changes.push(around(row[1], row[2]));
      } else { levels.push(around(row[0], row[1])); }
    }
    return { levels: levels, changes: changes, verdict: mine.k, more: mine.m, periods: mine.p || data.years };
  }

  function stratum() { return fifth.value ? "quintile:" + fifth.value : value(place) ? "neighbourhood:" + place.value : "all"; }

  function inStratum(key) {
    if (key === "all") { return ""; }
    const part = key.slice(key.indexOf(":") + 1);
    return " in " + (key.startsWith("quintile:") ? data.fifths[part] : data.places[part] || part);
  }

  function seriesOf(held, out) {
    const grey = "#6f777b";
    return data.runs.filter((run) => held[run.id] && (run.id === data.baseline || (!scenario.value || scenario.value === run.id) && !out.has(run.id)))
      .map((run) => Object.assign({ id: run.id, label: run.label, colour: run.id === data.baseline ? grey : run.colour, dash: run.dash, place: run.place }, unpack(held[run.id], held[data.baseline])));
  }

  const plain = (text) => (/^[A-Z0-9]{2}/.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1));

  /* The finding, in words: the largest clear change of the last period among those shown. */
  function finding(found, series, where, period) {
    const moved = series.filter((one) => one.changes), name = plain(found.label) + where;
    if (!moved.length) { return found.label + where; }
    if (found.unread) { return found.label + where + ": not to be read at this scale"; }
    const clear = moved.filter((one) => one.verdict === "change").sort((a, b) => Math.abs(b.changes[b.changes.length - 1][0]) - Math.abs(a.changes[a.changes.length - 1][0]));
    if (!clear.length) { return (moved.length > 1 ? "No scenario clearly changes " : moved[0].label + " does not clearly change ") + name + " in " + period; }
    const last = clear[0].changes[clear[0].changes.length - 1];
    const size = numbers.estimate(Math.abs(last[0]), last[0] < 0 ? -last[2] : last[1], last[0] < 0 ? -last[1] : last[2], false);
    return clear[0].label + (last[0] < 0 ? " lowers " : " raises ") + name + " by " + size + (found.share ? " points" : " " + found.unit) + " in " + period;
  }

  function reading(one) {
    const words = data.verdicts[one.verdict] || "";
    return one.verdict === "noise" && one.more ? words + "; about " + numbers.write(one.more, 0, false) + " more repeat runs would settle it" : words;
  }

  function cell(row, tag, text, isNumber) {
    const made = document.createElement(tag);
    made.textContent = text;
    if (isNumber && tag === "th") { made.className = "n"; }
    if (!isNumber && tag === "td") { made.className = "w"; }
    if (tag === "th") { made.scope = row.parentNode.tagName === "THEAD" ? "col" : "row"; }
    row.appendChild(made);
    return made;
  }

  function fillTable(table, caption, heads, rows) {
    table.textContent = "";
    const name = document.createElement("caption"), top = document.createElement("thead"), body = document.createElement("tbody"), first = document.createElement("tr");
    name.textContent = caption;
    top.appendChild(first); table.append(name, top, body);
    heads.forEach((head, index) => cell(first, "th", head, index > 0));
    for (const one of rows) {
      const row = document.createElement("tr");
      body.appendChild(row);
      if (one.grey) { row.className = "grey"; }
      one.cells.forEach((text, index) => cell(row, index ? "td" : "th", text, index > 0 && index < one.cells.length - (one.words ? 1 : 0)));
    }
  }

  function explore(out) {
    const box = find("explorer-chart");
    if (!box || !measure || !measure.value) { return; }
    const found = data.measures[measure.value], key = stratum(), where = inStratum(key), held = found.year[key];
    const target = find("explorer-targets"), head = find("explorer-title"), table = find("explorer-table");
    if (!held) {
      box.textContent = "Not recorded" + where + ".";
      head.textContent = found.label + where + ": not recorded";
      table.textContent = ""; target.textContent = "";
      return;
    }
    const yearly = seriesOf(held, out), periods = yearly[0].periods, period = periods[periods.length - 1];
    const title = finding(found, yearly, where, period);
    const monthly = key === "all" && Object.keys(found.month).length > 0;
    const units = monthly ? found.month_unit : found.unit;
    const chart = { title: title, unit: units, differenceUnit: found.share ? "percentage points" : units, targets: monthly ? found.targets.filter((one) => data.months.includes(one.period)) : [], capacity: monthly ? found.capacity.map((one) => (one === null ? NaN : one)) : [], months: data.months, periods: periods };
    chart.series = monthly ? seriesOf(found.month, out) : yearly;
    chart.words = found.label + where + (monthly ? " month by month" : " year by year") + ": above, the level of each run with its interval; below, each scenario's difference from baseline. The table below has the numbers.";
    drawing[monthly ? "months" : "years"](box, chart);
    head.textContent = title;
    box.setAttribute("aria-label", "Chart: " + title);
    find("explorer-note").textContent = found.definition + " Unit: " + found.unit + ". Source of the definition: " + found.source + ". " + (monthly ? "Shaded: December to February." + (chart.capacity.length ? " Dotted: acute and planned beds open in the baseline; beds that close once they are empty count until then." : "") : "By year: month by month is kept for the whole area only.");
    target.textContent = "";
    for (const one of chart.targets) {
      const item = document.createElement("li"), chances = Object.entries(one.chance).map((pair) => pair[0] + ": " + pair[1]);
      item.textContent = "Target: " + one.label + " (" + one.source + "). " + (chances.length ? "Probability of meeting it: " + chances.join("; ") + "." : "");
      target.appendChild(item);
    }
    fillTable(table, found.label + where + " (" + found.unit + "), mean over repeat runs (95% interval)", ["Scenario"].concat(periods, ["Difference in " + period, "Reading"]),
      yearly.map((one) => {
        const last = one.changes ? one.changes[one.changes.length - 1] : null;
        const cells = [one.label].concat(one.levels.map((v) => numbers.estimate(v[0], v[1], v[2], false)));
        return { cells: cells.concat(last ? [numbers.estimate(last[0], last[1], last[2], true) + (found.share ? " points" : ""), reading(one)] : ["", "baseline"]), words: true, grey: one.verdict !== undefined && data.grey.includes(one.verdict) };
      }));
  }

  /* Every neighbourhood side by side in the chosen measure: a table with dots, sorted by any column. */
  const order = { column: 0, up: true };
  function sideBySide(out) {
    const table = find("places-table");
    if (!table || !measure || !measure.value) { return; }
    const found = data.measures[measure.value];
    const held = Object.keys(data.places).filter((key) => found.year["neighbourhood:" + key]);
    const shown = data.runs.filter((run) => run.id !== data.baseline && (!scenario.value || scenario.value === run.id) && !out.has(run.id));
    const rows = held.map((key) => {
      const runs = found.year["neighbourhood:" + key], base = unpack(runs[data.baseline], null).levels.slice(-1)[0];
      return { key: key, name: data.places[key], base: base, moved: shown.map((run) => { const one = unpack(runs[run.id], runs[data.baseline]); return { last: one.changes.slice(-1)[0], verdict: one.verdict, run: run }; }) };
    });
    const number = (row) => (order.column === 0 ? row.name : order.column === 1 ? row.base[0] : row.moved[order.column - 2].last[0]);
    if (order.column > shown.length + 1) { order.column = 0; }
    rows.sort((a, b) => (number(a) < number(b) ? -1 : number(a) > number(b) ? 1 : 0) * (order.up ? 1 : -1));
    const period = data.years[data.years.length - 1];
    const caption = found.label + " by neighbourhood in " + period + " (" + found.unit + "); differences from baseline" + (found.share ? " in percentage points" : "");
    fillTable(table, caption, ["Neighbourhood", "Baseline"].concat(shown.map((run) => run.label)), rows.map((row) => ({ cells: [row.name, numbers.estimate(row.base[0], row.base[1], row.base[2], false)].concat(row.moved.map((one) => numbers.estimate(one.last[0], one.last[1], one.last[2], true))) })));
    if (!rows.length) { table.caption.textContent = found.label + ": not recorded by neighbourhood"; }
    table.parentNode.setAttribute("aria-label", "Table: " + table.caption.textContent);
    Array.from(table.tHead.rows[0].cells).forEach((head, index) => {
      const button = document.createElement("button");
      button.type = "button"; button.textContent = head.textContent; button.className = "sort";
      button.addEventListener("click", () => { order.up = order.column === index ? !order.up : index === 0; order.column = index; sideBySide(otherVariants()); find("places-table").tHead.rows[0].cells[index].firstChild.focus(); });
      head.textContent = ""; head.appendChild(button);
      if (order.column === index) { head.setAttribute("aria-sort", order.up ? "ascending" : "descending"); }
    });
    const reach = Math.max.apply(null, [1e-9].concat(rows.map((row) => Math.max.apply(null, [0].concat(row.moved.map((one) => Math.max.apply(null, one.last.map((v) => (Number.isFinite(v) ? Math.abs(v) : 0)))))))));
    rows.forEach((row, index) => {
      const cells = table.tBodies[0].rows[index].cells, link = document.createElement("a");
      link.href = "#int-" + row.key.replace(/[^A-Za-z0-9]/g, "-"); link.textContent = row.name;
      if (find(link.hash.slice(1))) { cells[0].textContent = ""; cells[0].appendChild(link); }
      row.moved.forEach((one, column) => dot(cells[column + 2], one, reach));
    });
  }

  function dot(box, one, reach) {
    const SVG = "http://www.w3.org/2000/svg", root = document.createElementNS(SVG, "svg"), grey = data.grey.includes(one.verdict);
    const x = (v) => 60 + v / reach * 54, colour = grey ? "#6f777b" : one.run.colour;
    const make = (name, attributes) => { const made = document.createElementNS(SVG, name); for (const key of Object.keys(attributes)) { made.setAttribute(key, attributes[key]); } root.appendChild(made); };
    root.setAttribute("viewBox", "0 0 120 16"); root.setAttribute("class", "dotted"); root.setAttribute("aria-hidden", "true");
    make("line", { x1: 60, x2: 60, y1: 0, y2: 16, stroke: "#1d2a33" });
    if (Number.isFinite(one.last[1])) { make("line", { x1: x(one.last[1]), x2: x(one.last[2]), y1: 8, y2: 8, stroke: colour, "stroke-width": 2.4 }); }
    if (Number.isFinite(one.last[0])) { make("circle", { cx: x(one.last[0]), cy: 8, r: 4.5, fill: grey ? "#fff" : colour, stroke: colour, "stroke-width": 2 }); }
    box.appendChild(root);
    if (grey) { box.classList.add("unsure"); }
  }

  /* Pages of neighbourhoods: one at a time where one is chosen; a list to choose from where none is. */
  function pages() {
    for (const page of all(".int-page")) { page.hidden = page.dataset.int !== value(place); }
  }

  function show() {
    const out = otherVariants();
    showChoice(out); explore(out); sideBySide(out); pages();
  }

  function follow() {
    let wanted;
    try { wanted = find(decodeURIComponent(location.hash.slice(1))); } catch (error) { wanted = null; }
    /* Where a reader has gone on already, the browser itself has moved the focus: it is not fetched back. */
    if (!wanted || wanted.matches("main, main > section")) { return; }
    const page = wanted.closest(".int-page");
    if (page && place && place.value !== page.dataset.int) { place.value = page.dataset.int; fifth.value = ""; show(); }
    if (wanted.closest("[data-away]")) { scenario.value = ""; fifth.value = ""; all("input[name=variant][value='']").forEach((one) => { one.checked = true; }); show(); }
    for (let part = wanted; part; part = part.parentElement) { if (part.tagName === "DETAILS") { part.open = true; } }
    all(".sought").forEach((one) => one.classList.remove("sought"));
    wanted.classList.add("sought");
    wanted.scrollIntoView({ block: "center" });
    if (!wanted.hasAttribute("tabindex")) { wanted.tabIndex = -1; }
    wanted.focus({ preventScroll: true });
  }

  /* A table as CSV text; a cell can neither end its field nor be taken for a formula. */
  function csv(table) {
    const field = (text) => { const one = text.replace(/^\+(?=[\d£])/, ""); return '"' + (/^[=+@\t\r-]/.test(one) ? "'" : "") + one.replace(/"/g, '""') + '"'; };
    return Array.from(table.rows).map((row) => Array.from(row.cells).map((one) => field(one.textContent.trim())).join(",")).join("\r\n") + "\r\n";
  }

  function download(table) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff" + csv(table)], { type: "text/csv" }));
    link.download = (table.dataset.name || "table") + ".csv";
    document.body.appendChild(link); link.click(); link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  for (const box of all(".scroll")) {
    const table = box.querySelector("table"), button = document.createElement("button");
    if (!table) { continue; }
    button.type = "button"; button.className = "take"; button.textContent = "Download this table (CSV)";
    button.addEventListener("click", () => download(box.querySelector("table")));
    box.after(button);
  }

  scenario.addEventListener("change", show);
  fifth.addEventListener("change", () => { if (fifth.value && place) { place.value = ""; } show(); });
  if (place) { place.addEventListener("change", () => { if (place.value) { fifth.value = ""; } show(); }); }
  if (measure) { measure.addEventListener("change", show); }
  for (const one of all("input[name=variant]")) { one.addEventListener("change", () => { scenario.value = ""; show(); }); }
  for (const part of all(".variants")) { part.hidden = false; }
  form.addEventListener("submit", (event) => event.preventDefault());
  find("open-tables").addEventListener("click", (event) => {
    const parts = all("details"), open = parts.some((part) => !part.open);
    for (const part of parts) { part.open = open; }
    event.target.textContent = open ? "Close every table" : "Open every table";
  });
  find("print-page").addEventListener("click", () => window.print());
  window.addEventListener("hashchange", follow);
  form.hidden = false;
  document.querySelector(".buttons").hidden = false;
  document.documentElement.classList.add("scripted");
  show();
  if (location.hash) { follow(); }

  const links = new Map(all("nav a").map((link) => [link.hash.slice(1), link]));
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting || !links.has(entry.target.id)) { continue; }
      for (const link of links.values()) { link.removeAttribute("aria-current"); }
      const now = links.get(entry.target.id);
      now.setAttribute("aria-current", "location");
      const nav = now.closest("nav");
      if (nav.scrollHeight > nav.clientHeight) { nav.scrollTop = now.offsetTop - nav.clientHeight / 2; }
    }
  }, { rootMargin: "-20% 0px -70% 0px" });
  for (const part of all("main > section[id]")) { watcher.observe(part); }
})();
