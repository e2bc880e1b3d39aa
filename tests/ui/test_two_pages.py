"""`gadfly up` as its users see it: they start, approve and cancel runs in Prefect's page, and promote in MLflow's.

Real servers and a real worker, on a part of the demo's corpus; every click is a click. Pictures of the pages are kept
in `build/screenshots`, or where `GADFLY_SCREENSHOTS` says.
"""

from __future__ import annotations

import csv
import os
import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

CHECKOUT = Path(__file__).resolve().parents[2]
RUN_MS = 300_000
"""How long a run may take that was started from the page."""
PATIENCE = timedelta(minutes=1)
"""How long the gate may take to answer on a busy machine; on an idle one 10 s are the target, which
`benchmarks/alias_delay.py` measures."""
ANSWERED = r"aphorisms version 1 by hand: passed.*; champion is version 1, [0-9.]+ s after MLflow rang"
"""What the watch's log says: not that a look found it, which comes seconds later."""
NUM_ROWS = 150
RECIPE = """\
name: aphorisms
source: {{path: rows.csv, licence: MIT}}
contract: short_text
prompt: {{template: 'The {{author}} says: "{{text}}"'}}
base: {{model: {base}}}
tokenization: {{max_seq_len: 128}}
training: {{method: full, learning_rate: 2.0e-3, epochs: 1, batch_size: 16}}
evaluation:
  max_new_tokens: 8
  samples_per_probe: 1
  judged_samples: 20
  probes: {{in_domain: ['The Heron says: "'], out_of_domain: ['The Ferryman walked to']}}
registration: {{model: aphorisms, gate: {{min_stop_rate: 0, max_junk_above_base: 1, max_copying: 1}}}}
"""


def expect(found: Any) -> Any:
    """Playwright's waiting assertions, imported where they are needed."""
    from playwright.sync_api import expect

    return expect(found)


@pytest.fixture(scope="module")
def served(served: Any) -> Any:
    """The folder that is served, with a recipe and its rows."""
    with (CHECKOUT / "demo" / "corpus.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))[: NUM_ROWS + 1]
    with (served.folder / "rows.csv").open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)
    (served.folder / "recipe.yaml").write_text(RECIPE.format(base=CHECKOUT / "demo" / "base"), encoding="utf-8")
    return served


def champion(served: Any) -> tuple[str, dict[str, str]]:
    """The champion's version and its tags; empty where there is none."""
    api = f"{served.mlflow}/api/2.0/mlflow"
    model = served.ask(f"{api}/registered-models/get?name=aphorisms")["registered_model"]
    version = next((item["version"] for item in model.get("aliases", []) if item["alias"] == "champion"), "")
    if not version:
        return "", {}
    found = served.ask(f"{api}/model-versions/get?name=aphorisms&version={version}")["model_version"]
    return version, {tag["key"]: tag["value"] for tag in found["tags"]}


