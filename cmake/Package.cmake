# The .deb, by CPack: packaging/deb.sh makes it. Its name says for which release it is, since its libraries are those of
# that release.
set(PIXELPASS_MAINTAINER "The pixelpass maintainers <maintainers@pixelpass.invalid>" CACHE STRING "Whom the package names")

# pixelpass_run_packages(<out>): what the program loads while it runs, which no link shows.
function(pixelpass_run_packages out)
  file(STRINGS "${PROJECT_SOURCE_DIR}/packaging/packages/debian.txt" lines REGEX "^run:")
  list(TRANSFORM lines REPLACE "^run:" "")
  string(JOIN " " names ${lines})
  separate_arguments(names)
  string(JOIN ", " names ${names})
  set(${out} "${names}" PARENT_SCOPE)
endfunction()

# pixelpass_release(<out>): "debian12", for a version that tells one release's package from another's.
function(pixelpass_release out)
  set(${out} "" PARENT_SCOPE)
  if(EXISTS /etc/os-release)
    cmake_host_system_information(RESULT system QUERY DISTRIB_INFO)
    set(${out} "${system_ID}${system_VERSION_ID}" PARENT_SCOPE)
  endif()
endfunction()

pixelpass_run_packages(run_packages)
pixelpass_release(release)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME pixelpass)
set(CPACK_PACKAGE_VENDOR "The pixelpass maintainers")
set(CPACK_PACKAGE_CONTACT "${PIXELPASS_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION "You run it and send the one ticket that it prints over any chat; your friend
pastes the ticket and watches in mpv or VLC. There is no account, and no
server in between; everything is encrypted.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_SOURCE_DIR}/cmake/DebianFiles.cmake")
set(CPACK_PIXELPASS_RELEASE_DATE "${PIXELPASS_RELEASE_DATE}")

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE "1~${release}")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "${run_packages}")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "mpv | vlc, pipewire, xdg-desktop-portal")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "wl-clipboard | xclip | xsel")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
# Tests are not in the package: it is not to wait for them.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
include(CPack)
