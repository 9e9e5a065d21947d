"""Does the time of a refused login tell whether an address has an account? `python -m benchmarks.login_timing [tries]`.

Logs in with a wrong password, known and unknown addresses in turn, against the real app and an embedded Postgres, and prints the
medians, the means and the difference of the means in milliseconds, with the range that is noise of this machine (95 %). Once as a
first miss, and once as the fifth in a row, of which an owner is told. The counters of tries are set anew in between.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from base64 import b64encode
from statistics import mean, median, variance
from uuid import uuid4

import httpx
from pydantic import SecretStr
from sqlalchemy import delete

from core import log
from core.access.logins import confirm, register
from core.access.system_secrets import SystemSecrets
from core.runtime import Runtime, open_runtime
from core.security.lockout import service as lockout
from core.security.lockout.models import LoginFailure
from core.settings import Environment, Login, Settings
from sandbox.embedded import PostgresUrls, start_postgres, start_valkey
from web.app import create_app

PASSWORD = "nine calm herons over the weir"  # noqa: S105 - nobody's
KNOWN = "olena@studio.example"
SITE = "http://localhost:8000"


async def measure(
    rt: Runtime, system: SystemSecrets, tries: int, *, misses: int
) -> tuple[list[float], list[float]]:
    """Seconds of each refusal: (known address, unknown ones), each after so many misses before it."""
    times: dict[bool, list[float]] = {True: [], False: []}
    transport = httpx.ASGITransport(create_app(rt))
    async with httpx.AsyncClient(transport=transport, base_url=SITE) as http:
        for number in range(2 * tries + 2):
            known = number % 2 == 0
            email = KNOWN if known else f"{uuid4().hex[:8]}@studio.example"
            async with rt.db.begin() as session:
                await session.execute(delete(LoginFailure))
            index = await system.email_index(email)
            for _ in range(misses):
                await lockout.check(rt.db, subject=index, factor="password")
            began = time.perf_counter()
            answer = await http.post("/auth/login", json={"email": email, "password": "another sentence"})
            took = time.perf_counter() - began
            assert answer.status_code == 401, answer.text
            if number > 1:  # the first ones make caches
                times[known].append(took)
    return times[True], times[False]


async def run(urls: PostgresUrls, redis: str, tries: int) -> None:
    settings = Settings(
        _env_file=None,
        environment=Environment.TEST,
        database_url_web=SecretStr(urls.logins[Login.WEB.value]),
        database_url_admin=SecretStr(urls.logins[Login.ADMIN.value]),
        redis_url=SecretStr(redis),
        key_encryption_keys=SecretStr(f"1:{b64encode(bytes(32)).decode()}"),
        public_url=SITE,
        telegram_bot_token=SecretStr("1:nobody"),
        upwork_client_id="nobody",
        upwork_client_secret=SecretStr("nobody"),
    )
    async with open_runtime(settings, Login.WEB) as rt:
        system = SystemSecrets(rt.db, rt.vault)
        asked = await register(rt, system, email=KNOWN, password=PASSWORD, locale="en", ip="")
        await confirm(rt, system, token=asked.token or "", password=PASSWORD, ip="")
        for misses in (0, lockout.ALERT_AFTER - 1):
            known, unknown = await measure(rt, system, tries, misses=misses)
            print(f"\nafter {misses} misses\n{table(known, unknown)}")


def table(known: list[float], unknown: list[float]) -> str:
    lines = [
        f"{name:8} median {median(values) * 1000:7.2f} ms   mean {mean(values) * 1000:7.2f} ms"
        for name, values in (("known", known), ("unknown", unknown))
    ]
    gap = (mean(known) - mean(unknown)) * 1000
    noise = 1.96 * 1000 * ((variance(known) + variance(unknown)) / len(known)) ** 0.5
    verdict = "within the noise" if abs(gap) <= noise else "beyond the noise"
    lines.append(
        f"{len(known)} tries each, difference of the means {gap:+.2f} ms, noise {noise:.2f} ms: {verdict}"
    )
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    tries = int(arguments[0]) if arguments else 200
    log.configure(json=False, level="WARNING")
    with start_postgres(durable=False) as urls, start_valkey() as redis:
        migrate(urls)
        asyncio.run(run(urls, redis, tries))


def migrate(urls: PostgresUrls) -> None:
    subprocess.run(
        [sys.executable, "-m", "migrations", "upgrade", "head"],
        env=urls.environment | {"PATH": "/usr/bin:/bin"},
        check=True,
        capture_output=True,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
