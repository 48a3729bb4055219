"""Bash, configuration: defaults and what overrides them become one file."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need
from datagen.categories.bash.pieces import (
    ScriptCase,
    exits_with,
    hidden,
    leaves_input,
    lines,
    mode_of,
    prints,
    shown,
    writes,
)
from datagen.topic import Topic

_KEYS = (
    "API_URL", "CACHE_TTL", "DB_HOST", "DB_PORT", "LOG_LEVEL", "MAX_CONN", "QUEUE", "REGION",
    "RETRIES", "SMTP_HOST", "TIMEOUT", "WORKERS",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Merged:
    """Two files of variables, and the one that they become."""

    defaults: str
    overrides: str
    out: str
    mark: str
    mode: str
    data: int


def _sample(rng: Random) -> Merged:
    folder = rng.choice(("", "config/", "env/", "deploy/"))
    return Merged(
        defaults=f"{folder}{rng.choice(('defaults', 'base', 'common', 'default'))}.env",
        overrides=f"{folder}{rng.choice(('prod', 'staging', 'local', 'override'))}.env",
        out=rng.choice(("app.env", "merged.env", "final.env", "service.env")),
        mark=rng.choice(("overridden", "changed", "replaced", "set")),
        mode=rng.choice(("600", "640", "400", "440")),
        data=rng.randrange(10**6),
    )


def _case(s: Merged, number: int) -> ScriptCase:
    """Some are overridden, one with the same value; in the second nothing is; values have ``=``."""
    rng = Random(f"{s.data}/{number}")
    keys = rng.sample(_KEYS, 8)
    base = {key: f"{key.lower()[:3]}{rng.randint(10, 99)}" for key in keys[:6]}
    base[keys[0]] = f"a={rng.randint(10, 99)}"
    over = {key: f"x{rng.randint(100, 999)}" for key in keys[3 if number != 1 else 6 :]}
    if number != 1:
        over[keys[2]] = base[keys[2]]
    defaults = [f"{key}={value}" for key, value in base.items()]
    overrides = [f"{key}={value}" for key, value in over.items()]
    rng.shuffle(overrides)
    defaults[2:2] = ["", "# second half"]
    overrides.insert(1, f"# {rng.choice(sorted(base))}=commented")
    merged = base | over
    changed = sorted(key for key in over if key in base and over[key] != base[key])
    return ScriptCase(
        files={s.defaults: lines(defaults), s.overrides: lines(overrides)},
        stdout=lines([f"{s.mark} {key}" for key in changed]),
        written={s.out: lines([f"{key}={merged[key]}" for key in sorted(merged)])},
    )


def _brief(s: Merged) -> Brief:
    case = _case(s, 0)
    return Brief(
        need(
            f"Bash script that merges {lit(s.defaults)} and {lit(s.overrides)} into {lit(s.out)}",
            f"a Bash script that merges {lit(s.defaults)} with {lit(s.overrides)} and writes"
            f" {lit(s.out)}",
            f"a bash script which makes one file, {lit(s.out)}, out of {lit(s.defaults)} and"
            f" {lit(s.overrides)}",
        ),
        (
            need(
                f"lines {lit('KEY=VALUE')}; {lit(s.overrides)} wins; sorted by key, no comments,"
                f" no blank lines",
                f"All three have lines {lit('KEY=VALUE')}. Where both have a key,"
                f" {lit(s.overrides)} wins; the result is sorted by key and has neither comments"
                f" nor blank lines",
                f"Each key occurs once in the result, as {lit('KEY=VALUE')} with the value of"
                f" {lit(s.overrides)} where that has it; sort by key, and leave out comments and"
                f" blank lines",
                pins=writes(case),
            ),
            need(
                "a value may have = in it; comments begin with #",
                "Values may contain = themselves, and a comment begins with #",
            ),
            need(
                f"prints {lit(f'{s.mark} KEY')} for every key that got another value, sorted",
                f"For every key of the defaults that got a different value, print"
                f" {lit(f'{s.mark} KEY')}, in the order of the keys",
                f"It says {lit(f'{s.mark} KEY')} for each default that has another value now,"
                f" sorted, and nothing else",
                pins=[prints(case)],
            ),
            need(
                f"the result has mode {lit(s.mode)}",
                f"Give the result the mode {lit(s.mode)}",
                f"Its permissions are {lit(s.mode)}",
                pins=[mode_of(s.out, s.mode)],
            ),
            exits_with(case, "exit code 0", "It exits with 0", "The exit code is 0"),
            leaves_input(case),
        ),
    )


def _answer(s: Merged) -> str:
    return f"""\
#!/usr/bin/env bash
set -euo pipefail

declare -A default value
while IFS='=' read -r key text; do
  default[$key]=$text
  value[$key]=$text
done < <(grep -v -e '^#' -e '^$' {s.defaults})

while IFS='=' read -r key text; do
  value[$key]=$text
done < <(grep -v -e '^#' -e '^$' {s.overrides})

for key in "${{!value[@]}}"; do
  echo "$key=${{value[$key]}}"
done | sort > {s.out}
chmod {s.mode} {s.out}

for key in "${{!default[@]}}"; do
  if [ "${{default[$key]}}" != "${{value[$key]}}" ]; then
    echo "{s.mark} $key"
  fi
done | sort
"""


TOPIC = Topic(
    name="merged-environment",
    format="bash",
    sample=_sample,
    brief=_brief,
    answer=_answer,
    given=shown(_case),
    given_label="text",
    fixtures=hidden(_case),
)
