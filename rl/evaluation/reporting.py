"""Writes what an evaluation came to: the page, as HTML and as Markdown, and a focus file."""

from dataclasses import dataclass
from pathlib import Path

from rewardsvc.focus import focus_to_json
from rewardsvc.report.page import page_to_html, page_to_markdown, table_to_markdown
from rl.evaluation.evaluation import answers_in, read_evaluation, tasks_in
from rl.evaluation.focus import focus_of
from rl.evaluation.page import evaluation_page, summary
from rl.evaluation.quality import quality_table, ratings_file, read_ratings
from rl.evaluation.suite import Decoding


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """Where the page is, and its first table as text."""

    table: str
    html: Path
    markdown: Path


def write_evaluation(folder: Path) -> EvaluationReport:
    """Write eval.html, eval.md and focus.json into the folder of an evaluation.

    The focus is that of the last model's greedy answers.

    Raises:
        InvalidRunDirectory: there is none in it.
    """
    record = read_evaluation(folder)
    answers = answers_in(folder, record.subjects)
    tasks = tasks_in(folder)
    rated = {
        label: read_ratings(ratings_file(folder, label))
        for label in answers
        if ratings_file(folder, label).is_file()
    }
    page = evaluation_page(
        tasks, record.subjects, answers, version=record.version, quality=quality_table(rated)
    )
    html, markdown = folder / "eval.html", folder / "eval.md"
    html.write_text(page_to_html(page), encoding="utf-8", errors="replace")
    markdown.write_text(page_to_markdown(page), encoding="utf-8", errors="replace")
    last = next(reversed(answers.values()), {}).get(Decoding.GREEDY, [])
    focus = focus_to_json(focus_of(tasks, last))
    (folder / "focus.json").write_text(focus, encoding="utf-8")
    return EvaluationReport(table_to_markdown(summary(answers, record.subjects)), html, markdown)
