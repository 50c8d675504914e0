# FTXUI's files that do not go together with its others in one unit: each has names of its own that they have, too.
# Read by its build as CMAKE_PROJECT_ftxui_INCLUDE.
set_source_files_properties(
  src/ftxui/dom/separator.cpp src/ftxui/dom/table.cpp src/ftxui/dom/util.cpp
  PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
