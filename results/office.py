"""Office files as bytes that depend on their content alone: fixed order and times within, language stated."""

from __future__ import annotations

import datetime
import io
import re
import zipfile

STAMP = datetime.datetime(2026, 1, 1)
"""Stands for the time of making: a file made twice from the same runs is the same file."""
AUTHOR = "Leftshift"
LANGUAGE = "en-GB"
_CORE = "docProps/core.xml"


def fixed(data: bytes) -> bytes:
    """Return an office file with its language in its properties, and nothing in it of when it was made.

    Args:
        data: A file as the Office Open XML standard has it, a zip archive.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():  # its own order: the list of content types comes first
            content = old.read(name)
            if name == _CORE:
                content = _with_language(content)
            entry = zipfile.ZipInfo(name, STAMP.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            new.writestr(entry, content)
    return made.getvalue()


def _with_language(core: bytes) -> bytes:
    """Return the core properties with the language, in the place of one that is there."""
    text = re.sub(r"<dc:language>.*?</dc:language>|<dc:language/>", "", core.decode("utf-8"))
    text = text.replace("</cp:coreProperties>", f"<dc:language>{LANGUAGE}</dc:language></cp:coreProperties>")
    return text.encode("utf-8")
