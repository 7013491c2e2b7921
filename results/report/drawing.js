/* Charts of the page's own: months as lines with bands, years as dots with intervals. Text is set as text. */
const drawing = (function () {
  const SVG = "http://www.w3.org/2000/svg";
  const INK = "#1d2a33", PALE = "#e6e8ea", PLUM = "#801650";
  const WIDTH = 840, LEFT = 76, RIGHT = 176, TALL = 210, LINE = 19;
  const MARKS = ["circle", "square", "triangle", "diamond"];

  function add(parent, name, attributes, text) {
    const made = document.createElementNS(SVG, name);
    for (const key of Object.keys(attributes || {})) { made.setAttribute(key, attributes[key]); }
    if (text !== undefined) { made.textContent = text; }
    parent.appendChild(made);
    return made;
  }

  function label(parent, x, y, text, extra) {
    return add(parent, "text", Object.assign({ x: x, y: y, "font-size": 16, fill: INK }, extra || {}), text);
  }

  function steps(low, high) {
    const raw = (high - low) / 4 || 1;
    const power = Math.pow(10, Math.floor(Math.log10(raw)));
    const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= raw);
    const found = [];
    for (let at = Math.ceil(low / step) * step; at <= high + step / 1e6; at += step) { found.push(Math.abs(at) < step / 1e6 ? 0 : at); }
    return { ticks: found, places: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
  }

  function scaleOf(values, zero, least) {
    const held = values.filter(Number.isFinite).concat(zero ? [0] : []);
    let low = held.length ? Math.min.apply(null, held) : 0, high = held.length ? Math.max.apply(null, held) : 1;
    const middle = (low + high) / 2, half = Math.max((high - low) / 2, Math.abs(middle) * least, 1e-9) * 1.08;
    low = middle - half; high = middle + half;
    return { low: low, high: high };
  }

  /* A panel: frame, gridlines with numbers, shaded winters; returns where a value stands. */
  function panel(root, top, scale, title, count, winters) {
    const y = (value) => top + TALL - (value - scale.low) / (scale.high - scale.low) * TALL;
    const wide = WIDTH - LEFT - RIGHT;
    const x = (index) => LEFT + (index + 0.5) / count * wide;
    label(root, 0, top - 12, title, { "font-weight": "bold" });
    for (const index of winters) { add(root, "rect", { x: x(index - 0.5), y: top, width: wide / count + 0.5, height: TALL, fill: PALE }); }
    const grid = steps(scale.low, scale.high);
    for (const tick of grid.ticks) {
      add(root, "line", { x1: LEFT, x2: LEFT + wide, y1: y(tick), y2: y(tick), stroke: tick === 0 ? INK : "#c5ccd1", "stroke-width": tick === 0 ? 1.5 : 0.7 });
      label(root, LEFT - 8, y(tick) + 5, numbers.write(tick, grid.places, false), { "text-anchor": "end" });
    }
    return { x: x, y: y };
  }

  function path(points) {
    let text = "", pen = "M";
    for (const point of points) {
      if (!Number.isFinite(point[1])) { pen = "M"; continue; }
      text += pen + point[0].toFixed(1) + " " + point[1].toFixed(1);
      pen = "L";
    }
    return text;
  }

  function band(points) {
    const whole = points.filter((point) => Number.isFinite(point[1]) && Number.isFinite(point[2]));
    if (whole.length < 2) { return ""; }
    const up = whole.map((point) => point[0].toFixed(1) + " " + point[2].toFixed(1));
    const down = whole.map((point) => point[0].toFixed(1) + " " + point[1].toFixed(1)).reverse();
    return "M" + up.concat(down).join("L") + "Z";
  }

  function mark(group, shape, x, y, colour, hollow) {
    const fill = hollow ? "#fff" : colour, common = { fill: fill, stroke: colour, "stroke-width": 2 };
    if (shape === "circle") { add(group, "circle", Object.assign({ cx: x, cy: y, r: 5 }, common)); }
    else {
      const points = { square: "-5,-5 5,-5 5,5 -5,5", triangle: "0,-6 6,5 -6,5", diamond: "0,-7 7,0 0,7 -7,0" }[shape];
      add(group, "polygon", Object.assign({ points: points, transform: "translate(" + x + "," + y + ")" }, common));
    }
  }

  /* Names at the ends of lines, moved apart where they would overlap. */
  function ends(root, wanted, top) {
    const placed = wanted.slice().sort((a, b) => a.y - b.y);
    for (const one of placed) { one.lines = wrap(one.label, 19); one.tall = one.lines.length * LINE; one.at = one.y - one.tall / 2; }
    for (let round = 0; round < 60; round += 1) {
      for (let i = 1; i < placed.length; i += 1) {
        const short = placed[i - 1].at + placed[i - 1].tall - placed[i].at;
        if (short > 0) { placed[i - 1].at -= short / 2; placed[i].at += short / 2; }
      }
    }
    for (const one of placed) {
      const x = WIDTH - RIGHT + 22;
      add(root, "path", { d: "M" + one.x + " " + one.y + "L" + (x - 4) + " " + (one.at + one.tall / 2), stroke: one.colour, fill: "none", "stroke-width": 1.4 });
      one.lines.forEach((line, index) => label(root, x, one.at + LINE * (index + 1) - 5, line));
    }
    return top;
  }

  function wrap(text, letters) {
    const lines = [""];
    for (const word of text.split(" ")) {
      const last = lines[lines.length - 1];
      if (last && last.length + 1 + word.length > letters) { lines.push(word); } else { lines[lines.length - 1] = last ? last + " " + word : word; }
    }
    return lines.length > 3 ? lines.slice(0, 2).concat(lines[2] + "\u2026") : lines;
  }

  function monthAxis(root, where, months, top) {
    const short = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    months.forEach((month, index) => {
      const number = Number(month.slice(5));
      if (number === 1 || months.length < 13 && index % 3 === 0) {
        add(root, "line", { x1: where.x(index), x2: where.x(index), y1: top + TALL, y2: top + TALL + 5, stroke: INK });
        label(root, where.x(index), top + TALL + 22, short[number - 1] + " " + month.slice(0, 4), { "text-anchor": "middle" });
      }
    });
  }

  function start(box, height, title, words) {
    box.textContent = "";
    const root = add(box, "svg", { viewBox: "0 0 " + WIDTH + " " + height, role: "img", "aria-labelledby": "drawn-title drawn-words", "font-family": "Arial, Helvetica, sans-serif" });
    add(root, "title", { id: "drawn-title" }, title);
    add(root, "desc", { id: "drawn-words" }, words);
    return root;
  }

  /* Month by month. series: {label, colour, dash, levels: [[v, low, high]], changes: [[d, low, high]] or null}. */
  function months(box, chart) {
    const changed = chart.series.some((one) => one.changes);
    const tops = [34, 34 + TALL + 78];
    const flags = chart.targets.length ? 20 : 0;
    const root = start(box, (changed ? tops[1] + TALL : tops[0] + TALL) + 34 + flags, chart.title, chart.words);
    const winters = chart.months.map((month, index) => (["12", "01", "02"].includes(month.slice(5)) ? index : -1)).filter((index) => index >= 0);
    const held = [].concat.apply([], chart.series.map((one) => [].concat.apply([], one.levels)));
    const scale = scaleOf(held.concat(chart.capacity, chart.targets.map((one) => one.value)), false, 0.025);
    const upper = panel(root, tops[0], scale, "Level: " + chart.unit, chart.months.length, winters);
    const names = [];
    for (const one of chart.series) {
      add(root, "path", { d: band(one.levels.map((v, i) => [upper.x(i), upper.y(v[1]), upper.y(v[2])])), fill: one.colour, opacity: 0.12 });
    }
    for (const one of chart.series) {
      add(root, "path", { d: path(one.levels.map((v, i) => [upper.x(i), upper.y(v[0])])), fill: "none", stroke: one.colour, "stroke-width": 2.6, "stroke-dasharray": one.dash });
      const last = one.levels.length - 1;
      names.push({ label: one.label, colour: one.colour, x: upper.x(last), y: upper.y(one.levels[last][0]) });
    }
    if (chart.capacity.length) {
      add(root, "path", { d: path(chart.capacity.map((v, i) => [upper.x(i), upper.y(v)])), fill: "none", stroke: INK, "stroke-width": 2, "stroke-dasharray": "2 4" });
      const last = chart.capacity.length - 1;
      names.push({ label: "Beds open", colour: INK, x: upper.x(last), y: upper.y(chart.capacity[last]) });
    }
    for (const target of chart.targets) {
      const at = chart.months.indexOf(target.period), x = upper.x(at), y = upper.y(target.value);
      add(root, "path", { d: "M" + x + " " + (y + 14) + "V" + (y - 16) + "h15l-5 6l5 6h-15", fill: PLUM, stroke: PLUM, "stroke-width": 1.5 });
      label(root, Math.min(x + 18, WIDTH - RIGHT - 40), y - 6, "target", { fill: PLUM, "text-anchor": x > WIDTH - RIGHT - 90 ? "end" : "start", dx: x > WIDTH - RIGHT - 90 ? "-28" : "0" });
    }
    ends(root, names, tops[0]);
    if (changed) {
      const moved = chart.series.filter((one) => one.changes);
      const spans = scaleOf([].concat.apply([], moved.map((one) => [].concat.apply([], one.changes))), true, 0);
      const lower = panel(root, tops[1], spans, "Difference from baseline, with 95% interval: " + chart.differenceUnit, chart.months.length, winters);
      const lowerNames = [];
      for (const one of moved) {
        add(root, "path", { d: band(one.changes.map((v, i) => [lower.x(i), lower.y(v[1]), lower.y(v[2])])), fill: one.colour, opacity: 0.18 });
        add(root, "path", { d: path(one.changes.map((v, i) => [lower.x(i), lower.y(v[0])])), fill: "none", stroke: one.colour, "stroke-width": 2.6, "stroke-dasharray": one.dash });
        const last = one.changes.length - 1;
        lowerNames.push({ label: one.label, colour: one.colour, x: lower.x(last), y: lower.y(one.changes[last][0]) });
      }
      ends(root, lowerNames, tops[1]);
      monthAxis(root, lower, chart.months, tops[1]);
    } else { monthAxis(root, upper, chart.months, tops[0]); }
  }

  /* Year by year: dots with intervals; hollow and grey where the last year's change is not one to act on. */
  function years(box, chart) {
    const changed = chart.series.some((one) => one.changes);
    const tops = [34, 34 + TALL + 78];
    const root = start(box, (changed ? tops[1] + TALL : tops[0] + TALL) + 34, chart.title, chart.words);
    const sets = [{ top: tops[0], key: "levels", zero: false, title: "Level: " + chart.unit }];
    if (changed) { sets.push({ top: tops[1], key: "changes", zero: true, title: "Difference from baseline, with 95% interval: " + chart.differenceUnit }); }
    for (const set of sets) {
      const mine = chart.series.filter((one) => one[set.key]);
      const scale = scaleOf([].concat.apply([], mine.map((one) => [].concat.apply([], one[set.key]))), set.zero, set.zero ? 0 : 0.025);
      const where = panel(root, set.top, scale, set.title, chart.periods.length, []);
      const step = Math.min(26, (WIDTH - LEFT - RIGHT) / chart.periods.length / (mine.length + 1));
      const names = [];
      mine.forEach((one, place) => {
        const shift = (place - (mine.length - 1) / 2) * step;
        one[set.key].forEach((v, index) => {
          const x = where.x(index) + shift, y = where.y(v[0]);
          if (!Number.isFinite(y)) { return; }
          if (Number.isFinite(v[1])) { add(root, "line", { x1: x, x2: x, y1: where.y(v[1]), y2: where.y(v[2]), stroke: one.colour, "stroke-width": 2.6 }); }
          mark(root, MARKS[one.place % MARKS.length], x, y, one.colour, set.zero && v[1] <= 0 && v[2] >= 0);
          if (index === chart.periods.length - 1) { names.push({ label: one.label, colour: one.colour, x: x + 7, y: y }); }
        });
      });
      ends(root, names, set.top);
      chart.periods.forEach((period, index) => label(root, where.x(index), set.top + TALL + 22, period, { "text-anchor": "middle" }));
    }
  }

  return { months: months, years: years };
})();
