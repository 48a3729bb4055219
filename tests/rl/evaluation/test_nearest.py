"""The baseline without a model: look the answer up, and put the question's values in."""

from dataclasses import replace

from rl.configs.sections import Prompt
from rl.evaluation.nearest import NearestAnswer, exchanged, exchanges
from rl.rollout.base import Sampling
from tests.rl.samples import row


def test_the_values_of_the_question_take_the_place_of_those_that_were_known() -> None:
    known = "Expose port 8080. Base it on `python:3.12-slim`. The user is app."
    asked = "The user is web. Base the image on python:3.9-slim. Expose port 9000."
    by = exchanges(known, asked)
    assert by["8080"] == "9000" and by["python:3.12-slim"] == "python:3.9-slim"
    assert exchanged("FROM python:3.12-slim\nUSER app\nEXPOSE 8080 # 18080", by) == (
        "FROM python:3.9-slim\nUSER web\nEXPOSE 9000 # 18080"
    )


def test_the_nearest_question_is_answered_and_its_own_is_answered_as_it_stands() -> None:
    rows = [row(number) for number in range(6)]
    other = replace(row(9), instruction="Compose a cache with two workers.", output="services: {}")
    lookup = NearestAnswer([*rows, other, row(8, output="")], Prompt())
    assert lookup.answer(rows[3].instruction) == rows[3].output
    assert lookup.answer("Compose a cache with two workers.") == "services: {}"
    told: list[tuple[int, str]] = []
    new = row(31)
    prompt = [{"role": "user", "content": new.instruction}]
    sampled = lookup.sample(
        [prompt], Sampling(0.0, 10), lambda place, text: told.append((place, text))
    )
    assert told == [(0, new.output)]
    assert sampled[0].text == new.output


def test_without_training_answers_there_is_none() -> None:
    assert NearestAnswer([], Prompt()).answer("anything") == ""
