"""The guest channel: sound beside the music, in one whole sitting and its replay, and at its worst."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from dsp import command
from dsp.command import PANIC_S
from dsp.guest_ring import FIRST, LAST
from dsp.loudness import integrated_lufs
from dsp.master import CEILING_DBTP
from dsp.native import Synth
from dsp.quantum import QUANTUM
from dsp.telemetry import GuestOff, GuestOn, Meter
from engine.cli.again import Again, rendered
from engine.guest.channel import GuestChannel, Placed
from engine.guest.clip import ClipError, as_text, clip_of, of_text
from engine.guest.duck import ALONE, SPOKEN
from engine.journal import beside
from engine.journal.rendition import Rendition
from engine.journal.store import Store
from engine.picture import SittingPicture
from engine.player import OfflineOutput
from engine.session import Moment
from engine.sitting.asked import Asked, prepared
from engine.sitting.sitting import Sitting
from sensors.spec import open_sensor

RATE_HZ = 48_000
LATENCY = 128
"""Frames of the limiter's look-ahead."""


def words(seconds: float, amplitude: float = 0.1) -> np.ndarray:
    """Noise that comes and goes within 10 ms."""
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    noise = np.random.default_rng(5).uniform(-amplitude, amplitude, len(t))
    wave = noise * np.minimum(1.0, np.minimum(t, t[::-1]) / 0.01)
    return np.stack((wave, 0.5 * wave), axis=1).astype(np.float32)


class Speaker:
    """Speaks twice, is hushed, streams with a hole, and ends; a watcher of its sitting."""

    def __init__(self) -> None:
        self.sitting: Sitting | None = None
        self.placed: list[Placed] = []
        self.moments: list[Moment] = []

    def moment(self, moment: Moment) -> None:
        assert self.sitting is not None
        guest, tick = self.sitting.guest, round(moment.t_s * 10)
        self.moments.append(moment)
        if tick == 100:
            self.placed.append(guest.put(words(2.0), round(12.3456 * RATE_HZ), level_db=-3.0, reverb=0.2))
        if tick == 140:
            self.placed.append(guest.put(words(6.0), round(17.0 * RATE_HZ)))
        if tick == 180:
            guest.hush()
        if tick == 300:
            guest.duck = ALONE
        if 300 <= tick < 340 and tick not in (315, 316, 317):
            rng = np.random.default_rng(tick)
            guest.stream(clip_of(rng.uniform(-0.05, 0.05, (4800, 2)), RATE_HZ, RATE_HZ), (tick + 5) * 4800)
        if tick == 340:
            guest.end_stream()
            guest.duck = SPOKEN


def played(folder: Path | None, speaker: Speaker | None) -> tuple[np.ndarray, Sitting]:
    sound: list[np.ndarray] = []
    plan = prepared(Asked("relax", sensor="sim", duration="40s", seed=3, data=folder))
    output = OfflineOutput(RATE_HZ, "nowhere", sound.append)
    with Sitting(plan, open_sensor("sim"), output, data=folder) as sitting:
        if speaker is not None:
            speaker.sitting = sitting
            sitting.watchers.add(speaker, at_once=True)
        sitting.run()
    return np.concatenate(sound), sitting


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> tuple[np.ndarray, Speaker, Path, str]:
    folder, speaker = tmp_path_factory.mktemp("guest"), Speaker()
    sound, sitting = played(folder, speaker)
    return sound, speaker, folder, sitting.id


def test_a_replay_with_words_a_hush_and_a_broken_stream_is_the_same_samples(
    spoken: tuple[np.ndarray, Speaker, Path, str],
) -> None:
    sound, speaker, folder, name = spoken
    with Store(folder) as store:
        record = store.read(name)
    again = Rendition.of(record)
    replayed = np.concatenate(list(again.portions()))
    assert np.array_equal(sound[: len(replayed)], replayed)
    assert (again.inexact, again.missing_s) == (0, 0.0)
    assert len(replayed) > 38 * RATE_HZ
    kinds = [each.kind for each in record.guest]
    assert kinds.count("on") == kinds.count("off") == 4  # two clips, and a stream that broke once
    assert {"clip", "piece", "cut"} <= set(kinds)
    first = next(each for each in record.guest if each.kind == "clip")
    assert first.frame == speaker.placed[0].frame
    assert first.digest == clip_of(words(2.0), RATE_HZ, RATE_HZ).digest
    assert speaker.moments[-1].losses.guest_gaps == 3 * 4800 // QUANTUM


