"""Names of the variants of the population projection: apart from its tables, for who only reads settings."""

from __future__ import annotations

from sim.parameters.errors import InputError

PRINCIPAL = "principal"
SINGLE = (
    "high_fertility", "low_fertility", "high_life_expectancy", "low_life_expectancy", "high_migration",
    "low_migration",
)  # fmt: skip
COMBINED = {
    "high_population": ("high_fertility", "high_life_expectancy", "high_migration"),
    "low_population": ("low_fertility", "low_life_expectancy", "low_migration"),
    "old_age_structure": ("low_fertility", "high_life_expectancy", "low_migration"),
    "young_age_structure": ("high_fertility", "low_life_expectancy", "high_migration"),
}
"""Variants that are made of three others, as the Office for National Statistics defines them."""
OTHER_NAMES = {"ageing": "old_age_structure"}
VARIANTS = (PRINCIPAL, *SINGLE, *COMBINED)


def variant_name(found: str) -> str:
    """Return the name of a variant, other names replaced; InputError with the nearest name otherwise."""
    name = OTHER_NAMES.get(found, found)
    if name not in VARIANTS:
        names = (*VARIANTS, *OTHER_NAMES)
        raise InputError(
            file="settings", key="projection", found=found, allowed=", ".join(names), names=names
        )
    return name


def components(variant: str) -> tuple[str, ...]:
    """Return the variants of single components that a variant is made of; none for the principal."""
    name = variant_name(variant)
    return () if name == PRINCIPAL else COMBINED.get(name, (name,))
