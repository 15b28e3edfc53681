"""The patch of `--synth pyo`: what the foreground would sing, as soft bells over a breath of air."""

# pyo's own types are those of its defaults.
# pyright: basic, reportArgumentType=false, reportAttributeAccessIssue=false

import pyo


def patch(body):
    """Pink noise in a narrow band that opens as the music brightens and swells with its breath."""
    air = pyo.PinkNoise(mul=[0.5, 0.5])
    band = pyo.ButBP(air, freq=300 + 900 * body.brightness, q=3)
    return pyo.Tone(band, freq=2500, mul=0.02 + 0.05 * body.breath)


def note(body, note):
    """Two sines an octave and a bit apart, the upper one gone sooner: struck metal, far away."""
    hz = pyo.midiToHz(note.pitch)
    low = pyo.Expseg([(0, 0), (0.02, 1), (3.0 + note.seconds, 0)], exp=4).play()
    high = pyo.Expseg([(0, 0), (0.005, 1), (0.9, 0)], exp=5).play()
    strength = 0.09 * note.velocity
    tone = pyo.Sine(hz, mul=low * strength)
    shine = pyo.Sine(hz * 2.76, mul=high * strength * (0.1 + 0.3 * body.brightness))
    return pyo.Pan(tone + shine, outs=2, pan=0.5 + 0.4 * note.pan)