def test_words_sound_at_their_frame_and_the_music_steps_back_and_returns_slowly(
    spoken: tuple[np.ndarray, Speaker, Path, str],
) -> None:
    sound, speaker, _, _ = spoken
    untouched, _ = played(None, None)
    placed = speaker.placed[0]
    assert placed.frame == round(12.3456 * RATE_HZ)
    ducks_from = placed.frame - round(0.7 * RATE_HZ)
    assert np.array_equal(sound[: ducks_from - 4800], untouched[: ducks_from - 4800])
    heard = sound[placed.frame + LATENCY : placed.end + LATENCY, 0]
    wanted = placed.clip.sound[:, 0]
    at = np.argmax(np.correlate(heard[: RATE_HZ // 4], wanted[64 : RATE_HZ // 8], "valid"))
    assert int(at) == 64
    before = integrated_lufs(untouched[ducks_from - 4 * RATE_HZ : ducks_from].T, RATE_HZ)
    ramps = [each for moment in speaker.moments for each in moment.commands if each.kind == command.RAMP]
    back_s: list[float] = []
    for name in ("foreground_db", "pad_db"):
        index, depth_db = command.parameter_index("guest", name), asdict(SPOKEN)[name]
        moved = [(each.a, each.beats) for each in ramps if each.target == index]
        assert moved[0][0] == depth_db
        assert 0.4 <= moved[0][1] <= 0.6
        assert moved[1] == (0.0, -depth_db)  # 1 dB a second
        back_s.append(moved[1][1])
    assert max(back_s) == SPOKEN.back_s
    assert before < -15.0


def test_full_scale_noise_stays_under_cap_and_ceiling_and_stops_in_the_time_of_all_else() -> None:
    synth, rng = Synth(RATE_HZ, 1), np.random.default_rng(1)
    meters: list[Meter] = []
    portion, ahead = 200 * QUANTUM, 3
    for k in range(60 + ahead):
        noise = rng.uniform(-1.0, 1.0, (portion, 2)).astype(np.float32)
        synth.guest.write(noise, k * portion, [FIRST if not k else 0, *[0] * 199])
        if k >= ahead:
            synth.push([command.alive()])
            synth.render(np.empty((portion, 2), np.float32))
            meters += [news for news in synth.poll() if isinstance(news, Meter)]
    assert max(meter.lufs_short_term for meter in meters) <= synth.cap_lufs
    assert max(meter.true_peak_dbtp for meter in meters) <= CEILING_DBTP
    assert meters[-1].lufs_short_term > synth.cap_lufs - 10.0
    synth.stop_now()
    sound = np.empty((RATE_HZ // 4, 2), np.float32)
    synth.render(sound)
    silent = round(PANIC_S * RATE_HZ) + LATENCY + 2 * QUANTUM
    assert np.abs(sound[: silent // 2]).max() > 0.01
    assert not sound[silent:].any()


def test_a_missing_chunk_is_counted_silence_and_what_is_no_number_is_silence() -> None:
    synth = Synth(RATE_HZ, 1)
    wave = words(0.1)[: 20 * QUANTUM]
    wave[3 * QUANTUM :, 1] = np.nan
    synth.guest.write(wave[: 10 * QUANTUM], 10 * QUANTUM, [FIRST, *[0] * 9])
    synth.guest.write(wave[10 * QUANTUM :], 30 * QUANTUM, [*[0] * 9, LAST])
    sound = np.empty((200 * QUANTUM, 2), np.float32)
    synth.render(sound)
    changes = [news for news in synth.poll() if isinstance(news, GuestOn | GuestOff)]
    told = [(type(news), news.frame // QUANTUM) for news in changes]
    assert told == [(GuestOn, 10), (GuestOff, 20), (GuestOn, 30), (GuestOff, 40)]
    assert synth.losses().guest_gaps == 10
    assert np.isfinite(sound).all()
    assert np.abs(sound[22 * QUANTUM : 30 * QUANTUM]).max() < 0.01  # what the sub-sonic filter rings on
    assert np.abs(sound[180 * QUANTUM :]).max() < 1e-4
    with pytest.raises(ValueError, match="whole quanta"):
        synth.guest.write(wave[:100], 0, [0])


def test_a_clip_is_whole_steps_finite_and_comes_back_from_its_text() -> None:
    clip = clip_of(words(0.5, amplitude=1.2), RATE_HZ, 44_100)
    assert clip.frames == 22_050
    assert float(np.abs(clip.sound).max()) <= 1.0
    again = of_text(as_text(clip, 44_100))
    assert again.digest == clip.digest
    assert np.array_equal(again.sound, clip.sound)
    for wrong in (np.zeros((0, 2)), np.zeros((4, 3)), np.full((4, 2), np.nan), np.zeros((4, 2), np.int16)):
        with pytest.raises(ClipError):
            clip_of(wrong, RATE_HZ, RATE_HZ)
    channel = GuestChannel(RATE_HZ)
    assert channel.put(words(0.1), 5).frame == round(0.3 * RATE_HZ)  # as soon as can be


def test_what_was_too_much_to_keep_is_told_and_a_picture_shows_what_was_heard(
    spoken: tuple[np.ndarray, Speaker, Path, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    sound, speaker, _, _ = spoken
    picture = SittingPicture("", RATE_HZ, 3)
    for moment in speaker.moments:
        picture.moment(moment)
    again = np.concatenate(list(picture.again().portions()))
    assert np.array_equal(sound[: len(again)], again)
    monkeypatch.setattr(beside, "MOST_GUEST_BYTES", 1)
    forgetful = Speaker()
    _, sitting = played(tmp_path, forgetful)
    with Store(tmp_path) as store:
        record = store.read(sitting.id)
    (remark,) = rendered(record, tmp_path / "again.wav", Again(None, force=False, with_code=False))
    assert "s of what sounded beside the music were too much for the record to keep" in remark
