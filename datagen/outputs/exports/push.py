"""Uploads an exported folder as a data set, by the hub's own library."""

from pathlib import Path

from datagen.errors import OutputUnusable
from rewardsvc.extras import needing


def push(folder: Path, repository: str, *, private: bool) -> str:
    """Upload all files of a folder in one commit; the commit's address.

    The library reads its settings from the environment: ``HF_TOKEN`` (or what was logged in with),
    ``HF_ENDPOINT`` for another hub.

    Raises:
        OutputUnusable: the hub refused, or could not be reached.
        rewardsvc.extras.ExtraMissing: the library is not installed.
    """
    with needing("export"):
        from httpx import HTTPError
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError
    api = HfApi()
    try:
        api.create_repo(repository, repo_type="dataset", private=private, exist_ok=True)
        commit = api.upload_folder(
            repo_id=repository,
            folder_path=folder,
            repo_type="dataset",
            commit_message="Upload with datagen export",
        )
    except (HfHubHTTPError, HFValidationError, HTTPError, OSError) as error:
        raise OutputUnusable(f"{repository}: cannot be uploaded: {error}") from error
    return str(commit.commit_url)
