"""How the program behaves at a shell: help, statuses, streams, signals."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from pathlib import Path

import pexpect
import pytest

from lfd import __version__
from lfd.cli.app import COMMANDS
from lfd.stages import USES, commands
from tests.shell import BIN, SMALL, Shell, environment, heed_interrupts

NAMES = [*commands(), *USES, "sweep", "cat", "info"]


def test_version(sh: Shell) -> None:
    done = sh("lfd --version")
    assert (done.status, done.out) == (0, f"lfd {__version__}\n")


def test_no_arguments_is_short_help_on_stderr(sh: Shell) -> None:
    done = sh("lfd")
    assert (done.status, done.out) == (2, "")
    assert all(name in done.err for name in NAMES)


def test_help_lists_the_commands_in_the_order_of_the_pipeline(sh: Shell) -> None:
    done = sh("lfd --help")
    assert done.status == 0
    assert re.findall(r"^  ([a-z-]+)  ", done.out.partition("Commands:")[2], re.M) == NAMES
    assert list(COMMANDS) == NAMES


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize("name", NAMES)
def test_every_page_has_an_example_and_describes_every_option(sh: Shell, name: str, flag: str) -> None:
    done = sh(f"lfd {name} {flag}", COLUMNS="120")
    assert (done.status, done.err) == (0, "")
    assert re.search(rf"Examples:\n  .*lfd {name}", done.out)
    options = re.findall(r"^  (?:-\w, )?(--[a-z-]+)(.*)$", done.out, re.M)
    assert options
    assert "Needs " in done.out or name in ("cat", "info")


def test_a_typo_gets_a_suggestion(sh: Shell) -> None:
    done = sh("lfd trian")
    assert done.status == 2
    assert "'train'" in done.err
    done = sh("lfd gen-data --usrs 5")
    assert done.status == 2
    assert "--users" in done.err


def test_the_reader_gone_is_no_error(sh: Shell) -> None:
    done = sh("set +o pipefail; lfd gen-data | head -c 10 > /dev/null; echo ${PIPESTATUS[0]}")
    assert done.out == "141\n"
    assert "Traceback" not in done.err


def test_a_full_disk_is_an_error(sh: Shell) -> None:
    done = sh(f"lfd gen-data {SMALL} > /dev/full")
    assert done.status == 1
    assert "disk is full" in done.err
    assert "Traceback" not in done.err


def test_tee_splits_a_stream(sh: Shell, tmp_path: Path) -> None:
    done = sh(f"lfd gen-data {SMALL} | tee run.tar | lfd info --format json && tar tf run.tar")
    assert done.status == 0, done
    assert done.out.splitlines()[-1] == "manifest.json"


def test_without_input_on_a_terminal_both_ways_to_call_are_shown() -> None:
    child = pexpect.spawn(str(BIN / "lfd"), ["train"], env=environment(), encoding="utf-8", timeout=20)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 2
    assert "lfd train RUN" in child.before
    assert "| lfd train" in child.before


def test_nothing_on_stdin_asks_about_the_command_before(sh: Shell) -> None:
    done = sh("true | lfd train")
    assert done.status == 3
    assert "nothing arrived on stdin" in done.err


def test_binary_never_reaches_a_terminal(tmp_path: Path) -> None:
    command = f"cd {tmp_path} && {BIN}/lfd gen-data {SMALL}"
    child = pexpect.spawn("bash", ["-c", command], env=environment(), encoding="utf-8", timeout=60)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert (tmp_path / "lfd-run/manifest.json").is_file()
    assert "next: lfd train lfd-run" in child.before
    again = pexpect.spawn(
        "bash", ["-c", f"{command} --seed 1"], env=environment(), encoding="utf-8", timeout=60
    )
    again.expect(pexpect.EOF)
    again.close()
    assert again.exitstatus == 4
    dash = pexpect.spawn("bash", ["-c", f"{command} -o -"], env=environment(), encoding="utf-8", timeout=60)
    dash.expect(pexpect.EOF)
    dash.close()
    assert dash.exitstatus == 2


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)]
)
def test_signals_clean_up_and_leave_the_run_as_it_was(run: Path, number: signal.Signals, status: int) -> None:
    before = (run / "manifest.json").read_bytes()
    child = subprocess.Popen(
        [BIN / "lfd", "train", run, "--epochs", "100000", "--patience", "none"],
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env=environment(),
        preexec_fn=heed_interrupts,
    )
    try:
        wait_for(run / ".lfd/staging")
        time.sleep(3)
        child.send_signal(number)
        _, said = child.communicate(timeout=60)
    finally:
        child.kill()
    assert child.returncode == status
    assert b"Traceback" not in said
    assert (run / "manifest.json").read_bytes() == before
    assert not (run / ".lfd/staging").exists()


def test_kill_leaves_the_run_as_it_was(run: Path, sh: Shell) -> None:
    before = sh("lfd info run").out
    child = subprocess.Popen(
        [BIN / "lfd", "train", run, "--epochs", "100000", "--patience", "none"],
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        env=environment(),
    )
    wait_for(run / ".lfd/staging")
    time.sleep(2)
    child.kill()
    child.wait()
    assert sh("lfd info run").out == before
    assert sh("lfd encode run --raw").status == 0


def wait_for(path: Path) -> None:
    limit = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < limit, f"{path} never came"
        time.sleep(0.05)
