"""Comments of Dockerfiles."""

from rewardsvc.formats.dockerfile.syntax import DockerfileError, parse


def without_comments(text: str) -> str:
    """Comment lines go, heredocs stay; so does a ``#`` behind an instruction, which is none."""
    try:
        instructions = parse(text)
    except DockerfileError:
        return text
    lines = text.split("\n")
    kept = [""] * len(lines)
    for each in instructions:
        begin = each.line - 1
        heredocs = min(each.heredocs, each.end)
        for number in range(begin, heredocs):
            inside = number > begin and lines[number].lstrip().startswith("#")
            kept[number] = "" if inside else lines[number]
        kept[heredocs : each.end] = lines[heredocs : each.end]
    return "\n".join(kept)
