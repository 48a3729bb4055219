"""What mutants are made of Python: literals and lines; the tree says which are the same."""

import ast

from rewardsvc.artifact import Artifact
from rewardsvc.audit.mutation.mutations import Mutations
from rewardsvc.audit.mutation.text_family import edits
from rewardsvc.types import JsonValue


def _trees(artifact: Artifact) -> JsonValue:
    return {file.path: ast.dump(ast.parse(file.text)) for file in artifact.files}


MUTATIONS = Mutations(edits=edits, projection=_trees)
