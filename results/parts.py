"""One unit's table from its file; what names its rows is decoded once for all files that name them alike.

Units record the same rows again and again: of five years' 600,000 rows only the numbers differ. Column chunks
of the same compressed bytes hold the same texts, so that the texts of a file are decoded only if their bytes
have not been met before, and what is worked out from them (where each row goes in an array) can be found by
their digest.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

VALUE = "value"
LAYOUT = b"layout"
"""Key of a table's metadata: tables with the same name the same rows, in the same order."""
KEPT = 3
"""Texts of so many files are kept: tables are read one after the other, for all units."""
_texts: OrderedDict[bytes, Any] = OrderedDict()


def read_part(path: Path, texts: Sequence[str]) -> pa.Table:
    """Read one table of one unit.

    Args:
        path: A Parquet file.
        texts: Columns that become dictionaries.

    Returns:
        The table. One that ends in a column of values has the digest of its other columns under `LAYOUT`.

    Raises:
        OSError: The file cannot be read.
        pyarrow.ArrowException: It is no such table.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    data = path.read_bytes()
    metadata = pq.read_metadata(pa.py_buffer(data))
    names = metadata.schema.names
    told = [name for name in names if name in texts]
    file = pq.ParquetFile(pa.py_buffer(data), metadata=metadata, read_dictionary=told)
    if not metadata.num_rows or len(names) < 2 or names[-1] != VALUE:
        return file.read(use_threads=False).unify_dictionaries()
    layout = _layout(metadata, data)
    if layout in _texts:
        _texts.move_to_end(layout)
        whole = _texts[layout].append_column(VALUE, file.read(columns=[VALUE], use_threads=False).column(0))
    else:
        whole = file.read(use_threads=False).unify_dictionaries()
        _texts[layout] = whole.select(names[:-1])
        if len(_texts) > KEPT:
            _texts.popitem(last=False)
    return whole.replace_schema_metadata({LAYOUT: layout})


def _layout(metadata: Any, data: bytes) -> bytes:
    """Return a digest of every column chunk but those of the last column: bytes, coding and place."""
    digest = hashlib.blake2b(digest_size=16)
    for group in range(metadata.num_row_groups):
        for place in range(metadata.num_columns - 1):
            chunk = metadata.row_group(group).column(place)
            starts = (chunk.dictionary_page_offset, chunk.data_page_offset)
            start = min(one for one in starts if one is not None)
            coding = (chunk.physical_type, chunk.compression, chunk.num_values, chunk.encodings)
            digest.update(repr((chunk.path_in_schema, *coding)).encode())
            digest.update(memoryview(data)[start : start + chunk.total_compressed_size])
    return digest.digest()
