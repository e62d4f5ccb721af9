#!/bin/sh
# Proves that a fresh machine needs nothing but Python and git: makes a minimal Debian, clones this repository's HEAD into
# it, and there runs `make test` and `make run`.
#
#   packaging/fresh-debian.sh [FOLDER]      as root, with debootstrap; FOLDER is made, and removed unless KEEP=1
#
# SUITE chooses the Debian (bookworm), TARGET the make targets instead of "test", PACKAGES what else is installed first.
# Where this machine's apt and pip look for packages is handed on, so it works behind a proxy and with a local index.
set -eu

suite=${SUITE:-bookworm}
target=${TARGET:-test}
source=$(cd "$(dirname "$0")/.." && pwd)

[ "$(id -u)" = 0 ] || { echo "fresh-debian.sh: has to be root" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "fresh-debian.sh: apt-get install debootstrap" >&2; exit 1; }

# Everything is mounted in a mount namespace of its own: it goes with the last process in it, so no mount can be left for
# the `rm` at the end to walk into. The process namespace ends whatever the tests might leave.
if [ "${FRESH_DEBIAN_INSIDE:-}" != 1 ]; then
    root=${1:-$(mktemp -d /var/tmp/unsit-fresh-debian.XXXXXX)}
    mkdir -p "$root"
    root=$(cd "$root" && pwd)
    if [ "$(find "$root" -mindepth 1 | head -n 1)" ]; then
        echo "fresh-debian.sh: $root is not empty" >&2
        exit 1
    fi
    status=0
    FRESH_DEBIAN_INSIDE=1 unshare --mount --propagation private --pid --fork --kill-child -- "$0" "$root" || status=$?
    if findmnt -rno TARGET | grep -q "^$root/"; then
        echo "fresh-debian.sh: something is still mounted below $root; left as it is" >&2
        exit 1
    fi
    [ "${KEEP:-}" = 1 ] || rm -rf --one-file-system "$root"
    exit "$status"
fi

root=$1

say() {
    echo "== $(date +%T) $*"
}

# Into the root, as it is here; what is not here is left out.
copy() {
    for path; do
        if [ -e "$path" ]; then
            mkdir -p "$root$(dirname "$path")"
            # First away with it: a link in the root may point to a file of this machine.
            rm -rf --one-file-system "${root:?}$path"
            cp -aL "$path" "$root$path"
        fi
    done
}

say "a minimal $suite"
# shellcheck disable=SC2016  # apt's own placeholders
mirror=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $suite" 2>/dev/null | head -n 1)
log=$(mktemp)
debootstrap --variant=minbase --include=python3,python3-venv,git,make,ca-certificates "$suite" "$root" \
    "${mirror:-http://deb.debian.org/debian}" >"$log" 2>&1 || { tail -n 20 "$log" >&2; exit 1; }
rm "$log"

# The sources themselves only where this machine has those of the same release.
if [ -n "$mirror" ]; then
    copy /etc/apt
else
    copy /etc/apt/apt.conf.d /etc/apt/auth.conf.d
fi
copy /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/ssl/certs /usr/share/ca-certificates /usr/local/share/ca-certificates
copy /usr/share/keyrings "$HOME/.config/pip" "$HOME/.pip"

mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"

# A local package index is a folder of this machine: it is shown in the root at the same place.
python3 -m pip config list 2>/dev/null | grep -oE "(file://)?/[^ ']+" | sed 's,^file://,,' | sort -u |
    while read -r path; do
        while [ ! -d "$path" ]; do path=$(dirname "$path"); done
        # The pages of an index are named "simple" by custom, and its files are beside them.
        [ "$(basename "$path")" != simple ] || path=$(dirname "$path")
        case $path in
        / | /etc | /etc/*) ;;
        *)
            if ! mountpoint -q "$root$path"; then
                mkdir -p "$root$path"
                mount --bind -o ro "$path" "$root$path"
            fi
            ;;
        esac
    done

git clone -q "$source" "$root/root/unsit"

inside() {
    # Only what tells programs how to reach the network and the packages is handed on.
    # shellcheck disable=SC2086  # a list of words
    env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 TERM="${TERM:-dumb}" \
        DEBIAN_FRONTEND=noninteractive $handed_on chroot "$root" sh -eu -c "cd /root/unsit; $1"
}
handed_on=$(env | grep -iE '^(pip_[a-z_]*|[a-z]*_proxy|ssl_cert_(file|dir)|[a-z_]*_ca_bundle|ci)=[^ ]*$' || true)

if [ "${PACKAGES:-}" ]; then
    say "its packages"
    # A line break would end the command that they are handed to.
    inside "apt-get update -qq; apt-get install -y -qq --no-install-recommends $(echo "$PACKAGES" | tr '\n' ' ') >/dev/null"
fi

say "make $target"
inside "make $target"

say "set up again, with everything there"
inside "make dev test-packages"

say "make run"
inside "
    timeout 120 make run
    .venv/bin/unsit status
    .venv/bin/unsit quit
"
say "done"
