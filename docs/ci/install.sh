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
# Needs curl or wget, sha256sum or shasum, and tar (on Windows unzip).
set -eu

fail() {
	printf 'install.sh: %s\n' "$1" >&2
	exit 2
}

has() { command -v "$1" > /dev/null 2>&1; }

# download NAME: gets a file of the release. The limits are for a server that sends without end,
# or nothing: 200 MB (POSIX counts in blocks of 512 bytes) and ten minutes.
download() {
	if has curl; then
		(ulimit -f 400000 && curl --fail --silent --show-error --location --proto "$protocols" --proto-redir "$protocols" \
			--retry 3 --connect-timeout 30 --max-time 600 --output "$work/$1" "$releases/v$version/$1")
	else
		(ulimit -f 400000 && timeout 600 wget -q -O "$work/$1" "$releases/v$version/$1")
	fi || fail "cannot download $releases/v$version/$1"
}

# All of the work is in functions, so that a script that was cut off on its way does nothing.
main() {
	version=${IBLINT_VERSION:-0.1.0}
	version=${version#v}
	releases=${IBLINT_RELEASES:-https://github.com/iblint/iblint/releases/download}
	releases=${releases%/}
	wanted=$(printf %s "${IBLINT_SHA256:-}" | tr A-F a-f) # Windows prints capitals
	directory=${1:-/usr/local/bin}

	[ $# -le 1 ] || fail "expected one directory"
	case $directory in
	-*) fail "$directory: expected a directory; there are no flags" ;;
	esac
	case $version in
	[!0-9]* | *[!0-9A-Za-z.+-]* | '') fail "IBLINT_VERSION: expected a version such as 0.1.0" ;;
	esac
	case $wanted in
	*[!0-9a-f]*) fail "IBLINT_SHA256: expected 64 hexadecimal digits" ;;
	esac
	[ ${#wanted} -eq 0 ] || [ ${#wanted} -eq 64 ] || fail "IBLINT_SHA256: expected 64 hexadecimal digits"
	protocols='=https'
	case $releases in
	https://?*) ;;
	http://127.0.0.1[:/]* | http://localhost[:/]*) protocols='=http,https' ;;
	http://?*)
		# Whoever can change the archive on its way can change its checksum.
		[ -n "$wanted" ] || fail "IBLINT_RELEASES: expected https://; with http://, set IBLINT_SHA256 as well"
		protocols='=http,https'
		;;
	*) fail "IBLINT_RELEASES: expected a URL with https://" ;;
	esac

	program=iblint ending=tar.gz unpacker=tar
	case $(uname -s) in
	Linux) os=linux ;;
	Darwin) os=darwin ;;
	MINGW* | MSYS* | CYGWIN*) os=windows program=iblint.exe ending=zip unpacker=unzip ;;
	*) fail "there is no release for $(uname -s)" ;;
	esac
	case $(uname -m) in
	x86_64 | amd64) architecture=amd64 ;;
	aarch64 | arm64) architecture=arm64 ;;
	*) fail "there is no release for $(uname -m)" ;;
	esac
	archive=iblint_${version}_${os}_${architecture}.$ending

	has curl || has wget || fail "needs curl or wget"
	has sha256sum || has shasum || fail "needs sha256sum or shasum"
	has "$unpacker" || fail "needs $unpacker"
	if has sha256sum; then checksum=sha256sum; else checksum='shasum -a 256'; fi
	[ ! -d "$directory/$program" ] || fail "$directory/$program is a directory"
	new=
	work=$(mktemp -d 2> /dev/null) || fail "cannot make a temporary directory"
	trap 'rm -rf "$work" ${new:+"$new"}' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM

	download "$archive"
	if [ -z "$wanted" ]; then
		download checksums.txt
		wanted=$(awk -v name="$archive" '$2 == name { print $1; exit }' "$work/checksums.txt")
		[ -n "$wanted" ] || fail "checksums.txt of $version does not name $archive"
	fi
	found=$($checksum < "$work/$archive")
	found=${found%% *}
	[ "$found" = "$wanted" ] || fail "the checksum of $archive is $found, and must be $wanted"

	if [ "$unpacker" = unzip ]; then
		unzip -q "$work/$archive" "$program" -d "$work"
	else
		tar -xzf "$work/$archive" -C "$work" "$program"
	fi || fail "cannot unpack $program from $archive"
	# A program that is there is replaced as a whole, even if it runs.
	{ mkdir -p "$directory" && new=$directory/.$program.$$ && cp "$work/$program" "$new" && chmod 755 "$new" && mv -f "$new" "$directory/$program"; } ||
		fail "cannot write to $directory; name another directory, or run this as its owner"
	printf 'installed iblint %s as %s\n' "$version" "$directory/$program"
	case :$PATH: in
	*:"$directory":*) ;;
	*) printf '%s is not in PATH\n' "$directory" ;;
	esac
}

main "$@"
