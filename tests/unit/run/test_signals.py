"""Being asked to stop: which signals are, where, and what becomes of a terminal that is gone."""

import os
import pty
import signal
import sys
import threading

import pytest

from jaxgen.run.signals import StopSignals


@pytest.fixture(autouse=True)
def not_under_nohup():
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_is_noted_and_a_second_one_ends_at_once(name):
    number = getattr(signal, name)
    before = signal.getsignal(number)
    with StopSignals() as signals:
        assert signals.asked() == 0
        signal.raise_signal(number)
        assert signals.asked() == number
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) == before


def test_a_hang_up_that_is_ignored_stays_so():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup has it
    with StopSignals() as signals:
        signal.raise_signal(signal.SIGHUP)
        assert signals.asked() == 0


def test_what_is_said_to_a_terminal_that_is_gone_ends_nothing(monkeypatch):
    ours, terminal = pty.openpty()
    with os.fdopen(terminal, "w") as screen:
        monkeypatch.setattr(sys, "stderr", screen)
        with StopSignals():
            signal.raise_signal(signal.SIGHUP)
            os.close(ours)  # writing to it would raise an OSError now
            print("round 3", file=sys.stderr, flush=True)


def test_another_thread_has_no_signals_to_wait_for():
    found = []

    def work():
        with StopSignals() as signals:
            found.append(signals.asked())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [0]
