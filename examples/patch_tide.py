"""A patch for `calando play --synth pyo:examples/patch_tide.py`: waves that come and go with the breath.

Listen to it alone too: `--alone`. Whatever `patch(body)` returns sounds instead of the foreground, beside the
bed, under Calando's own limiter and cap. `body` has tempo, density, brightness, breath, level and heart,
each a signal of pyo's.
"""

# pyo's own types are those of its defaults.
# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false

import pyo


def patch(body):
    # Two seas that never quite agree, so that left and right drift apart.
    drift = pyo.Sine(freq=[0.031, 0.043], mul=0.15, add=1.0)
    water = pyo.ButHP(pyo.PinkNoise(mul=[0.9, 0.9]), freq=180)
    wave = body.breath * body.breath
    surf = pyo.ButBP(water, freq=(350 + 1400 * wave * body.brightness) * drift, q=1.5, mul=0.01 + 0.3 * wave)
    # Foam: what is bright in it only at the height of a wave.
    foam = pyo.ButHP(water, freq=3500, mul=0.02 * wave * wave * (0.3 + body.brightness))
    return surf + foam


def note(body, note):
    # The melody from under the water: a sine with a slow onset, darker the deeper it lies.
    hz = pyo.midiToHz(note.pitch - 12)
    rise = pyo.Linseg([(0, 0), (0.4, 1), (0.8 + note.seconds, 0.6), (4.5 + note.seconds, 0)]).play()
    wobble = pyo.Sine(freq=body.tempo / 60.0, mul=hz * 0.002, add=hz)
    return pyo.Pan(pyo.Sine(wobble, mul=0.015 * note.velocity * rise), outs=2, pan=0.5 + 0.45 * note.pan)
