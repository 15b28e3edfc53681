// Waiting for a client that is still starting: connects an input to the first output port that matches.
#pragma once
#include <jack/jack.h>
#include <unistd.h>

static int connect_kind_when_there(
    jack_client_t* client, const char* pattern, const char* kind, const char* input, int timeout_ms) {
  for (int waited = 0; waited < timeout_ms; waited++) {
    const char** ports = jack_get_ports(client, pattern, kind, JackPortIsOutput);
    const int done = ports && ports[0] && !jack_connect(client, ports[0], input);
    if (ports) jack_free(ports);
    if (done) return 1;
    usleep(1000);
  }
  return 0;
}

static inline int connect_when_there(
    jack_client_t* client, const char* pattern, const char* input, int timeout_ms) {
  return connect_kind_when_there(client, pattern, JACK_DEFAULT_AUDIO_TYPE, input, timeout_ms);
}
