"""Writes what an evaluation came to: the page, as HTML and as Markdown."""

from dataclasses import dataclass
from pathlib import Path

from rewardsvc.report.page import page_to_html, page_to_markdown, table_to_markdown
from rl.evaluation.evaluation import answers_in, read_evaluation, tasks_in
from rl.evaluation.page import evaluation_page, summary


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """Where the page is, and its first table as text."""

    table: str
    html: Path
    markdown: Path


def write_evaluation(folder: Path) -> EvaluationReport:
    """Write eval.html and eval.md into the folder of an evaluation.

    Raises:
        InvalidRunDirectory: there is none in it.
    """
    record = read_evaluation(folder)
    answers = answers_in(folder, record.subjects)
    page = evaluation_page(tasks_in(folder), record.subjects, answers, version=record.version)
    html, markdown = folder / "eval.html", folder / "eval.md"
    html.write_text(page_to_html(page), encoding="utf-8", errors="replace")
    markdown.write_text(page_to_markdown(page), encoding="utf-8", errors="replace")
    return EvaluationReport(table_to_markdown(summary(answers, record.subjects)), html, markdown)
