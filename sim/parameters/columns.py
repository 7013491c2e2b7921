"""The columns that tables share, and how a tidy table is put together from them."""

from __future__ import annotations

from sim.parameters.tables import Column, Schema

GRADES = ("A", "B", "C", "G")
"""A read in the source named; B recalled from it; C derived or assumed by a stated rule; G plan figure."""
STATUSES = ("fixed", "calibrated", "scenario", "assumption")
SEXES = ("male", "female")
QUINTILES = ("1", "2", "3", "4", "5")
OLDEST = 110

SEX = Column(name="sex", description="male or female", allowed=SEXES)
ANY_SEX = Column(name="sex", description="male, female, or all for both", allowed=("all", *SEXES))
QUINTILE = Column(
    name="quintile",
    description="national IMD quintile, 1 most deprived",
    kind="integer",
    minimum=1,
    maximum=5,
)
ANY_QUINTILE = Column(name="quintile", description="IMD quintile, or all", allowed=("all", *QUINTILES))
AGE_FROM = Column(name="age_from", description="first year of age", kind="integer", minimum=0, maximum=OLDEST)
AGE_TO = Column(
    name="age_to",
    description="last year of age, included; 110 is open",
    kind="integer",
    minimum=0,
    maximum=OLDEST,
)
AGE = Column(
    name="age", description="single year of age; the last is open", kind="integer", minimum=0, maximum=OLDEST
)
COUNCIL = Column(name="council", description="key of the council")
SOURCE = Column(name="source", description="where the figure was read, or the rule that made it")
GRADE = Column(name="grade", description="A, B, C or G", allowed=GRADES)
YEAR = Column(name="year", description="period of the figure, or `not stated`")
AGES = (AGE_FROM, AGE_TO)


def text(name: str, description: str, *allowed: str) -> Column:
    """A filled column of text."""
    return Column(name=name, description=description, allowed=allowed)


def number(name: str, description: str, minimum: float | None = None, maximum: float | None = None) -> Column:
    """A filled column of numbers."""
    return Column(name=name, description=description, kind="number", minimum=minimum, maximum=maximum)


def evidence(
    value: str = "value", minimum: float | None = 0.0, maximum: float | None = None
) -> tuple[Column, ...]:
    """The columns that every number carries: value, unit, interval, period, source, grade, status, note."""
    return (
        number(value, "the figure", minimum, maximum),
        text("unit", "unit of the figure"),
        Column(name="low", description="lower end of its range", kind="number", filled=False),
        Column(name="high", description="upper end of its range", kind="number", filled=False),
        YEAR,
        SOURCE,
        GRADE,
        Column(
            name="status",
            description="fixed, calibrated, scenario or assumption",
            allowed=STATUSES,
            filled=False,
            optional=True,
        ),
        Column(name="owner", description="who answers for an assumption", filled=False, optional=True),
        Column(name="reason", description="why the assumption was made", filled=False, optional=True),
        Column(name="note", description="what to know before using it", filled=False, optional=True),
    )


def tidy(
    name: str,
    pattern: str,
    description: str,
    keys: tuple[Column, ...],
    *,
    minimum: float | None = 0.0,
    maximum: float | None = None,
    value: str = "value",
    unit_group: tuple[str, ...] | None = (),
) -> Schema:
    """A tidy table: key columns, then one value with its evidence."""
    named = {column.name for column in keys}
    values = [column for column in evidence(value, minimum, maximum) if column.name not in named]
    return Schema(
        name=name,
        pattern=pattern,
        description=description,
        columns=(*keys, *values),
        key=tuple(column.name for column in keys),
        value=value,
        unit_group=unit_group,
    )
