"""Words of feeling to a point on valence and arousal, and from there to a profile."""
