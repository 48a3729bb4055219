"""A paid run that is killed: it goes on, and both ledgers say the same."""

from pathlib import Path

from benchmarks.kills import dollars, finished, held_to, killed, paid_recipe
from benchmarks.teacher_service import TeacherService, served

RECIPE = """
count: 4
categories: {docker: {topics: [go-static]}}
teachers: {builtin: 1}
concurrency: 2
"""


async def test_a_killed_run_ends_as_an_undisturbed_one_and_its_bill_is_that_of_the_service(
    tmp_path: Path,
) -> None:
    """It is killed twice with requests under way, then has too small a budget, then enough. The
    service answers well and badly, late, in part and not at all."""
    recipe, folder, undisturbed = tmp_path / "r.yaml", tmp_path / "killed", tmp_path / "undisturbed"
    recipe.write_text(RECIPE)
    async with served(TeacherService({}, seconds=0.5)) as service:
        paid_recipe(recipe, service, budget=10)
        code, said = await finished(recipe, undisturbed)
        assert code == 0, said
        held_to(service, undisturbed, kills=0)
        service.forget()
        assert await killed(recipe, folder, lambda: service.asked(2))
        so_far = len(service.ledger)
        assert await killed(recipe, folder, lambda: service.asked(so_far + 2))
        poor = dollars(service.billed) + 0.2
        paid_recipe(recipe, service, budget=poor)
        code, said = await finished(recipe, folder)
        assert code == 1 and "raise the budget" in said
        assert dollars(service.billed) <= poor
        paid_recipe(recipe, service, budget=10)
        code, said = await finished(recipe, folder)
        assert code == 0, said
        held_to(service, folder, kills=2, concurrency=2)
        for name in ("tasks.jsonl", "rejected.jsonl", "README.md"):
            assert (folder / name).read_bytes() == (undisturbed / name).read_bytes()
