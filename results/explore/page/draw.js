// Charts as SVG: text as text, a mark and a dash for each line, the month of the slider as a rule.
import { PALETTE, finite, number } from "./base.js";

const SPACE = "http://www.w3.org/2000/svg";

export function shape(tag, given, ...parts) {
  const found = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(given)) { found.setAttribute(name, String(value)); }
  found.append(...parts);
  return found;
}

const text = (words, x, y, given = {}) => shape("text", { x, y, ...given }, document.createTextNode(words));

function steps(low, high, count = 4) {
  const raw = (high - low) / count || 1;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((part) => part * size).find((part) => part >= raw);
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-9; value += step) { found.push(Math.abs(value) < step * 1e-9 ? 0 : value); }
  return found;
}

const short = (value) => (Math.abs(value) >= 1e6 ? number(value / 1e6, 1) + "m" : Math.abs(value) >= 1e4 ? number(value / 1e3) + "k" : String(Math.round(value * 1e6) / 1e6).replace("-", "\u2212"));

// As many units as there are pixels, so that text is as large as it says, on a phone as well.
function room(most, share = 1) {
  const main = document.getElementById("main");
  const style = getComputedStyle(main);
  const inner = main.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - (window.innerWidth <= 640 ? 24 : 48);
  return Math.max(280, Math.min(most, inner > 900 ? inner * share : inner));
}

function picture(width, height, title, words) {
  const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": `${title}. ${words}` });
  const holder = document.createElement("div");
  holder.className = "plot";
  holder.append(svg);
  return [svg, holder];
}

// lines: {label, colour, dash, mean, low, high, wide}; one place on the axis for each of `labels`.
export function lineChart({ title, words, labels, lines, marked, zero, winters }) {
  const width = room(640, 0.5);
  const bottom = 40 + 22 * lines.length;
  const [height, left, right, top] = [238 + bottom, 64, 16, 12];
  const held = lines.flatMap((line) => [...line.mean, ...(line.low || []), ...(line.high || [])]).filter(finite);
  const [svg, holder] = picture(width, height, title, words);
  if (!held.length) { svg.append(text("Nothing recorded", left, height / 2)); return holder; }
  let [low, high] = [Math.min(...held), Math.max(...held)];
  if (zero) { [low, high] = [Math.min(low, 0), Math.max(high, 0)]; }
  if (low === high) { [low, high] = zero ? [Math.min(low, 0), Math.max(high, 0) + 1] : [low - 1, high + 1]; }
  const margin = 0.06 * (high - low);
  if (!(zero && low === 0)) { low -= margin; }
  if (!(zero && high === 0)) { high += margin; }
  const x = (place) => left + (width - left - right) * (labels.length < 2 ? 0.5 : place / (labels.length - 1));
  const y = (value) => top + (height - top - bottom) * (1 - (value - low) / (high - low));
  const half = labels.length < 2 ? 0 : (x(1) - x(0)) / 2;
  if (winters) {
    labels.forEach((label, place) => {
      if (/^(December|January|February)/.test(label)) {
        svg.append(shape("rect", { class: "winter", x: Math.max(left, x(place) - half), y: top, width: 2 * half, height: height - top - bottom }));
      }
    });
  }
  for (const value of steps(low, high)) {
    svg.append(shape("line", { class: "axis", x1: left, x2: width - right, y1: y(value), y2: y(value), "stroke-opacity": value === 0 ? 1 : 0.35 }));
    svg.append(text(short(value), left - 8, y(value) + 5, { "text-anchor": "end" }));
  }
  const every = Math.max(1, Math.ceil(labels.length / Math.max(2, Math.floor(width / 120))));
  labels.forEach((label, place) => {
    if (place % every === 0) { svg.append(text(label.replace(/^(\w{3})\w* /, "$1 "), x(place), height - bottom + 22, { "text-anchor": place ? "middle" : "start" })); }
  });
  for (const line of lines) {
    if (line.low) { svg.append(shape("path", { d: band(line, x, y), fill: line.colour, "fill-opacity": 0.18 })); }
  }
  for (const line of lines) {
    svg.append(shape("path", { d: way(line.mean, x, y), fill: "none", stroke: line.colour, "stroke-width": line.wide || 2.5, "stroke-dasharray": line.dash || "none" }));
  }
  if (marked !== undefined && marked !== null) {
    svg.append(shape("line", { x1: x(marked), x2: x(marked), y1: top, y2: height - bottom, stroke: PALETTE.ink, "stroke-width": 1.5 }));
    for (const line of lines) {
      if (finite(line.mean[marked])) { svg.append(shape("circle", { cx: x(marked), cy: y(line.mean[marked]), r: 5, fill: line.colour, stroke: "#fff", "stroke-width": 1.5 })); }
    }
  }
  lines.forEach((line, place) => {
    const foot = height - bottom + 46 + 22 * place;
    svg.append(shape("line", { x1: left, x2: left + 30, y1: foot, y2: foot, stroke: line.colour, "stroke-width": line.wide || 2.5, "stroke-dasharray": line.dash || "none" }));
    svg.append(text(fitted(line.label, width - left - 46), left + 38, foot + 5));
  });
  return holder;
}

function fitted(words, pixels) {
  const letters = Math.floor(pixels / 7.8);
  return words.length > letters ? words.slice(0, letters - 1) + "\u2026" : words;
}

