"""Our own lexicon: words of feeling with their place on valence and arousal, -1 to 1 each.

Written for this project, by ear, after the layout of the affective circumplex (Russell 1980); no
published word list went into it. A word may carry a hint of the profile it asks for. Entries are
stems and whole words: `engine.feel.words` finds inflected forms (tired, tiring; worry, worries).
"""

from __future__ import annotations

from typing import NamedTuple


class Sense(NamedTuple):
    """Where a word lies, and the profile it hints at, or none."""

    valence: float
    arousal: float
    hint: str = ""


# Words that mean about the same share a place; each line is: valence, arousal, hint, words.
_GROUPS: tuple[tuple[float, float, str, str], ...] = (
    # tense, anxious, overwhelmed: unpleasant and high
    (-0.6, 0.7, "relax", "tense tension uptight strained clenched tight stiff wired "
     "keyed edgy jittery jumpy hyper"),
    (-0.6, 0.7, "relax", "anxious anxiety nervous nerves uneasy apprehensive dread "
     "fretful worried worry fret"),
    (-0.7, 0.8, "ground", "scared afraid fear fearful frightened terrified terror spooked alarmed shaky"),
    (-0.7, 0.8, "ground", "overwhelmed overwhelm flooded spinning unmoored adrift "
     "scattered dissociated disconnected unreal"),
    (-0.5, 0.6, "relax", "stressed stress stressful pressure pressured rushed frantic frazzled overworked"),
    (-0.5, 0.7, "relax", "restless fidgety agitated unsettled antsy twitchy squirmy"),
    (-0.4, 0.6, "breathe", "breathless hyperventilating gasping suffocated airless"),
    (-0.5, 0.6, "ground", "racing whirling buzzing churning dizzy ungrounded floating unsteady wobbly lost"),
    # angry: unpleasant and very high
    (-0.7, 0.9, "release", "angry anger mad furious fury rage raging enraged livid seething fuming outraged"),
    (-0.6, 0.7, "release", "annoyed irritated irritable frustrated frustration grumpy resentful bitter"),
    (-0.7, 0.8, "release", "hate hateful hostile aggressive explosive boiling "
     "exploding vengeful jealous envious"),
    (-0.5, 0.8, "release", "scream screaming shout shouting punch smash burst bursting vent"),
    # sad and grieving: unpleasant and low
    (-0.7, -0.4, "grief", "sad sadness unhappy sorrow sorrowful sorry tearful weepy crying cry cried tears"),
    (-0.8, -0.3, "grief", "grief grieving grieve mourning mourn bereaved bereavement died death "
     "funeral heartbroken"),
    (-0.7, -0.3, "grief", "heartache aching hurt hurting wounded broken devastated shattered bereft"),
    (-0.6, -0.4, "grief", "lonely loneliness alone isolated abandoned rejected "
     "unloved homesick missing forsaken"),
    (-0.7, -0.4, "grief", "gloomy melancholy melancholic blue down low glum miserable dejected despondent"),
    (-0.7, -0.5, "grief", "hopeless despair despairing empty hollow numb bleak dark heavy heaviness"),
    (-0.6, -0.2, "grief", "guilty guilt ashamed shame regret regretful remorse remorseful disappointed loss"),
    (-0.5, -0.2, "grief", "nostalgic wistful yearning longing"),
    # tired: low, slightly unpleasant
    (-0.3, -0.7, "sleep", "tired exhausted exhaustion weary fatigued fatigue drained worn shattered"),
    (-0.2, -0.8, "sleep", "sleepy drowsy yawning yawn dozy groggy bedtime"),
    (-0.4, 0.3, "sleep", "sleepless insomnia awake wakeful"),
    (0.0, -0.7, "sleep", "sleep sleeping asleep night bed nap doze slumber"),
    # flat, slow: wants lifting
    (-0.3, -0.6, "energise", "lethargic sluggish listless lazy dull flat "
     "bored boredom unmotivated apathetic"),
    (-0.3, -0.5, "energise", "foggy uninspired stagnant limp droopy"),
    # energetic and glad: pleasant and high
    (0.6, 0.7, "energise", "energetic energised energized energy lively alive "
     "vibrant dynamic vigorous peppy"),
    (0.7, 0.7, "energise", "excited exciting thrilled eager enthusiastic elated "
     "ecstatic exhilarated euphoric"),
    (0.6, 0.6, "energise", "motivated inspired determined driven bold brave confident strong powerful"),
    (0.7, 0.5, "energise", "playful joyful joyous joy cheerful merry delighted gleeful sunny"),
    (0.5, 0.6, "energise", "wake morning invigorated active dance dancing exercise workout"),
    (0.7, 0.3, "", "happy happiness glad okay ok alright good great wonderful lovely fine better "
     "positive optimistic"),
    (0.7, 0.2, "", "proud hopeful hope loved loving affectionate warm tender caring friendly"),
    (0.7, 0.0, "", "grateful gratitude thankful blessed fortunate appreciative touched moved"),
    (0.4, 0.4, "", "curious interested amused surprised astonished amazed"),
    # calm: pleasant and low
    (0.6, -0.6, "relax", "calm calmer calming relaxed relax relaxing relaxation chill chilled mellow"),
    (0.6, -0.5, "relax", "peaceful peace serene serenity tranquil quiet soft gentle soothed soothing"),
    (0.6, -0.4, "relax", "content contented satisfied comfortable cosy cozy safe secure restful rested rest"),
    (0.4, -0.5, "relax", "unwind unwinding loose slack idyllic settle settled"),
    (0.5, -0.4, "breathe", "breathe breathing breath breaths inhale exhale"),
    (0.4, -0.4, "breathe", "meditate meditation meditative mindful mindfulness"),
    (0.3, -0.4, "ground", "grounded ground grounding earth earthed rooted steady centred centered stable"),
    # work: wants steadiness
    (0.2, 0.2, "focus", "focus focused focussed concentrate concentration attentive alert sharp"),
    (0.1, 0.2, "focus", "work working study studying write writing reading code coding homework exam"),
    (-0.2, 0.3, "focus", "distracted distractible unfocused procrastinating procrastinate sidetracked"),
    # the rest of the unpleasant side
    (-0.5, 0.1, "", "bad awful terrible horrible rotten lousy poor worse worst negative upset unwell"),
    (-0.5, 0.3, "relax", "confused uncertain torn conflicted doubtful insecure awkward embarrassed shy"),
    (-0.4, 0.4, "relax", "impatient hurried busy hectic chaotic noisy loud crowded"),
    (-0.5, 0.2, "relax", "sore achy pain painful headache cramped ill sick"),
    (-0.4, -0.3, "relax", "vulnerable fragile delicate sensitive weak helpless powerless trapped stuck"),
    (-0.5, 0.4, "release", "disgusted disgust contempt offended betrayed"),
    (-0.4, 0.2, "", "suspicious"),
)

