"""A model that obeys strangers, at the real dispatcher: a sample of what `make evil` runs in full."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import SecretStr

from benchmarks.evil import CASES, cases, verdict
from benchmarks.evil_payloads import PAYLOADS
from benchmarks.evil_stage import EvilStage, Place
from bot.app import build_dispatcher
from core.drafting.vendors import open_llm
from tests.bot.stage import Stage, World

SAMPLE = 25


def test_there_are_enough_payloads_and_every_one_meets_every_place() -> None:
    assert len({payload.text for payload in PAYLOADS}) >= 200
    every = list(cases(len(PAYLOADS) * len(Place)))
    assert len({(payload.text, place) for _, payload, place in every}) == len(PAYLOADS) * len(Place)
    assert CASES >= 1000


@pytest.mark.asvs("V2.3.1", "V1.3.5")
async def test_a_model_that_obeys_strangers_moves_nothing(stage: Stage, world: World) -> None:
    settings = stage.rt.settings.model_copy(
        update={
            "openai_api_key": SecretStr("a-test"),
            "openai_base_url": f"{world.url}/llm/openai/v1",
            "llm_order": "openai",
        }
    )
    llm = open_llm(settings)
    assert llm is not None
    rt = replace(stage.rt, settings=settings, llm=llm)
    evil = EvilStage(rt, stage.bot, build_dispatcher(rt), stage.http)
    await evil.open()
    step = len(PAYLOADS) * len(Place) // SAMPLE + 1
    for case in list(cases(len(PAYLOADS) * len(Place)))[::step]:
        await evil.attack(*case)
    found = await evil.close()
    await llm.aclose()

    _, well = verdict(found)
    assert found.harm == dict.fromkeys(found.harm, 0)
    assert found.cases >= 20
    assert found.messages > found.cases
    assert well
