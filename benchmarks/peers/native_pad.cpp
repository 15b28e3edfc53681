// The limit by hand: structure of arrays, 8 voices a vector (AVX2), 64-frame blocks, coefficients once a block
// with linear ramps between. Usage: native_pad VOICES.txt SECONDS OUT.wav
#include "pad_host.hpp"
#include <cstring>

constexpr int LANES = 8;
typedef float v8 __attribute__((vector_size(32)));
typedef int i8 __attribute__((vector_size(32)));

struct alignas(32) Group {  // eight voices side by side
  v8 phase_1, phase_2, step_1, step_2, inverse_1, inverse_2, state_1, state_2, g, left, right;
  float lfo_hz[LANES], lfo_phase[LANES], cutoff[LANES];
};

static inline v8 select(i8 mask, v8 a, v8 b) { return (v8)((mask & (i8)a) | (~mask & (i8)b)); }

static inline v8 saw(v8& phase, v8 step, v8 inverse) {  // polyBLEP, two samples wide
  phase += step;
  phase = select(phase >= 1.f, phase - 1.f, phase);
  v8 x = phase * inverse, y = (phase - 1.f) * inverse, none = {};
  v8 after = x + x - x * x - 1.f, before = y * y + y + y + 1.f;
  return phase + phase - 1.f - select(x < 1.f, after, select(y > -1.f, before, none));
}

int main(int argc, char** argv) {
  if (argc != 4) { fprintf(stderr, "usage: native_pad VOICES.txt SECONDS OUT.wav\n"); return 2; }
  const std::vector<Voice> voices = read_voices(argv[1]);
  const double duration = atof(argv[2]), release_at = gate_off_s(duration);
  SNDFILE* wav = open_wav(argv[3]);
  flush_denormals();

  std::vector<Group> groups((voices.size() + LANES - 1) / LANES);
  memset((void*)groups.data(), 0, sizeof(Group) * groups.size());
  for (size_t i = 0; i < voices.size(); i++) {
    const Voice& v = voices[i];
    Group& q = groups[i / LANES];
    const int l = i % LANES;
    q.step_1[l] = v.saw_1 / SAMPLE_RATE; q.inverse_1[l] = 1 / q.step_1[l];
    q.step_2[l] = v.saw_2 / SAMPLE_RATE; q.inverse_2[l] = 1 / q.step_2[l];
    q.lfo_hz[l] = v.lfo_hz; q.lfo_phase[l] = v.lfo_phase; q.cutoff[l] = v.cutoff;
    q.left[l] = v.gain * std::cos((v.pan + 1) * M_PI / 4) * .5;
    q.right[l] = v.gain * std::sin((v.pan + 1) * M_PI / 4) * .5;
  }

  // Reverb: eight delay lines, Householder feedback, one low-pass a line, 3 s.
  const int length[8] = {1153, 1327, 1559, 1801, 2053, 2311, 2617, 2903};
  constexpr int RING = 4096;
  std::vector<float> ring(8 * RING, 0.f);
  int at = 0;
  v8 damped = {}, decay;
  for (int j = 0; j < 8; j++) decay[j] = std::pow(10., -3. * length[j] / SAMPLE_RATE / 3.0);

  const double block_s = BLOCK / SAMPLE_RATE;
  float envelope = 0, out[2 * BLOCK];
  alignas(32) static v8 left[BLOCK], right[BLOCK];
  for (long b = 0; b < long(duration * SAMPLE_RATE / BLOCK); b++) {
    const double t = b * block_s;
    const float target = t > release_at ? std::fmax(0., envelope - .8 * block_s / 3.0)
                       : t < 2          ? envelope + block_s / 2.0
                                        : std::fmax(.8, envelope - .2 * block_s / 1.0);
    for (int i = 0; i < BLOCK; i++) left[i] = right[i] = (v8){};
    for (Group& q : groups) {
      v8 g_end = {};
      for (int l = 0; l < LANES; l++) {
        q.lfo_phase[l] += q.lfo_hz[l] * block_s; q.lfo_phase[l] -= std::floor(q.lfo_phase[l]);
        g_end[l] = std::tan(float(M_PI / SAMPLE_RATE) * q.cutoff[l] * (1.25f + .75f * std::sin(6.2831853f * q.lfo_phase[l])));
      }
      v8 g = b == 0 ? g_end : q.g;
      const v8 g_step = (g_end - g) * (1.f / BLOCK);
      v8 e = envelope + (v8){};
      const v8 e_step = (v8){} + (target - envelope) / BLOCK;
      v8 a = 1.f / (1.f + g * (g + 1.f));
      const v8 a_step = (1.f / (1.f + g_end * (g_end + 1.f)) - a) * (1.f / BLOCK);
      v8 phase_1 = q.phase_1, phase_2 = q.phase_2, s1 = q.state_1, s2 = q.state_2;
      const v8 step_1 = q.step_1, step_2 = q.step_2, inv_1 = q.inverse_1, inv_2 = q.inverse_2, gl = q.left, gr = q.right;
      for (int i = 0; i < BLOCK; i++) {
        g += g_step; e += e_step; a += a_step;
        const v8 x = (saw(phase_1, step_1, inv_1) + saw(phase_2, step_2, inv_2)) * e;
        const v8 band = a * (s1 + g * (x - s2)), low = s2 + g * band;
        s1 = band + band - s1; s2 = low + low - s2;
        left[i] += low * gl; right[i] += low * gr;
      }
      q.phase_1 = phase_1; q.phase_2 = phase_2; q.state_1 = s1; q.state_2 = s2; q.g = g_end;
    }
    envelope = target;
    for (int i = 0; i < BLOCK; i++) {
      float l = 0, r = 0, sum = 0, wet_l = 0, wet_r = 0;
      for (int j = 0; j < 8; j++) { l += left[i][j]; r += right[i][j]; }
      v8 d;
      for (int j = 0; j < 8; j++) d[j] = ring[j * RING + ((at - length[j]) & (RING - 1))];
      damped = d * .75f + damped * .25f;
      const v8 y = damped * decay;
      for (int j = 0; j < 8; j++) sum += y[j];
      for (int j = 0; j < 8; j++) {
        ring[j * RING + at] = y[j] - sum * .25f + ((j & 1) ? r : l);
        ((j & 1) ? wet_r : wet_l) += d[j];
      }
      at = (at + 1) & (RING - 1);
      out[2 * i] = l + .12f * wet_l; out[2 * i + 1] = r + .12f * wet_r;
    }
    sf_writef_float(wav, out, BLOCK);
  }
  sf_close(wav);
}
