/* Plays a script on Calando's machine code: how a processor that runs no Python here is heard.
 *
 * usage: object_host SCRIPT OUT     linked with the object (benchmarks/levels.py writes the script)
 *
 * The script: five int64 (size of the state, where the ring's head and its slots lie in it, a slot's size, how
 * many there are), the state, then steps of two int64: 0 and a number of commands, which follow; or 1 and a
 * number of frames to render. OUT gets float32, left and right in turn.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { OFFLINE = 1u << 31, MOST_FRAMES = 1 << 20 };

int calando_callback(void *in, float *out, uint32_t frames, void *time, uint32_t flags, void *user);

static _Alignas(64) char words[1 << 20];   /* dsp.stream.StreamWords, and room for its resampler */
static int64_t turn = 1, stop = 0;
static float out[2 * MOST_FRAMES];

int main(int count, char **arguments) {
    int64_t sizes[5], step[2];
    FILE *script = count == 3 ? fopen(arguments[1], "rb") : NULL;
    FILE *sound = count == 3 ? fopen(arguments[2], "wb") : NULL;
    if (!script || !sound || fread(sizes, 8, 5, script) != 5) return 2;
    char *state = aligned_alloc(4096, (size_t)(sizes[0] + 4095) / 4096 * 4096);
    if (!state || fread(state, 1, (size_t)sizes[0], script) != (size_t)sizes[0]) return 2;
    int64_t *head = (int64_t *)(state + sizes[1]);
    int64_t *word = (int64_t *)words;
    word[0] = (int64_t)(intptr_t)state;
    word[1] = (int64_t)(intptr_t)&turn;
    word[2] = (int64_t)(intptr_t)&stop;
    word[3] = 1;   /* number of the stream */
    word[4] = 2;   /* channels */
    ((double *)words)[5] = 1.0;   /* no resampling */
    while (fread(step, 8, 2, script) == 2) {
        if (step[0] == 0) {
            for (int64_t k = 0; k < step[1]; k++) {
                char *slot = state + sizes[2] + *head % sizes[4] * sizes[3];
                if (fread(slot, 1, (size_t)sizes[3], script) != (size_t)sizes[3]) return 2;
                ++*head;
            }
        } else if (step[1] > MOST_FRAMES || calando_callback(NULL, out, (uint32_t)step[1], NULL, OFFLINE, words)) {
            return 3;
        } else {
            fwrite(out, 8, (size_t)step[1], sound);
        }
    }
    return fclose(sound) ? 2 : 0;
}
