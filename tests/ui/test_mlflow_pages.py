"""A run and its model as MLflow's own pages show them."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest

pytestmark = pytest.mark.slow


def expect(found: Any) -> Any:
    """Playwright's waiting assertions, imported where they are needed."""
    from playwright.sync_api import expect

    return expect(found)


@pytest.fixture(scope="module")
def experiment(mlflow_address: str) -> str:
    """The experiment's page."""
    asked = f"{mlflow_address}/api/2.0/mlflow/experiments/get-by-name?experiment_name=demo"
    with urllib.request.urlopen(asked, timeout=30) as response:
        number = json.load(response)["experiment"]["experiment_id"]
    return f"{mlflow_address}/#/experiments/{number}"


def test_the_experiment_lists_the_run(page: Any, experiment: str, demo_run: Any):
    page.goto(f"{experiment}/runs")
    expect(page.get_by_role("link", name=f"demo {demo_run.run_id[:8]}")).to_be_visible()
    expect(page.get_by_text("1 matching run")).to_be_visible()


def test_a_runs_page_shows_its_metrics(page: Any, experiment: str, demo_run: Any):
    page.set_viewport_size({"width": 1280, "height": 4000})  # rows out of sight aren't drawn
    page.goto(f"{experiment}/runs/{demo_run.summary['model']['mlflow_run_id']}")
    metrics = demo_run.summary["metrics"]
    shown = {
        "data/accepted": demo_run.summary["rows"]["accepted"],
        "data/reason/too_short": demo_run.summary["rows"]["reasons"]["too_short"],
        "eval/nll": metrics["tuned"]["nll"],
        "eval/base/nll": metrics["base"]["nll"],
    }
    for name, value in shown.items():
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))
        expect(row).to_contain_text(str(value))
    expect(page.get_by_text("Finished", exact=True)).to_be_visible()


def test_a_runs_page_holds_the_report_and_runs_nothing_of_it(
    page: Any, experiment: str, demo_run: Any, hostile_author: str
):
    page.goto(f"{experiment}/runs/{demo_run.summary['model']['mlflow_run_id']}/artifacts")
    page.get_by_text("report", exact=True).first.click()
    page.get_by_text("report.html").first.click()
    report = page.frame_locator("iframe")
    expect(report.locator(".verdict")).to_contain_text("Better than its base")
    expect(report.get_by_text(hostile_author).first).to_be_visible()
    assert len(page.frames) == 2
    assert [frame.evaluate("window.pwned") for frame in page.frames] == [None, None]


def test_the_models_page_shows_version_1_as_challenger(page: Any, mlflow_address: str):
    page.goto(f"{mlflow_address}/#/models/demo")
    expect(page.get_by_text("Fine-tuned by Gadfly.")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="Version 1")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("challenger")
    expect(row).not_to_contain_text("champion")


def test_a_versions_page_describes_what_was_trained(page: Any, mlflow_address: str, demo_run: Any):
    page.goto(f"{mlflow_address}/#/models/demo/versions/1")
    base, tuned = demo_run.summary["metrics"]["base"], demo_run.summary["metrics"]["tuned"]
    rows = demo_run.summary["rows"]
    expect(page.get_by_text(f"held-out NLL {base['nll']:.4f} → {tuned['nll']:.4f} nats a token")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text=f"rows: {rows['ingested']:,} in")).to_be_visible()
    expect(page.get_by_text("challenger").first).to_be_visible()
    expect(page.get_by_role("link", name=f"demo {demo_run.run_id[:8]}")).to_be_visible()
    expect(page.get_by_text(demo_run.summary["stages"]["training"]["digests"]["trained"])).to_be_visible()
