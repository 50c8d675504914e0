# What `cmake --install` puts beside the program. The man page and the completions are made by the program itself, of
# what its command line is parsed with.
include(GNUInstallDirs)

set(made "${PROJECT_BINARY_DIR}/made")
set(desktop "${PROJECT_SOURCE_DIR}/packaging/desktop")
file(MAKE_DIRECTORY "${made}")
foreach(file desktop view.desktop metainfo.xml)
  configure_file("${desktop}/pixelpass.${file}.in" "${made}/${PIXELPASS_APP_ID}.${file}" @ONLY)
endforeach()

# pixelpass_generated(<kind> <file>): what `pixelpass generate KIND` writes. A build for another kind of machine
# cannot run it, unless CMake knows an emulator.
function(pixelpass_generated kind file)
  add_custom_command(OUTPUT "${made}/${file}"
    COMMAND pixelpass generate ${kind} > "${made}/${file}"
    DEPENDS pixelpass VERBATIM)
  set_property(GLOBAL APPEND PROPERTY PIXELPASS_GENERATED "${made}/${file}")
endfunction()

pixelpass_generated(man pixelpass.1)
pixelpass_generated(bash pixelpass.bash)
pixelpass_generated(zsh _pixelpass)
pixelpass_generated(fish pixelpass.fish)
get_property(generated GLOBAL PROPERTY PIXELPASS_GENERATED)
# A build with sanitizers is installed by nobody, and need not be able to run while it is built.
if(PIXELPASS_SANITIZE)
  add_custom_target(pixelpass_files DEPENDS ${generated})
else()
  add_custom_target(pixelpass_files ALL DEPENDS ${generated})
endif()

install(FILES "${made}/pixelpass.1" DESTINATION "${CMAKE_INSTALL_MANDIR}/man1")
install(FILES "${made}/pixelpass.bash" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" RENAME pixelpass)
install(FILES "${made}/_pixelpass" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions")
install(FILES "${made}/pixelpass.fish" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d")
install(FILES "${made}/${PIXELPASS_APP_ID}.desktop" "${made}/${PIXELPASS_APP_ID}.view.desktop"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/applications")
install(FILES "${made}/${PIXELPASS_APP_ID}.metainfo.xml" DESTINATION "${CMAKE_INSTALL_DATADIR}/metainfo")
install(FILES "${desktop}/pixelpass.svg" DESTINATION "${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps"
  RENAME "${PIXELPASS_APP_ID}.svg")
# For web spaces (packaging/web); the program has it in itself.
install(FILES "${PROJECT_SOURCE_DIR}/src/web/page.html" DESTINATION "${CMAKE_INSTALL_DATADIR}/pixelpass")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/packaging/copyright"
  "${PROJECT_SOURCE_DIR}/packaging/CHANGELOG.md"
  DESTINATION "${CMAKE_INSTALL_DOCDIR}")
