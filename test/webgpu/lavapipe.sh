#!/usr/bin/env bash
# The tests of WebGPU on Mesa's lavapipe, a second software adapter: it has f16 and matrices of subgroups, keeps small numbers and rearranges sums,
# which SwiftShader does not. Its packages of Debian 13 (backports), their own C library and loader included, are unpacked into a folder; nothing is
# installed. Arguments go to vitest. Status 75: it cannot be had here.
set -euo pipefail
cd "$(dirname "$0")/../.."

folder="${COTANGENT_LAVAPIPE:-${TMPDIR:-/tmp}/cotangent-lavapipe-26-$(id -u)}"
libraries="$folder/root/usr/lib/x86_64-linux-gnu"

fetch() {
  [ "$(uname -sm)" = "Linux x86_64" ] && command -v apt-get > /dev/null && command -v dpkg-deb > /dev/null || return 1
  local draft
  draft="$(mktemp -d "$folder-XXXXXX")"
  mkdir -p "$draft/lists/partial" "$draft/cache/archives/partial" "$draft/debs"
  local suite
  for suite in trixie trixie-backports; do
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $suite main"
  done > "$draft/sources.list"
  local apt=(-o "Dir::Etc::sourcelist=$draft/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$draft/lists" -o "Dir::Cache=$draft/cache" -o "APT::Sandbox::User=$(id -un)")
  timeout 300 apt-get "${apt[@]}" update -qq < /dev/null || return 1
  (cd "$draft/debs" && timeout 600 apt-get "${apt[@]}" download -qq -t trixie-backports mesa-vulkan-drivers libdrm2 libdrm-amdgpu1 libdisplay-info2 < /dev/null &&
    timeout 600 apt-get "${apt[@]}" download -qq libc6 libgcc-s1 libstdc++6 libatomic1 libvulkan1 libllvm19 libelf1t64 libexpat1 libpng16-16t64 libwayland-client0 \
      libx11-xcb1 libxcb1 libxcb-dri3-0 libxcb-present0 libxcb-randr0 libxcb-shm0 libxcb-sync1 libxcb-xfixes0 libxshmfence1 libzstd1 zlib1g libxau6 libxdmcp6 \
      libbsd0 libmd0 libedit2 libz3-4 libxml2 libffi8 libtinfo6 liblzma5 libicu76 libudev1 libcap2 < /dev/null) || return 1
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
export VK_ICD_FILENAMES="$folder/lvp_icd.json" XDG_RUNTIME_DIR="${XDG_RUNTIME_DIR:-${TMPDIR:-/tmp}}" COTANGENT_ADAPTER=system
# Node runs on the C library that the driver needs; threads, for a process that it started itself would not
exec "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries" "$(readlink -f "$(command -v node)")" node_modules/vitest/vitest.mjs run --pool=threads "$@"
