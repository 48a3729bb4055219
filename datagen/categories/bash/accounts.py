"""Bash, accounts: who may log in according to a passwd file, who belongs to a group."""

from dataclasses import dataclass
from random import Random

from datagen.brief import Brief, lit, need, num
from datagen.categories.bash.pieces import (
    ScriptCase,
    exits_with,
    hidden,
    leaves_input,
    lines,
    prints,
    shown,
    writes,
)
from datagen.topic import Topic

_PEOPLE = ("ada", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy")


@dataclass(frozen=True, slots=True)
class Logins:
    """People with a shell, from a uid on."""

    passwd: str
    least: int
    out: str
    word: str
    data: int


def _sample_logins(rng: Random) -> Logins:
    return Logins(
        passwd=rng.choice(("etc/passwd", "passwd", "backup/passwd", "root/etc/passwd")),
        least=rng.choice((500, 1000, 2000, 5000, 10000)),
        out=rng.choice(("users.txt", "logins.txt", "people.txt", "accounts.txt")),
        word=rng.choice(("users", "logins", "people", "accounts")),
        data=rng.randrange(10**6),
    )


def _logins_case(s: Logins, number: int) -> ScriptCase:
    rng = Random(f"{s.data}/{number}")
    people = rng.sample(_PEOPLE, 6 - number)
    uids = [s.least, s.least - 1, *rng.sample(range(s.least + 1, s.least + 400), 4 - number)]
    rng.shuffle(uids)
    shells = ["/bin/bash"] * len(people)
    denied = [place for place, uid in enumerate(uids) if uid > s.least][:2]
    for place, shell in zip(denied, ("/usr/sbin/nologin", "/bin/false"), strict=False):
        shells[place] = shell
    rows = [
        (name, uid, f"/home/{name}{rng.randint(1, 9)}", shell)
        for name, uid, shell in zip(people, uids, shells, strict=True)
    ]
    entries = [
        "root:x:0:0:root:/root:/bin/bash",
        "daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin",
        *(
            f"{name}:x:{uid}:{uid}:{name.title()},,,:{home}:{shell}"
            for name, uid, home, shell in rows
        ),
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin",
    ]
    may = sorted(row for row in rows if row[1] >= s.least and row[3] == "/bin/bash")
    may.sort(key=lambda row: row[1])
    return ScriptCase(
        files={s.passwd: lines(entries)},
        stdout=f"{len(may)} {s.word}\n",
        written={s.out: lines([f"{name}:{uid}:{home}" for name, uid, home, _ in may])},
    )


def _logins_brief(s: Logins) -> Brief:
    case = _logins_case(s, 0)
    return Brief(
        need(
            f"Bash script that lists who may log in, from {lit(s.passwd)}",
            f"a Bash script that reads {lit(s.passwd)} (in the form of /etc/passwd) and lists the"
            f" people who may log in",
            f"a bash script which finds in {lit(s.passwd)}, a file like /etc/passwd, everybody who"
            f" may log in",
        ),
        (
            need(
                f"uid of at least {num(s.least)}, and no shell that ends in {lit('nologin')} or"
                f" {lit('false')}",
                f"That is whoever has a uid of {num(s.least)} or more and a shell that ends in"
                f" neither {lit('nologin')} nor {lit('false')}",
                f"Leave out uids below {num(s.least)} and accounts whose shell ends in"
                f" {lit('nologin')} or {lit('false')}",
            ),
            need(
                f"{lit(s.out)}: {lit('name:uid:home')}, smallest uid first",
                f"Write them to {lit(s.out)} as {lit('name:uid:home')}, sorted by uid as a number",
                f"{lit(s.out)} has a line {lit('name:uid:home')} for each, in ascending order of"
                f" the uid",
                pins=writes(case),
            ),
            need(
                f"prints {lit(f'N {s.word}')}, N being how many",
                f"Print {lit(f'N {s.word}')}, where N is how many there are",
                f"It says how many: {lit(f'N {s.word}')} with their number as N",
                pins=[prints(case)],
            ),
            exits_with(case, "exit code 0", "It exits with 0", "The exit code is 0"),
            leaves_input(case),
        ),
    )


def _logins_answer(s: Logins) -> str:
    return f"""\
#!/usr/bin/env bash
set -euo pipefail

awk -F: '$3 >= {s.least} && $7 !~ /(nologin|false)$/ {{ print $1 ":" $3 ":" $6 }}' {s.passwd} \\
  | sort -t: -k2,2n > {s.out}
echo "$(wc -l < {s.out}) {s.word}"
"""


LOGINS = Topic(
    name="passwd-logins",
    format="bash",
    sample=_sample_logins,
    brief=_logins_brief,
    answer=_logins_answer,
    given=shown(_logins_case),
    given_label="text",
    fixtures=hidden(_logins_case),
)


@dataclass(frozen=True, slots=True)
class Members:
    """All who belong to a group, whether it is their first one or another."""

    group: str
    folder: str
    out: str
    code: int
    data: int


def _sample_members(rng: Random) -> Members:
    return Members(
        group=rng.choice(("docker", "wheel", "deploy", "backup", "dba", "ops", "web")),
        folder=rng.choice(("etc", "image/etc", "rootfs/etc", "old/etc")),
        out=rng.choice(("members.txt", "group.txt", "who.txt", "team.txt")),
        code=rng.choice((2, 3, 4, 5)),
        data=rng.randrange(10**6),
    )


def _members_case(s: Members, number: int) -> ScriptCase:
    """In the last case there is no such group."""
    rng = Random(f"{s.data}/{number}")
    people = rng.sample(_PEOPLE, 6)
    gid = rng.randint(110, 899)
    named = rng.sample(people[:4], 2 + number % 2)
    first = [named[0], people[5]]  # one of them is named, too
    passwd = [
        f"{name}:x:{1000 + place}:{gid if name in first else 2000 + place}::/home/{name}:/bin/bash"
        for place, name in enumerate(people)
    ]
    group = [
        "root:x:0:",
        f"{s.group}s:x:{gid + 1}:{people[4]}",
        *([f"{s.group}:x:{gid}:{','.join(named)}"] if number != 2 else []),
        f"users:x:100:{','.join(people)}",
    ]
    members = sorted({*named, *first}) if number != 2 else []
    return ScriptCase(
        files={f"{s.folder}/passwd": lines(passwd), f"{s.folder}/group": lines(group)},
        stdout=f"{len(members)}\n" if members else "",
        written={s.out: lines(members)} if members else {},
        exit_code=0 if members else s.code,
    )


def _members_brief(s: Members) -> Brief:
    case = _members_case(s, 0)
    passwd, group = f"{s.folder}/passwd", f"{s.folder}/group"
    return Brief(
        need(
            f"Bash script that finds all members of the group {lit(s.group)} in {lit(group)} and"
            f" {lit(passwd)}",
            f"a Bash script that finds all members of the group {lit(s.group)}, by {lit(group)}"
            f" and {lit(passwd)}",
            f"a bash script that tells from {lit(group)} and {lit(passwd)} who belongs to the"
            f" group {lit(s.group)}",
        ),
        (
            need(
                "members are those whom the group names, and those whose primary gid is the"
                " group's",
                "Whoever the group's entry names is a member, and so is whoever has its gid as the"
                " primary one",
                "Count both: the names in the group's entry, and the accounts with its gid as"
                " their primary group",
            ),
            need(
                f"{lit(s.out)}: the names, sorted, each once",
                f"Write the names to {lit(s.out)}, one a line, sorted and each only once",
                f"{lit(s.out)} holds every name once, in order, one a line",
                pins=writes(case),
            ),
            need(
                "prints how many there are",
                "Print their number and nothing else",
                "It prints only how many they are",
                pins=[prints(case)],
            ),
            exits_with(
                case,
                f"without such a group: nothing on standard output, exit code {num(s.code)};"
                f" otherwise 0",
                f"If there is no such group it prints nothing to standard output and exits with"
                f" {num(s.code)}, otherwise with 0",
                f"The exit code is 0, but {num(s.code)} where the group does not exist; then"
                f" standard output stays empty",
            ),
            leaves_input(case),
        ),
    )


def _members_answer(s: Members) -> str:
    return f"""\
#!/usr/bin/env bash
set -euo pipefail

entry=$(grep '^{s.group}:' {s.folder}/group || true)
if [ -z "$entry" ]; then
  exit {s.code}
fi

IFS=: read -r _ _ gid named <<< "$entry"
{{
  tr ',' '\\n' <<< "$named"
  awk -F: -v gid="$gid" '$4 == gid {{ print $1 }}' {s.folder}/passwd
}} | sort -u > {s.out}
wc -l < {s.out}
"""


MEMBERS = Topic(
    name="group-members",
    format="bash",
    sample=_sample_members,
    brief=_members_brief,
    answer=_members_answer,
    given=shown(_members_case),
    given_label="text",
    fixtures=hidden(_members_case),
    bench_only=True,
)
