"""What keeps a bridge from being."""


class BridgeError(Exception):
    """Why a bridge cannot be: one sentence."""
