"""The tables of runs and studies, asked in SQL: `leftshift query` and `from results import query`.

One connection to DuckDB in memory, with a view for each table over the Parquet files of every finished unit.
It reads those files and nothing else: no other file, no network, no extension, no writing.
"""
