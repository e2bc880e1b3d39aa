"""`gadfly`: the command line.

Every command takes `--json`: one JSON object on standard output, everything else on standard error. Exit codes: 0 done,
1 a fault of ours, 2 the user's input is wrong, 3 the data contract failed (or a card contradicts itself), 4 the gate
refused.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import sys
from contextlib import suppress
from typing import Annotated, Any, NoReturn, get_args

import typer
from typer import Argument, Option

from flows.card import app as card_app
from flows.command_line import Json, Overrides, print_result, start_server
from flows.environment import prepare_environment
from flows.failures import STOPPED, tell
from flows.form import Stage
from flows.gallery import RecipeCommand
from flows.race_command import app as race_app
from flows.service_commands import app as service_app
from flows.version_commands import app as version_app
from tasks import side_process
from tasks.errors import RecipeError

app = typer.Typer(
    help="Turns a messy text dataset into a fine-tuned language model that can be trusted, or says why it can't.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

contract_app = typer.Typer(help="Contracts: what a dataset's rows must be like.", no_args_is_help=True)
app.add_typer(contract_app, name="contract")
app.add_typer(card_app, name="card")

Refresh = Annotated[list[str] | None, Option("--refresh", metavar="STAGE", help="Run a stage though it is cached.")]

STAGES: tuple[Stage, ...] = get_args(Stage)


@app.command(cls=RecipeCommand)
def run(
    recipe: Annotated[str, Argument(help="A name in recipes/, or a path.")],
    overrides: Overrides = None,
    refresh: Refresh = None,
    as_json: Json = False,
) -> None:
    """Run a recipe's whole chain: ingest, validate, tokenize, train, evaluate, register."""
    wanted = _stages(refresh)
    from flows.own_server import await_own_server, check_named_servers, start_own_server

    start_own_server()
    with side_process.beside("tasks.registration.look"):
        from flows.display import live_progress, show_summary
        from flows.recipe import load_recipe

        load_recipe(recipe, overrides or [])  # a mistake in it is told before anything runs
        with live_progress():
            from flows.alive import without_heartbeats
            from flows.finetune import finetune

            without_heartbeats()
            check_named_servers()
            await_own_server()
            summary = finetune(recipe, tuple(overrides or ()), wanted)
    print_result(summary, as_json, show_summary)


@app.command()
def plan(
    recipe: Annotated[str, Argument(help="A name in recipes/, or a path.")],
    overrides: Overrides = None,
    refresh: Refresh = None,
    on: Annotated[str, Option(metavar="CARD,…", help="Other hardware as well: t4, a10, l4, a100, h100, h200.")] = "",
    price: Annotated[list[str] | None, Option(metavar="CARD=PRICE", help="What an hour costs: h100=2.5.")] = None,
    show_tokens: Annotated[int, Option(min=0, metavar="N", help="Print N rows token by token.")] = 0,
    probe: Annotated[bool, Option("--probe/--no-probe", help="Measure a few steps, for the time.")] = True,
    as_json: Json = False,
) -> None:
    """Tell what a run would do and why, what its training would take, and what is foolish about it."""
    _stages(refresh)
    from flows.plan_display import show_plan
    from flows.planning import Wanted, parse_prices, plan_whole

    cards = [name.strip().lower() for name in on.split(",") if name.strip()]
    wanted = Wanted(cards=cards, prices=parse_prices(price or []), shown_rows=show_tokens, with_probe=probe)
    print_result(plan_whole(recipe, overrides or [], refresh or [], wanted), as_json, show_plan)


@app.command()
def init(
    data: Annotated[str, Argument(help="A file, folder, URL or hub dataset.")],
    name: Annotated[str, Option(help="Name of the recipe; default: from the data's.")] = "",
    base: Annotated[str, Option(help="A model folder or hub id; default: the demo's small base.")] = "",
    force: Annotated[bool, Option(help="Replace a recipe and contract of that name.")] = False,
    as_json: Json = False,
) -> None:
    """Look at a dataset and write a recipe and a contract for it that run as they are."""
    from flows.draft import draft
    from flows.listings import show_draft

    print_result(draft(data, name, base, force=force), as_json, show_draft)


