"""What `prefect.yaml` deploys, and the form that each deployment has in Prefect's page."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

import pytest
import yaml

from tasks.home import CHECKOUT

DEPLOYMENTS = yaml.safe_load((CHECKOUT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
MAX_FIELDS = 8


@pytest.fixture(params=DEPLOYMENTS, ids=lambda deployment: deployment["name"])
def deployment(request: pytest.FixtureRequest) -> Any:
    return request.param


def flow_of(deployment: Any) -> Any:
    module, _, name = deployment["entrypoint"].rpartition(".")
    return getattr(importlib.import_module(module), name)


def fields(deployment: Any) -> dict[str, Any]:
    """The form's fields by name, as Prefect has them."""
    return flow_of(deployment).parameters.model_dump()["properties"]


def is_bounded(field: dict[str, Any]) -> bool:
    return {
        "string": "maxLength" in field or "enum" in field,
        "array": "maxItems" in field,
        "number": {"minimum", "maximum"} <= set(field),
        "boolean": True,
    }[field["type"]]


def test_all_that_is_to_be_deployed_is():
    wanted = {"finetune", "prepare", "evaluate", "retrain", "promote", "rollback"}
    assert {deployment["name"] for deployment in DEPLOYMENTS} == wanted


def test_a_deployment_is_found_by_module_and_tells_what_it_is(deployment):
    assert ":" not in deployment["entrypoint"]
    assert all(deployment[key] for key in ("description", "tags", "version", "parameters"))


def test_a_form_has_at_most_eight_fields_in_the_flows_order_each_explained_and_bounded(deployment):
    form = fields(deployment)
    assert 1 <= len(form) <= MAX_FIELDS
    assert sorted(form, key=lambda name: form[name]["position"]) == list(
        inspect.signature(flow_of(deployment).fn).parameters
    )
    for name, field in form.items():
        assert len(field.get("description", "")) > 10, name
        assert is_bounded(field), (name, field)


def test_what_is_filled_in_beforehand_are_fields_of_the_form(deployment):
    assert set(deployment["parameters"]) <= set(fields(deployment))


def test_schedules_are_shipped_paused_and_a_retraining_that_meets_another_is_not_started():
    (retrain,) = [deployment for deployment in DEPLOYMENTS if deployment["name"] == "retrain"]
    assert retrain["schedules"]
    assert all(schedule["slug"] and schedule["active"] is False for schedule in retrain["schedules"])
    assert any("cron" in schedule for schedule in retrain["schedules"])
    assert retrain["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}
