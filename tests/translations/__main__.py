"""``make translations``: put every marked text into the files of translators, and take out what is not used any more.

What is new stands there with an empty ``msgstr``: translate it. Nothing is guessed from texts that look alike.
"""

from __future__ import annotations

from tests.translations import files

if __name__ == "__main__":
    for language in files.languages():
        for domain in files.DOMAINS:
            untranslated = files.update(language, domain)
            path = files.path_of(language, domain).relative_to(files.ROOT)
            print(f"{path}: {untranslated or 'nothing'} to translate")