@contract_app.command("init")
def contract_init(
    source: Annotated[str, Argument(help="A file, folder, URL or hub dataset.")],
    name: Annotated[str, Option(help="The contract's name; default: from the file's or the data's.")] = "",
    out: Annotated[str, Option(help="The file to write; default: data_contracts/NAME.yaml.")] = "",
    force: Annotated[bool, Option(help="Replace a contract of that name.")] = False,
    as_json: Json = False,
) -> None:
    """Look at a dataset, write a contract for it, and say whether it is fit to train on."""
    from flows.contract_draft import init_contract
    from flows.listings import show_contract_draft

    print_result(init_contract(source, name, out, force=force), as_json, show_contract_draft)


@contract_app.command("schema")
def contract_schema(as_json: Json = False) -> None:
    """Print the JSON Schema of contracts, for editors."""
    from tasks.validation.task import contract_json_schema

    text = contract_json_schema()
    print_result(json.loads(text), as_json, lambda _: print(text, end=""))


@app.command()
def check(
    source: Annotated[str, Argument(help="A file, folder, URL or hub dataset.")],
    contract: Annotated[str, Option(help="A name in data_contracts/, or a path.")] = "short_text",
    column: Annotated[list[str] | None, Option(metavar="NAME=COLUMN", help="Map a column: text=quote.")] = None,
    out: Annotated[str, Option(help="Folder for the report, the accepted and the quarantined rows.")] = "",
    docs: Annotated[str, Option(help="Folder for Great Expectations' own pages on it.")] = "",
    as_json: Json = False,
) -> None:
    """Hold a dataset against a contract, without training anything. Exit code 3 where it fails."""
    from flows.check import check as hold
    from flows.listings import show_check

    columns = dict(_pair(item) for item in column or [])
    checked = hold(source, contract, columns, out, docs)
    print_result(checked, as_json, show_check)
    if not checked["success"]:
        raise typer.Exit(3)


@app.command()
def runs(as_json: Json = False) -> None:
    """List the runs, newest first."""
    from flows.listings import show_runs
    from flows.run_log import read_runs

    print_result({"runs": read_runs()}, as_json, show_runs)


@app.command()
def quarantine(
    run: Annotated[str, Argument(help="A run's id or its beginning, or a recipe's name for its newest run.")],
    reason: Annotated[list[str] | None, Option(help="Only rows rejected for this; several are alternatives.")] = None,
    column: Annotated[str, Option(help="The column that --contains and --match look at; default: all.")] = "",
    contains: Annotated[str, Option(help="Only rows with this text, in any case.")] = "",
    match: Annotated[str, Option(help="Only rows in which this regular expression is found.")] = "",
    limit: Annotated[int | None, Option(min=1, help="Rows shown; default: 20, with --json or --csv all.")] = None,
    offset: Annotated[int, Option(min=0, help="Rows skipped.")] = 0,
    clear: Annotated[bool, Option("--clear", help="Show personal data and keys, which are masked otherwise.")] = False,
    csv: Annotated[str, Option(metavar="FILE", help="Write the rows to a CSV file.")] = "",
    release: Annotated[
        list[str] | None, Option(metavar="ROW_ID", help="Let a row pass from the next run on; more ids may follow.")
    ] = None,
    ids: Annotated[list[str] | None, Argument(metavar="[ROW_ID]...", help="Further rows for --release.")] = None,
    why: Annotated[str, Option(help="With --release: who decided it, and why.")] = "",
    contract: Annotated[str, Option(help="With --release: the contract; default: the run's, by name.")] = "",
    as_json: Json = False,
) -> None:
    """Browse rejected rows and why they were rejected; export them; release what was rejected wrongly."""
    from flows.listings import show_quarantine, show_release
    from flows.quarantine import Wanted, browse, release_rows

    if release:
        print_result(release_rows(run, [*release, *(ids or [])], why, contract), as_json, show_release)
        return
    if ids or why or contract:
        raise typer.BadParameter("row ids, --why and --contract go with --release")
    wanted = Wanted(reasons=tuple(reason or ()), column=column, contains=contains, match=match)
    longest = limit or (None if as_json or csv else 20)
    print_result(browse(run, wanted, offset=offset, limit=longest, clear=clear, csv=csv), as_json, show_quarantine)


