"""The settings as the help lists them, read from the source of :mod:`rewardsvc.settings`.

From the source and not from the class: to import that takes longer than all the rest of the help.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PREFIX = "ASSAY_"
"""Before the name of a setting, in upper case, in the name of its environment variable."""

_SOURCE = Path(__file__).parents[1] / "settings.py"


@dataclass(frozen=True, slots=True)
class SettingHelp:
    """``name`` is the key in a TOML file; ``default`` is "" where nothing is set."""

    name: str
    default: str
    description: str

    @property
    def variable(self) -> str:
        """The name of the environment variable."""
        return PREFIX + self.name.upper()


def setting_help(source: Path = _SOURCE) -> Iterator[SettingHelp]:
    """Every field of the class ``Settings``, in order, with the docstring below it."""
    (settings,) = (
        node
        for node in ast.parse(source.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name == "Settings"
    )
    for field, below in zip(settings.body, [*settings.body[1:], None], strict=True):
        match field:
            case ast.AnnAssign(target=ast.Name(id=name), value=value):
                yield SettingHelp(name, _default(value), _docstring(below))


def _default(value: ast.expr | None) -> str:
    """The default as a TOML file or a variable would say it."""
    if isinstance(value, ast.Call):  # Field(default=…, ge=…)
        value = next((each.value for each in value.keywords if each.arg == "default"), None)
    try:
        default = ast.literal_eval(value) if value is not None else None
    except ValueError:
        return ""
    if default is None or default == ():
        return ""
    return str(default).lower() if isinstance(default, bool) else str(default)


def _docstring(node: ast.stmt | None) -> str:
    match node:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return " ".join(text.replace("``", "").split())
    return ""
