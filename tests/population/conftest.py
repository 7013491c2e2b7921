"""The start population of the area pack, made once for all tests of this folder."""

import pytest

from sim.areas import load_area
from sim.health.initial import draw_health, fit_starting_health
from sim.parameters.national import load_national
from sim.population.inputs import as_area_tables
from sim.population.synthesis import joint_table, start_population

SEED = 827000


@pytest.fixture(scope="session")
def area():
    return load_area("dorset")


@pytest.fixture(scope="session")
def tables(area):
    return as_area_tables(area)


@pytest.fixture(scope="session")
def national():
    return load_national()


@pytest.fixture(scope="session")
def joint(tables):
    return joint_table(tables, SEED)


@pytest.fixture(scope="session")
def circumstances(area):
    return start_population(area, SEED)


@pytest.fixture(scope="session")
def health_model(circumstances, national):
    return fit_starting_health(circumstances, national)


@pytest.fixture(scope="session")
def people(circumstances, health_model):
    import numpy as np

    person = np.arange(circumstances["sex"].size, dtype=np.uint32)
    return {**circumstances, **draw_health(health_model, circumstances, person, SEED)}
