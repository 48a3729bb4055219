"""Runs the converter of ik-llama-cpp-python with the public library ``gguf``: a program of its own.

The converter is written for its fork's ``gguf``, which has one quantization more; it names that one
and, for f16, does not use it.

    python -m rl.delivery.run_converter CONVERTER MODEL --outfile FILE …
"""

import runpy
import sys

_OF_THE_FORK = {"LlamaFileType": "MOSTLY_Q6_0", "GGMLQuantizationType": "Q6_0"}
"""What the fork's ``gguf`` has and the public one lacks (0.19)."""


def main() -> None:
    """Run the converter that the first argument names with the others."""
    import gguf

    for enumeration, member in _OF_THE_FORK.items():
        kinds = getattr(gguf, enumeration)
        if not hasattr(kinds, member):
            setattr(kinds, member, None)  # equals no type
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
