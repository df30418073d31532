#!/usr/bin/env bash
# The tests of WebGPU on Mesa's lavapipe, a second software adapter: it has f16, keeps small numbers and rearranges sums, which SwiftShader does not.
# Its packages of Debian 12 (backports) are unpacked into a folder; nothing is installed. Arguments go to vitest. Status 75: it cannot be had here.
set -euo pipefail
cd "$(dirname "$0")/../.."

folder="${COTANGENT_LAVAPIPE:-${TMPDIR:-/tmp}/cotangent-lavapipe-$(id -u)}"
libraries="$folder/root/usr/lib/x86_64-linux-gnu"

fetch() {
  [ "$(uname -sm)" = "Linux x86_64" ] && command -v apt-get > /dev/null && command -v dpkg-deb > /dev/null || return 1
  local draft
  draft="$(mktemp -d "$folder-XXXXXX")"
  mkdir -p "$draft/lists/partial" "$draft/cache/archives/partial" "$draft/debs"
  local suite
  for suite in bookworm bookworm-backports; do
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $suite main"
  done > "$draft/sources.list"
  local apt=(-o "Dir::Etc::sourcelist=$draft/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$draft/lists" -o "Dir::Cache=$draft/cache" -o "APT::Sandbox::User=$(id -un)")
  timeout 300 apt-get "${apt[@]}" update -qq < /dev/null || return 1
  (cd "$draft/debs" && timeout 600 apt-get "${apt[@]}" download -qq -t bookworm-backports mesa-vulkan-drivers < /dev/null &&
    timeout 600 apt-get "${apt[@]}" download -qq libvulkan1 libdrm2 libdrm-amdgpu1 libllvm15 libelf1 libexpat1 libwayland-client0 libx11-xcb1 libxcb1 \
      libxcb-dri3-0 libxcb-present0 libxcb-randr0 libxcb-shm0 libxcb-sync1 libxcb-xfixes0 libxshmfence1 libxau6 libxdmcp6 libbsd0 libmd0 \
      libedit2 libz3-4 libxml2 libicu72 libffi8 libtinfo6 < /dev/null &&
    timeout 600 apt-get "${apt[@]}" download -qq -t bookworm-backports libdrm2 libdrm-amdgpu1 < /dev/null) || return 1
  local package
  for package in "$draft"/debs/*.deb; do dpkg-deb -x "$package" "$draft/root"; done
  rm -rf "$draft/debs" "$draft/lists" "$draft/cache" "$draft/sources.list"
  # moved when it is whole, so that nobody finds half of it
  mv -T "$draft" "$folder" 2> /dev/null || rm -rf "$draft"
}
if [ ! -f "$libraries/libvulkan_lvp.so" ] && ! fetch; then
  echo "SKIPPED: lavapipe cannot be fetched here (Debian packages on x86-64): nothing is tested on it"
  exit 75
fi
sed "s#\"library_path\": \".*\"#\"library_path\": \"$libraries/libvulkan_lvp.so\"#" "$folder/root/usr/share/vulkan/icd.d/lvp_icd.json" > "$folder/lvp_icd.json"
export LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" VK_ICD_FILENAMES="$folder/lvp_icd.json" XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-${TMPDIR:-/tmp}}" COTANGENT_ADAPTER=system
exec npx vitest run "$@"
