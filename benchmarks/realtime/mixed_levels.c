// Watches the level of all that matching clients play together, cycle by cycle, whoever comes and goes.
// Usage: mixed_levels PORT_PATTERN CYCLES OUT
//
// Every output port that matches is connected to one input, where JACK adds them up, within 5 ms of its coming. Until
// standard input closes, or CYCLES are over, each cycle's CLOCK_MONOTONIC, greatest absolute sample and number of
// sources are kept; rows of (double, float, int32) go to OUT, and one line of JSON with period and rate is printed.
#include <jack/jack.h>
#include <math.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct row { double at_s; float peak; int32_t sources; } __attribute__((packed));

static jack_port_t* input;
static struct row* rows;
static size_t capacity;
static atomic_size_t count;

static int on_cycle(jack_nframes_t frames, void* unused) {
  (void)unused;
  size_t at = count;
  if (at >= capacity) return 0;
  const float* in = jack_port_get_buffer(input, frames);
  struct timespec clock;
  clock_gettime(CLOCK_MONOTONIC, &clock);
  struct row row = {clock.tv_sec + clock.tv_nsec * 1e-9, 0.f, jack_port_connected(input)};
  for (jack_nframes_t i = 0; i < frames; i++) {
    const float size = fabsf(in[i]);
    if (size > row.peak) row.peak = size;
  }
  rows[at] = row;
  count = at + 1;
  return 0;
}

int main(int argc, char** argv) {
  if (argc != 4) { fprintf(stderr, "usage: mixed_levels PORT_PATTERN CYCLES OUT\n"); return 2; }
  jack_client_t* client = jack_client_open("mixed_levels", JackNoStartServer, NULL);
  if (!client) { fprintf(stderr, "mixed_levels: no JACK server.\n"); return 1; }
  capacity = strtoul(argv[2], NULL, 10);
  rows = malloc(capacity * sizeof *rows);
  memset(rows, 0, capacity * sizeof *rows);  // touch the pages now rather than in the callback
  input = jack_port_register(client, "in", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
  jack_set_process_callback(client, on_cycle, NULL);
  jack_activate(client);
  puts("ready");
  fflush(stdout);
  struct pollfd end = {0, POLLIN, 0};
  while (poll(&end, 1, 5) == 0) {
    const char** ports = jack_get_ports(client, argv[1], JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput);
    for (const char** port = ports; port && *port; port++)
      if (!jack_port_connected_to(input, *port)) jack_connect(client, *port, "mixed_levels:in");
    if (ports) jack_free(ports);
  }
  FILE* file = fopen(argv[3], "wb");
  const size_t kept = count;
  if (!file || fwrite(rows, sizeof *rows, kept, file) != kept) { fprintf(stderr, "mixed_levels: cannot write %s.\n", argv[3]); return 1; }
  fclose(file);
  printf("{\"period\":%u,\"rate\":%u}\n", jack_get_buffer_size(client), jack_get_sample_rate(client));
  fflush(stdout);
  _exit(0);  // closing the client can hang when the server has dropped it
}
