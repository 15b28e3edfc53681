// Drop-out monitor: an independent JACK client that listens to one output port and counts what is lost.
// Usage: monitor PORT_PATTERN SECONDS signal|ramp
//
// Counting begins half a second after the first sound. A cycle is lost when JACK's frame clock jumps over it; where
// the clock then steps back, because the server made the late cycle up, the cycle is given back. A cycle is silent
// when it holds nothing but zeros. With `ramp` the port must play k / 65536 modulo 1, and breaks in that ramp are
// counted too. Prints one line of JSON.
#include <jack/jack.h>
#include <math.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "port_wait.h"

static jack_client_t* client;
static jack_port_t* input;
static int check_ramp;
static atomic_int counting, heard;
static atomic_long cycles, lost_cycles, jumps, silent_cycles, ramp_breaks, xruns;
static jack_nframes_t last_frame, period;
static long silent_run, longest_lost, longest_silent;  // cycles
static int have_last;
static float previous;

static int on_xrun(void* unused) {
  (void)unused;
  if (counting) xruns++;
  return 0;
}

static int on_cycle(jack_nframes_t frames, void* unused) {
  (void)unused;
  const float* in = jack_port_get_buffer(input, frames);
  const jack_nframes_t now = jack_last_frame_time(client);
  int silent = 1;
  for (jack_nframes_t i = 0; i < frames; i++) silent &= in[i] == 0.f;
  if (!heard && !silent) heard = 1;
  if (counting) {
    period = frames;
    if (have_last && now != last_frame + frames) {
      const long lost = (int32_t)(now - last_frame) / (int32_t)frames - 1;
      jumps++; lost_cycles += lost;
      if (lost > longest_lost) longest_lost = lost;
    }
    cycles++;
    silent_run = silent ? silent_run + 1 : 0;
    silent_cycles += silent;
    if (silent_run > longest_silent) longest_silent = silent_run;
    if (check_ramp && have_last) {
      int breaks = 0;
      float before = previous;
      for (jack_nframes_t i = 0; i < frames; i++) {
        double step = in[i] - before - 1. / 65536;
        step -= floor(step + .5);
        breaks += fabs(step) > 1e-4;
        before = in[i];
      }
      ramp_breaks += breaks > 0;
    }
    have_last = 1; last_frame = now;
  }
  previous = in[frames - 1];
  return 0;
}

int main(int argc, char** argv) {
  if (argc != 4) { fprintf(stderr, "usage: monitor PORT_PATTERN SECONDS signal|ramp\n"); return 2; }
  const double seconds = atof(argv[2]);
  check_ramp = !strcmp(argv[3], "ramp");
  client = jack_client_open("monitor", JackNoStartServer, NULL);
  if (!client) { fprintf(stderr, "monitor: no JACK server.\n"); return 1; }
  input = jack_port_register(client, "in", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
  jack_set_process_callback(client, on_cycle, NULL);
  jack_set_xrun_callback(client, on_xrun, NULL);
  jack_activate(client);
  if (!connect_when_there(client, argv[1], "monitor:in", 60000)) {
    fprintf(stderr, "monitor: no port matches %s.\n", argv[1]);
    return 1;
  }
  for (int waited = 0; !heard && waited < 30000; waited++) usleep(1000);
  if (!heard) { fprintf(stderr, "monitor: %s stayed silent for 30 s.\n", argv[1]); return 1; }
  usleep(500000);
  counting = 1;
  usleep((useconds_t)(seconds * 1e6));
  counting = 0;
  printf("{\"period\":%u,\"cycles\":%ld,\"lost_cycles\":%ld,\"jumps\":%ld,\"silent_cycles\":%ld,\"ramp_breaks\":%ld,"
         "\"xruns\":%ld,\"longest_lost\":%ld,\"longest_silent\":%ld}\n",
         period, cycles, lost_cycles, jumps, silent_cycles, ramp_breaks, xruns, longest_lost, longest_silent);
  fflush(stdout);
  _exit(0);  // leaving without a farewell: closing the client can hang when the server has dropped it
}
