"""What a recipe sets about a base's tokenizer: its end token, and whether prompts go through its chat template.

Both become part of the base: a folder of links to the base's files, whose `tokenizer_config.json` alone is another.
So whoever opens the base, to train, measure, serve or export it, reads the same settings, and nothing is passed along.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from tasks import home
from tasks.errors import RecipeError
from tasks.json_files import replace_json

CHAT = "gadfly_chat"
"""The key in `tokenizer_config.json` that says so."""
MERGED = ("tokenizer_config.json", "special_tokens_map.json")
"""Files that become one."""
END_TOKENS = ("</s>", "<|endoftext|>", "<|im_end|>", "<|eot_id|>", "<eos>", "<end_of_turn>")
"""What tokenizers call tokens that end a text or a turn, for a hint."""


def with_settings(folder: Path, end_token: str = "", *, chat: bool = False) -> Path:
    """The base's folder with these settings of its tokenizer; the folder itself where there are none.

    Raises:
        RecipeError: The tokenizer has no such token, or no chat template.
    """
    if not end_token and not chat:
        return folder
    file = folder / "tokenizer_config.json"
    settings: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    settings = _own_tokens(folder) | settings
    linked = {path.name: str(path.resolve()) for path in folder.iterdir() if path.is_file() and path.name not in MERGED}
    named = json.dumps([linked, settings, end_token, chat], sort_keys=True)
    target = home.state_folder() / "bases" / "settings" / hashlib.sha256(named.encode()).hexdigest()[:32]
    if not (target / "tokenizer_config.json").is_file():
        _check(folder, end_token, chat=chat)
        target.mkdir(parents=True, exist_ok=True)
        for name, path in linked.items():
            _link(Path(path), target / name)
        changed: dict[str, Any] = {CHAT: True} if chat else {}
        changed |= {"eos_token": end_token} if end_token else {}
        replace_json(target / "tokenizer_config.json", settings | changed)
    return target


def _own_tokens(folder: Path) -> dict[str, Any]:
    """The special tokens that older folders name in a file of their own."""
    file = folder / "special_tokens_map.json"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return found


def _link(source: Path, target: Path) -> None:
    temporary = target.with_name(f"{target.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(source)
    temporary.replace(target)


def _check(folder: Path, end_token: str, *, chat: bool) -> None:
    from tasks.base_tokenizer import load_tokenizer

    tokenizer = load_tokenizer(folder)
    if chat and not tokenizer.chat_template:
        raise RecipeError(
            "base.chat: is set, but the base's tokenizer has no chat template\n"
            "  name an instruction-tuned base, or write the turns into prompt.prompt and leave base.chat out"
        )
    vocabulary = tokenizer.get_vocab()
    if end_token and end_token not in vocabulary:
        pieces = tokenizer.convert_ids_to_tokens(tokenizer.encode(end_token, add_special_tokens=False))
        has = ", ".join(token for token in END_TOKENS if token in vocabulary)
        raise RecipeError(
            f"base.end_token: {end_token!r} is plain text to the base's tokenizer: it becomes {len(pieces)} tokens "
            f"{pieces}\n  name a token that it has" + (f": {has}" if has else "")
        )
