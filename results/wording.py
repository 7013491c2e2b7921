"""Numbers and changes in words: rounded to what their interval allows, thousands separated."""

from __future__ import annotations

import math
from dataclasses import dataclass

# An interval narrower than this share of its mean is rounding of the machine, not spread.
NO_WIDTH = 1e-10
MINUS = "\u2212"
FIGURES_WITHOUT_INTERVAL = 3
MOST_DECIMALS = 9
LARGE_REDUCTION = 1000
THOUSAND, MILLION = 1e3, 1e6


def decimals(mean: float, low: float, high: float) -> int:
    """Return how many decimals the interval allows (negative: round to tens, hundreds, ...).

    The half-width keeps one significant figure, or two where it starts with 1; without an interval the
    value keeps three significant figures.
    """
    if not math.isfinite(mean):
        return 0
    half = (high - low) / 2 if math.isfinite(low) and math.isfinite(high) else 0.0
    if half <= NO_WIDTH * max(abs(mean), NO_WIDTH):
        if mean == 0:
            return 0
        return min(FIGURES_WITHOUT_INTERVAL - 1 - math.floor(math.log10(abs(mean))), MOST_DECIMALS)
    place = math.floor(math.log10(half))
    figures = 2 if half / 10**place < 2 else 1
    return min(figures - 1 - place, MOST_DECIMALS)


def seen(value: float, places: int) -> int:
    """Return as many decimals, or those that it takes for what is not zero not to be shown as zero."""
    if not math.isfinite(value) or value == 0 or round(value, places) != 0:
        return places
    return min(-math.floor(math.log10(abs(value))), MOST_DECIMALS)


def number(value: float, places: int = 0, *, signed: bool = False) -> str:
    """Return a number with thousands separated and a true minus sign; 'not known' where there is none."""
    if not math.isfinite(value):
        return "not known"
    rounded = round(value, places)
    text = f"{abs(rounded):,.{max(places, 0)}f}"
    if rounded < 0:
        return MINUS + text
    return f"+{text}" if signed and rounded > 0 else text


@dataclass(frozen=True)
class Estimate:
    """A value with its 95% interval over replicates; low and high are NaN without one."""

    mean: float
    low: float = math.nan
    high: float = math.nan

    @property
    def has_interval(self) -> bool:
        """Whether both ends are known and apart."""
        return math.isfinite(self.low) and self.high - self.low > 2 * NO_WIDTH * max(abs(self.mean), NO_WIDTH)

    @property
    def places(self) -> int:
        """Decimals that the interval allows."""
        return decimals(self.mean, self.low, self.high)

    def text(self, *, signed: bool = False, suffix: str = "") -> str:
        """Return '41 (28 to 55)', or '41' without an interval."""
        if not self.has_interval:
            return number(self.mean, self.places, signed=signed) + suffix
        # Where an interval holds no zero, neither may an end of it look like one.
        clear = self.low > 0 or self.high < 0
        mean, *ends = (
            number(value, seen(value, self.places) if clear else self.places, signed=signed)
            for value in (self.mean, self.low, self.high)
        )
        mean += suffix
        return f"{mean} ({' to '.join(ends)})"

    def size(self) -> Estimate:
        """Return the estimate of the size of a fall or rise, with ends in ascending order."""
        return self if self.mean >= 0 else Estimate(-self.mean, -self.high, -self.low)


def pounds(found: Estimate, *, signed: bool = False) -> str:
    """Return '£1.2 million (£1.1 million to £1.3 million)' or '£350,000', rounded as its interval allows."""
    if not math.isfinite(found.mean):
        return "not known"
    size = max(abs(value) for value in (found.mean, found.low, found.high) if math.isfinite(value))
    unit, words = (1e6, " million") if size >= 1e6 else (1.0, "")
    scaled = Estimate(*(value / unit for value in (found.mean, found.low, found.high)))

    clear = scaled.has_interval and (scaled.low > 0 or scaled.high < 0)

    def one(value: float) -> str:
        # As of `Estimate.text`: where an interval holds no zero, neither may an end of it look like one.
        text = number(value, seen(value, scaled.places) if clear else scaled.places, signed=signed)
        head = text[0] if text[0] in {MINUS, "+"} else ""
        return f"{head}£{text[len(head) :]}{words}"

    if not scaled.has_interval:
        return one(scaled.mean)
    return f"{one(scaled.mean)} ({one(scaled.low)} to {one(scaled.high)})"


def reduction_text(value: float) -> str:
    """Return a variance reduction in words."""
    if math.isnan(value):
        return "not known"
    if value > LARGE_REDUCTION:
        return f"over {LARGE_REDUCTION:,} times"
    return f"{number(value, 1 if value < 10 else 0)} times"


def replicates_text(value: float) -> str:
    """Return the number of further replicates in words."""
    if math.isnan(value):
        return "not known"
    if math.isinf(value):
        return "over 10,000"
    return "none" if value == 0 else number(value)


def joined(items: list[str]) -> str:
    """Return 'a, b and c'."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
