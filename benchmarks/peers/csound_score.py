"""Writes the patch as a Csound document: vco2, zdf_2pole, pan2 and reverbsc, 64 samples a control period.

usage: csound_score.py N SECONDS > pad.csd
"""

import sys

from reference_patch import SAMPLE_RATE, WET, gate_off_s, voices

ORCHESTRA = f"""<CsoundSynthesizer>
<CsInstruments>
sr = {SAMPLE_RATE}
ksmps = 64
nchnls = 2
0dbfs = 1
gaL init 0
gaR init 0
instr 1 ; p4 frequency, p5 LFO rate, p6 LFO phase, p7 cutoff, p8 pan 0..1, p9 gain
kenv linsegr 0, 2, 1, 1, 0.8, 1, 0.8, 3, 0
klfo oscil 1, p5, -1, p6
kcut = p7*(1.25+0.75*klfo)
a1 vco2 0.5, p4*0.997
a2 vco2 0.5, p4*1.003
aenv interp kenv
alp zdf_2pole (a1+a2)*aenv, kcut, 1
al, ar pan2 alp*p9, p8
gaL += al
gaR += ar
endin
instr 99
awl, awr reverbsc gaL, gaR, 0.85, 8000
outs gaL+{WET}*awl, gaR+{WET}*awr
clear gaL, gaR
endin
</CsInstruments>
<CsScore>
"""


def document(count: int, duration_s: float) -> str:
    """The whole .csd: the reverb runs throughout, the notes until the gate closes."""
    until = min(gate_off_s(duration_s), duration_s)
    notes = [
        f"i 1 0 {until} {v.frequency_hz:.6f} {v.lfo_hz} {v.lfo_phase:.6f} {v.cutoff_hz} "
        f"{(v.pan + 1) / 2:.6f} {v.gain:.6f}\n"
        for v in voices(count)
    ]
    return ORCHESTRA + f"i 99 0 {duration_s}\n" + "".join(notes) + "e\n</CsScore>\n</CsoundSynthesizer>\n"


if __name__ == "__main__":
    print(document(int(sys.argv[1]), float(sys.argv[2])), end="")
