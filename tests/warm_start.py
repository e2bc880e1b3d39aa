"""A process that has imported the modules it is given, and forks one for each command: imports are most of its time.

It is asked over the socket that is its standard input: a line with one JSON object of `command` (as Python takes it:
`-c`, a program and arguments, or `-m`, a module and arguments), `cwd` and `env`, and with it the pipes that become the
command's standard output and error. A command has a process and a session of its own, and ends as Python ends. The
answer is its exit status, below zero where a signal ended it.

Gadfly and Prefect, which read the environment when they are imported, are imported by the command.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import socket
import sys
import types
from typing import Any

NUM_BYTES = 1 << 20
"""What is read at once of a question; most are shorter."""


def main() -> None:
    for name in sys.argv[1:]:
        importlib.import_module(name)
    assert not {"flows", "tasks", "prefect"} & sys.modules.keys()
    gc.freeze()  # forks leave these pages shared
    with socket.socket(fileno=os.dup(0)) as asked:
        while True:
            content, opened, *_ = socket.recv_fds(asked, NUM_BYTES, 2)
            while content and not content.endswith(b"\n"):
                content += asked.recv(NUM_BYTES)
            if not content:
                return
            child = os.fork()
            if not child:
                order = json.loads(content)
                become(order["cwd"], order["env"], *opened)
                break
            for number in opened:
                os.close(number)
            asked.sendall(b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    run(*order["command"])


def become(cwd: str, env: dict[str, str], stdout: int, stderr: int) -> None:
    """Make this process one that was started in a folder, with an environment and open files."""
    os.setsid()
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    for number, opened in enumerate((os.open(os.devnull, os.O_RDONLY), stdout, stderr)):
        os.dup2(opened, number)
        os.close(opened)
    sys.path[0:1] = [cwd, *filter(None, env.get("PYTHONPATH", "").split(os.pathsep))]


def run(option: str, what: str, *arguments: str) -> None:
    """As `python -c PROGRAM ARGUMENT…` or `python -m MODULE ARGUMENT…`."""
    sys.argv = [option, *arguments]
    if option == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        module: Any = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        exec(compile(what, "<string>", "exec"), module.__dict__)


if __name__ == "__main__":
    main()
