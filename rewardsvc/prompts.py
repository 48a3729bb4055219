"""What a model is asked: one wording for data sets, training and the trainers' faces. Pure."""

from rewardsvc.types import Task


def prompt_of(task: Task, *, delivery: bool = False) -> str:
    """The instruction, what is given with it, and the files that are asked for if they are several.

    ``delivery``: say of a single file, too, how it is to be delivered: for a model that never saw
    such a task.
    """
    form = f"Answer with the file in a fenced code block ({task.format})." if delivery else ""
    if len(task.files) > 1:
        files = ", ".join(task.files)
        form = f"Answer with a fenced code block for each file, its path beside the label: {files}."
    return "\n\n".join(part for part in (task.instruction, task.input, form) if part).strip()
