"""What is written at arguments whose examples say nothing that somebody could mean. Pure.

By type, as a body: each argument is written as it stands here, whatever the example has; None takes
it away. What is referred to is there or is made.
"""

from collections.abc import Mapping

from datagen.sources.documentation.particulars.applications import APPLICATIONS
from datagen.sources.documentation.particulars.data import DATA
from datagen.sources.documentation.particulars.documents import DOCUMENTS
from datagen.sources.documentation.particulars.machines import MACHINES
from datagen.sources.documentation.particulars.networks import NETWORKS
from datagen.sources.documentation.particulars.security import SECURITY
from datagen.sources.documentation.values import Body

PARTICULARS: Mapping[str, Body] = {
    **APPLICATIONS, **DATA, **DOCUMENTS, **MACHINES, **NETWORKS, **SECURITY,
}  # fmt: skip
