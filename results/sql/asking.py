"""One question in SQL: what may be asked, and what a mistake is told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from results.runs import Run
from results.sql.views import Store
from sim.parameters.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

ALLOWED = "one SELECT (also FROM, WITH, DESCRIBE, SUMMARIZE, SHOW TABLES) over the tables of --tables"
_TABLE = re.compile(r"Table with name (\S+) does not exist")
_COLUMN = re.compile(r'(?:Referenced column|column named) "([^"]+)"|does not have a column named "([^"]+)"')
_LOCKED = "disabled by configuration"


def query(sql: str, runs: str | Path | Run | Iterable[str | Path | Run] = "runs") -> pd.DataFrame:
    """Return the answer to a question in SQL over the tables of runs and studies.

    Args:
        sql: One SELECT; `leftshift query --tables` lists tables and columns.
        runs: A folder of a run or study, or several; scenarios are told apart by the column `scenario`.

    Returns:
        The rows, with the columns in the order asked.

    Raises:
        InputError: No such run, or SQL that cannot be answered; nothing but reading is.
    """
    given = [runs] if isinstance(runs, str | Path | Run) else list(runs)
    with Store(given) as store:
        return ask(store, sql)


def ask(store: Store, sql: str) -> pd.DataFrame:
    """Return the answer to a question to tables that are open; raises InputError as `query`."""
    import duckdb

    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as problem:
        raise refusal(store, sql, problem) from problem
    kinds = [statement.type.name for statement in statements]
    if kinds not in (["SELECT"], ["EXPLAIN"]):
        found = "nothing" if not kinds else "; ".join(kinds) if len(kinds) > 1 else kinds[0]
        raise InputError(file="query", key="SQL", found=found, allowed=ALLOWED)
    try:
        return store.connection.execute(statements[0]).df()
    except duckdb.Error as problem:
        raise refusal(store, sql, problem) from problem


def refusal(store: Store, sql: str, problem: Exception) -> InputError:
    """Return what is wrong with SQL in one message, with the nearest name where one was meant."""
    text = str(problem)
    table = _TABLE.search(text)
    if table:
        name = table.group(1).strip('"')
        allowed = f"a table: {', '.join(store.tables)}"
        return InputError(file="query", key="table", found=name, allowed=allowed, names=store.tables)
    column = _COLUMN.search(text)
    if column:
        mentioned = [name for name in store.tables if re.search(rf"\b{name}\b", sql)]
        names = list(dict.fromkeys(one for name in mentioned for one in store.columns(name)))
        name = column.group(1) or column.group(2)
        allowed = f"a column of {', '.join(mentioned) or 'a table'}: {', '.join(names) or 'see --tables'}"
        return InputError(file="query", key="column", found=name, allowed=allowed, names=names)
    if _LOCKED in text:
        return InputError(file="query", key="SQL", found=text.splitlines()[0], allowed=ALLOWED)
    lines = [line for line in text.splitlines() if line.strip()]
    return InputError(file="query", key="SQL", found=" ".join(lines[:1]), allowed=ALLOWED)
