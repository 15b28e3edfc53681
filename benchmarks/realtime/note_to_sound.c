// How long a played note takes: two JACK clients, one that sends MIDI notes and one that listens for their sound.
// Each note is sent at a random place of the longest period once all is quiet; told is the distance in frames from the event's
// own time to the first sample over the threshold, or -1 where none came within a second; and how many cycles the
// server skipped from a period before the event to the sound. What comes in such a cycle is lost for every client,
// so where it was a key's going up all are let go again after a second.
// usage: note_to_sound MIDI_PORT AUDIO_PORT NOTES SEED
#include <jack/jack.h>
#include <jack/midiport.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "port_wait.h"

// Quiet for longer than half a wave of the lowest key (48: 3.8 ms) is quiet and no crossing of zero.
enum { QUIET_S_1000 = 15, HELD_S_1000 = 8, GIVEN_UP_S = 1, LONGEST_PERIOD = 1024, ALL_NOTES_OFF = 123 };
static const float THRESHOLD = 1e-7f;

static jack_client_t *sender, *listener;
static jack_port_t *midi, *audio;
static atomic_int waiting, done, xruns;       // waiting: a note is out and has not been heard
static atomic_int jumps;                      // cycles that do not begin where the last one ended
static _Atomic jack_nframes_t sent, quiet_since;
static jack_nframes_t due, off_at;
static int off_key = -1, rate, *told, *skipped, lost;
static atomic_int wanted;
static int seen, before;                      // jumps as a sent cycle began, and as that before it did
static jack_nframes_t ends;
static unsigned long long state;

static unsigned draw(unsigned below) {  // xorshift: rand() may lock
  state ^= state << 13; state ^= state >> 7; state ^= state << 17;
  return (unsigned)(state >> 33) % below;
}

static void put(void* buffer, jack_nframes_t at, int status, int key, int velocity) {
  unsigned char* event = jack_midi_event_reserve(buffer, at, 3);
  if (event) { event[0] = status; event[1] = key; event[2] = velocity; }
}

static int on_send(jack_nframes_t frames, void* unused) {
  (void)unused;
  void* buffer = jack_port_get_buffer(midi, frames);
  jack_midi_clear_buffer(buffer);
  const jack_nframes_t now = jack_last_frame_time(sender);
  const jack_nframes_t silent = quiet_since;
  if (off_key < 0 && !waiting && !silent && (int)(now - off_at) > rate * GIVEN_UP_S && done > 0 && done < wanted) {
    put(buffer, 0, 0xb0, ALL_NOTES_OFF, 0);
    off_at = now;
    lost++;
  }
  if (done == wanted) return 0;  // the last key stays down, as where a cable is pulled
  if (off_key >= 0 && (int)(off_at - now) < (int)frames) {
    put(buffer, (int)(off_at - now) > 0 ? off_at - now : 0, 0x80, off_key, 0);
    off_key = -1;
    due = 0;
  } else if (off_key < 0 && !waiting && done < wanted) {
    const jack_nframes_t quiet = quiet_since;
    if (quiet && now - quiet > (unsigned)(rate * QUIET_S_1000 / 1000)) {
      if (!due) due = now + draw(LONGEST_PERIOD) + 1;
      if ((int)(due - now) < (int)frames) {
        const jack_nframes_t at = (int)(due - now) > 0 ? due - now : 0;
        off_key = 48 + draw(36);
        put(buffer, at, 0x90, off_key, 60 + draw(60));
        off_at = now + at + rate * HELD_S_1000 / 1000;
        sent = now + at;
        before = seen;
        waiting = 1;
      }
    }
  }
  seen = jumps;
  return 0;
}

static int on_hear(jack_nframes_t frames, void* unused) {
  (void)unused;
  const float* in = jack_port_get_buffer(audio, frames);
  const jack_nframes_t now = jack_last_frame_time(listener);
  if (ends && now != ends) jumps++;
  ends = now + frames;
  for (jack_nframes_t i = 0; i < frames; i++) {
    const int loud = fabsf(in[i]) > THRESHOLD;
    if (loud) quiet_since = 0;
    else if (!quiet_since) quiet_since = now + i ? now + i : 1;
    if (waiting && (loud || now + i - sent > (unsigned)(rate * GIVEN_UP_S)) && (int)(now + i - sent) >= 0) {
      skipped[done] = jumps - before;
      told[done] = loud ? (int)(now + i - sent) : -1;
      waiting = 0;
      done++;
    }
  }
  return 0;
}

static int on_xrun(void* unused) { (void)unused; xruns++; return 0; }

int main(int count, char** words) {
  if (count != 5) return 2;
  const int notes = atoi(words[3]);
  state = 88172645463325252ull + atoi(words[4]);
  told = calloc(notes, sizeof *told);
  skipped = calloc(notes, sizeof *skipped);
  sender = jack_client_open("note_sender", JackNoStartServer, NULL);
  listener = jack_client_open("note_listener", JackNoStartServer, NULL);
  if (!sender || !listener) { fprintf(stderr, "note_to_sound: no JACK server.\n"); return 1; }
  rate = jack_get_sample_rate(sender);
  midi = jack_port_register(sender, "keys", JACK_DEFAULT_MIDI_TYPE, JackPortIsOutput, 0);
  audio = jack_port_register(listener, "in", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
  jack_set_process_callback(sender, on_send, NULL);
  jack_set_process_callback(listener, on_hear, NULL);
  jack_set_xrun_callback(listener, on_xrun, NULL);
  jack_activate(sender);
  jack_activate(listener);
  if (!connect_when_there(listener, words[2], "note_listener:in", 60000)) return 3;
  wanted = 0;  // nothing is sent before whoever plays has connected the keys, as it does by itself
  for (int waited = 0; !jack_port_connected_to(midi, words[1]); waited++) {
    if (waited > 60000) return 4;
    usleep(1000);
  }
  wanted = notes;
  while (done < wanted) usleep(10000);
  jack_deactivate(sender);
  for (int n = 0; n < wanted; n++) printf("%d %d\n", told[n], skipped[n]);
  printf("xruns %d lost %d\n", (int)xruns, lost);
  fflush(stdout);
  _exit(0);
}
