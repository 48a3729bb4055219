"""What is done with the rows of all portions together."""

import json
from pathlib import Path

from datagen.curation import Decontamination, Deduplication, References, Splitting
from datagen.curation.references import passages_in
from datagen.fate import CandidateEnd
from datagen.pipeline.curating import Curation, curated
from rewardsvc.tasks import TaskRow


def row(id: str, port: int) -> TaskRow:
    words = " ".join(f"word{number * port}" for number in range(30))
    return TaskRow(
        id=id,
        category="docker",
        format="dockerfile",
        instruction=f"Serve {id} {words}",
        output=f"```dockerfile\nFROM nginx:1.27.3\nEXPOSE {port}\nUSER nginx\n```\n",
        provenance={"topic": "site", "spec": {"port": port}},
    )


def test_a_repeated_row_goes_and_names_the_one_that_stays() -> None:
    parts = [[row("a", 8001), row("b", 8002)], [row("c", 8001), row("d", 8003)]]
    wanted = Curation(deduplicate=Deduplication(), split=Splitting(test=0.4, validation=0))
    stays = curated(parts, [9, 9], wanted, None)
    assert [[each.id for each in part] for part in stays.parts] == [["a", "b"], ["d"]]
    (gone,) = stays.left_out
    assert (gone.id, gone.end, gone.other) == ("c", CandidateEnd.DUPLICATE, "a")
    assert {each.split for each in stays.rows} == {"train", "test"}
    assert [(step.name, step.rows, step.kept) for step in stays.steps] == [
        ("dedupe", 4, 3),
        ("split", 3, 3),
    ]


def test_no_portion_has_more_rows_than_it_wants() -> None:
    parts = [[row("a", 8001), row("b", 8002)], [row("d", 8003)]]
    stays = curated(parts, [1, 9], Curation(), None)
    assert [each.id for each in stays.rows] == ["a", "d"]


def test_a_row_that_is_beyond_what_is_wanted_is_none_to_repeat() -> None:
    parts = [[row("a", 8001), row("b", 8002)], [row("c", 8002), row("d", 8002)]]
    stays = curated(parts, [1, 9], Curation(deduplicate=Deduplication()), None)
    assert [each.id for each in stays.rows] == ["a", "c"]
    assert [(each.id, each.other) for each in stays.left_out] == [("d", "c")]


def test_a_leaked_row_is_reported_and_goes_if_that_is_wanted(tmp_path: Path) -> None:
    bench = tmp_path / "bench.jsonl"
    bench.write_text(json.dumps({"text": row("b", 8002).instruction}) + "\n")
    for drop in (False, True):
        settings = Decontamination(against=(bench,), drop=drop)
        references = References(passages_in(bench), settings)
        stays = curated(
            [[row("a", 8001), row("b", 8002)]], [9], Curation(decontaminate=settings), references
        )
        assert stays.steps[0].found == {"instruction": 1}
        assert stays.steps[0].settings["against"] == ["bench.jsonl"]
        assert [each.id for each in stays.rows] == (["a"] if drop else ["a", "b"])
        assert [(each.id, each.other) for each in stays.left_out] == (
            [("b", "bench.jsonl:1")] if drop else []
        )
