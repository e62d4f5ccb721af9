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

find src/unsit -name '*.py' | LC_ALL=C sort | xgettext --files-from=- --output="$template.new" --language=Python \
    --from-code=UTF-8 --keyword=N_ --add-location=file --add-comments=Translators: --package-name=Unsit --copyright-holder='the Unsit authors'
# Without the date of the collection, so that nothing changes where no sentence did.
sed -i -e '/^"POT-Creation-Date/d' -e 's/charset=CHARSET/charset=UTF-8/' "$template.new"
mv "$template.new" "$template"

[ $# -eq 0 ] || exit 0
for catalogue in "$words"/locale/*/LC_MESSAGES/unsit.po; do
    [ -e "$catalogue" ] || continue
    msgmerge --quiet --update --backup=none --previous "$catalogue" "$template"
    msgfmt --check --output-file="${catalogue%.po}.mo" "$catalogue"
done
