"""Area packs generated from another for tests of scale, never for results: `leftshift area make-cluster`."""

from sim.areas.generated.making import make_cluster

__all__ = ["make_cluster"]
