#!/bin/sh
# Makes the virtual environment FOLDER with the first Python that is new enough; PYTHON=... chooses another.
set -eu
folder=$1

if [ -z "${PYTHON:-}" ] && "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0 # it works: somebody may have put more into it
fi

new_enough() {
    command -v "$1" >/dev/null 2>&1 && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

python=
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if new_enough "$candidate"; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "Unsit needs Python 3.11 or newer; none of these is: ${PYTHON:-python3 python3.13 python3.12 python3.11}." >&2
    exit 1
fi

# Debian keeps ensurepip, without which there is no pip in the environment, in a package of its own.
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    package="$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing $package"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null
    else
        echo "$python has no venv module with pip: on Debian and Ubuntu, sudo apt-get install $package" >&2
        exit 1
    fi
fi

"$python" -m venv --clear "$folder"
