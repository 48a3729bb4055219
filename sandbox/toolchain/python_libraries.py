"""The libraries that Python answers are built with; ``make python-libraries`` brings them.

What an answer imports is looked up in their folder, and inside a box it is all that an answer has
beside the standard library.
"""

from sandbox.toolchain.python_folder import PythonFolder

NAME = "python-libraries"

PINNED = (
    "boto3==1.44.5",
    "kfp==2.17.0",
    "mlflow-skinny==3.17.2",
    "ray[serve]==2.60.0",
    "sagemaker==2.257.7",  # the API that scripts are written for; 3 takes three times the room
)
"""What is asked for; what these need themselves is as pip resolves it, and counts in the digest."""

PYTHON_LIBRARIES = PythonFolder(
    NAME,
    pinned=PINNED,
    arguments=PINNED,
    missing="optional: run `make python-libraries` where the Python package index is reached",
)
