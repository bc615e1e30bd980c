#!/bin/sh
# Puts a current Neovim into PREFIX, for the editor test, and leaves the system as it is.
#
#   setup.sh PREFIX        afterwards PREFIX/bin/nvim runs
#
# Why not `apt-get install neovim`: a stable Debian carries a Neovim from before 0.11, and
# `vim.lsp.enable`, which the plugin stands on, came with 0.11. The package of Debian's testing suite
# is new enough but needs a newer C library than the system has. So Neovim and every library it
# needs, the C library and its loader included, are unpacked below PREFIX, and the binary is told to
# use those. The paths are absolute: a PREFIX that was moved is made again.
#
# The packages come from the mirror that this system's own apt is set up with.
# Only patchelf, where it is missing, is installed into the system.
set -eu

prefix=${1:?usage: setup.sh PREFIX}
suite=testing
mkdir -p "$prefix/bin"
prefix=$(cd "$prefix" && pwd)
nvim=$prefix/bin/nvim
work=$prefix/apt
root=$prefix/root

say() { echo "nvim setup: $*"; }
die() { echo "nvim setup: $*" >&2; exit 1; }

works() { "$nvim" --clean --headless -c 'if !has("nvim-0.11") | cquit | endif' -c qall >/dev/null 2>&1; }

if works; then
  say "$("$nvim" --version | head -n 1) is there"
  exit 0
fi

for tool in apt-get dpkg-deb; do
  command -v "$tool" >/dev/null || die "$tool is missing. Off Debian, put Neovim 0.11 or later on the PATH instead."
done
if ! command -v patchelf >/dev/null; then
  say "installing patchelf"
  apt-get -q update
  DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends patchelf
fi

# Of apt's sources, the one that serves this system's own release: not its security archive, which
# has no other suites. Other vendors use suite names of their own.
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
mirror=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(SITE)' |
  awk -v release="$codename" '$1 == release && $2 == "main" { print $3; exit }')
[ -n "$mirror" ] || die "apt has no source for '$codename main' to take Neovim from"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || die "$keyring is missing (package debian-archive-keyring)"

rm -rf "$work" "$root"
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/none" "$root"
trap 'rm -rf "$work"' EXIT
echo "deb [signed-by=$keyring] $mirror $suite main" >"$work/sources.list"
# An empty package database: nothing counts as installed, so the whole closure is downloaded.
: >"$work/status"

# apt-get with its state and sources below PREFIX. Translations and application metadata would
# double the download.
private_apt() {
  apt-get -qq -y \
    -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts="$work/none" \
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts="$work/none" \
    -o Dir::State="$work" -o Dir::State::Lists="$work/lists" -o Dir::State::status="$work/status" \
    -o Dir::Cache="$work/cache" -o Debug::NoLocking=1 -o APT::Sandbox::User= \
    -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false \
    -o Acquire::Retries=3 -o APT::Install-Recommends=false "$@"
}

say "downloading from the suite '$suite'"
private_apt update
private_apt install --download-only neovim
for package in "$work"/cache/archives/*.deb; do
  dpkg-deb --extract "$package" "$root"
done

libraries=$(dirname "$(find "$root" -name libc.so.6 | head -n 1)")
loader=$(find "$libraries" -maxdepth 1 -name 'ld-linux*.so.*' | head -n 1)
binary=$(readlink -f "$root/usr/bin/nvim")
# The binary itself is changed, rather than started through the loader, because Neovim starts itself
# again by its own path. DT_RPATH (--force-rpath) also serves the libraries' own needs, and unlike
# LD_LIBRARY_PATH is not passed on to the language server.
patchelf --set-interpreter "$loader" --set-rpath "$libraries" --force-rpath "$binary"
ln -sf "$binary" "$nvim"

works || die "the Neovim just unpacked does not run: $("$nvim" --version 2>&1 | head -n 3)"
say "$("$nvim" --version | head -n 1) is ready"
