"""SIGHUP on a real process: new files, bad files, the same process all the way."""

import signal

import pytest

from tests.acceptance.processes import Bench, stop, tell, wait_until

pytestmark = pytest.mark.acceptance

HIGH = """\
- id: W03
  for_each: water-tank
  title: {zh: 水箱高水位, en: Tank level high}
  when: level >= 10 %
  severity: low
"""


def test_new_files_are_taken_over_by_signal_and_bad_ones_are_not(bench: Bench) -> None:
    emulator, agent = bench.emulator(), bench.agent()
    rules = next((bench.site / "rules").glob("*.yaml"))
    text = rules.read_text(encoding="utf-8")
    tell(emulator, "fault booster fill-valve-stuck-closed")
    tell(emulator, "set booster.level 25")
    wait_until("first alarm", lambda: "tank-1/W01" in standing(bench))
    before = bench.status

    rules.write_text(text.replace("level <= low", "levle <= low"), encoding="utf-8")
    agent.send_signal(signal.SIGHUP)
    said = bench.directory / "plantgate-run.log"
    wait_until("refusal", lambda: "reload-refused" in said.read_text(encoding="utf-8"))
    assert bench.status["fingerprint"] == before["fingerprint"]

    rules.write_text(text + HIGH, encoding="utf-8")
    agent.send_signal(signal.SIGHUP)
    wait_until("both alarms", lambda: standing(bench) >= {"tank-1/W01", "tank-1/W03"})
    after = bench.status
    assert after["fingerprint"] != before["fingerprint"]
    assert after["links"]["booster-bus"]["reopened"] == before["links"]["booster-bus"]["reopened"]
    assert stop(agent) == 0


def standing(bench: Bench) -> set[str]:
    return {alarm["alarm"] for alarm in bench.ask("alarms") or []}
