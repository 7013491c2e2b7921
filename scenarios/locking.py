"""One run or study at a time in a folder: a lock that no killed process, reboot or lost host leaves shut.

`lock.json` says who holds the folder: process, host, start of the machine, time. On one machine the
system's own lock on that file (`flock`) decides, which ends with the process whatever ended it. Between
machines that share a folder, systems do not always pass such locks on; so the holder also touches the file
every few seconds, and another machine that finds a file watches it for longer than that: a file that is
touched is held, one that is not was left behind. No clock is compared with another.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scenarios.json_files import json_bytes, read_json
from scenarios.writing import gone, told
from sim.parameters.errors import InputError

try:
    import fcntl
except ImportError:  # Windows: only watching tells
    SYSTEM_LOCKS = False
else:
    SYSTEM_LOCKS = True

NAME = "lock.json"
BEAT_SECONDS = 5.0
"""How often the holder touches the file."""
WATCH_SECONDS = 20.0
"""How long a file of another machine is watched before it counts as left behind."""
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_held: dict[Path, FolderLock] = {}


def hold(folder: Path) -> None:
    """Take a folder for this thread until `let_go`; taking it twice is taking it once.

    Raises:
        InputError: Somebody else is at work in it, or it cannot be written to.
    """
    place = folder.resolve()
    known = _held.get(place)
    if known is not None and known.still_ours():
        if known.thread != threading.get_ident():
            raise known.refusal(read_json(known.path) or {})
        return
    let_go(folder)
    _held[place] = FolderLock(folder)


def let_go(folder: Path) -> None:
    """Give a folder up, where this process holds it."""
    known = _held.pop(folder.resolve(), None)
    if known is not None:
        known.release()


def check_held(folder: Path) -> None:
    """Refuse to write to a folder that is gone, or that another process has taken in the meantime.

    Raises:
        InputError: With what has become of it.
    """
    known = _held.get(folder.resolve())
    if known is None or known.still_ours():
        return
    raise known.refusal(read_json(known.path) or {}) if known.path.exists() else gone(folder)


class FolderLock:
    """The lock of one folder, held from its making until `release`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / NAME
        self.thread = threading.get_ident()
        self.token = uuid.uuid4().hex
        self._ended = threading.Event()
        with told(folder):
            self._handle = self._take()
        threading.Thread(target=self._beat, daemon=True, name="leftshift-lock").start()

    def release(self) -> None:
        """Remove the file and give the folder up."""
        self._ended.set()
        with suppress(OSError):
            if self.still_ours():
                self.path.unlink()
        os.close(self._handle)

    def still_ours(self) -> bool:
        """Tell whether the file is there and is the one that this process wrote."""
        return (read_json(self.path) or {}).get("token") == self.token

    def refusal(self, holder: dict[str, Any]) -> InputError:
        """Return who is at work in the folder, and what to do."""
        process, host = holder.get("process", "not known"), holder.get("host", "not known")
        since = holder.get("started", "not known")
        return InputError(
            file=str(self.folder),
            key=NAME,
            found=f"another run or study at work in this folder: process {process} on {host}, since {since}",
            allowed=f"one at a time: wait until it has ended, stop it (kill {process} on {host}; what it has "
            "finished is kept), or give another --out",
        )

    def _take(self) -> int:
        """Return the handle of the lock's file, which says that it is ours."""
        while True:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                local = self._system_lock(handle)
                if not _is_at(handle, self.path):  # its holder removed it between our two steps
                    os.close(handle)
                    continue
                self._refuse_other_machine(local)
                os.ftruncate(handle, 0)
                os.lseek(handle, 0, os.SEEK_SET)
                os.write(handle, json_bytes(self._content()))
                os.fsync(handle)
                return handle
            except BaseException as error:
                with suppress(OSError):
                    if not isinstance(error, InputError):  # ours, and not written
                        self.path.unlink()
                    os.close(handle)
                raise

    def _system_lock(self, handle: int) -> bool:
        """Take the system's lock; return whether there is one. Refuses where somebody here has it."""
        if not SYSTEM_LOCKS:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise self.refusal(self._patiently_read()) from None
        except OSError:  # a network folder without locks
            return False
        return True

    def _patiently_read(self) -> dict[str, Any]:
        """Return what the file says; its holder may be about to write it."""
        for _ in range(20):
            if found := read_json(self.path):
                return found
            time.sleep(0.05)
        return {}

    def _refuse_other_machine(self, local: bool) -> None:
        """Refuse a file that a process touches on which the system's lock of this machine says nothing."""
        left = read_json(self.path)
        if left is None or (local and _machine() == left.get("machine")):
            return
        first = _touched(self.path)
        print(
            f"Note: {self.path} is of process {left.get('process')} on {left.get('host')}; watching for "
            f"{WATCH_SECONDS:.0f} s whether it is at work.",
            file=sys.stderr,
        )
        until = time.monotonic() + WATCH_SECONDS
        while time.monotonic() < until:
            time.sleep(min(0.25, WATCH_SECONDS / 10))
            if _touched(self.path) != first:
                raise self.refusal(left)

    def _content(self) -> dict[str, Any]:
        """Return what the file says."""
        return {
            "process": os.getpid(),
            "host": socket.gethostname(),
            "started": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
            "machine": _machine(),
            "token": self.token,
        }

    def _beat(self) -> None:
        """Touch the file again and again, so that other machines see that somebody is at work."""
        while not self._ended.wait(BEAT_SECONDS):
            with suppress(OSError):
                if self.still_ours():
                    os.utime(self.path)


def _is_at(handle: int, path: Path) -> bool:
    """Tell whether an open file is the one that has a name."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False


def _touched(path: Path) -> int:
    """Return when a file was last touched; opened for it, so that a network folder asks its server."""
    try:
        with path.open("rb") as file:
            return os.fstat(file.fileno()).st_mtime_ns
    except OSError:
        return 0


def _machine() -> str:
    """Return what tells this machine since its last start from others: locks of before are void."""
    with suppress(OSError):
        return _BOOT.read_text(encoding="ascii").strip()
    return socket.gethostname()
