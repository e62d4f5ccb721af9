#!/bin/sh
# Collects every sentence of the program into a template for translators, brings the catalogues up to date with it and
# compiles them. A new language begins with: msginit -i src/unsit/words/unsit.pot -l LANGUAGE -o <its unsit.po>
#
#   packaging/collect-messages.sh [TEMPLATE]     (default: src/unsit/words/unsit.pot; another one leaves the catalogues alone)
set -eu
cd "$(dirname "$0")/.."
words=src/unsit/words
template=${1:-$words/unsit.pot}

if ! command -v xgettext >/dev/null; then
    echo "xgettext is missing: install the package gettext." >&2
    exit 1
fi

collect() {
    find src/unsit -name '*.py' | LC_ALL=C sort | xgettext --files-from=- --output="$template.new" --language=Python \
        --from-code=UTF-8 --add-location=file --add-comments=Translators: --package-name=Unsit \
        --copyright-holder='the Unsit authors' "$@"
}
collect --keyword=N_ --keyword=refuse:2
# The next step of a refusal, in a second pass: one keyword cannot mark two sentences of a call.
collect --join-existing --keyword --keyword=refuse:3

# The exercises are not Python: their sentences come through the catalogue that reads them.
"${PYTHON:-.venv/bin/python}" - >"$template.exercises" <<'END'
import json

from unsit import paths
from unsit.catalogue.loading import all_sentences

print('msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n')
for sentence in all_sentences(paths.shipped_config_dir() / "exercises"):
    print(f"#: config/exercises\nmsgid {json.dumps(sentence, ensure_ascii=False)}\nmsgstr \"\"\n")
END
sed -i 's/charset=CHARSET/charset=UTF-8/' "$template.new"
msgcat --use-first --output-file="$template.new" "$template.new" "$template.exercises"
rm "$template.exercises"

# Without the date of the collection, so that nothing changes where no sentence did.
sed -i '/^"POT-Creation-Date/d' "$template.new"
mv "$template.new" "$template"

[ $# -eq 0 ] || exit 0
for catalogue in "$words"/locale/*/LC_MESSAGES/unsit.po; do
    [ -e "$catalogue" ] || continue
    msgmerge --quiet --update --backup=none --previous "$catalogue" "$template"
    msgfmt --check --output-file="${catalogue%.po}.mo" "$catalogue"
done
