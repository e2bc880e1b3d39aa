"""How a command that fails ends: one message on standard error, with `--json` one object, and an exit code."""

from __future__ import annotations

import errno
import json
import os
import sys
import traceback
from datetime import UTC, datetime

import typer

from flows.cancelling import was_cancelled
from tasks import home
from tasks.errors import GadflyError
from tasks.plain_text import one_line, printable

USERS = {errno.EACCES, errno.EEXIST, errno.EISDIR, errno.ENOENT, errno.ENOSPC, errno.ENOTDIR, errno.EPERM, errno.EROFS}
"""What is wrong with a path that the user named, rather than with this program."""
STOPPED = 130
"""Exit code after Ctrl-C, as shells have it: 128 and the signal's number; after SIGTERM as well."""
STOPS = ("KeyboardInterrupt", "TerminationSignal")
"""What a signal raises; the second is Prefect's."""


def tell(error: BaseException, as_json: bool) -> int:
    """Print what ended a command, a user's mistake without a traceback; returns the exit code."""
    if isinstance(error, GadflyError):
        return _print_failure(f"{_public_name(error)}: {error}", error.exit_code, as_json)
    if isinstance(error, typer.Abort) or _came_of_a_stop(error):
        how = was_cancelled() or "stopped"
        message = f"{how}. What was finished is kept: the same command goes on from there"
        return _print_failure(message, STOPPED, as_json)
    if hasattr(error, "exit_code") and hasattr(error, "format_message"):  # click's own: a wrong option, a missing word
        command = getattr(getattr(error, "ctx", None), "command_path", "gadfly")
        return _print_failure(f"{error.format_message()}\n  {command} --help", int(error.exit_code), as_json)
    if isinstance(error, OSError) and error.errno in USERS and error.filename:
        message = f"{one_line(str(error.filename))} can't be used: {error.strerror}"
        return _print_failure(f"{message}\n  mend it, or name another path", 2, as_json)
    if os.environ.get("GADFLY_DEBUG"):
        traceback.print_exception(error)
    message = f"a fault of Gadfly's own: {type(error).__name__}: {_masked(str(error))}\n  {_kept_traceback(error)}"
    return _print_failure(message, 1, as_json)


def _came_of_a_stop(error: BaseException | None) -> bool:
    """Whether it is a Ctrl-C, a SIGTERM or a cancel, or what went wrong when a run told its server of one."""
    if not isinstance(error, Exception):
        return True
    while error is not None and type(error).__name__ not in STOPS:
        error = error.__context__
    return error is not None


def _kept_traceback(error: BaseException) -> str:
    log = home.state_folder() / "logs" / f"fault-{datetime.now(UTC):%Y%m%dT%H%M%S}.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(_masked("".join(traceback.format_exception(error))), encoding="utf-8")
    except OSError:
        return "GADFLY_DEBUG=1 shows the details"
    return f"the details are in {log}"


def _masked(text: str) -> str:
    """A library's message may quote a row; where even masking fails, nothing of it is told."""
    try:
        from tasks.validation.task import mask_text

        return mask_text(text)
    except Exception:
        return "(not shown: it may quote a row)"


def _public_name(error: GadflyError) -> str:
    return next(kind.__name__ for kind in type(error).__mro__ if not kind.__name__.startswith("_"))


def _print_failure(message: str, code: int, as_json: bool) -> int:
    print(printable(message), file=sys.stderr)
    if as_json:
        print(json.dumps({"error": message, "exit_code": code}, ensure_ascii=False))
    return code
