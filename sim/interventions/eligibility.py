"""Who is eligible: rules of the language compiled for the kernel, and judged on all residents in one pass.

A rule is a list of clauses that must all hold; a clause is a list of choices (attribute, codes admitted) of
which one must. Everything is judged on the state at the month's beginning, so that the order of programmes in
a scenario does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sim.interventions.specification import Eligibility, RiskStratum
from sim.kernels import reach as kernel
from sim.parameters.columns import STATUSES, text
from sim.parameters.tables import Column, Schema, read_table
from sim.population.residents import REGISTERED, Residents

Mask = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
Codes = npt.NDArray[np.bool_]
"""(256,) which codes of an attribute are admitted."""
Choice = tuple[str, Codes]
ETHNICITIES = ("white", "asian", "black", "mixed", "other")
"""Short names of the census's five ethnic groups, in the order of their codes."""
STATUS = "status"
_OLDEST = 110
_BITS = 64  # of a word in which clauses are kept
CORE20PLUS = Path(__file__).with_name("core20plus.csv")
_SCHEMA = Schema(
    name="core20plus",
    pattern="core20plus.csv",
    description="who belongs to Core20PLUS: residents with any of these levels",
    columns=(
        text("attribute", "attribute of a resident"),
        text("level", "its level"),
        text("part", "most deprived fifth, or a PLUS group", "core", "plus"),
        text("source", "where it comes from"),
        text("grade", "A read, B recalled, C assumed", "A", "B", "C"),
        text("status", "fixed, calibrated, scenario or assumption", *STATUSES),
        Column(name="owner", description="who answers for it", filled=False),
        Column(name="reason", description="why it is as it is", filled=False),
    ),
    key=("attribute", "level"),
    unit_group=None,
)


