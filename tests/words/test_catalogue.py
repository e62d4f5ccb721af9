"""What translators get."""

from __future__ import annotations

import subprocess
from pathlib import Path

from support.desktop import needs

ROOT = Path(__file__).parents[2]


@needs("xgettext", "msgfmt")
def test_every_kind_of_sentence_is_collected(tmp_path: Path) -> None:
    """Those of `_`, the marked ones of tables and the plurals come out, and gettext finds nothing wrong with any.

    It would warn of a sentence that is no constant, and of two fields without a name.
    """
    template = tmp_path / "unsit.pot"
    done = subprocess.run(
        [ROOT / "packaging/collect-messages.sh", template], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    text = template.read_text()
    assert 'msgid "Time to get up"' in text
    assert 'msgid "your call"' in text, "marked by N_"
    assert '#, python-brace-format\nmsgid "{minutes} min"' in text
    subprocess.run(["msgfmt", "--check-format", "-o", tmp_path / "unsit.mo", template], check=True)
