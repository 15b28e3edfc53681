"""The master: what all sound passes through last, so that nothing can come out too loud or broken.

    guard -> sub-sonic high-pass -> brightness -> openness -> lean -> level and fade -> governors -> limiter
    -> meters

A guest joins behind the governors (dsp.joined).

The guard makes silence of samples that are not numbers (or absurdly large), so no memory behind it
can be spoilt and none needs to be reset. Two channels are two lanes of a vector; the loudness of what
comes in (before the governors), of what goes out (one quantum late), and of the two parts that lean with the
breath are weighed together.
"""

# pyright: basic

from __future__ import annotations

import math

import numpy as np

from dsp.approximations import DECIBELS_PER_OCTAVE, decibels_to_gain, exp2_scalar, log2_scalar, tangent
from dsp.compiled import kernel
from dsp.crossing import sum_of
from dsp.filter import HIGHEST_CUTOFF, svf_step
from dsp.governor import CAP_LUFS, GOVERNOR, advance_gain, govern, prepare_governor
from dsp.joined import JOINED, is_joined, join, prepare_joined
from dsp.lanes import WIDTH, absolute, lane, load, select, splat, store
from dsp.lean import DAMPING, LEAN, lean_to, learn_balance, prepare_lean
from dsp.limiter import CEILING_DBTP, LIMITER, prepare_limiter, render_limiter
from dsp.loudness import METER, SECTION, SILENCE_LUFS, lufs, prepare_meter, section, two_states, weigh
from dsp.quantum import QUANTUM
from dsp.record import record_dtype
from dsp.rise import RISE, held_peak, highest_rise_db, prepare_rise, rounded

SUBSONIC_HZ = 22.0
"""Below hearing; takes away offsets too. Butterworth, second order."""

SHELF_HZ = 600.0
"""Corner of the shelf that opens the sound. Own choice: of 300 to 1200 Hz the one where a decibel moves the
spectral centroid about as far in every profile, and loudness hardly."""

LOUDEST = 32.0
"""30 dB over full scale: what is larger, or not a number, is broken and becomes silence."""

LEVEL_SMOOTH_S = 0.02
"""Time constant that rounds the corners of a ramp of the level. Our own choice."""

PANIC_FADE_S = 0.15

FADE = np.dtype([(name, np.float64) for name in ("level", "start", "target", "progress", "rate")])

MASTER = record_dtype(
    [
        ("high_pass", SECTION),
        ("high_pass_1", np.float32, (WIDTH,)),
        ("high_pass_2", np.float32, (WIDTH,)),
        ("low_pass", np.float32, (WIDTH,)),
        ("opening", np.float32),
        ("shelf", np.float32, (WIDTH,)),
        ("shelf_opening", np.float32),
        ("raised", np.float32),
        ("level", np.float32),
        ("amplitude", np.float32),
        ("fade", FADE),
        ("lean", LEAN),
        ("governor", GOVERNOR),
        ("rise", RISE),
        ("governor_gain", np.float32),
        ("limiter", LIMITER),
        ("meter", METER),
        ("bus", np.float32, (QUANTUM * WIDTH,)),
        ("joined", JOINED),
        ("out_left", np.float32, (QUANTUM,)),
        ("out_right", np.float32, (QUANTUM,)),
        ("momentary_lufs", np.float32),
        ("short_term_lufs", np.float32),
        ("true_peak_dbtp", np.float32),
        ("limiter_db", np.float32),
        ("broken_samples", np.int64),
    ],
)
"""Telemetry, all of the output: momentary_lufs and short_term_lufs, new every 20 ms; governor.gain_db
(0 or below); broken_samples, how many the guard has silenced so far; true_peak_dbtp and limiter_db (its
deepest gain) as of the last `take_peaks`."""


def prepare_master(
    master: np.void, sample_rate: int, cap_lufs: float = CAP_LUFS, ceiling_dbtp: float = CEILING_DBTP
) -> None:
    """Set up a zeroed MASTER record for a sample rate in Hz. Silent until the first `begin_fade`.

    Raises ValueError for a cap outside -60 to -10 LUFS or a ceiling above 0 dBTP.
    """
    master["high_pass"] = section(SUBSONIC_HZ, math.sqrt(0.5), sample_rate, 1.0, 0.0, 0.0)
    g = math.tan(math.pi * SHELF_HZ / sample_rate)
    master["shelf_opening"] = g / (1.0 + g)
    prepare_lean(master["lean"], sample_rate)
    prepare_governor(master["governor"], cap_lufs)
    prepare_rise(master["rise"])
    prepare_limiter(master["limiter"], sample_rate, ceiling_dbtp)
    prepare_meter(master["meter"], sample_rate)
    prepare_joined(master["joined"], sample_rate, cap_lufs)
    master["governor_gain"] = 1.0
    master["fade"]["progress"] = 1.0
    for name in ("momentary_lufs", "short_term_lufs", "true_peak_dbtp"):
        master[name] = SILENCE_LUFS


