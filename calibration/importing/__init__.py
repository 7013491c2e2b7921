"""Public files of NHS statistics, as they are downloaded, turned into rows of observed figures.

Nothing is fetched: a modeller downloads the file and says which it is.
"""

from calibration.importing.files import import_files
from calibration.importing.mapping import Mapping, load_mapping, mapping_names

__all__ = ["Mapping", "import_files", "load_mapping", "mapping_names"]
