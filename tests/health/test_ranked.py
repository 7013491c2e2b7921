"""Ranked risk factors: the rank is stationary, moves as declared, and starts without a jump."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from sim.health.initial import fit_starting_health
from sim.health.ranked import compile_ranked, rank_correlation, rank_score, ranked_names, relevel
from sim.health.starting_tables import risk_factor_shares
from sim.parameters.national import load_national
from sim.population.draws import population_key
from sim.kernels.randomness import stream_key
