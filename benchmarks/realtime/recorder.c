// Records what a client plays on two ports, with the frame clock of every cycle, and notes when it was first heard.
// Usage: recorder LEFT_PATTERN RIGHT_PATTERN SECONDS OUT
//
// Writes OUT.f32 (interleaved float32), OUT.frames (JACK's frame time of each cycle, uint32) and OUT.times (when
// each cycle was called, double), and prints one line of JSON; times are in seconds of CLOCK_MONOTONIC. Recording
// begins with the connection and lasts SECONDS from the first non-zero frame, so that a slow start costs nothing.
// It stops early if the ports vanish for 1 s, or when it is told to end by SIGTERM.
#include <jack/jack.h>
#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "port_wait.h"

enum { LONGEST_WAIT_S = 180, SHORTEST_PERIOD = 16 };
static const float AUDIBLE = 1e-3f;  // -60 dBFS

static jack_client_t* client;
static jack_port_t* input[2];
static float* sound;
static uint32_t* frame_times;
static double* call_times;
static size_t capacity;
static atomic_size_t recorded, blocks;
static atomic_int recording;
static double first_sound = -1, first_audible = -1, first_cycle = -1;
static atomic_int heard;
static jack_nframes_t period;
static volatile sig_atomic_t told_to_end;

static void end(int unused) {
  (void)unused;
  told_to_end = 1;
}

static int on_cycle(jack_nframes_t frames, void* unused) {
  (void)unused;
  if (!recording) return 0;
  const float* in[2] = {jack_port_get_buffer(input[0], frames), jack_port_get_buffer(input[1], frames)};
  struct timespec clock;
  clock_gettime(CLOCK_MONOTONIC, &clock);  // JACK's own cycle times lag behind on the dummy device
  const double now = clock.tv_sec + clock.tv_nsec * 1e-9;
  period = frames;
  if (first_cycle < 0) first_cycle = now;
  size_t at = recorded;
  for (jack_nframes_t i = 0; i < frames; i++) {
    const float l = in[0][i], r = in[1][i];
    const double time = now + i / (double)jack_get_sample_rate(client);
    if (first_sound < 0 && (l != 0.f || r != 0.f)) { first_sound = time; heard = 1; }
    if (first_audible < 0 && (fabsf(l) > AUDIBLE || fabsf(r) > AUDIBLE)) first_audible = time;
    if (heard && at + 1 < capacity) { sound[2 * at] = l; sound[2 * at + 1] = r; at++; }
  }
  if (heard && at != recorded) { frame_times[blocks] = jack_last_frame_time(client); call_times[blocks] = now; blocks++; recorded = at; }
  return 0;
}

static void write_file(const char* stem, const char* ending, const void* data, size_t size, size_t count) {
  char path[4096];
  snprintf(path, sizeof path, "%s.%s", stem, ending);
  FILE* file = fopen(path, "wb");
  if (!file || fwrite(data, size, count, file) != count) { fprintf(stderr, "recorder: cannot write %s.\n", path); exit(1); }
  fclose(file);
}

int main(int argc, char** argv) {
  if (argc != 5) { fprintf(stderr, "usage: recorder LEFT_PATTERN RIGHT_PATTERN SECONDS OUT\n"); return 2; }
  const double seconds = atof(argv[3]);
  client = jack_client_open("recorder", JackNoStartServer, NULL);
  if (!client) { fprintf(stderr, "recorder: no JACK server.\n"); return 1; }
  capacity = (size_t)(seconds * jack_get_sample_rate(client)) + jack_get_buffer_size(client);
  sound = malloc(capacity * 2 * sizeof *sound);
  frame_times = malloc(capacity * sizeof *frame_times);
  call_times = malloc((capacity / SHORTEST_PERIOD + 1) * sizeof *call_times);
  memset(sound, 0, capacity * 2 * sizeof *sound);  // touch the pages now rather than in the callback
  memset(frame_times, 0, capacity * sizeof *frame_times);
  memset(call_times, 0, (capacity / SHORTEST_PERIOD + 1) * sizeof *call_times);
  input[0] = jack_port_register(client, "left", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
  input[1] = jack_port_register(client, "right", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
  jack_set_process_callback(client, on_cycle, NULL);
  jack_activate(client);
  puts("ready");
  fflush(stdout);
  if (!connect_when_there(client, argv[1], "recorder:left", LONGEST_WAIT_S * 1000) ||
      !connect_when_there(client, argv[2], "recorder:right", 1000)) {
    fprintf(stderr, "recorder: no ports match %s and %s.\n", argv[1], argv[2]);
    return 1;
  }
  recording = 1;
  signal(SIGTERM, end);
  for (int waited = 0; !heard && waited < LONGEST_WAIT_S * 1000; waited++) usleep(1000);
  if (!heard) { fprintf(stderr, "recorder: nothing was heard for %d s.\n", LONGEST_WAIT_S); return 1; }
  for (int absent_ms = 0; !told_to_end && recorded + 1 < capacity && absent_ms < 1000; absent_ms = jack_port_connected(input[0]) ? 0 : absent_ms + 1)
    usleep(1000);
  recording = 0;
  usleep(50000);  // let a cycle that is under way finish
  write_file(argv[4], "f32", sound, 2 * sizeof *sound, recorded);
  write_file(argv[4], "frames", frame_times, sizeof *frame_times, blocks);
  write_file(argv[4], "times", call_times, sizeof *call_times, blocks);
  printf("{\"period\":%u,\"frames\":%zu,\"first_cycle_s\":%.6f,\"first_sound_s\":%.6f,\"first_audible_s\":%.6f}\n", period,
         (size_t)recorded, first_cycle, first_sound, first_audible);
  fflush(stdout);
  _exit(0);  // leaving without a farewell: closing the client can hang when the server has dropped it
}
