"""OpenAI's batches: a file of requests in, files of answers and of errors out.

https://platform.openai.com/docs/guides/batch, https://platform.openai.com/docs/api-reference/batch
"""

import json
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from rewardsvc.llm.base import Question
from rewardsvc.llm.batches import (
    BatchAnswer,
    BatchLimits,
    BatchState,
    BatchStatus,
    RequestEnd,
)
from rewardsvc.llm.openai import OpenAIModel, is_completion, request_of
from rewardsvc.llm.service import faults_of, is_passing, list_from, require_no_page, told_of

_ENDPOINT: Final = "/v1/chat/completions"
_MARK = "assay"
_UPLOAD_SECONDS = 600.0
_LISTED = 100
_UNDER_WAY = frozenset({"validating", "in_progress", "finalizing", "cancelling"})
_TOO_MUCH = "token_limit_exceeded"
"""Of a batch with which more tokens would wait than the account may have waiting
(https://platform.openai.com/docs/guides/batch#rate-limits)."""


class OpenAIBatchModel(OpenAIModel):
    """A :class:`rewardsvc.llm.batches.BatchModel`."""

    limits = BatchLimits(requests=50_000, bytes=200_000_000)

    def line(self, request: str, question: Question) -> str:
        """See :class:`rewardsvc.llm.batches.BatchModel`."""
        body = {**request_of(self.name.model, question), **(self._sampling or {})}
        return json.dumps({"custom_id": request, "method": "POST", "url": _ENDPOINT, "body": body})

    async def submit(self, lines: Path, mark: str) -> str:
        """See :class:`rewardsvc.llm.batches.BatchModel`."""
        with faults_of(self._sdk, self.name):
            file = await self._client.files.create(
                file=lines, purpose="batch", timeout=_UPLOAD_SECONDS
            )
            batch = await self._client.batches.create(
                input_file_id=told_of(self.name, file, "id").id,
                endpoint=_ENDPOINT,
                completion_window="24h",
                metadata={_MARK: mark},
            )
        return told_of(self.name, batch, "id").id

    async def found(
        self, mark: str, requests: int, since: datetime, known: Collection[str]
    ) -> str | None:
        """See :class:`rewardsvc.llm.batches.BatchModel`."""
        with faults_of(self._sdk, self.name), list_from(self.name):
            async for batch in self._client.batches.list(limit=_LISTED):
                if (batch.metadata or {}).get(_MARK) == mark:
                    return batch.id
                if datetime.fromtimestamp(batch.created_at, UTC) < since:  # the newest come first
                    return None
        return None

    async def status(self, batch: str) -> BatchStatus:
        """See :class:`rewardsvc.llm.batches.BatchModel`."""
        with faults_of(self._sdk, self.name):
            said = await self._client.batches.retrieve(batch)
        found = told_of(self.name, said, "status")
        counts = found.request_counts
        ended = counts.completed + counts.failed if counts else 0
        if found.status in _UNDER_WAY:
            return BatchStatus(BatchState.UNDER_WAY, ended)
        if found.status != "failed":
            return BatchStatus(BatchState.ENDED, ended)
        errors = (found.errors.data if found.errors else None) or []
        reason = "; ".join(each.message or each.code or "" for each in errors[:3])
        full = any(each.code == _TOO_MUCH for each in errors)
        state = BatchState.FULL if full else BatchState.REFUSED
        return BatchStatus(state, ended, reason or "the batch failed, and it is not said why")

    async def fetch(self, batch: str, file: Path) -> None:
        """See :class:`rewardsvc.llm.batches.BatchModel`."""
        with faults_of(self._sdk, self.name), file.open("wb") as written:
            found = told_of(self.name, await self._client.batches.retrieve(batch), "status")
            parts = list(filter(None, (found.output_file_id, found.error_file_id)))
            gone = []
            for part in parts:
                content = self._client.files.with_streaming_response.content(
                    part, timeout=_UPLOAD_SECONDS
                )
                try:
                    async with content as response:
                        require_no_page(self.name, response.headers)
                        async for chunk in response.iter_bytes():
                            written.write(chunk)
                except self._sdk.NotFoundError as error:  # the other one may be there still
                    gone.append(error)
                written.write(b"\n")
            if gone and len(gone) == len(parts):
                raise gone[0]

    def read_line(self, line: str) -> BatchAnswer | None:
        """See :class:`rewardsvc.llm.batches.BatchModel`."""
        said = _object(line)
        request, response = said.get("custom_id"), said.get("response")
        if not isinstance(request, str):
            return None
        if not isinstance(response, dict):
            return BatchAnswer(request, RequestEnd.FAULT, reason=_words(said.get("error")))
        status, body = response.get("status_code"), response.get("body")
        if status == 200 and isinstance(body, dict) and not body.get("error"):
            if is_completion(body):
                return BatchAnswer(request, RequestEnd.ANSWERED, json.dumps(body))
            return None
        passing = not isinstance(status, int) or is_passing(status)
        end = RequestEnd.FAULT if passing else RequestEnd.REFUSED
        reason = _words(body.get("error") if isinstance(body, dict) else said.get("error"))
        return BatchAnswer(request, end, reason=f"HTTP {status}: {reason}")


def _object(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _words(error: Any) -> str:
    if not isinstance(error, dict):
        return "no answer, and it is not said why"
    return str(error.get("message") or error.get("code") or error)[:400]