@app.command()
def purge(
    row_ids: Annotated[
        list[str], Argument(metavar="ROW_ID...", help="Rows, as `gadfly quarantine` and reports name them.")
    ],
    yes: Annotated[bool, Option("--yes", help="Don't ask.")] = False,
    as_json: Json = False,
) -> None:
    """Remove rows everywhere, for good: artifacts, reports and logs that hold them, and from every later run."""
    from flows.listings import show_purge, show_traces
    from flows.purge import carry_out, find_traces

    traces = find_traces(row_ids)
    if not yes:
        if as_json or not sys.stdin.isatty():
            raise RecipeError(
                f"purging can't be undone: {traces.told()}\n  to do it: gadfly purge {' '.join(row_ids)} --yes"
            )
        show_traces(traces)
        typer.confirm("Remove all of this for good?", abort=True, err=True)
    print_result(carry_out(traces), as_json, show_purge)


@app.command()
def report(
    run: Annotated[str, Argument(help="A run's id or its beginning, or a recipe's name for its newest run.")],
    docs: Annotated[str, Option(help="Folder for Great Expectations' own pages on the run's data.")] = "",
    as_json: Json = False,
) -> None:
    """Tell where a run's reports are; one on its data is made again where it is missing."""
    from flows.listings import show_reports
    from flows.quarantine import reports_of

    print_result(reports_of(run, docs), as_json, show_reports)


@app.command()
def models(
    name: Annotated[str, Argument(help="A registered model; default: all.")] = "",
    delete: Annotated[str, Option(metavar="VERSION", help="Delete a version that bears no alias.")] = "",
    as_json: Json = False,
) -> None:
    """List registered models and their versions; of one model, who was promoted when and why."""
    from flows.listings import show_models
    from tasks.registration.task import delete_version, existing_version, promotion_log, registered_versions

    if delete:
        if not name:
            raise typer.BadParameter("--delete VERSION goes with a model's name")
        delete_version(name, existing_version(name, delete))
    listed: dict[str, Any] = {"models": registered_versions(name)}
    if name:
        listed["log"] = [entry.model_dump() for entry in promotion_log(name)]
    print_result(listed, as_json, show_models)


@app.command()
def promote(
    name: Annotated[str, Argument(help="A registered model.")],
    version: Annotated[str, Argument(help="A version's number; default: the challenger.")] = "",
    force: Annotated[bool, Option("--force", help="Overrule the gate; it needs --why.")] = False,
    why: Annotated[str, Option(help="Kept in the promotion log.")] = "",
    as_json: Json = False,
) -> None:
    """Make a version champion if the gate lets it. Exit code 4 where it is refused."""
    from flows.listings import show_promotion

    if force and not why.strip():
        raise typer.BadParameter("--force needs --why: the reason is kept in the promotion log")
    start_server()
    from flows.promotion import PromotionRefused
    from flows.promotion import promote as promote_flow

    try:
        made = promote_flow(name, version, force, why)
    except PromotionRefused as refusal:
        if not as_json:
            raise
        print_result({"model": name, "verdict": refusal.verdict}, as_json, None)
        raise typer.Exit(refusal.exit_code) from refusal
    print_result({"model": name, **made}, as_json, show_promotion)


@app.command()
def rollback(
    name: Annotated[str, Argument(help="A registered model.")],
    why: Annotated[str, Option(help="Kept in the promotion log.")] = "",
    as_json: Json = False,
) -> None:
    """Make the previous champion champion again; twice goes back two promotions."""
    from flows.listings import show_promotion

    start_server()
    from flows.promotion import rollback as rollback_flow

    print_result({"model": name, **rollback_flow(name, why)}, as_json, show_promotion)


@app.command()
def watch(
    port: Annotated[int, Option(min=0, max=65535, help="Where MLflow's webhook is received, on loopback.")] = 5055,
    every: Annotated[float, Option(min=0.5, help="Seconds between looks at all aliases, beside the webhook.")] = 4.0,
    settings: Annotated[
        bool, Option("--server-settings", help="Print the environment that MLflow's server needs for it, and end.")
    ] = False,
) -> None:
    """Gate champions that are set by hand in MLflow's page or API, until Ctrl-C."""
    if settings:
        from tasks.registration.task import server_settings

        print("\n".join(f"{name}={value}" for name, value in server_settings("127.0.0.1").items()))
        return
    start_server()
    import threading

    from flows.alias_watch import watch as keep_watching

    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    keep_watching(port, lambda line: print(line, file=sys.stderr, flush=True), stop, every)


