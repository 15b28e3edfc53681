// What the C++ programs share: the voice table as text, the block length, the envelope gate, the WAV file.
#pragma once
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <sndfile.h>
#include <vector>
#include <xmmintrin.h>

constexpr int BLOCK = 64;
constexpr double SAMPLE_RATE = 48000.;

struct Voice { double frequency, saw_1, saw_2, lfo_hz, lfo_phase, cutoff, pan, gain; };

inline std::vector<Voice> read_voices(const char* path) {
  FILE* file = fopen(path, "r");
  if (!file) { fprintf(stderr, "cannot read the voice table %s\n", path); exit(1); }
  std::vector<Voice> voices;
  for (Voice v; fscanf(file, "%lf %lf %lf %lf %lf %lf %lf %lf", &v.frequency, &v.saw_1, &v.saw_2, &v.lfo_hz,
                       &v.lfo_phase, &v.cutoff, &v.pan, &v.gain) == 8;)
    voices.push_back(v);
  fclose(file);
  return voices;
}

inline double gate_off_s(double duration_s) { return duration_s > 8 ? duration_s - 4 : duration_s + 10; }

inline double cutoff_hz(const Voice& v, double t) {
  return v.cutoff * (1.25 + .75 * std::sin(2 * M_PI * (v.lfo_hz * t + v.lfo_phase)));
}

inline SNDFILE* open_wav(const char* path) {
  SF_INFO info{};
  info.samplerate = int(SAMPLE_RATE); info.channels = 2; info.format = SF_FORMAT_WAV | SF_FORMAT_FLOAT;
  SNDFILE* file = sf_open(path, SFM_WRITE, &info);
  if (!file) { fprintf(stderr, "cannot write %s\n", path); exit(1); }
  return file;
}

inline void flush_denormals() { _mm_setcsr(_mm_getcsr() | 0x8040); }
