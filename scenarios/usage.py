"""What is said of a command line that cannot be read: in our words, as of any other bad input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def refusal(error: Any, arguments: Sequence[str]) -> str:
    """Return the message about a command line.

    Args:
        error: What the reader of command lines raised.
        arguments: What was typed.
    """
    told = str(error.format_message())
    option = getattr(error, "option_name", None)
    parameter = getattr(error, "param", None)
    if hasattr(error, "possibilities"):
        near = [name for name in error.possibilities or () if _like(option, name)]
        help_words = "an option of this command (leftshift COMMAND --help tells them)"
        return _message(option, "no such option", help_words, near[0] if near else "")
    if option is not None:
        number = "two values" if "requires 2" in told else "a value"
        return _message(option, "too little after it", f"{number} after {option}")
    if parameter is None:
        return f"command line: {told}"
    opts = list(getattr(parameter, "opts", ()))
    name = next((one for one in opts if one.startswith("--")), None) or _named(parameter, opts)
    if type(error).__name__ == "MissingParameter":
        return _message(name, "nothing", "a value: it has to be given")
    return _message(name, _found(opts, arguments), _allowed(str(error.message)))


def _message(key: str, found: str, allowed: str, nearest: str = "") -> str:
    text = f"command line: {key}: found {found}; allowed: {allowed}"
    return f"{text}; did you mean '{nearest}'?" if nearest else text


def _named(parameter: Any, opts: Sequence[str]) -> str:
    """Return what an argument is called in the help."""
    return str(getattr(parameter, "metavar", None) or (opts[0].upper() if opts else "argument"))


def _like(option: str | None, name: str) -> bool:
    from sim.parameters.errors import nearest_name

    return nearest_name(option or "", [name]) is not None


def _found(opts: Sequence[str], arguments: Sequence[str]) -> str:
    """Return what was typed for an option."""
    for place, typed in enumerate(arguments):
        name, equals, value = typed.partition("=")
        if name in opts:
            after = value if equals else (arguments[place + 1] if place + 1 < len(arguments) else "")
            return f"'{after}'"
    return "something else"


def _allowed(message: str) -> str:
    """Return what an option takes, from the words in which its value was refused."""
    words = message.removeprefix("Value error, ")
    if "integer" in words:
        return "a whole number"
    if "number" in words or "float" in words:
        return "a number"
    if "not one of" in words:
        return f"one of {words.partition('not one of')[2].strip().rstrip('.')}"
    return words


__all__ = ["refusal"]
