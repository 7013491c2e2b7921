"""The one error that bad input raises, written for the person who can mend it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from difflib import get_close_matches


def nearest_name(found: str, names: Iterable[str]) -> str | None:
    """The valid name most like `found`, or None when nothing is close.

    Letter case and the difference between spaces, hyphens and underscores are ignored, because those
    are the slips people make in YAML and CSV files.
    """
    spelled = {folded(name): name for name in names}
    close = get_close_matches(folded(found), list(spelled), n=1, cutoff=0.6)
    return spelled[close[0]] if close else None


def folded(name: str) -> str:
    """Lower case, with hyphens and spaces written as underscores."""
    return name.strip().lower().replace("-", "_").replace(" ", "_")


class InputError(Exception):
    """Bad input: which file, which key, what was found, what is allowed, and the nearest valid name.

    Attributes:
    ----------
    file : the file (or other origin) of the input.
    key : the column, YAML key or option at fault; for tables `row N, column`.
    found : what the input says.
    allowed : a sentence saying what is allowed.
    nearest : the valid name most like what was found, where `names` were given and one is close.
    """

    def __init__(
        self, *, file: object, key: str, found: object, allowed: str, names: Iterable[str] = ()
    ) -> None:
        self.file = str(file)
        self.key = key
        self.found = found
        self.allowed = allowed
        self.nearest = nearest_name(str(found), names)
        super().__init__(self.message())

    def __reduce__(self) -> tuple[Callable[..., InputError], tuple[object, ...]]:
        """Survive the way from a worker process, where keyword-only arguments would be lost."""
        return _rebuild, (type(self), self.file, self.key, self.found, self.allowed, self.nearest)

    def message(self) -> str:
        """The whole complaint on one line."""
        text = f"{self.file}: {self.key}: found {self.found!r}; allowed: {self.allowed}"
        return f"{text}; did you mean {self.nearest!r}?" if self.nearest else text


def _rebuild(
    kind: type[InputError], file: str, key: str, found: object, allowed: str, nearest: str | None
) -> InputError:
    """The same error in another process."""
    error = kind(file=file, key=key, found=found, allowed=allowed)
    error.nearest = nearest
    error.args = (error.message(),)
    return error


class TableError(InputError):
    """Bad input in a CSV table."""
