"""From sounds to letters. A word is a string of sounds, one character a sound; each script spells it with its own letters."""

CONSONANTS = "pbtdkgmnszfvhlrjwcx"  # c as in church, x as in ship
VOWELS = "aeiou"

ALPHABETS = {  # one letter a sound, in the order of CONSONANTS + VOWELS; no two sounds share one
    "Cyrillic": "пбтдкгмнсзфвхлрйўчш" + "аеиоу",
    "Arabic": "ثبتدكغمنسزفظهلرجوخش" + "اعيصط",
    "Greek": "πβτδκγμνσζφξχλρψθςϲ" + "αειοω",
}
LATIN = {"c": "ch", "x": "sh"}

# Abugidas: consonant letters in the order of CONSONANTS, then vowel letters, vowel signs, and the sign of a missing vowel.
ABUGIDAS = {
    "Devanagari": ("पबतदकगमनसजफवहलरयभचश", "आएइओउ", "ाेिोु", "्"),
    "Telugu": ("పబతదకగమనసజఫవహలరయభచశ", "ఆఏఇఓఉ", "ాేిోు", "్"),
}
# Ethiopic: first letter of each row, in the order of CONSONANTS; the vowel is an offset in the row, 5 is none.
ETHIOPIC = "ጰበተደከገመነሰዘፈቨሀለረየወቸሸ"
ETHIOPIC_VOWELS = {"a": 3, "e": 4, "i": 2, "o": 6, "u": 1, "": 5}
# Kana: five letters a row (a i u e o); the first letter of the small pair "ッ" follows a consonant without a vowel.
KANA_ROWS = {
    "p": "ぱぴぷぺぽ", "b": "ばびぶべぼ", "t": "たちつてと", "d": "だぢづでど", "k": "かきくけこ", "g": "がぎぐげご", "m": "まみむめも",
    "n": "なにぬねの", "s": "さしすせそ", "z": "ざじずぜぞ", "f": "ハヒフヘホ", "v": "バビブベボ", "h": "はひふへほ", "l": "ラリルレロ",
    "r": "らりるれろ", "j": "ヤキユケヨ", "w": "ワイウエオ", "c": "タチツテト", "x": "サシスセソ", "": "あいうえお",
}  # fmt: skip
NAMES = ("Latin", *ALPHABETS, *ABUGIDAS, "Amharic", "Japanese")


def spell(sounds: str, script: str) -> str:
    """`sounds` in the letters of `script` (as the table of languages names it); digits and punctuation stay. Injective in each script."""
    if script == "Latin":
        return "".join(LATIN.get(sound, sound) for sound in sounds)
    if script in ALPHABETS:
        return sounds.translate(_TABLES[script])
    if script in ABUGIDAS:
        return _abugida(sounds, *ABUGIDAS[script])
    return _syllables(sounds, _ethiopic if script == "Amharic" else _kana)


_TABLES = {name: str.maketrans(CONSONANTS + VOWELS, letters) for name, letters in ALPHABETS.items()}


def _abugida(sounds: str, consonants: str, vowels: str, signs: str, killer: str) -> str:
    out, bare = [], False  # bare: the last sound is a consonant that has no vowel yet
    for sound in sounds:
        if sound in CONSONANTS:
            out.append((killer if bare else "") + consonants[CONSONANTS.index(sound)])
            bare = True
        else:
            where = VOWELS.find(sound)
            out.append(sound if where < 0 else (signs if bare else vowels)[where])
            bare = False
    return "".join(out)


def _syllables(sounds: str, letter) -> str:
    """One letter a consonant and the vowel after it; `letter(consonant, vowel)`, either may be empty."""
    out, place = [], 0
    while place < len(sounds):
        sound = sounds[place]
        follows = sounds[place + 1] if sound in CONSONANTS and sounds[place + 1 : place + 2] in set(VOWELS) else ""
        if sound in CONSONANTS:
            out.append(letter(sound, follows))
        else:
            out.append(letter("", sound) if sound in VOWELS else sound)
        place += 1 + len(follows)
    return "".join(out)


def _ethiopic(consonant: str, vowel: str) -> str:
    row = ord(ETHIOPIC[CONSONANTS.index(consonant)]) if consonant else ord("አ")
    return chr(row + ETHIOPIC_VOWELS[vowel])


def _kana(consonant: str, vowel: str) -> str:
    row = KANA_ROWS[consonant]
    return row["aiueo".index(vowel)] if vowel else row[2] + "ッ"
