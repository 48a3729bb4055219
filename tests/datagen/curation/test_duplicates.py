"""A row that repeats an earlier one is named with it; one that only resembles it is not."""

from dataclasses import replace
from itertools import combinations

import pytest

from datagen.curation import Deduplication, Measure, repetitions_in
from datagen.curation.contents import artifact_digest, artifact_of, contents_of
from datagen.curation.graph import graph_of
from datagen.curation.ngrams import grams_of, jaccard
from tests.datagen.curation.rows import answered, renamed, topic_rows

HCL = """# a bucket
resource "aws_s3_bucket" "logs" {
  bucket = "logs"
  tags   = { team = "ops" }
}

resource "aws_s3_bucket_versioning" "logs" {
  bucket = aws_s3_bucket.logs.id
  versioning_configuration {
    status = "Enabled"
  }
}"""

HCL_REORDERED = """resource "aws_s3_bucket_versioning" "logs" {
  versioning_configuration { status = "Enabled" }
  bucket = aws_s3_bucket.logs.id # whose
}
resource "aws_s3_bucket" "logs" {
  tags = { team = "ops" }
  bucket = "logs"
}"""

SERVICE = """apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}"""
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    metadata:
      labels: {app: web, tier: front}"""
SCRIPT = "#!/bin/sh\n# says hello\necho hello   world"


@pytest.mark.parametrize(
    ("format", "label", "text", "other", "same"),
    [
        ("terraform", "hcl", HCL, HCL_REORDERED, True),
        ("terraform", "hcl", HCL, HCL.replace("ops", "dev"), False),
        ("terraform", "hcl", "resource {", "resource   { # broken", True),
        ("kubernetes", "yaml", f"{SERVICE}\n---\n{DEPLOYMENT}", f"{DEPLOYMENT}\n---\n{SERVICE}", 1),
        ("kubernetes", "yaml", SERVICE, SERVICE.replace("app: web", "app: api"), False),
        ("bash", "bash", SCRIPT, "#!/bin/sh\necho hello world\n", True),
        ("dockerfile", "dockerfile", "FROM a\nRUN b\nRUN c", "FROM a\nRUN c\nRUN b", False),
    ],
)  # fmt: skip
def test_files_are_the_same_whatever_their_layout(
    format: str, label: str, text: str, other: str, same: bool
) -> None:
    left, right = (
        artifact_digest(contents_of(answered(format, label, each))) for each in (text, other)
    )
    assert left is not None
    assert (left == right) is bool(same)


def test_a_graph_has_types_and_references_and_no_names() -> None:
    def digest(format: str, label: str, text: str) -> bytes:
        graph = graph_of(format, artifact_of(answered(format, label, text)))
        assert graph is not None
        return graph.digest

    own = digest("terraform", "hcl", HCL)
    assert digest("terraform", "hcl", HCL_REORDERED.replace("logs", "backup")) == own
    assert digest("terraform", "hcl", HCL.replace("aws_s3_bucket.logs.id", '"logs"')) != own
    assert digest("terraform", "hcl", HCL.replace("= aws_s3_bucket.logs.id", '= "${aws_s3_bucket.logs.id}"')) == own  # fmt: skip  # noqa: E501
    pair = digest("kubernetes", "yaml", f"{SERVICE}\n---\n{DEPLOYMENT}")
    assert digest("kubernetes", "yaml", f"{DEPLOYMENT}\n---\n{SERVICE}".replace("web", "x")) == pair
    apart = f"{SERVICE}\n---\n{DEPLOYMENT.replace('app: web', 'app: api')}"
    assert digest("kubernetes", "yaml", apart) != pair


def test_what_is_found_is_what_counting_all_pairs_finds() -> None:
    rows = [
        *topic_rows("ansible", "ansible-web-server", "ansible-accounts", count=60),
        *topic_rows("cicd", "gitlab-test", count=60),
    ]
    grams = [grams_of(contents_of(row).answered, 3) for row in rows]
    kept: list[int] = []
    expected = []
    for place, own in enumerate(grams):
        alike = [(each, jaccard(own, grams[each])) for each in kept]
        first = next((found for found in alike if found[1] >= 0.7), None)
        if first is None:
            kept.append(place)
        else:
            expected.append((rows[place].id, rows[first[0]].id, round(first[1], 4)))

    found = repetitions_in(rows, Deduplication(by=(Measure.ANSWER,), threshold=0.7))
    assert [(each.id, each.repeats, each.similarity) for each in found] == expected
    assert expected


def test_each_dropped_row_names_one_that_stays_and_the_first_measure() -> None:
    rows = list(topic_rows("docker", "go-static", count=4))
    reworded = [replace(row, instruction="Something else: " + row.id[-6:]) for row in rows]
    asked_again = [replace(row, output="```dockerfile\nFROM x\n```\n") for row in rows]
    data = [*rows, *renamed(reworded, "b-"), *renamed(asked_again, "c-")]

    found = repetitions_in(data, Deduplication())
    assert {each.id: (each.repeats, each.by) for each in found} == {
        **{f"b-{row.id}": (row.id, Measure.ARTIFACT) for row in rows},
        **{f"c-{row.id}": (row.id, Measure.INSTRUCTION) for row in rows},
    }
    assert {each.id for each in found}.isdisjoint(each.repeats for each in found)


def test_rows_with_a_given_file_are_compared_among_themselves() -> None:
    (row,) = topic_rows("docker", "go-static", count=1)
    repair = replace(row, id="repair", input=row.output, instruction="Mend it")
    again = replace(repair, id="again", instruction="Please mend what is wrong")
    found = repetitions_in([row, repair, again], Deduplication())
    assert [(each.id, each.repeats) for each in found] == [("again", "repair")]


def test_texts_of_few_words_are_alike_only_where_they_are_equal() -> None:
    sets = [grams_of(text, 3) for text in ("", "one", "One!", "two", "one two")]
    assert [jaccard(left, right) for left, right in combinations(sets, 2)] == [
        0, 0, 0, 0, 1, 0, 0, 0, 0, 0,
    ]  # fmt: skip
