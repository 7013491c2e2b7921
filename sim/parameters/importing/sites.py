"""Cancers by site: the evidence has all sites together; `cancer_sites.csv` says how to part them.

Onsets are parted by the sites' published rates by age and sex, `other` being what is left, so that the
sites add up to the evidence. People within five years of diagnosis are parted by onsets times the years that
patients of the site live of those five, scaled to the evidence's five-year prevalence.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from sim.parameters.errors import InputError
from sim.parameters.importing.evidence import ages, citation, derived, read_evidence
from sim.parameters.tables import Row

FILE = Path(__file__).with_name("cancer_sites.csv")
COLUMNS = (
    "site", "measure", "sex", "age_band", "value", "unit", "low", "high", "year", "source", "grade",
)  # fmt: skip
OTHER, ALL = "other", "all"
FIRST_YEAR, LATER_YEARS = "first_year", "later_years"
LATER_WIDTH = 4.0
"""Years of the window of five that follow the first."""
PER = 100_000.0


@dataclass(frozen=True, kw_only=True)
class Survival:
    """Net survival of a site, and what follows for the five years after diagnosis."""

    one_year: float
    five_years: float
    source: str

    @property
    def hazards(self) -> tuple[float, float]:
        """Excess hazard of death a year in the first year, and in the four after it."""
        return -math.log(self.one_year), -math.log(self.five_years / self.one_year) / LATER_WIDTH

    @property
    def years(self) -> tuple[float, float]:
        """Years lived of the first, and of the four after it, at these hazards alone."""
        first, later = self.hazards
        one = (1.0 - self.one_year) / first
        return one, self.one_year * (1.0 - math.exp(-LATER_WIDTH * later)) / later


class Sites:
    """The figures of `cancer_sites.csv`."""

    def __init__(self) -> None:
        self.rows = read_evidence(FILE, COLUMNS)
        names = {row["site"] for row in self.rows}
        self.survival = {name: self._survival(name) for name in names}
        self.parted = sorted(names - {OTHER, ALL})

    def _survival(self, site: str) -> Survival:
        found = {row["measure"]: row for row in self.rows if row["site"] == site}
        one, five = found["net_survival_1_year"], found["net_survival_5_years"]
        return Survival(
            one_year=float(one["value"]), five_years=float(five["value"]), source=citation(one["source"])
        )

    def rate(self, site: str, sex: str, band: tuple[str, str]) -> float:
        """Registrations of a site per person-year in an age band; none where the file has no row."""
        return sum(
            float(row["value"]) / PER
            for row in self.rows
            if row["site"] == site and row["measure"] == "incidence" and row["sex"] == sex
            and ages(row["age_band"]) == band
        )  # fmt: skip

    def share_of_onsets(self, site: str, row: Row) -> float:
        """Share of all new cancers of a row's sex and ages that are of a site."""
        band = (row["age_from"], row["age_to"])
        total = float(row["value"])
        parts = {name: self.rate(name, row["sex"], band) for name in self.parted}
        if sum(parts.values()) > total:
            raise InputError(
                file=FILE,
                key=f"{row['sex']}, {band[0]}-{band[1]}",
                found=f"{sum(parts.values()):g}",
                allowed=f"sites that add up to at most the {total:g} of all sites",
            )
        part = total - sum(parts.values()) if site == OTHER else parts[site]
        return part / total if total else 0.0

    def share_of_people(self, site: str, onsets: Row) -> float:
        """Share of people within five years of a diagnosis, of a row's sex and ages, who have a site."""
        weight = {
            name: self.share_of_onsets(name, onsets) * sum(self.survival[name].years)
            for name in (*self.parted, OTHER)
        }
        return weight[site] / sum(weight.values())

    def parted_rows(self, site: str, rows: list[Row], onsets: list[Row], what: str) -> list[Row]:
        """Return rows of all sites times the share of a site, by `onsets` or `people`."""
        by_key = {(row["sex"], row["age_from"]): row for row in onsets}
        share = self.share_of_onsets if what == "onsets" else self.share_of_people
        rule = (
            "x the site's share of registrations at these ages (cancer_sites.csv)"
            if what == "onsets"
            else "x the site's share of registrations x years lived of the five (cancer_sites.csv)"
        )
        out = []
        for row in rows:
            part = share(site, by_key[row["sex"], row["age_from"]])
            figure = derived(
                part * float(row["value"]), unit=row["unit"], year=row["year"],
                low=0.8 * part * float(row["low"]), high=min(1.0, 1.2 * part * float(row["high"])),
                source=f"{row['source']} {rule}",
            )  # fmt: skip
            out.append({**{name: row[name] for name in ("sex", "age_from", "age_to")}, **figure})
        return out

    def state_shares(self, site: str) -> list[Row]:
        """Return the share of people within five years of diagnosis who are in the first."""
        first, later = self.survival[site].years
        share = first / (first + later)
        rule = (
            f"rule: years lived in the first and in the four after it, {first:.3g} and {later:.3g}, at "
            f"net survival {self.survival[site].one_year:g} and {self.survival[site].five_years:g}; "
            f"{self.survival[site].source}"
        )
        return [
            {
                "state": state, "sex": "all", "age_from": "0", "age_to": "110",
                **derived(value, unit="share of those with the condition", source=rule, year="2013-2017"),
            }
            for state, value in ((FIRST_YEAR, share), (LATER_YEARS, 1.0 - share))
        ]  # fmt: skip

    def state_transitions(self) -> list[Row]:
        """Return the passing of the first year, and of the four after it."""
        rule = "rule: 1 / years that the state lasts; the balance of prevalence at the start moves it"
        return [
            {
                "from_state": before, "to_state": after, "sex": "all", "age_from": "0", "age_to": "110",
                **derived(1.0 / years, unit="per person-year", source=rule),
            }
            for before, after, years in ((FIRST_YEAR, LATER_YEARS, 1.0), (LATER_YEARS, "no", LATER_WIDTH))
        ]  # fmt: skip

    def mortality(self, site: str, ratios: tuple[Row, Row]) -> list[Row]:
        """Return hazard ratios by state: the excess of all sites x the site's excess hazard to theirs.

        Args:
            site: Which.
            ratios: The evidence's rows for all sites, within a year of diagnosis and later.
        """
        out = []
        own, together = self.survival[site].hazards, self.survival[ALL].hazards
        for state, row, mine, theirs in zip((FIRST_YEAR, LATER_YEARS), ratios, own, together, strict=True):
            value, low, high = (1 + (float(row[k]) - 1) * mine / theirs for k in ("value", "low", "high"))
            rule = (
                f"1 + (ratio of all sites, {row['value']}, - 1) x {mine / theirs:.3g}, the site's excess "
                f"hazard to that of all sites by net survival"
            )
            figure = derived(
                value, unit="hazard ratio", low=low, high=high, year="not stated",
                source=f"{row['source']}; {rule}; {self.survival[site].source}",
            )  # fmt: skip
            out.append({"state": state, "age_from": "0", "age_to": "110", **figure})
        return out
