"""The rows of a seed stay what they are, however they come about."""

import asyncio
import hashlib
import json
from pathlib import Path

import pytest

from datagen.categories import CATEGORIES
from datagen.execution import LocalExecutor, run_waves, taken
from datagen.journal import Journal
from datagen.outputs import rows_of
from datagen.sources import TopicSource
from datagen.stages.ask import Asking
from datagen.stages.verify import Verification
from datagen.teachers.builtin import BuiltinTeacher
from rewardsvc.tasks import row_to_json
from tests.datagen.faults import FaultyScorer, scored

ROWS = {
    ("mlops", "sagemaker-endpoint", "ray-cluster", "training-image", "training-workflow"): (
        8, "76b706421b9ecde600cdb684407ce09f9c77f77efeeff7711a03301632d79865",
    ),
    ("terraform", "s3-bucket", "iam-role-policy"): (
        6, "cc71de87b40987300b82e4964e776da0227ca8fa2f3b63c9db0b892874bbc15d",
    ),
    ("kubernetes", "deployment-service", "statefulset"): (
        6, "adc0df8260beb7b2c645c7c7562dc378a1160f6a5b4f6abbc2b6c5bb737ac408",
    ),
    ("docker", "go-static", "compose-web-db"): (
        6, "dbcf51f4ee649706b704ca5b2f19de63971e7e27d013b34f0e41d28b69f57110",
    ),
    ("cicd", "test-matrix", "gitlab-test"): (
        6, "2c8731b09e607f6e4d152f0bafbf169867508766c98096840ea9493bd4d8f0c0",
    ),
    ("helm", "helm-web-service", "helm-add-ingress", "helm-migration-hook"): (
        6, "fd44f76148356657f41452e04c3ea30a02d466572693428a329dddb13308b57f",
    ),
    ("kustomize", "kustomize-base-and-overlays", "kustomize-component"): (
        6, "21dc1e86db79a298b9d09204418bcf32a0d58dc314dce9c39fe66e4dd5503d26",
    ),
    ("cloudformation", "cfn-private-bucket", "cfn-security-groups"): (
        6, "565d073772acd6ef9ccbb5c850017ce6b582468017a82dd33d66666d6a3f0b58",
    ),
    ("ansible", "ansible-web-server", "ansible-service-role"): (
        6, "47b6aa6ef1890e79932c79db89e945cbca013f4ee092b03b77b5fa5554793185",
    ),
}  # fmt: skip
"""By category and topics: how many rows, and the digest of what ``datagen synth --seed 7`` wrote at
9c5454f, or when the category came; since then quantities of Kubernetes are pinned in all their
forms, and images, paths, branches and references in theirs. Whoever changes a topic or the wording
on purpose writes down the new one."""


@pytest.mark.parametrize("chosen", ROWS, ids=lambda chosen: chosen[0])
def test_the_rows_of_a_seed_are_what_they_were(chosen: tuple[str, ...], tmp_path: Path) -> None:
    category, *names = chosen
    count, digest = ROWS[chosen]
    topics = [topic for topic in CATEGORIES[category].topics if topic.name in names]
    sources = [TopicSource(category, topic, 7) for topic in topics]
    scorer = FaultyScorer(lambda request, _: scored(request))  # the tools accept all of them
    with Journal(tmp_path, {"seed": 7}) as journal:
        executor = LocalExecutor(
            [[Asking(BuiltinTeacher())], [Verification(scorer)]],
            journal,
            concurrency=3,
            decided=lambda _: None,
        )
        progress = asyncio.run(run_waves(sources, executor, count))
        rows = [
            json.loads(row_to_json(row))
            for row in rows_of(taken(progress, count), teacher="builtin", seed=7)
        ]
    assert len(rows) == count
    # Means name the versions that a machine has.
    text = "\n".join(json.dumps({**row, "means": None}) for row in rows)
    assert hashlib.sha256(text.encode()).hexdigest() == digest
