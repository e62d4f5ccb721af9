#!/bin/sh
# Installs the packages of debian-test-packages.txt as root on Debian and its children; says elsewhere what is missing.
# Without them nothing breaks: the tests that need a missing program are skipped and counted (a failure when CI=true).
set -eu
list=$(dirname "$0")/debian-test-packages.txt
packages=$(sed 's/#.*//' "$list" | tr -s ' \n' ' ')

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "Not Debian: the tests use Xvfb, openbox, dbus-daemon, dunst and more ($list); what is missing is skipped."
    exit 0
fi

# shellcheck disable=SC2086  # a list of words
installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' $packages 2>/dev/null | sed -n 's/ installed$//p') || true
missing=
for package in $packages; do
    case "
$installed
" in
    *"
$package
"*) ;;
    *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
    echo "Some tests will be skipped. To run all: sudo apt-get install --no-install-recommends$missing"
    exit 0
fi
echo "Installing for the tests:$missing"
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null; }; then
    echo "They could not be installed (see above); the tests that need them are skipped." >&2
    [ "${CI:-}" != true ]
fi
