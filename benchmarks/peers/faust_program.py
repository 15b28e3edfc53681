"""Writes the whole patch as one Faust program; the host moves each voice's cutoff once a block.

usage: faust_program.py N > program.dsp
"""

import sys

from reference_patch import voices


def program(count: int) -> str:
    """Faust source with zones vI_frequency, vI_gate and vI_cutoff for each voice I."""
    lines = [
        'import("stdfaust.lib");',
        "saws(f) = 0.5 * (os.sawtooth(f * 0.997) + os.sawtooth(f * 1.003));",
    ]
    for i, voice in enumerate(voices(count)):
        pan = (voice.pan + 1) / 2
        lines += [
            f'f{i} = nentry("v{i}_frequency", {voice.frequency_hz:.6f}, 20, 8000, 0.001);',
            f'c{i} = nentry("v{i}_cutoff", {voice.cutoff_hz}, 50, 8000, 0.001);',
            f'a{i} = nentry("v{i}_gain", {voice.gain:.6f}, 0, 1, 0.0001);',
            f'p{i} = nentry("v{i}_pan", {pan:.6f}, 0, 1, 0.0001);',
            f'voice{i} = saws(f{i}) * en.adsr(2, 1, 0.8, 3, button("v{i}_gate")) : fi.svf.lp(c{i}, 1.0)',
            f"  : *(a{i}) <: *(cos(p{i} * ma.PI / 2)), *(sin(p{i} * ma.PI / 2));",
        ]
    mix = ", ".join(f"voice{i}" for i in range(count))
    lines += [
        f"mix = {mix} :> _, _;",
        "wet = re.zita_rev1_stereo(20, 200, 6000, 3, 2, 48000) : *(0.33), *(0.33);",
        "process = mix <: (_, _, wet) :> _, _;",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(program(int(sys.argv[1])), end="")