@kernel
def begin_fade(master, target, seconds, sample_rate):
    """Move the fade from where it is to `target` (0 to 1, amplitude) along a smoothstep."""
    fade = master.fade
    fade.start = fade.level
    fade.target = min(max(target, 0.0), 1.0)
    fade.progress = 0.0
    fade.rate = QUANTUM / (max(seconds, 0.03) * sample_rate)


@kernel
def take_peaks(master):
    """Bring true_peak_dbtp and limiter_db up to date and begin to look for new ones."""
    limiter = master.limiter
    master.true_peak_dbtp = DECIBELS_PER_OCTAVE * log2_scalar(max(limiter.true_peak, 1e-6))
    master.limiter_db = DECIBELS_PER_OCTAVE * log2_scalar(max(limiter.lowest_gain, 1e-6))
    limiter.true_peak = 0.0
    limiter.lowest_gain = 1.0


@kernel
def guarded(frames):
    """Eight samples, the broken ones made zero, and how many were."""
    sound = absolute(frames) <= LOUDEST
    return select(sound, frames, 0.0), sum_of(select(sound, splat(0.0), 1.0))


@kernel
def take_in(master, left, right):
    """Guard a quantum and lay it out on the bus: its two sides in lanes 0 and 1, 4 and 5, 6 and 7."""
    for i in range(0, QUANTUM, WIDTH):
        guarded_left, broken_left = guarded(load(left, i))
        guarded_right, broken_right = guarded(load(right, i))
        store(left, i, guarded_left)
        store(right, i, guarded_right)
        master.broken_samples += int(broken_left + broken_right)
    for i in range(QUANTUM):
        for lanes in (0, 4, 6):
            master.bus[i * WIDTH + lanes] = left[i]
            master.bus[i * WIDTH + lanes + 1] = right[i]


@kernel
def advance_fade(fade):
    """The fade's level one quantum later."""
    fade.progress = min(fade.progress + fade.rate, 1.0)
    u = fade.progress
    fade.level = fade.start + (fade.target - fade.start) * (u * u * (3.0 - 2.0 * u))
    return fade.level


@kernel
def shape(master, level_db, brightness_hz, open_db, breath, sample_rate):
    """High-pass, brightness, openness, lean, level and fade, on the bus."""
    level = decibels_to_gain(level_db)
    if level <= LOUDEST:
        master.level += (level - master.level) * (QUANTUM / (QUANTUM + LEVEL_SMOOTH_S * sample_rate))
        if master.level < 1e-7:
            master.level = 0.0
    amplitude_after = master.level * advance_fade(master.fade)
    g = tangent(splat(min(max(brightness_hz / sample_rate, 0.0), HIGHEST_CUTOFF)))
    opening_after = lane(g / (1.0 + g), 0)
    amplitude = float(master.amplitude)
    amplitude_step = (amplitude_after - amplitude) * (1.0 / QUANTUM)
    opening = float(master.opening)
    opening_step = (opening_after - opening) * (1.0 / QUANTUM)
    raised_after = decibels_to_gain(open_db) - 1.0
    raised = float(master.raised)
    raised_step = (raised_after - raised) * (1.0 / QUANTUM)
    high_pass_1 = load(master.high_pass_1, 0)
    high_pass_2 = load(master.high_pass_2, 0)
    low_pass = load(master.low_pass, 0)
    shelf = load(master.shelf, 0)
    lean = master.lean
    band_memory = load(lean.band_memory, 0)
    low_memory = load(lean.low_memory, 0)
    of_low = load(lean.of_low, 0)
    of_band = load(lean.of_band, 0)
    of_high = load(lean.of_high, 0)
    lean_to(lean, breath)
    of_low_step = (load(lean.of_low, 0) - of_low) * (1.0 / QUANTUM)
    of_band_step = (load(lean.of_band, 0) - of_band) * (1.0 / QUANTUM)
    of_high_step = (load(lean.of_high, 0) - of_high) * (1.0 / QUANTUM)
    for i in range(QUANTUM):
        amplitude += amplitude_step
        opening += opening_step
        x, high_pass_1, high_pass_2 = two_states(
            master.high_pass, load(master.bus, i * WIDTH), high_pass_1, high_pass_2
        )
        move = (x - low_pass) * opening
        x = low_pass + move
        low_pass = x + move
        raised += raised_step
        move = (x - shelf) * float(master.shelf_opening)
        low = shelf + move
        shelf = low + move
        x = x + (x - low) * raised
        low = low_memory
        band = band_memory
        band_memory, low_memory = svf_step(x, band_memory, low_memory, lean.p, lean.q, lean.r)
        low = 0.5 * (low + low_memory)
        band = (0.5 * DAMPING) * (band + band_memory)
        of_low = of_low + of_low_step
        of_band = of_band + of_band_step
        of_high = of_high + of_high_step
        x = of_low * low + (of_band * band + of_high * (x - low - band))
        store(master.bus, i * WIDTH, x * amplitude)
    store(master.high_pass_1, 0, high_pass_1)
    store(master.high_pass_2, 0, high_pass_2)
    store(master.low_pass, 0, low_pass)
    store(master.shelf, 0, shelf)
    store(lean.band_memory, 0, band_memory)
    store(lean.low_memory, 0, low_memory)
    master.amplitude = amplitude_after
    master.opening = opening_after
    master.raised = raised_after


