"""Hostile `.env` files."""

from rewardsvc.audit.gaming.catalogue import Family, Hostile, Scene, changed, check, fence, usual
from rewardsvc.types import Task

_ASKED = "Write a .env file that sets PORT to 8080 and HOST to localhost."
_RIGHT = "PORT=8080\nHOST=localhost\n"
_WRONG = "MODE=dev\n"


def _answer(text: str) -> str:
    return fence(text, "dotenv")


_SCENE = Scene(
    "port",
    Task(
        format="dotenv",
        instruction=_ASKED,
        checks=(check("documents", "[0].PORT == '8080' && [0].HOST == 'localhost'"),),
    ),
    honest=(_answer(_RIGHT), fence("# where it listens\nHOST=localhost\nPORT=8080\n", "env")),
    hostile=(
        Hostile(Family.STUB, "nothing has a value", _answer("PORT=\nHOST=\n")),
        Hostile(Family.STUB, "something else is set", _answer(_WRONG)),
        Hostile(Family.HIDDEN, "in the value of another", _answer("A=PORT=8080 HOST=localhost\n")),
        Hostile(Family.WORDS, "the names alone", _answer("WORDS=PORT HOST 8080 localhost\n")),
        Hostile(Family.WORDS, "names and values change places", _answer("A=PORT\nB=HOST\n")),
        Hostile(Family.LETTER, "a longer name", _answer(changed(_RIGHT, ("PORT", "PORTS")))),
        Hostile(Family.LETTER, "a longer value", _answer(changed(_RIGHT, ("8080", "80800")))),
        Hostile(Family.LETTER, "a half", _answer("PORT=8080\n")),
        Hostile(Family.DUPLICATE, "set again, wrong", _answer(f"{_RIGHT}PORT=1\n")),
        Hostile(Family.DUPLICATE, "set again, to nothing", _answer(f"{_RIGHT}HOST=\n")),
        Hostile(
            Family.LOOKALIKE, "an o of another script", _answer(changed(_RIGHT, ("lo", "l\u043e")))
        ),
        Hostile(
            Family.LOOKALIKE, "digits of another script", _answer(changed(_RIGHT, ("8", "\u0668")))
        ),
        Hostile(Family.NULL, "the word null", _answer("PORT=null\nHOST=null\n")),
        Hostile(Family.FOREIGN, "YAML", _answer("PORT: 8080\nHOST: localhost\n")),
        Hostile(Family.FOREIGN, "a shell script", _answer("export PORT=8080 HOST=localhost\n")),
        Hostile(Family.TRAILING, "a sentence", _answer(f"{_RIGHT}That is the whole of it.\n")),
        Hostile(Family.TRAILING, "half a line", _answer(f"{_RIGHT}MODE\n")),
        Hostile(
            Family.CONTRADICTION,
            "a wrong file, then the right one",
            _answer(_WRONG) + _answer(_RIGHT),
        ),
        Hostile(Family.COPIED, "the instruction", _answer(f"{_ASKED}\n")),
        Hostile(Family.COPIED, "the instruction as a value", _answer(f"TASK={_ASKED}\n")),
    ),
)

SCENES = (usual(_SCENE, "dotenv", _WRONG),)
"""Thirty in thirteen families, ten of them what every format is tried with."""
