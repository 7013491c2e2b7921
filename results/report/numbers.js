"use strict";
/* How numbers are written: as results/wording.py does, so that what is shown is what the tables hold. */
const numbers = (function () {
  const MINUS = "\u2212";

  function decimals(mean, low, high) {
    if (!Number.isFinite(mean)) { return 0; }
    const half = Number.isFinite(low) && Number.isFinite(high) ? (high - low) / 2 : 0;
    if (half <= 1e-10 * Math.max(Math.abs(mean), 1e-10)) {
      return mean === 0 ? 0 : Math.min(2 - Math.floor(Math.log10(Math.abs(mean))), 9);
    }
    const place = Math.floor(Math.log10(half));
    const figures = half / Math.pow(10, place) < 2 ? 2 : 1;
    return Math.min(figures - 1 - place, 9);
  }

  function seen(value, places) {
    if (!Number.isFinite(value) || value === 0 || rounded(value, places) !== 0) { return places; }
    return Math.min(-Math.floor(Math.log10(Math.abs(value))), 9);
  }

  function rounded(value, places) {
    if (places >= 0) { return Number(value.toFixed(places)); }
    const unit = Math.pow(10, -places);
    return Math.round(value / unit) * unit;
  }

  function write(value, places, signed) {
    if (!Number.isFinite(value)) { return "not known"; }
    const near = rounded(value, places);
    const digits = Math.max(places, 0);
    const text = Math.abs(near).toLocaleString("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    if (near < 0) { return MINUS + text; }
    return signed && near > 0 ? "+" + text : text;
  }

  function estimate(mean, low, high, signed) {
    const places = decimals(mean, low, high);
    const wide = Number.isFinite(low) && high - low > 2e-10 * Math.max(Math.abs(mean), 1e-10);
    if (!wide) { return write(mean, places, signed); }
    const clear = low > 0 || high < 0;
    const texts = [mean, low, high].map((value) => write(value, clear ? seen(value, places) : places, signed));
    return texts[0] + " (" + texts[1] + " to " + texts[2] + ")";
  }

  return { decimals: decimals, write: write, estimate: estimate };
})();
