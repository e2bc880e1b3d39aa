"""A run as Prefect's own pages show it: by names a person knows, with what the flow says of itself."""

from __future__ import annotations

import re
from typing import Any

import pytest

pytestmark = pytest.mark.slow

STAGES = (
    "ingestion",
    "validation",
    "tokenization",
    "baseline",
    "training",
    "evaluation",
    "baseline samples",
    "samples",
    "comparison",
    "registration",
)


def expect(found: Any) -> Any:
    """Playwright's waiting assertions, imported where they are needed."""
    from playwright.sync_api import expect

    return expect(found)


def open_run(page: Any, address: str, run_id: str, tab: str) -> None:
    """A flow run's page, at one of its tabs."""
    page.goto(f"{address}/runs/flow-run/{run_id}")
    page.get_by_role("tablist").get_by_text(tab, exact=True).click()


def test_the_servers_address_leads_to_the_pages_that_are_tested_here_and_sells_nothing(page: Any, prefect_address: str):
    page.goto(prefect_address)
    expect(page).to_have_url(f"{prefect_address}/dashboard")
    expect(page.get_by_role("button", name="Deployments")).to_be_visible()
    expect(page.get_by_text("Upgrade")).to_have_count(0)


def test_the_run_is_listed_as_a_completed_run_of_finetune(page: Any, prefect_address: str, demo_run: Any):
    page.goto(f"{prefect_address}/runs")
    item = page.locator(".flow-run-list-item").filter(has_text="demo · rows.csv")
    expect(item).to_have_count(1)
    expect(item).to_contain_text("finetune")
    expect(item).to_contain_text("Completed")
    item.get_by_role("link", name="demo · rows.csv", exact=True).click()
    expect(page).to_have_url(f"{prefect_address}/runs/flow-run/{demo_run.run_id}")


def test_a_runs_page_names_its_stages(page: Any, prefect_address: str, demo_run: Any):
    open_run(page, prefect_address, demo_run.run_id, "Task Runs")
    expect(page.get_by_text(f"({len(STAGES)} Completed)")).to_be_visible()
    for stage in STAGES:
        expect(page.get_by_role("link", name=f"{stage} · demo", exact=True)).to_have_count(1)


def test_a_runs_page_tells_how_many_rows_were_accepted(page: Any, prefect_address: str, demo_run: Any):
    rows = demo_run.summary["rows"]
    open_run(page, prefect_address, demo_run.run_id, "Logs")
    expect(page.get_by_text(f"{rows['accepted']:,} of {rows['ingested']:,} rows accepted")).to_be_visible()


def test_a_runs_page_links_the_report(page: Any, prefect_address: str, demo_run: Any):
    open_run(page, prefect_address, demo_run.run_id, "Artifacts")
    expect(page.get_by_text("report-demo", exact=True)).to_be_visible()
    page.get_by_text("report-demo", exact=True).click()
    link = page.get_by_role("link", name="Report on demo")
    run = demo_run.summary["model"]["mlflow_run_id"]
    expect(link).to_have_attribute("href", re.compile(f"/runs/{run}/artifacts/report/report.html$"))


def test_a_runs_page_shows_what_was_overridden(page: Any, prefect_address: str, demo_run: Any):
    open_run(page, prefect_address, demo_run.run_id, "Parameters")
    expect(page.get_by_text("training.epochs=1")).to_be_visible()
    assert page.evaluate("window.pwned") is None, "the overrides hold a hostile probe"


def test_a_deployment_tells_what_it_does(page: Any, prefect_address: str, deployment_id: str):
    page.goto(f"{prefect_address}/deployments/deployment/{deployment_id}?tab=Description")
    expect(page.get_by_text("A recipe's whole chain: ingest, validate")).to_be_visible()


def test_the_form_of_a_new_run_explains_each_field(page: Any, prefect_address: str, deployment_id: str):
    page.goto(f"{prefect_address}/deployments/deployment/{deployment_id}/run")
    for help_text in (
        "A name in recipes/, or the path of a recipe; a new one needs no new deployment.",
        "Values to change for this run, one a field, as key=value: training.epochs=2",
        "Stages to run again though they are cached.",
    ):
        expect(page.get_by_text(help_text, exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile(r"^recipe$"))).to_be_visible()
