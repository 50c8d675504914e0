#!/usr/bin/env bash
# Makes an AppImage of the program, its libraries and GStreamer's plugins: build/pixelpass-VERSION-MACHINE.AppImage.
#
#   packaging/appimage.sh [--yes] [--build FOLDER] [--folder-only]
#
#   --build FOLDER   of the build that is there, with all that is installed; otherwise build/release, which is made
#   --folder-only    the folder that goes into it (AppDir in the build's), no more
#
# The folder is tested. The rest was never run: neither linuxdeploy (https://github.com/linuxdeploy/linuxdeploy) nor its
# GStreamer plugin was at hand. Both have to be on the PATH. Make it on the oldest system that it is to run on.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly kApp=io.github.pixelpass.pixelpass

make_folder() {
  rm -rf "$folder"
  DESTDIR=$folder cmake --install "$build" --prefix /usr --strip >/dev/null
}

# What is loaded while it runs, and no link shows: the encoders, parsers, decoders and muxers of README.md.
make_image() {
  local tool
  for tool in linuxdeploy linuxdeploy-plugin-gstreamer.sh; do
    command -v "$tool" >/dev/null || fail "there is no $tool on the PATH; see the top of packaging/appimage.sh"
  done
  export GSTREAMER_INCLUDE_BAD_PLUGINS=1 GSTREAMER_INCLUDE_UGLY_PLUGINS=1
  (cd "$root/build" && linuxdeploy --appdir "$folder" --desktop-file "$folder/usr/share/applications/$kApp.desktop" \
    --icon-file "$folder/usr/share/icons/hicolor/scalable/apps/$kApp.svg" --plugin gstreamer --output appimage)
}

build='' folder_only=no
while [[ $# -gt 0 ]]; do
  case $1 in
    --yes) assume_yes=yes ;;
    --build) build=$(realpath "$2") && shift ;;
    --folder-only) folder_only=yes ;;
    *) fail --code 2 "what is '$1'? See the top of packaging/appimage.sh" ;;
  esac
  shift
done

if [[ -z $build ]]; then
  ensure_packages build run
  ensure_libraries
  configured release || configure release -DPIXELPASS_TESTS=OFF
  build release pixelpass pixelpass_files
  build=$root/build/release
fi
folder=$build/AppDir
make_folder
[[ $folder_only == yes ]] || make_image