def keep(page: Any, name: str) -> None:
    """Keep a picture of the page."""
    folder = Path(os.environ.get("GADFLY_SCREENSHOTS") or CHECKOUT / "build" / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(1000)  # charts are drawn, and what slides in has arrived
    page.screenshot(path=folder / f"{name}.png")


def start_from_the_form(page: Any, served: Any, deployment: str, *overrides: str, picture: str = "") -> str:
    """Fill in a deployment's form and submit it; the run's page is open then. Returns the run's id."""
    page.goto(f"{served.prefect}/deployments")
    page.get_by_role("link", name=deployment, exact=True).first.click()
    page.get_by_role("button", name="Run", exact=True).click()
    page.get_by_text("Custom run").first.click()
    page.locator("textarea").first.fill("recipe.yaml")
    for number, override in enumerate(overrides, start=1):
        page.get_by_role("button", name="Add item").first.click()
        page.locator("textarea").nth(number).fill(override)
    if picture:
        keep(page, picture)
    for _ in range(5):
        with page.expect_response(re.compile("/create_flow_run")) as answered:
            page.get_by_role("button", name="Submit").click()
        if answered.value.status != HTTPStatus.SERVICE_UNAVAILABLE:  # a busy server: a person clicks again
            break
    run = str(answered.value.json()["id"])
    page.goto(f"{served.prefect}/runs/flow-run/{run}")
    return run


def expect_state(page: Any, state: str) -> None:
    """Wait until the run whose page is open is in a state; the page looks by itself."""
    expect(page.get_by_text(state, exact=True).first).to_be_visible(timeout=RUN_MS)


@pytest.fixture(scope="module")
def finetuned(browser: Any, served: Any) -> str:
    """A run that was started from the form with a changed field, once it is over: its id."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    run = start_from_the_form(page, served, "finetune", "training.epochs=2", picture="prefect-form")
    expect_state(page, "Completed")
    keep(page, "prefect-run")
    context.close()
    return run


def test_a_run_from_the_form_obeys_the_changed_field_and_leaves_its_report(page: Any, served: Any, finetuned: str):
    page.goto(f"{served.prefect}/runs/flow-run/{finetuned}")
    expect(page.get_by_text("aphorisms · rows.csv", exact=True).first).to_be_visible()
    expect(page.get_by_text(re.compile(r"136 of 150 rows accepted"))).to_be_visible()
    page.get_by_role("tablist").get_by_text("Parameters", exact=True).click()
    expect(page.get_by_text("training.epochs=2")).to_be_visible()
    page.get_by_role("tablist").get_by_text("Artifacts", exact=True).click()
    keep(page, "prefect-artifacts")
    page.get_by_text("data-quality-aphorisms", exact=True).last.click()
    expect(page.get_by_text("too_short").first).to_be_visible()
    keep(page, "prefect-data-quality")
    page.go_back()
    page.get_by_role("tablist").get_by_text("Artifacts", exact=True).click()
    page.get_by_text("report-aphorisms", exact=True).last.click()
    link = page.get_by_role("link", name="Report on aphorisms")
    page.goto(link.get_attribute("href"))
    expect(page.frame_locator("iframe").locator(".verdict")).to_contain_text("Better than its base")
    keep(page, "mlflow-report")


def test_the_gate_answers_a_champion_that_was_set_in_mlflows_page(
    page: Any, served: Any, finetuned: str, capsys: pytest.CaptureFixture[str]
):
    page.goto(f"{served.mlflow}/#/models/aphorisms")
    page.get_by_role("link", name=re.compile("^Version 1")).click()
    expect(page.get_by_text("held-out NLL")).to_be_visible()
    expect(page.get_by_text("rows: 150 in, 136 accepted")).to_be_visible()
    close = page.get_by_role("button", name="Close", exact=True)
    if close.count():
        close.first.click()  # MLflow's assistant
    keep(page, "mlflow-version")
    page.get_by_title("Edit aliases").first.click()
    dialog = page.get_by_role("dialog").filter(has_text="Add/Edit alias")
    dialog.get_by_role("combobox").fill("champion")
    dialog.get_by_role("combobox").press("Enter")
    keep(page, "mlflow-alias")
    dialog.get_by_role("button", name="Save aliases").click()
    clicked = datetime.now(UTC)
    entries: list[Any] = []
    while not entries and datetime.now(UTC) - clicked < PATIENCE:
        entries = served.gadfly("models", "aphorisms")["log"]
    assert entries, f"no answer within {PATIENCE}"
    took = datetime.fromisoformat(entries[-1]["when"]) - clicked
    log = served.home / ".gadfly" / "logs" / "watch.log"
    while not (said := re.search(ANSWERED, log.read_text(encoding="utf-8"))):
        assert datetime.now(UTC) - clicked < PATIENCE, log.read_text(encoding="utf-8")
        page.wait_for_timeout(200)
    with capsys.disabled():
        print(f"\nthe gate answered {took.total_seconds():.1f} s after the click; its log: {said[0]}")
    version, tags = champion(served)
    assert (version, entries[-1]["by_hand"], entries[-1]["action"]) == ("1", True, "promoted")
    assert tags["gate"].startswith("passed")
    page.reload()
    expect(page.get_by_text("champion").first).to_be_visible()
    keep(page, "mlflow-champion")


def test_a_retraining_waits_until_a_person_approves_it_in_the_page(page: Any, served: Any, finetuned: str):
    start_from_the_form(page, served, "retrain", "training.epochs=5")
    expect_state(page, "Paused")
    keep(page, "prefect-paused")
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("passed the gate. Make it champion?")).to_be_visible()
    page.get_by_role("switch").first.click()
    keep(page, "prefect-approval")
    page.get_by_role("dialog").get_by_role("button", name="Submit").click()
    expect_state(page, "Completed")
    assert champion(served)[0] == "2"


def test_a_run_is_cancelled_in_the_page_while_it_trains(page: Any, served: Any):
    run = start_from_the_form(page, served, "finetune", "training.epochs=400", "training.evaluate_every=100000")
    page.get_by_role("tablist").get_by_text("Artifacts", exact=True).click()
    expect(page.get_by_text("training-aphorisms").first).to_be_visible(timeout=RUN_MS)
    page.get_by_role("button", name="Cancel").click()
    keep(page, "prefect-cancel")
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    expect_state(page, "Cancelled")
    state = served.ask(f"{served.prefect}/api/flow_runs/{run}")["state"]
    assert state["type"] == "CANCELLED"
