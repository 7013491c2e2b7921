"""How the command `leftshift` ends: its exit codes, and what it says when it cannot go on.

Nothing heavy is imported: `leftshift --help` goes through here.
"""

from __future__ import annotations

import sys
import tempfile
import traceback
from enum import IntEnum
from typing import Any

import typer


class Exit(IntEnum):
    """How the command ends."""

    DONE = 0
    OUR_FAULT = 1
    BAD_INPUT = 2
    CHECK_FAILED = 3
    INTERRUPTED = 130


def run_to_end(app: typer.Typer, arguments: list[str] | None) -> int:
    """Run the command: a message for the person who can mend it, no traceback; return its exit code."""
    try:
        code: Any = app(args=arguments, standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        code = Exit.INTERRUPTED
    except typer.Exit as ended:
        code = ended.exit_code
    except Exception as error:
        # Imported only now: the package around it may bring pandas, which `--help` does without.
        from sim.parameters.errors import InputError

        if isinstance(error, InputError):
            return _say(error.message(), Exit.BAD_INPUT)
        from scenarios.setting_aside import Incomplete

        if isinstance(error, Incomplete):
            return _say(str(error), Exit.OUR_FAULT)
        if hasattr(error, "format_message"):
            from scenarios.usage import refusal

            return _say(refusal(error, sys.argv[1:] if arguments is None else arguments), Exit.BAD_INPUT)
        return _our_fault(error)
    # Typer turns Ctrl-C into this code, by raising or by returning it.
    if code == Exit.INTERRUPTED:
        return _say("interrupted: what was finished is kept; the same command resumes it", Exit.INTERRUPTED)
    return code if isinstance(code, int) else Exit.DONE


def _say(message: str, code: Exit) -> int:
    """Write one message on standard error."""
    print(message, file=sys.stderr)
    return code


def _our_fault(error: Exception) -> int:
    """Keep the traceback in a file and say where it is."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="leftshift-", suffix=".log", delete=False, encoding="utf-8"
    ) as log:
        log.write("".join(traceback.format_exception(error)))
    first = str(error).splitlines()[0] if str(error) else "no message"
    return _say(f"this is our fault: {type(error).__name__}: {first}; the log is {log.name}", Exit.OUR_FAULT)
