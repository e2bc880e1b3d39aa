"""`gadfly chat`: try a model line by line, on a terminal or from a pipe.

Every line is a prompt of its own, which the model continues; an empty line goes on where the last text ended. A model
that was trained to continue texts knows no turns, so none are made up.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flows.models import OpenModels
from tasks.errors import GadflyError
from tasks.generation import generate
from tasks.plain_text import printable

HELP = """\
Each line is continued by the model; an empty line goes on with the last text. Lines for Gadfly itself:
  /temperature 0.8   0 takes the likeliest token each time
  /tokens 64         longest continuation
  /seed 0            equal seeds give equal text
  /stop TEXT         end at this text; without TEXT: at the model's own end alone
  /model B@2         go on with another model; /model: which there are
  /help, /quit       this; leave (so does Ctrl-D). //text is the line /text."""


@dataclass
class Settings:
    """How the model continues a line; a line beginning with `/` changes it."""

    max_new_tokens: int = 64
    temperature: float = 0.8
    seed: int = 0
    stop: str = ""

    def change(self, command: str) -> str:
        """Obey a line beginning with `/`; what is to be told of it."""
        name, _, value = command.removeprefix("/").partition(" ")
        try:
            if name == "temperature" and 0 <= float(value) <= 5:
                self.temperature = float(value)
            elif name == "tokens" and int(value) >= 1:
                self.max_new_tokens = int(value)
            elif name == "seed" and int(value) >= 0:
                self.seed = int(value)
            elif name == "stop":
                self.stop = value
            else:
                return HELP
        except ValueError:
            return f"/{name} takes a number, not {printable(value) or 'nothing'}"
        return f"temperature {self.temperature:g}, tokens {self.max_new_tokens}, seed {self.seed}" + (
            f", stop {printable(self.stop)!r}" if self.stop else ""
        )


class Models:
    """The models of a chat, and the one that is talked to."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = list(names)
        self._open = OpenModels()
        for name in reversed(self.names):  # all are there before the first line; the first is talked to
            self.talk_to(name)

    def talk_to(self, name: str) -> None:
        """Go on with a model; without another look at the disk where it is open.

        Raises:
            RecipeError: There is no such model.
        """
        self.model, self.tokenizer = self._open.use(name)
        self.name = name

    def change(self, name: str) -> str:
        """Obey `/model`; what is to be told of it."""
        if name:
            try:
                self.talk_to(name)
            except GadflyError as error:
                return printable(f"{str(error).splitlines()[0]}; still talking to {self.name}")
            self.names += [name] if name not in self.names else []
        return printable(", ".join(f"[{one}]" if one == self.name else one for one in self.names))


def chat(names: Sequence[str], settings: Settings, *, quiet: bool = False) -> dict[str, Any]:
    """Continue the lines of standard input until it ends, or until `/quit`.

    Args:
        names: Models: folders, hub ids, or registered `NAME@alias`; the first is talked to.
        settings: How to begin.
        quiet: Print nothing; for `--json`.

    Returns:
        `model`: the last one, and `turns`: model, prompt, text, num_tokens, stopped.
    """
    models = Models(names)
    is_terminal = sys.stdin.isatty() and not quiet
    write = _nothing if quiet else _write
    if is_terminal:
        print(HELP, file=sys.stderr)
    turns: list[dict[str, Any]] = []
    for line in _lines(is_terminal):
        if line.strip() == "/quit":
            break
        if line.split() and line.split()[0] == "/model":
            print(models.change(line.strip().partition(" ")[2].strip()), file=sys.stderr)
            continue
        if line.startswith("/") and not line.startswith("//"):
            print(settings.change(line.strip()), file=sys.stderr)
            continue
        last = turns[-1]["prompt"] + turns[-1]["text"] if turns else ""
        prompt = line.removeprefix("/") if line.strip() else last
        streams = is_terminal and not settings.stop  # what stands behind a stop string is known only at the end
        (sample,) = generate(
            models.model,
            models.tokenizer,
            prompt,
            max_new_tokens=settings.max_new_tokens,
            temperature=settings.temperature,
            seed=settings.seed + len(turns),
            stop=[settings.stop] if settings.stop else [],
            streamer=_streamer(models.tokenizer, write) if streams else None,
        )
        write("\n" if streams else sample.text + "\n")
        turns.append({"model": models.name, **sample._asdict()})
    return {"model": models.name, "turns": turns}


def _lines(is_terminal: bool) -> Iterator[str]:
    if is_terminal:
        while True:
            try:
                yield input("> ")
            except EOFError:
                print(file=sys.stderr)
                return
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    for line in sys.stdin:
        yield line.rstrip("\n")


def _streamer(tokenizer: Any, write: Callable[[str], None]) -> Any:
    """Shows words as they come, harmless for a terminal."""
    from transformers import TextStreamer

    class Harmless(TextStreamer):
        def on_finalized_text(self, text: str, stream_end: bool = False) -> None:
            write(text)

    return Harmless(tokenizer, skip_prompt=True, skip_special_tokens=True)


def _write(text: str) -> None:
    print(printable(text), end="", flush=True)


def _nothing(text: str) -> None:
    pass
