#!/bin/sh
# Puts a real VS Code, workbench and extension host, into PREFIX for the editor tests.
#
#   setup.sh PREFIX        afterwards PREFIX/bin/vscode runs, and PREFIX/bin/chromium shows it
#
# VS Code itself is in no package registry. Its server is: the npm package code-server ships it, and
# with it the workbench as a web page and the same extension host as the desktop's. The server is
# started by its own server-main.js; code-server's wrapper around it (passwords, proxies) is not used,
# and nothing is compiled.
#
# The packages come from the registry that this system's npm is set up with, Chromium from its apt.
set -eu

prefix=${1:?usage: setup.sh PREFIX}
version=4.100.3 # The last for Node 20; it holds VS Code 1.100.3.
mkdir -p "$prefix/bin"
prefix=$(cd "$prefix" && pwd)
vscode=$prefix/node_modules/code-server/lib/vscode
start=$prefix/bin/vscode

say() { echo "vscode setup: $*"; }
die() { echo "vscode setup: $*" >&2; exit 1; }

for tool in node npm; do
  command -v "$tool" >/dev/null || die "$tool is missing. It takes Node 20 or 22 and its npm."
done
major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
[ "$major" -ge 20 ] || die "Node $(node --version) is too old: VS Code's server wants 20"

# What is needed of the system: a browser, the search program (its npm package would download it from
# elsewhere), a font to draw with.
browser=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
missing=
[ -n "$browser" ] || missing="$missing chromium"
command -v rg >/dev/null || missing="$missing ripgrep"
[ -n "$(find /usr/share/fonts "${HOME:-/}/.fonts" -name '*.ttf' 2>/dev/null | head -n 1)" ] || missing="$missing fonts-dejavu-core"
if [ -n "$missing" ]; then
  command -v apt-get >/dev/null || die "missing:$missing. Off Debian, install a Chromium (or name it in CHROMIUM), ripgrep and a TrueType font."
  # shellcheck disable=SC2086
  [ "$(id -u)" = 0 ] || die "missing:$missing. Run as root: apt-get install --no-install-recommends$missing"
  say "installing$missing (about 130 MB)"
  apt-get -q update
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends $missing
  browser=${browser:-$(command -v chromium)}
fi
ln -sfn "$browser" "$prefix/bin/chromium"

if [ "$(cat "$prefix/version" 2>/dev/null)" = "$version" ] && "$start" --version >/dev/null 2>&1; then
  say "VS Code $("$start" --version | head -n 1) is there"
  exit 0
fi

# Run from wherever npm is: its settings stay the system's own, but no script of a package runs. Those
# refuse root, and compile what these tests do not need: the terminal, the logger, Kerberos.
quiet='--ignore-scripts --omit=dev --no-audit --no-fund --loglevel=error'
say "downloading code-server $version (about 300 MB on disk)"
rm -rf "$prefix/node_modules" "$prefix/package-lock.json" "$prefix/version"
echo '{ "private": true }' >"$prefix/package.json"
# shellcheck disable=SC2086
(cd "$prefix" && npm install $quiet --save-exact "code-server@$version")
# What the scripts would have installed. (Not `npm ci`: a shrinkwrap in there lacks an entry.)
# shellcheck disable=SC2086
(cd "$vscode" && npm install $quiet)
# shellcheck disable=SC2086
(cd "$vscode/extensions" && npm install $quiet)
ln -sfn node_modules "$vscode/node_modules.asar"
mkdir -p "$vscode/node_modules/@vscode/ripgrep/bin"
ln -sf "$(command -v rg)" "$vscode/node_modules/@vscode/ripgrep/bin/rg"

cat >"$start" <<WRAP
#!/bin/sh
exec node "$vscode/out/server-main.js" "\$@"
WRAP
chmod +x "$start"
"$start" --version >/dev/null || die "the VS Code just installed does not run"
echo "$version" >"$prefix/version"
say "VS Code $("$start" --version | head -n 1) is ready"
