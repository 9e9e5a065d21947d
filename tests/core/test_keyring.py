"""Where the wrapping keys come from, and what is refused before a process starts with the wrong ones."""

from __future__ import annotations

import base64
import os
import secrets
import sys
from pathlib import Path

import pytest

from core.security import keyring
from core.security.keyring import load_ring
from core.settings import Environment, Settings

KEY, NEWER = bytes(range(32)), bytes(range(32, 64))
RING = {1: KEY, 7: NEWER}
LINES = f"# made on a Monday\n1:{base64.b64encode(KEY).decode()}\n\n7:{base64.b64encode(NEWER).decode()}\n"


def ring(*, keys: str = "", file: str = "", command: str = "") -> dict[int, bytes]:
    return load_ring(keys=keys, file=file, command=command)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "ring"
    path.touch(mode=0o600)
    path.write_text(LINES)
    return path


def test_the_three_sources_give_the_same_ring(key_file: Path) -> None:
    keys = ",".join(line for line in LINES.splitlines() if line and not line.startswith("#"))
    script = f"import pathlib; print(pathlib.Path({str(key_file)!r}).read_text())"
    assert ring(keys=keys) == RING
    assert ring(file=str(key_file)) == RING
    assert ring(command=f'{sys.executable} -c "{script}"') == RING


def test_a_file_that_others_can_read_is_refused(key_file: Path) -> None:
    for mode in (0o644, 0o620, 0o601, 0o666):
        key_file.chmod(mode)
        with pytest.raises(ValueError, match="chmod 600"):
            ring(file=str(key_file))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_refused(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.chown(key_file, 12345, 12345)
    with pytest.raises(ValueError, match="somebody else"):
        ring(file=str(key_file))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing", Path(os.devnull)):
        with pytest.raises(ValueError, match="KEY_ENCRYPTION_FILE"):
            ring(file=str(path))


def test_a_command_is_never_read_by_a_shell(tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    with pytest.raises(ValueError, match="KEY_ENCRYPTION_COMMAND"):
        ring(command=f"echo 1:x; touch {proof}")
    with pytest.raises(ValueError, match="KEY_ENCRYPTION_COMMAND"):
        ring(command=f"echo $(touch {proof})")
    assert not proof.exists()


def test_a_command_that_fails_hangs_or_babbles_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyring, "COMMAND_SECONDS", 0.2)
    with pytest.raises(ValueError, match="status 3"):
        ring(command=f'{sys.executable} -c "raise SystemExit(3)"')
    with pytest.raises(ValueError, match="did not end"):
        ring(command="sleep 20")
    with pytest.raises(ValueError, match="cannot be run"):
        ring(command="/nowhere/at/all")
    with pytest.raises(ValueError, match="not closed"):
        ring(command="echo 'half")
    monkeypatch.setattr(keyring, "COMMAND_SECONDS", 20.0)
    with pytest.raises(ValueError, match="more than"):
        ring(command=f"{sys.executable} -c \"print('x' * 100000)\"")
    with pytest.raises(ValueError, match="no text"):
        ring(command=f"{sys.executable} -c \"import sys; sys.stdout.buffer.write(b'\\xff')\"")


def test_two_sources_at_once_are_refused_and_so_is_none(key_file: Path) -> None:
    with pytest.raises(ValueError, match="both set"):
        ring(keys="1:x", file=str(key_file))
    with pytest.raises(ValueError, match="KEY_ENCRYPTION_KEYS is empty"):
        ring()


def test_no_refusal_shows_a_key(tmp_path: Path) -> None:
    secret = base64.b64encode(secrets.token_bytes(31)).decode()
    path = tmp_path / "ring"
    path.touch(mode=0o600)
    path.write_text(f"1:{secret}")
    for source in ({"keys": f"1:{secret}"}, {"file": str(path)}, {"command": f"echo 1:{secret}"}):
        with pytest.raises(ValueError, match="must hold 32 bytes") as refused:
            ring(**source)
        assert secret not in str(refused.value)


def test_settings_take_the_ring_from_the_file(settings: Settings, key_file: Path) -> None:
    values = {
        name: getattr(settings, name)
        for name in (
            "redis_url",
            "public_url",
            "telegram_bot_token",
            "upwork_client_id",
            "upwork_client_secret",
        )
    }
    made = Settings(_env_file=None, environment=Environment.TEST, key_encryption_file=str(key_file), **values)
    assert made.kek_ring == RING
    assert str(key_file) not in repr(made)
