// Hears MIDI clock and sound: a JACK client that tells, with its frame, every byte of a clock and every beginning of
// a sound after quiet, until the clock's Stop, or for so many seconds.
// usage: clock_heard MIDI_PORT AUDIO_PORT SECONDS
// prints: FRAME tick|start|stop|sound, a line each, then "xruns N"
#include <jack/jack.h>
#include <jack/midiport.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "port_wait.h"

enum { MOST = 1 << 20, QUIET_FRAMES = 4800 };
static const float THRESHOLD = 1e-7f;
static struct { jack_nframes_t frame; int what; } heard[MOST];
static atomic_int count, over, xruns;
static jack_client_t *client;
static jack_port_t *midi, *audio;
static jack_nframes_t quiet;

static void tell(jack_nframes_t frame, int what) {
  if (count < MOST) { heard[count].frame = frame; heard[count].what = what; count++; }
}

static int process(jack_nframes_t frames, void* unused) {
  (void)unused;
  const jack_nframes_t now = jack_last_frame_time(client);
  void* buffer = jack_port_get_buffer(midi, frames);
  jack_midi_event_t event;
  for (unsigned n = 0; n < jack_midi_get_event_count(buffer); n++)
    if (!jack_midi_event_get(&event, buffer, n) && event.size == 1) {
      tell(now + event.time, event.buffer[0]);
      if (event.buffer[0] == 0xFC) over = 1;
    }
  const float* in = jack_port_get_buffer(audio, frames);
  for (jack_nframes_t i = 0; i < frames; i++) {
    if (fabsf(in[i]) <= THRESHOLD) { quiet++; continue; }
    if (quiet > QUIET_FRAMES) tell(now + i, 0);
    quiet = 0;
  }
  return 0;
}

static int on_xrun(void* unused) { (void)unused; xruns++; return 0; }

int main(int argc, char** words) {
  if (argc != 4) return 2;
  client = jack_client_open("clock_listener", JackNoStartServer, NULL);
  if (!client) { fprintf(stderr, "clock_heard: no JACK server.\n"); return 1; }
  midi = jack_port_register(client, "clock", JACK_DEFAULT_MIDI_TYPE, JackPortIsInput, 0);
  audio = jack_port_register(client, "in", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
  jack_set_process_callback(client, process, NULL);
  jack_set_xrun_callback(client, on_xrun, NULL);
  jack_activate(client);
  if (!connect_kind_when_there(client, words[1], JACK_DEFAULT_MIDI_TYPE, "clock_listener:clock", 60000)) return 3;
  if (!connect_when_there(client, words[2], "clock_listener:in", 60000)) return 3;
  printf("connected\n");
  fflush(stdout);
  for (int left = atoi(words[3]) * 100; left > 0 && !over; left--) usleep(10000);
  for (int n = 0; n < count; n++) {
    const int what = heard[n].what;
    const char* name = what == 0xF8 ? "tick" : what == 0xFA ? "start" : what == 0xFC ? "stop" : "sound";
    printf("%u %s\n", heard[n].frame, name);
  }
  printf("xruns %d\n", (int)xruns);
  fflush(stdout);
  _exit(0);
}
