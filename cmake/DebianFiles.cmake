# What Debian has elsewhere, and compressed (policy 12.1 and 12.7). CPack runs this between installing and packing.
find_program(GZIP gzip REQUIRED)
find_program(DATE date REQUIRED)
set(share "${CPACK_TEMPORARY_INSTALL_DIRECTORY}${CPACK_PACKAGING_INSTALL_PREFIX}/share")
set(doc "${share}/doc/pixelpass")

# Debian's zsh looks in no site-functions of the system's.
file(RENAME "${share}/zsh/site-functions" "${share}/zsh/vendor-completions")

execute_process(COMMAND "${DATE}" --rfc-email --utc "--date=${CPACK_PIXELPASS_RELEASE_DATE}"
  OUTPUT_VARIABLE date OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
set(version "${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}")
file(WRITE "${doc}/changelog.Debian" "pixelpass (${version}) unstable; urgency=medium

  * What has changed in pixelpass is in changelog.gz.

 -- ${CPACK_PACKAGE_CONTACT}  ${date}
")
file(RENAME "${doc}/CHANGELOG.md" "${doc}/changelog")
execute_process(COMMAND "${GZIP}" -9n "${share}/man/man1/pixelpass.1" "${doc}/changelog" "${doc}/changelog.Debian"
  COMMAND_ERROR_IS_FATAL ANY)