@app.command()
def generate(
    model: Annotated[str, Argument(help="A model folder, a hub id, or a registered NAME@alias or NAME@version.")],
    prompt: Annotated[str, Option(help="The text to continue.")],
    n: Annotated[int, Option("-n", min=1, max=100, help="Continuations.")] = 1,
    max_new_tokens: Annotated[int, Option(min=1, help="Longest continuation in tokens.")] = 64,
    temperature: Annotated[float, Option(min=0, max=5, help="0 takes the likeliest token each time.")] = 0.8,
    seed: Annotated[int, Option(min=0, help="Equal seeds give equal text.")] = 0,
    stop: Annotated[list[str] | None, Option(metavar="TEXT", help="End where this text first comes.")] = None,
    as_json: Json = False,
) -> None:
    """Continue a prompt with a model."""
    from flows.listings import show_samples
    from flows.models import generate_text

    samples = generate_text(
        model,
        prompt,
        num_samples=n,
        max_new_tokens=max_new_tokens,
        temperature=temperature,
        seed=seed,
        stop=stop or [],
    )
    print_result({"model": model, "samples": [sample._asdict() for sample in samples]}, as_json, show_samples)


@app.command()
def chat(
    models: Annotated[
        list[str],
        Argument(metavar="MODEL...", help="Model folders, hub ids, or registered NAME@alias or NAME@version."),
    ],
    max_new_tokens: Annotated[int, Option(min=1, help="Longest continuation in tokens.")] = 64,
    temperature: Annotated[float, Option(min=0, max=5, help="0 takes the likeliest token each time.")] = 0.8,
    seed: Annotated[int, Option(min=0, help="Of the first line; each further line adds one.")] = 0,
    stop: Annotated[str, Option(metavar="TEXT", help="End where this text first comes.")] = "",
    as_json: Json = False,
) -> None:
    """Try models line by line, from a terminal or a pipe; /help tells what else a line may be, such as /model."""
    from flows.chat import Settings
    from flows.chat import chat as talk

    settings = Settings(max_new_tokens=max_new_tokens, temperature=temperature, seed=seed, stop=stop)
    print_result(talk(models, settings, quiet=as_json), as_json, lambda _: None)


@app.command()
def export(
    model: Annotated[str, Argument(help="A registered NAME@alias or NAME@version.")],
    folder: Annotated[str, Argument(metavar="DIR", help="A new or empty folder.")],
    merge: Annotated[bool, Option("--merge", help="Add an adapter to its base's weights.")] = False,
    as_json: Json = False,
) -> None:
    """Write a registered model with tokenizer and card to a folder that plain transformers loads."""
    from flows.export import export as write
    from flows.listings import show_export

    print_result(write(model, folder, merge=merge), as_json, show_export)


@app.command()
def verify(as_json: Json = False) -> None:
    """Check every byte of the artifact store. Exit code 2 where something is damaged."""
    from flows.listings import show_verification
    from flows.verify import verify as verify_store

    found = verify_store()
    print_result(found, as_json, show_verification)
    if found["damaged"]:
        raise typer.Exit(2)


app.add_typer(race_app)
app.add_typer(version_app)
app.add_typer(service_app)


def _stages(names: list[str] | None) -> tuple[Stage, ...]:
    for stage in names or ():
        if stage not in STAGES:
            raise typer.BadParameter(f"--refresh {stage}: stages are {', '.join(STAGES)}")
    return tuple(stage for stage in STAGES if stage in (names or ()))


def _pair(item: str) -> tuple[str, str]:
    name, equals, column = item.partition("=")
    if not equals:
        raise typer.BadParameter(f"--column {item}: give NAME=COLUMN, such as text=quote")
    return name, column


def main() -> None:
    """Run the command line: a user's mistake is one message and an exit code, never a traceback."""
    try:
        prepare_environment(quiet=True)
        code = app(prog_name="gadfly", standalone_mode=False)
        if code == STOPPED:  # what typer makes of a Ctrl-C
            raise KeyboardInterrupt
    except SystemExit:
        raise
    except BaseException as error:
        code = tell(error, "--json" in sys.argv)
    sys.exit(code if isinstance(code, int) else 0)


def console() -> NoReturn:
    """`main` as a program: ends after its exit hooks, without taking modules apart (2 s once MLflow is loaded).

    A SIGTERM is a Ctrl-C; Prefect ends its flow run first, and then hands it on to us.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    code: Any = STOPPED  # a signal that comes when all is done and told
    with suppress(KeyboardInterrupt):
        try:
            main()
        except SystemExit as end:
            code = end.code
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # what is left takes a second and stops the run's own server
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    console()
