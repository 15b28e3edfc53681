"""Claim: the wheel for aarch64, built here, plays there what this machine plays, sample for sample.

The wheel is built with machine code for aarch64. A Python of Debian's for that processor and the wheels that
ours asks for are fetched and laid into a folder, nothing is installed. Under `qemu-aarch64-static` that
Python then renders a sitting, whose samples are compared with this machine's own. qemu says nothing of time.
Needs Debian's qemu-user-static and binutils-aarch64-linux-gnu, and apt-get.

    python benchmarks/arm_wheel.py [--profile relax] [--seconds 20]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soundfile
from calando_command import COMMAND, REPOSITORY, environment
from report import show_table, write_json
from rich.console import Console

PYTHON = "3.11"
SYSTEM = (
    f"python{PYTHON}-minimal", f"libpython{PYTHON}-minimal", f"libpython{PYTHON}-stdlib", "libc6", "zlib1g",
    "libexpat1", "libffi8", "libsqlite3-0", "liblzma5", "libbz2-1.0", "libuuid1", "libgcc-s1", "libstdc++6",
    "libssl3", "libcrypt1", "libportaudio2", "libasound2", "libjack-jackd2-0", "libdb5.3",
)  # fmt: skip
"""What of Debian 12 a Python with a sound device's library stands on."""
GLIBCS = ("2014", "_2_17", "_2_27", "_2_28", "_2_31", "_2_34")
"""Of the wheels that run on Debian 12, whose glibc is 2.36."""
EMULATOR = "qemu-aarch64-static"
NEEDED = (EMULATOR, "aarch64-linux-gnu-ld", "apt-get", "dpkg")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--profile", default="relax")
    parser.add_argument("--seconds", type=int, default=20, help="length of the sitting (20)")
    asked = parser.parse_args()
    if lacking := [name for name in NEEDED if not shutil.which(name)]:
        print(f"This needs {', '.join(lacking)}: apt-get install qemu-user-static binutils-aarch64-linux-gnu")
        return 1
    render = ["render", asked.profile, "--seed", "7", "--duration", f"{asked.seconds}s", "--force", "-o"]
    with TemporaryDirectory() as name, Console().status("") as status:
        folder = Path(name)
        status.update("the wheel is built")
        wheel = built(folder / "dist")
        status.update("a Python for aarch64 is fetched")
        system = debian(folder / "system")
        status.update("the wheels that ours asks for are fetched")
        site = unpacked(wheel, folder / "site")
        status.update("the sitting is rendered under qemu")
        run = [EMULATOR, "-L", str(system), str(system / "usr" / "bin" / f"python{PYTHON}"), "-m", "calando"]
        there = environment(folder / "home") | {
            "PYTHONPATH": str(site), "PYTHONHOME": str(system / "usr"), "HOME": str(folder),
        }  # fmt: skip
        subprocess.run([*run, *render, str(folder / "there.wav")], env=there, cwd=folder, check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip
        status.update("and here")
        here = os.environ | {"PYTHONPATH": str(REPOSITORY)}
        subprocess.run([*COMMAND, *render, str(folder / "here.wav")], env=here, check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip
        pair = [soundfile.read(folder / f"{place}.wav", dtype="float32")[0] for place in ("there", "here")]
        found = {
            "wheel_mb": wheel.stat().st_size / 1e6,
            "installed_mb": sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) / 1e6,
            "samples": int(pair[0].size),
            "greatest_difference": float(np.abs(pair[0] - pair[1]).max()) if len(pair[0]) == len(pair[1])
            else None,
        }  # fmt: skip
    rows = [[words, f"{found[key]:g}"] for key, words in (
        ("wheel_mb", "wheel, MB"), ("installed_mb", "it and all that it needs, MB"),
        ("samples", "samples compared"), ("greatest_difference", "greatest difference of a sample"),
    )]  # fmt: skip
    show_table("A wheel for aarch64, under qemu", ["", ""], rows)
    print(f"Written to {write_json('arm_wheel', found)}")
    return 0 if found["greatest_difference"] == 0.0 else 1


def built(dist: Path) -> Path:
    """Our wheel for aarch64."""
    command = [sys.executable, "-W", "ignore", "-m", "hatchling", "build", "-t", "wheel", "-d", str(dist)]
    subprocess.run(command, cwd=REPOSITORY, env=os.environ | {"CALANDO_LEVELS": "aarch64"}, check=True,
                   stdout=subprocess.DEVNULL)  # fmt: skip
    (wheel,) = dist.glob("*aarch64.whl")
    return wheel


def debian(system: Path) -> Path:
    """Debian 12's packages for arm64, fetched by an apt of its own and unpacked."""
    for part in ("state/lists/partial", "cache/archives/partial", "debs"):
        (system / part).mkdir(parents=True)
    (system / "status").touch()
    (system / "sources.list").write_text("deb http://deb.debian.org/debian bookworm main\n")
    places = {
        "APT::Architecture": "arm64", "APT::Architectures": "arm64", "APT::Sandbox::User": "root",
        "Dir::State": system / "state", "Dir::State::status": system / "status",
        "Dir::Cache": system / "cache", "Dir::Etc::sourcelist": system / "sources.list",
        "Dir::Etc::sourceparts": "-",
    }  # fmt: skip
    apt = ["apt-get", "-qq", *(word for key, value in places.items() for word in ("-o", f"{key}={value}"))]
    subprocess.run([*apt, "update"], check=True)
    subprocess.run([*apt, "download", *SYSTEM], cwd=system / "debs", check=True)
    for package in (system / "debs").glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, system], check=True)
    return system


def unpacked(wheel: Path, site: Path) -> Path:
    """Our wheel and all that it asks for, as one folder to import from."""
    beside = wheel.parent / "needed"
    kinds = [word for glibc in GLIBCS for word in ("--platform", f"manylinux{glibc}_aarch64")]
    abis = [word for abi in ("cp311", "abi3", "none") for word in ("--abi", abi)]
    command = [sys.executable, "-m", "pip", "download", "-q", "--only-binary", ":all:", *kinds, *abis]
    where = ["--python-version", PYTHON, "--implementation", "cp", "-d", str(beside), str(wheel)]
    subprocess.run([*command, *where], check=True)
    for each in beside.glob("*.whl"):
        with zipfile.ZipFile(each) as archive:
            archive.extractall(site)
    return site


if __name__ == "__main__":
    sys.exit(main())