LEXICON: dict[str, Sense] = {
    word: Sense(valence, arousal, hint) for valence, arousal, hint, words in _GROUPS for word in words.split()
}

NEGATIONS = frozenset({
    "not", "no", "never", "neither", "nor", "without", "cannot", "cant", "dont", "didnt", "isnt", "wasnt",
    "arent", "wont", "hardly", "barely", "havent", "hasnt", "couldnt", "wouldnt", "doesnt", "unable",
    "nothing", "aint",
})  # fmt: skip
"""Each turns the first word of feeling that follows it; all words here are without apostrophes."""

UNRELATED = frozenset({"number", "numbers", "missed", "hoped", "badly", "finer", "betting", "lowest"})
"""Words that only look like a form of one above."""

REACH = 3
"""How many words further a negation, an intensifier's or a wish's effect goes."""

TURNED: dict[str, tuple[str, Sense]] = {
    "sleep": ("tired", Sense(-0.4, 0.2, "sleep")),
    "sleeping": ("tired", Sense(-0.4, 0.2, "sleep")),
    "rest": ("restless", Sense(-0.4, 0.4, "relax")),
    "relax": ("tense", Sense(-0.5, 0.5, "relax")),
    "calm": ("unsettled", Sense(-0.5, 0.5, "relax")),
    "unwind": ("tense", Sense(-0.5, 0.5, "relax")),
    "settle": ("unsettled", Sense(-0.4, 0.5, "relax")),
    "breathe": ("breathless", Sense(-0.4, 0.5, "breathe")),
    "focus": ("distracted", Sense(-0.2, 0.3, "focus")),
    "concentrate": ("distracted", Sense(-0.2, 0.3, "focus")),
    "work": ("distracted", Sense(-0.2, 0.2, "focus")),
    "motivated": ("listless", Sense(-0.3, -0.5, "energise")),
    "energy": ("listless", Sense(-0.3, -0.5, "energise")),
    "grounded": ("unsteady", Sense(-0.4, 0.5, "ground")),
    "okay": ("not well", Sense(-0.4, 0.1)),
    "ok": ("not well", Sense(-0.4, 0.1)),
    "alright": ("not well", Sense(-0.4, 0.1)),
    "safe": ("uneasy", Sense(-0.6, 0.6, "ground")),
}
"""What some words mean when they are negated, where turning their sign would miss it."""

STRONGER = {
    "very": 1.3, "really": 1.25, "so": 1.2, "extremely": 1.5, "incredibly": 1.45, "totally": 1.3,
    "completely": 1.4,
    "utterly": 1.5, "terribly": 1.35, "awfully": 1.3, "absolutely": 1.4, "super": 1.3, "too": 1.2,
    "deeply": 1.35,
    "quite": 1.1, "such": 1.15, "much": 1.1, "more": 1.1, "most": 1.3, "always": 1.2, "constantly": 1.25,
    "bit": 0.6, "little": 0.6, "slightly": 0.5, "somewhat": 0.7, "rather": 0.9, "fairly": 0.9,
    "less": 0.5,
    "kind": 0.7, "kinda": 0.7, "sort": 0.7, "almost": 0.7, "mildly": 0.5, "pretty": 1.1, "sometimes": 0.7,
}  # fmt: skip
"""What an intensifier does to the word of feeling that follows it."""

WISHES = frozenset({
    "want", "wants", "wanna", "need", "needs", "wish", "wishing", "like", "help", "let",
})  # fmt: skip
"""A pleasant word after one of these is where somebody wants to go, not where they are."""
