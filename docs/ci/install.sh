#!/bin/sh
# Installs a release of iblint into a directory, after comparing it with the checksum that
# belongs to it:
#
#   sh install.sh [DIRECTORY]
#
# The directory is by default /usr/local/bin. Variables of the environment:
#
#   IBLINT_VERSION   the release, such as 0.1.0; by default the one that this file belongs to
#   IBLINT_RELEASES  where the releases are, for a mirror
#   IBLINT_SHA256    the checksum of the archive; by default it is read from the release
#
# Needs curl, sha256sum or shasum, and tar (on Windows unzip).
set -eu
version=${IBLINT_VERSION:-0.1.0}
version=${version#v}
releases=${IBLINT_RELEASES:-https://github.com/iblint/iblint/releases/download}
directory=${1:-/usr/local/bin}

fail() {
	printf 'install.sh: %s\n' "$1" >&2
	exit 2
}

case $version in
*[!0-9A-Za-z.+-]* | '') fail "IBLINT_VERSION: expected a version such as 0.1.0" ;;
esac
program=iblint ending=tar.gz
case $(uname -s) in
Linux) os=linux ;;
Darwin) os=darwin ;;
MINGW* | MSYS* | CYGWIN*) os=windows program=iblint.exe ending=zip ;;
*) fail "there is no release for $(uname -s)" ;;
esac
case $(uname -m) in
x86_64 | amd64) architecture=amd64 ;;
aarch64 | arm64) architecture=arm64 ;;
*) fail "there is no release for $(uname -m)" ;;
esac
archive=iblint_${version}_${os}_${architecture}.$ending

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
download() {
	curl --fail --silent --show-error --location --retry 3 --output "$work/$1" "$releases/v$version/$1" ||
		fail "cannot download $releases/v$version/$1"
}

download "$archive"
wanted=${IBLINT_SHA256:-}
if [ -z "$wanted" ]; then
	download checksums.txt
	wanted=$(awk -v name="$archive" '$2 == name { print $1 }' "$work/checksums.txt")
	[ -n "$wanted" ] || fail "checksums.txt of $version does not name $archive"
fi
if command -v sha256sum > /dev/null; then
	found=$(sha256sum "$work/$archive")
else
	found=$(shasum -a 256 "$work/$archive")
fi
found=${found%% *}
[ "$found" = "$wanted" ] || fail "the checksum of $archive is $found, and must be $wanted"

if [ "$ending" = zip ]; then
	unzip -q "$work/$archive" "$program" -d "$work"
else
	tar -xzf "$work/$archive" -C "$work" "$program"
fi
mkdir -p "$directory"
chmod 755 "$work/$program"
mv "$work/$program" "$directory/"
printf 'installed iblint %s as %s\n' "$version" "$directory/$program"
