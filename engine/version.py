"""The version of Calando, here and nowhere else: to look it up among the installed packages takes 40 ms."""

VERSION = "0.1.0"
