// Watches the level of one output port, cycle by cycle, with the moment of each: the subject is when it falls silent.
// Usage: levels PORT_PATTERN CYCLES OUT
//
// Until its standard input closes, or CYCLES are over, it keeps for each cycle the CLOCK_MONOTONIC at which it was
// called, the greatest absolute sample, and the place of the last sample above -70 dBFS (-1 for none). Writes rows of
// (double, float, int32) to OUT and prints one line of JSON with period and rate.
#include <jack/jack.h>
#include <math.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "port_wait.h"

static const float AUDIBLE = 3.1622777e-4f;  // -70 dBFS

struct row { double at_s; float peak; int32_t last; } __attribute__((packed));

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
  struct row row = {clock.tv_sec + clock.tv_nsec * 1e-9, 0.f, -1};
  for (jack_nframes_t i = 0; i < frames; i++) {
    const float size = fabsf(in[i]);
    if (size > row.peak) row.peak = size;
    if (size > AUDIBLE) row.last = (int32_t)i;
  }
  rows[at] = row;
  count = at + 1;
  return 0;
}

int main(int argc, char** argv) {
  if (argc != 4) { fprintf(stderr, "usage: levels PORT_PATTERN CYCLES OUT\n"); return 2; }
  jack_client_t* client = jack_client_open("levels", JackNoStartServer, NULL);
  if (!client) { fprintf(stderr, "levels: no JACK server.\n"); return 1; }
  capacity = strtoul(argv[2], NULL, 10);
  rows = malloc(capacity * sizeof *rows);
  memset(rows, 0, capacity * sizeof *rows);  // touch the pages now rather than in the callback
  input = jack_port_register(client, "in", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
  jack_set_process_callback(client, on_cycle, NULL);
  jack_activate(client);
  if (!connect_when_there(client, argv[1], "levels:in", 60000)) {
    fprintf(stderr, "levels: no port matches %s.\n", argv[1]);
    return 1;
  }
  puts("ready");
  fflush(stdout);
  while (getchar() != EOF) {}
  FILE* file = fopen(argv[3], "wb");
  const size_t kept = count;
  if (!file || fwrite(rows, sizeof *rows, kept, file) != kept) { fprintf(stderr, "levels: cannot write %s.\n", argv[3]); return 1; }
  fclose(file);
  printf("{\"period\":%u,\"rate\":%u}\n", jack_get_buffer_size(client), jack_get_sample_rate(client));
  fflush(stdout);
  _exit(0);  // closing the client can hang when the server has dropped it
}
