"""What kubeconform says of manifests otherwise than verdicts.

``python -m benchmarks.second_opinion [FOLDER…]``.

Reads every .yaml file below the folders given (``../shared/data/kubernetes`` where none is), judges
each resource of a kind with a schema in process, as verdicts do, and by the kubeconform program in
the sandbox with the same schemas. Prints each resource on which they differ, and each file that
kubeconform failed on; exit status 1 where there is any, 2 where there is no kubeconform.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.kubeconform import NAME, judge
from rewardsvc.artifact import Artifact, File
from rewardsvc.formats.kubernetes.kinds import Kind, Kinds
from rewardsvc.formats.kubernetes.manifests import manifests_of
from rewardsvc.local import LocalScorer
from rewardsvc.settings import Settings
from rewardsvc.verification.verifier import Workbench
from rewardsvc.verification.yaml_files import parse_files
from sandbox.errors import ToolCrashed
from sandbox.toolchain import Source

UPSTREAM = Path(__file__).resolve().parents[2] / "shared/data/kubernetes"
_YAML = frozenset({"yaml"})


@dataclass(frozen=True, slots=True)
class OpinionDiffers:
    """One resource, or a whole file that kubeconform failed on. ``what`` is who says what."""

    file: str
    resource: str
    what: str


async def disagreements(
    files: Sequence[File], kinds: Kinds, workbench: Workbench
) -> AsyncIterator[OpinionDiffers]:
    """Where the two differ on the resources of these files, each file by itself."""
    for file in files:
        parsed = parse_files(Artifact((file,)), _YAML)
        resources = [one for source in parsed.sources for one in manifests_of(source)]
        found = [kinds.find(one.api_version, one.kind) for one in resources]
        ours = {
            number: kind.schema.violations(resources[number].body)
            for number, kind in enumerate(found)
            if isinstance(kind, Kind)
        }
        try:
            judged = await judge({number: resources[number] for number in ours}, kinds, workbench)
        except ToolCrashed as error:
            yield OpinionDiffers(file.path, "", str(error))
            continue
        if judged.overrun:
            yield OpinionDiffers(file.path, "", f"{NAME} ran out of {judged.overrun}")
            continue
        for number, objections in ours.items():
            theirs = judged.violations[number]
            if bool(theirs) != bool(objections):
                who, said = (NAME, theirs) if theirs else ("only the verdict", objections)
                words = "; ".join(f"{each.place}: {each.message}" for each in said)
                yield OpinionDiffers(file.path, resources[number].called, f"{who} objects: {words}")


async def compare(folders: Sequence[Path]) -> int:
    """Print the differences; the exit status."""
    paths = sorted(path for folder in folders for path in folder.rglob("*.yaml"))
    files = [File(str(path), "yaml", path.read_text(encoding="utf-8")) for path in paths]
    async with LocalScorer(Settings.load(cache=False)) as scorer:
        toolchain = scorer.workbench.toolchain
        tool = toolchain.tools.get(NAME)
        if tool is None or tool.source is Source.MISSING:
            print(f"{NAME} is not on PATH", file=sys.stderr)
            return 2
        schemas = toolchain.require("kubernetes-schemas").path
        assert schemas is not None  # a folder
        count = 0
        async for one in disagreements(
            files, Kinds(schemas, toolchain.crd_schemas), scorer.workbench
        ):
            count += 1
            print(f"{one.file}: {one.resource}: {one.what}")
        print(f"{len(files)} files, {count} differences", file=sys.stderr)
    return int(count > 0)


def main() -> int:
    """Compare what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, default=[UPSTREAM])
    return asyncio.run(compare(parser.parse_args().folders))


if __name__ == "__main__":
    sys.exit(main())