function way(values, x, y) {
  let pen = false;
  return values.map((value, place) => {
    if (!finite(value)) { pen = false; return ""; }
    const move = pen ? "L" : "M";
    pen = true;
    return `${move}${x(place).toFixed(1)} ${y(value).toFixed(1)}`;
  }).join("");
}

function band(line, x, y) {
  const places = line.mean.map((_, place) => place).filter((place) => finite(line.low[place]) && finite(line.high[place]));
  if (!places.length) { return ""; }
  const up = places.map((place) => `${x(place).toFixed(1)} ${y(line.high[place]).toFixed(1)}`);
  const down = places.reverse().map((place) => `${x(place).toFixed(1)} ${y(line.low[place]).toFixed(1)}`);
  return `M${up.join("L")}L${down.join("L")}Z`;
}

// rows: {label, mean, low, high, text, grey}
export function dotChart({ title, words, rows, colour, axis }) {
  const width = room(980);
  const narrow = width < 640;
  const [line, left, right] = narrow ? [74, 10, 10] : [34, width < 900 ? 290 : 370, 230];
  const foot = rows.length * line + 6;
  const height = foot + (narrow ? 72 : 50);
  const [svg, holder] = picture(width, height, title, words);
  // The axis is for what is clear, or else for the means: an interval that says nothing may leave the picture.
  const ends = (some) => some.flatMap((row) => [row.mean, row.low, row.high]).filter(finite).map(Math.abs);
  const clear = rows.filter((row) => !row.grey);
  const means = rows.map((row) => row.mean).filter(finite).map(Math.abs);
  const most = 1.15 * Math.max(0.01, ...(clear.length ? ends(clear) : ends(rows).sort((a, b) => a - b).slice(0, Math.ceil(rows.length * 2.4))), ...means);
  const x = (value) => left + (width - left - right) * ((Math.max(-most, Math.min(most, value)) + most) / (2 * most));
  for (const value of steps(-most, most)) {
    svg.append(shape("line", { class: "axis", x1: x(value), x2: x(value), y1: 6, y2: foot, "stroke-opacity": value === 0 ? 1 : 0.3 }));
    svg.append(text(short(value), x(value), foot + 20, { "text-anchor": "middle" }));
  }
  (narrow ? ["Difference in per cent.", axis] : ["Difference in per cent. " + axis]).forEach((words, place) =>
    svg.append(text(fitted(words, width - 10), narrow ? 0 : width / 2, foot + 42 + 22 * place, narrow ? {} : { "text-anchor": "middle" })));
  rows.forEach((row, place) => {
    const y = place * line + (narrow ? 58 : line / 2 + 6);
    const ink = row.grey ? PALETTE.grey : colour;
    const look = { class: row.grey ? "" : "strong" };
    svg.append(narrow ? text(fitted(row.label, width), 0, y - 38, look) : text(fitted(row.label, (left - 20) * (row.grey ? 1 : 0.9)), left - 12, y + 5, { "text-anchor": "end", ...look }));
    if (finite(row.low) && finite(row.high)) {
      svg.append(shape("line", { x1: x(row.low), x2: x(row.high), y1: y, y2: y, stroke: ink, "stroke-width": 3 }));
      if (row.low < -most) { svg.append(shape("path", { d: `M${left} ${y}l9 -6v12z`, fill: ink })); }
      if (row.high > most) { svg.append(shape("path", { d: `M${width - right} ${y}l-9 -6v12z`, fill: ink })); }
    }
    if (finite(row.mean)) {
      svg.append(shape("circle", { cx: x(row.mean), cy: y, r: 6.5, fill: row.grey ? "#fff" : ink, stroke: ink, "stroke-width": 2.5 }));
    }
    svg.append(narrow ? text(row.text, 0, y - 16) : text(row.text, width - right + 12, y + 5));
  });
  return holder;
}

export function pyramidChart({ title, words, bands, now, before }) {
  const [width, line, gap] = [room(760), 24, 84];
  const height = bands.length * line + 56;
  const [svg, holder] = picture(width, height, title, words);
  const most = Math.max(...now.flat(), ...before.flat(), 1);
  const half = (width - gap) / 2;
  const size = (value) => (half - 12) * (value / most);
  svg.append(text("Men", half - 6, 18, { "text-anchor": "end", class: "strong" }));
  svg.append(text("Women", half + gap + 6, 18, { class: "strong" }));
  bands.forEach((band, place) => {
    const y = (bands.length - 1 - place) * line + 28;
    svg.append(text(band.replace(" and over", "+").replace(" to ", "\u2013"), width / 2, y + 16, { "text-anchor": "middle" }));
    [0, 1].forEach((sex) => {
      const long = size(now[sex][place]);
      const start = sex ? half + gap : half - long;
      svg.append(shape("rect", { x: start, y: y + 2, width: Math.max(long, 0), height: line - 5, fill: sex ? PALETTE.teal : PALETTE.accent }));
      const mark = sex ? half + gap + size(before[sex][place]) : half - size(before[sex][place]);
      svg.append(shape("line", { x1: mark, x2: mark, y1: y, y2: y + line - 1, stroke: PALETTE.orange, "stroke-width": 3 }));
    });
  });
  const foot = bands.length * line + 34;
  for (const value of steps(0, most, 3).filter(Boolean)) {
    svg.append(text(short(value), half - size(value), foot + 12, { "text-anchor": "middle" }));
    svg.append(text(short(value), half + gap + size(value), foot + 12, { "text-anchor": "middle" }));
  }
  return holder;
}
