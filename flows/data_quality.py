"""What a run tells of its data's quality: the HTML report, and the table of reasons on the run's page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from flows.notifications import notify
from flows.slug import slug
from tasks import home
from tasks.artifacts import ArtifactRef
from tasks.errors import ContractError
from tasks.stages import StageReport
from tasks.validation.task import reasons_as_markdown, write_data_report

SHOWN = ("rows", "accepted", "quarantined", "validation_report")


def tell_data_quality(recipe: str, reports: Mapping[str, StageReport]) -> str:
    """Write the data report, and where validation ran put its table of reasons on the run's page.

    The report's name comes from what it shows, so a run whose data is cached finds it there and renders nothing.

    Returns:
        The report's path; nothing where the run ended before its rows were judged.
    """
    artifacts = {name: ref for report in reports.values() for name, ref in report.outputs.items() if name in SHOWN}
    if len(artifacts) < len(SHOWN):
        return ""
    if reports["validation"].state == "ran":
        from prefect.artifacts import create_markdown_artifact

        key = slug(f"data-quality-{recipe}")
        create_markdown_artifact(reasons_as_markdown(artifacts), key=key, description=f"Data quality of {recipe}")
    return data_report(recipe, artifacts)


@contextmanager
def telling_failure(recipe: str, reports: Mapping[str, StageReport]) -> Iterator[None]:
    """Give data that breaks its contract its report all the same, and tell whoever is to be told.

    Raises:
        ContractError: What was raised inside, with the report's path.
    """
    try:
        yield
    except ContractError as error:
        report = tell_data_quality(recipe, reports)
        notify("contract_failed", f"{recipe}: {str(error).splitlines()[0]}", recipe=recipe, report=report)
        raise ContractError(f"{error}\n  the data report: {report}") from error


def data_report(recipe: str, artifacts: Mapping[str, ArtifactRef]) -> str:
    """The path of the HTML report on a run's data, which is rendered where it isn't there."""
    chosen = {name: artifacts[name] for name in SHOWN}
    shown = hashlib.sha256("".join(ref.digest for ref in chosen.values()).encode()).hexdigest()[:16]
    path = home.state_folder() / "reports" / f"{recipe}-data-{shown}.html"
    if not path.exists():
        write_data_report(chosen, path, f"gadfly run {recipe}")
    return str(path)
