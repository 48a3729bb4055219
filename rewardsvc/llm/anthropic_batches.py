"""Anthropic's batches of messages: a list of requests in, a file of results out.

https://docs.anthropic.com/en/docs/build-with-claude/batch-processing
"""

import json
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any

from rewardsvc.llm.anthropic import AnthropicModel, is_message, request_of
from rewardsvc.llm.base import Question
from rewardsvc.llm.batches import (
    BatchAnswer,
    BatchLimits,
    BatchState,
    BatchStatus,
    RequestEnd,
)
from rewardsvc.llm.errors import ModelRefused
from rewardsvc.llm.service import faults_of, list_from, require_no_page, told_of

_UPLOAD_SECONDS = 600.0
_LISTED = 100
_REFUSALS = frozenset(
    {"invalid_request_error", "authentication_error", "permission_error", "not_found_error"}
)
"""Errors that another time has, too (https://docs.anthropic.com/en/api/errors)."""


class AnthropicBatchModel(AnthropicModel):
    """A :class:`rewardsvc.llm.batches.BatchModel`."""

    limits = BatchLimits(requests=100_000, bytes=256_000_000)

    def line(self, request: str, question: Question) -> str:
        """See :class:`rewardsvc.llm.batches.BatchModel`."""
        body = {**request_of(self.name.model, question), **(self._sampling or {})}
        return json.dumps({"custom_id": request, "params": body})

    async def submit(self, lines: Path, mark: str) -> str:
        """See :class:`rewardsvc.llm.batches.BatchModel`. It knows of no mark."""
        with lines.open() as file:
            requests = [json.loads(line) for line in file]
        with faults_of(self._sdk, self.name):
            batch = await self._client.messages.batches.create(
                requests=requests, timeout=_UPLOAD_SECONDS
            )
        return told_of(self.name, batch, "id").id

    async def found(
        self, mark: str, requests: int, since: datetime, known: Collection[str]
    ) -> str | None:
        """The oldest of so many requests that began since then and is nobody's.

        What it answers tells whether it is the one: its requests have other names if it is not.
        """
        oldest = None
        with faults_of(self._sdk, self.name), list_from(self.name):
            async for batch in self._client.messages.batches.list(limit=_LISTED):
                if batch.created_at < since:  # the newest come first
                    break
                counts = batch.request_counts
                total = sum(
                    (
                        *(counts.processing, counts.succeeded, counts.errored),
                        *(counts.canceled, counts.expired),
                    )
                )
                if total == requests and batch.id not in known:
                    oldest = batch.id
        return oldest

    async def status(self, batch: str) -> BatchStatus:
        """See :class:`rewardsvc.llm.batches.BatchModel`."""
        with faults_of(self._sdk, self.name):
            said = await self._client.messages.batches.retrieve(batch)
        found = told_of(self.name, said, "request_counts")
        counts = found.request_counts
        ended = counts.succeeded + counts.errored + counts.canceled + counts.expired
        state = BatchState.ENDED if found.processing_status == "ended" else BatchState.UNDER_WAY
        return BatchStatus(state, ended)

    async def fetch(self, batch: str, file: Path) -> None:
        """See :class:`rewardsvc.llm.batches.BatchModel`."""
        with faults_of(self._sdk, self.name), file.open("wb") as written:
            said = await self._client.messages.batches.retrieve(batch)
            if not told_of(self.name, said, "id").results_url:
                raise ModelRefused(f"{self.name}: it keeps no results of {batch} any more", 404)
            results = self._client.messages.batches.with_streaming_response.results(
                batch, timeout=_UPLOAD_SECONDS
            )
            async with results as response:
                require_no_page(self.name, response.headers)
                async for chunk in response.iter_bytes():
                    written.write(chunk)

    def read_line(self, line: str) -> BatchAnswer | None:
        """See :class:`rewardsvc.llm.batches.BatchModel`."""
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            return None
        result = said.get("result") if isinstance(said, dict) else None
        if not isinstance(result, dict) or not isinstance(said.get("custom_id"), str):
            return None
        request, message = said["custom_id"], result.get("message")
        match result.get("type"):
            case "succeeded" if isinstance(message, dict) and is_message(message):
                return BatchAnswer(request, RequestEnd.ANSWERED, json.dumps(message))
            case "errored":
                kind, words = _error(result.get("error"))
                end = RequestEnd.REFUSED if kind in _REFUSALS else RequestEnd.FAULT
                return BatchAnswer(request, end, reason=words)
            case "canceled" | "expired" as how:
                return BatchAnswer(request, RequestEnd.FAULT, reason=f"it was {how}")
        return None


def _error(said: Any) -> tuple[str, str]:
    """Type and words of an error, which stands in an envelope."""
    error = said.get("error", said) if isinstance(said, dict) else None
    if not isinstance(error, dict):
        return "", "no answer, and it is not said why"
    kind = str(error.get("type", ""))
    return kind, f"{kind}: {error.get('message', '')}"[:400]
