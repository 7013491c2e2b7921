"""Area packs: the data of one integrated care system, in one folder.

`load_area` reads a pack and raises on the first fault; `check_area` lists every fault at once.
"""

from sim.areas.checking import check_area
from sim.areas.pack import AreaDescription, AreaPack, Council, Site, Trust, area_keys, load_area

__all__ = ["AreaDescription", "AreaPack", "Council", "Site", "Trust", "area_keys", "check_area", "load_area"]
