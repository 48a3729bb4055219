"""Uploads an export to the hub, with its official library."""

import os
from pathlib import Path

from rl.delivery.errors import ExportFailed


def push_export(folder: Path, repository: str, endpoint: str | None = None) -> str:
    """Create the repository (private) where there is none and upload the folder; gives its address.

    Answers of the check stay here: they quote tasks.

    Args:
        folder: the export.
        repository: ``owner/name``.
        endpoint: of another hub; HF_ENDPOINT names it where not given.

    Raises:
        ExportFailed: HF_TOKEN is not set, or the hub refuses.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    token = os.environ.get("HF_TOKEN")
    if not token:
        raise ExportFailed("--push needs the hub's key in HF_TOKEN")
    hub = HfApi(endpoint=endpoint, token=token)
    try:
        hub.create_repo(repository, private=True, exist_ok=True)
        done = hub.upload_folder(
            repo_id=repository,
            folder_path=folder,
            ignore_patterns=["check/*", "*.partial", "*.partial/*"],
            commit_message="Upload the export",
        )
    except (HfHubHTTPError, HFValidationError, OSError) as error:
        raise ExportFailed(f"{repository}: {str(error).splitlines()[0]}") from error
    return str(done.repo_url) if hasattr(done, "repo_url") else repository
