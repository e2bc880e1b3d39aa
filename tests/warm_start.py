"""A process that has imported what is large, and forks one for each command: imports are most of a command's time.

It is asked over the socket that is its standard input: one JSON object of `command` (as Python takes it: `-c`, a
program and arguments, or `-m`, a module and arguments), `cwd` and `env`, and with it the pipes that become the
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

LARGE = (
    *("numpy", "pandas", "pyarrow.parquet", "scipy.stats", "torch", "safetensors.torch", "tokenizers", "transformers"),
    *("peft", "great_expectations", "mlflow", "mlflow.pyfunc", "sqlalchemy", "fastapi", "httpx", "websockets", "rich"),
    *("jinja2", "opentelemetry.sdk", "typer", "pydantic_settings", "pendulum", "cryptography.x509"),
    "transformers.models.gpt2.modeling_gpt2",
)
NUM_BYTES = 1 << 20
"""More than a question has."""


def main() -> None:
    for name in LARGE:
        importlib.import_module(name)
    assert not {"flows", "tasks", "prefect"} & sys.modules.keys()
    gc.freeze()  # forks leave these pages shared
    with socket.socket(fileno=os.dup(0)) as asked:
        while question := socket.recv_fds(asked, NUM_BYTES, 2):
            content, (stdout, stderr), *_ = question
            if not content:
                return
            child = os.fork()
            if not child:
                order = json.loads(content)
                become(order["cwd"], order["env"], stdout, stderr)
                break
            os.close(stdout)
            os.close(stderr)
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
    sys.path[0:1] = [cwd, *env["PYTHONPATH"].split(os.pathsep)]


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
