"""The exceptions a user can meet.

    GadflyError                exit code 1 unless a child says otherwise
    ├── RecipeError            2  the recipe, or an override, is wrong
    ├── SourceError            2  the data can't be found or read
    │   └── SourceAbsent       2  it isn't there, or can't be reached
    ├── ContractError          3  the data is not what the contract asks for
    ├── TokenizationError      2  rows and tokenizer don't fit each other
    ├── TrainingError          2  training can't start, or can't go on
    ├── TrainingStopped      130  training was asked to stop; it goes on from its checkpoint
    ├── ArtifactError          2  the store can't be read or written
    │   └── ArtifactDamaged    -  an artifact is missing or altered; its stage runs again
    ├── ServerError            2  a server that the environment names doesn't answer
    ├── WorkerKilled           2  a process that works for this one was ended from outside
    └── GateError              4  a model was refused

A message says what is wrong, what was seen against what is allowed, where, and the next command to type.
"""

from __future__ import annotations


class GadflyError(Exception):
    """Something a person can act on; `exit_code` is what the command line returns for it."""

    exit_code = 1


class RecipeError(GadflyError):
    """The recipe, or an override of it, is wrong."""

    exit_code = 2


class SourceError(GadflyError):
    """The data can't be found, opened or read."""

    exit_code = 2


class SourceAbsent(SourceError):
    """The data isn't there, or can't be reached: it has to be got first."""


class ContractError(GadflyError):
    """The data is not what the contract asks for."""

    exit_code = 3


class TokenizationError(GadflyError):
    """Rows and tokenizer don't fit each other."""

    exit_code = 2


class TrainingError(GadflyError):
    """Training can't start, or can't go on."""

    exit_code = 2


class TrainingStopped(GadflyError):
    """Training was asked to stop, and left a checkpoint to go on from; no fault of anyone's."""

    exit_code = 130


class ArtifactError(GadflyError):
    """The artifact store can't be read or written."""

    exit_code = 2


class ArtifactDamaged(ArtifactError):
    """An artifact is missing or its bytes are not what its manifest says; running its stage again repairs it."""


class ServerError(GadflyError):
    """A server that the environment names doesn't answer."""

    exit_code = 2


class WorkerKilled(GadflyError):
    """A process that works for this one was ended from outside, most often because memory ran out."""

    exit_code = 2


class GateError(GadflyError):
    """A model was refused by the gate, or by the registry's reload check."""

    exit_code = 4


def problems_message(subject: str, problems: list[str]) -> str:
    """All problems of one file as one message, a line each."""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return "\n".join([f"{subject} has {count}", *(f"  {problem}" for problem in problems)])