@kernel
def hold_loudness(master, left, right, lean_db, sample_rate):
    """Weigh the bus and the last output, and write the bus times the governors' gain to the channels."""
    for i in range(QUANTUM):
        master.bus[i * WIDTH + 2] = master.out_left[i]
        master.bus[i * WIDTH + 3] = master.out_right[i]
    meter = master.meter
    if weigh(meter, master.bus):
        master.momentary_lufs = lufs(meter.momentary[1])
        master.short_term_lufs = lufs(meter.short_term[1])
        block_s = meter.block_quanta * QUANTUM / sample_rate
        learn_balance(master.lean, meter, lean_db, block_s)
        rise_db = highest_rise_db(master.rise, meter, block_s)
        govern(
            master.governor, lufs(meter.momentary[0]), float(master.short_term_lufs), rise_db, block_s
        )
    gain_db = advance_gain(master.governor, QUANTUM / sample_rate)
    wanted = float(exp2_scalar(gain_db / DECIBELS_PER_OCTAVE))
    power = (float(meter.latest[0]) + float(meter.latest[1])) / QUANTUM
    after = held_peak(master.rise, power, wanted)
    if after < wanted:
        master.governor.gain_db = DECIBELS_PER_OCTAVE * float(log2_scalar(after))
    after = rounded(master.rise, after)
    gain = float(master.governor_gain)
    step = (after - gain) * (1.0 / QUANTUM)
    for i in range(QUANTUM):
        gain += step
        left[i] = master.bus[i * WIDTH] * gain
        right[i] = master.bus[i * WIDTH + 1] * gain
    master.governor_gain = after


@kernel
def render_master(master, left, right, level_db, brightness_hz, open_db, lean_db, breath, sample_rate):
    """Pass one quantum through the whole chain, in place; it comes out limiter.LATENCY frames late.

    level_db        -60 (off) to +6
    brightness_hz   corner of a gentle low-pass (6 dB an octave), 400 to 20000
    open_db         how far all above SHELF_HZ is raised, -6 to 6 (first order)
    lean_db         how far the sound shall lean with the breath, peak to peak (dsp.lean)
    breath          -1 (lungs empty) to 1
    All are reached from quantum to quantum in straight lines, the level with its corners rounded.
    """
    take_in(master, left, right)
    amplitude = float(master.amplitude)
    shape(master, level_db, brightness_hz, open_db, breath, sample_rate)
    hold_loudness(master, left, right, lean_db, sample_rate)
    joined = master.joined
    if not is_joined(joined, master.meter, sample_rate):
        render_limiter(master.limiter, left, right)
        keep(left, right, master.out_left, master.out_right)
        keep(left, right, joined.out_left, joined.out_right)
        return
    keep(left, right, master.out_left, master.out_right)
    join(
        joined, master.high_pass, left, right, amplitude, float(master.amplitude), master.governor,
        sample_rate,
    )
    master.momentary_lufs = lufs(joined.meter.momentary[1])
    master.short_term_lufs = lufs(joined.meter.short_term[1])
    render_limiter(master.limiter, left, right)
    keep(left, right, joined.out_left, joined.out_right)


@kernel
def keep(left, right, kept_left, kept_right):
    """Copy a quantum."""
    for i in range(0, QUANTUM, WIDTH):
        store(kept_left, i, load(left, i))
        store(kept_right, i, load(right, i))
