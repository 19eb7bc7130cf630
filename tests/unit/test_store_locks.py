from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pseudocode.errors import Held, StoreError
from pseudocode.store.locks import Lock, holder
from tests.edges import processes
from tests.making import now

HOLD = """
import subprocess, sys
from pathlib import Path
from pseudocode.store.locks import Lock
from pseudocode.wiring import now

lock = Lock(Path(sys.argv[1]), now)
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], **quiet)
print(child.pid, flush=True)
child.wait()
"""


def test_one_at_a_time(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "a.lock", now)
    with pytest.raises(Held, match=f"held by process {os.getpid()} on .* since 2025-01-02"):
        Lock(tmp_path / "a.lock", now)
    Lock(tmp_path / "b.lock", now).release()
    lock.release()
    Lock(tmp_path / "a.lock", now).release()


async def test_it_dies_with_its_owner_though_a_child_lives_on(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    command = (sys.executable, "-c", HOLD, str(path))
    async with processes.started(*command, cwd=tmp_path, env={}) as owner:
        assert owner.stdout is not None
        child = int(await owner.stdout.readline())
        try:
            assert f"process {owner.pid} on " in holder(path)
            with pytest.raises(Held, match=f"process {owner.pid} "):
                Lock(path, now)
            owner.kill()
            await owner.wait()
            os.kill(child, 0)
            assert holder(path) == ""
            Lock(path, now).release()
        finally:
            processes.end({child})


def test_nobody_holds_what_was_released_or_is_ours(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    assert holder(path) == ""
    lock = Lock(path, now)
    assert holder(path) == ""
    lock.release()
    assert holder(path) == ""


def test_a_holder_on_another_machine_is_believed(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    path.write_text(json.dumps({"pid": 5, "host": socket.gethostname() + "x", "since": "today"}))
    assert holder(path) == f"process 5 on {socket.gethostname()}x since today"
    Lock(path, now).release()


@given(st.binary(max_size=60) | st.integers().map(lambda n: b'{"pid":%d,"host":"","since":""}' % n))
def test_whatever_a_lock_file_holds_it_can_be_taken(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "odd.lock"
    path.write_bytes(data)
    holder(path)
    Lock(path, now).release()


def test_a_place_that_is_not_there_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot write"):
        Lock(tmp_path / "none" / "a.lock", now)
