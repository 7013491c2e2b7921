"""Tables written so that equal tables are equal files: one compression, no time, no pandas metadata."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def write_table(table: pd.DataFrame | pa.Table, path: Path | pa.BufferOutputStream) -> None:
    """Write a table as Parquet.

    Args:
        table: A pandas frame, whose index is left out, or a pyarrow table.
        path: The file, or a buffer in memory.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrow = table if isinstance(table, pa.Table) else pa.Table.from_pandas(table, preserve_index=False)
    # pandas' own metadata names its version, which would make equal tables differ.
    arrow = arrow.replace_schema_metadata(None).combine_chunks()
    pq.write_table(arrow, path, compression="zstd", compression_level=3, version="2.6", store_schema=False)


def table_bytes(table: pd.DataFrame | pa.Table) -> bytes:
    """Return a table as the content of its file."""
    import pyarrow as pa

    buffer = pa.BufferOutputStream()
    write_table(table, buffer)
    return bytes(buffer.getvalue().to_pybytes())
