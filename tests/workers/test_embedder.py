"""The real model from its package: right shape, sensible neighbours, no network, and an event loop that stays free."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import NoReturn

import numpy as np
import pytest

from core.matching.embedder import DIMENSIONS, Embedder
from core.matching.embedding_text import embedding_text
from workers.embedder import BATCH, SentenceTransformerEmbedder


@pytest.fixture(scope="module")
async def embedder() -> AsyncIterator[SentenceTransformerEmbedder]:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise OSError("no network in this test")

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", refuse)
    patch.setattr(socket, "getaddrinfo", refuse)
    made = SentenceTransformerEmbedder()
    await made.warm_up()
    patch.undo()
    yield made
    made.close()


async def test_vectors_are_unit_length_and_in_order(embedder: Embedder) -> None:
    texts = [f"text number {number}" for number in range(BATCH * 2 + 3)]
    vectors = np.array(await embedder.embed(texts))
    alone = np.array(await embedder.embed([texts[5]]))

    assert vectors.shape == (len(texts), DIMENSIONS)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-4)
    assert float(vectors[5] @ alone[0]) == pytest.approx(1, abs=1e-4)


async def test_meaning_brings_texts_together(embedder: Embedder) -> None:
    job, near, far = np.array(
        await embedder.embed(
            [
                "We need someone to collect product prices from online shops every day",
                "I built crawlers that gather data from websites",
                "I compose music for short films",
            ]
        )
    )

    assert job @ near > job @ far + 0.2


async def test_a_ukrainian_fact_is_embedded_by_its_english_skills(embedder: Embedder) -> None:
    fact = "Роблю дизайн логотипів та монтаж відео у DaVinci Resolve"
    job, raw, told = np.array(
        await embedder.embed(["Logo design and video editing for a channel", fact, embedding_text(fact)])
    )

    assert embedding_text(fact) == "make logo design video editing DaVinci Resolve"
    assert embedding_text("Logos & video") == "Logos & video"
    assert job @ told > job @ raw + 0.3


@pytest.mark.parametrize("text", ["", " ", "😀" * 2000, "x" * 100_000, "\x00\u202e<b>&*_"])
async def test_any_text_has_a_vector(embedder: Embedder, text: str) -> None:
    (vector,) = await embedder.embed([text])

    assert len(vector) == DIMENSIONS
    assert np.isfinite(vector).all()


async def test_nothing_to_embed_is_no_work(embedder: Embedder) -> None:
    assert await embedder.embed([]) == []


async def test_the_event_loop_stays_free_while_the_model_works(embedder: Embedder) -> None:
    work = asyncio.create_task(embedder.embed(["a job posting of some length " * 40] * BATCH))
    turns = 0
    while not work.done():
        await asyncio.sleep(0.001)
        turns += 1

    assert len(work.result()) == BATCH
    assert turns > 3


async def test_closed_means_closed() -> None:
    made = SentenceTransformerEmbedder()
    made.close()

    with pytest.raises(RuntimeError):
        await made.embed(["late"])
