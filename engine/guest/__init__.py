"""Guest: sound that is not the engine's own, put beside the music: spoken words, recordings, other synths."""
