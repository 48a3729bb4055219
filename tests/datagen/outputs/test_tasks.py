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
        8, "8da698087d9fa1ba79e29164a903941697c5d87a04c6d187787bac0d280085e6",
    ),
    ("terraform", "s3-bucket", "iam-role-policy"): (
        6, "4005ffa697fa100804dd6a240da96de8724fee3cce33e7b52e98dd1a0d600f2a",
    ),
    ("kubernetes", "deployment-service", "statefulset"): (
        6, "70721ecf9b9985e4c57a0c1446d13a58ee66728b7430a858637e8e49f1911b42",
    ),
    ("docker", "go-static", "compose-web-db"): (
        6, "2c1f70c03b152bebf0d712efbd750b199b03fe183b73e68459d793783177dd25",
    ),
    ("cicd", "test-matrix", "gitlab-test"): (
        6, "2c8731b09e607f6e4d152f0bafbf169867508766c98096840ea9493bd4d8f0c0",
    ),
    ("helm", "helm-web-service", "helm-add-ingress", "helm-migration-hook"): (
        6, "fd44f76148356657f41452e04c3ea30a02d466572693428a329dddb13308b57f",
    ),
    ("kustomize", "kustomize-base-and-overlays", "kustomize-component"): (
        6, "11f99f4d62b1a389a283df89e5da18f999d3cb41cabdeb97225d7f521c591cdc",
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