@cache
def core20plus() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the attributes and levels that make somebody Core20PLUS, as `core20plus.csv` has them."""
    table = read_table(CORE20PLUS, _SCHEMA)
    names = tuple(dict.fromkeys(table["attribute"]))
    return tuple((name, tuple(table["level"][table["attribute"] == name])) for name in names)


def clauses(rule: Eligibility, residents: Residents) -> list[list[Choice]]:
    """Return what must hold besides age, number of conditions and risk: clauses of choices."""

    def levels(name: str, wanted: Iterable[str]) -> Choice:
        labels = residents.attributes[name].labels
        return name, _codes([labels.index(level) for level in wanted])

    named = (
        ("sex", rule.sexes), ("quintile", tuple(str(q) for q in rule.quintiles)),
        ("neighbourhood", rule.neighbourhoods), ("council", rule.councils), ("frailty", rule.frailty),
        ("inclusion_group", rule.inclusion_groups), *rule.risk_factors, *rule.condition_states,
    )  # fmt: skip
    found = [[(STATUS, _codes([REGISTERED]))]]
    found += [[levels(name, wanted)] for name, wanted in named if wanted]
    if rule.ethnicities:
        found.append([("ethnic_group", _codes([ETHNICITIES.index(name) for name in rule.ethnicities]))])
    for name, answer in (
        ("unpaid_carer", rule.carer), ("disabled", rule.disability), ("care_home", rule.care_home),
    ):  # fmt: skip
        if answer is not None:
            found.append([(name, _at_least(1) if answer else ~_at_least(1))])
    if rule.core20plus:
        found.append([levels(name, wanted) for name, wanted in core20plus()])
    if rule.conditions:
        found.append([(name, _at_least(1)) for name in rule.conditions])
    found += [[(name, ~_at_least(1))] for name in rule.without_conditions]
    for name, least in (("admissions_12m", rule.recent_admissions_at_least),
                        ("attendances_12m", rule.recent_attendances_at_least)):  # fmt: skip
        if least:
            found.append([(name, _at_least(least))])
    return found


def _codes(admitted: Sequence[int]) -> Codes:
    table = np.zeros(kernel.CODES, np.bool_)
    table[list(admitted)] = True
    return table


def _at_least(least: int) -> Codes:
    return np.arange(kernel.CODES) >= least


def compile_rules(
    rules: Sequence[Eligibility], residents: Residents, lists: Sequence[RiskStratum] = ()
) -> kernel.Rules:
    """Return the rules as the kernel reads them.

    Args:
        rules: One for each programme.
        residents: Whose attributes they name.
        lists: Strata at high risk, in the order of the kernel's lists.
    """
    of_rule = [clauses(rule, residents) for rule in rules]
    places = [(r, c) for r, found in enumerate(of_rule) for c in range(1 + len(found))]  # the first is age
    words = 1 + len(places) // _BITS
    names = list(dict.fromkeys(name for found in of_rule for clause in found for name, _ in clause))
    need = np.zeros((len(rules), words), np.uint64)
    by_age = np.zeros((_OLDEST + 1, words), np.uint64)
    by_code = np.zeros((len(names), kernel.CODES, words), np.uint64)
    for place, (r, c) in enumerate(places):
        word, bit = place // _BITS, np.uint64(1 << place % _BITS)
        need[r, word] |= bit
        if c == 0:
            by_age[rules[r].age_from : rules[r].age_to + 1, word] |= bit
        for name, codes in of_rule[r][c - 1] if c else ():
            by_code[names.index(name), codes, word] |= bit
    return kernel.Rules(
        need=need, by_age=by_age, by_code=by_code,
        column=np.array([residents.column_of[name] for name in names], np.int64),
        conditions_at_least=np.array([rule.conditions_at_least for rule in rules], np.int64),
        condition=np.array([residents.column_of[name] for name in residents.condition_names], np.int64),
        stratum=np.array(
            [-1 if rule.risk_stratum is None else lists.index(rule.risk_stratum) for rule in rules], np.int64
        ),
    )  # fmt: skip


class EligibilityPass:
    """Judges the rules of several programmes on all residents at once.

    Args:
        rules: One for each programme, in the order of their columns in `Residents.reached`.
        residents: Who is judged.
        lists: Strata at high risk that rules name.
    """

    def __init__(
        self, rules: Sequence[Eligibility], residents: Residents, lists: Sequence[RiskStratum] = ()
    ) -> None:
        self.residents = residents
        self.lists = list(lists)
        self.rules = compile_rules(rules, residents, self.lists)
        self.listed = np.zeros((len(self.lists), residents.person.size), np.bool_)
        """Who is on each list of those at high risk, (lists, rows)."""
        self.admitted = np.zeros((len(rules), residents.person.size), np.bool_)
        """Who met each rule when it was last judged, (rules, rows)."""

    def judge(self, chosen: Sequence[int], month: int) -> npt.NDArray[np.bool_]:
        """Return who is registered and meets each rule, (R, N); only the rows of `chosen` are current.

        Args:
            chosen: Rules to judge.
            month: Month of the run.
        """
        residents = self.residents
        admitted = self.admitted[:, : residents.size]
        kernel.admit(
            np.array(chosen, np.int64), month, residents.columns, residents.birth_month, self.rules,
            self.listed, admitted,
        )  # fmt: skip
        return admitted


def eligible(residents: Residents, rule: Eligibility, listed: Mask | None = None) -> Mask:
    """Return which rows are registered and meet every filter of `rule` in the residents' month, (size,).

    Args:
        residents: Who is judged.
        rule: The rule.
        listed: (rows,) who is at high risk, where the rule names a risk stratum.

    Raises:
        ValueError: When the rule names a risk stratum and nobody said who is in it.
    """
    lists = () if rule.risk_stratum is None else (rule.risk_stratum,)
    judge = EligibilityPass([rule], residents, lists)
    if lists:
        if listed is None:
            raise ValueError("who is in the risk stratum is not known here")
        judge.listed[0, : listed.size] = listed
    found = judge.judge([0], residents.month)
    return np.asarray(found[0].copy())
