# embed_catalogue(TARGET folder) compiles the `*.toml` files of `folder` into TARGET, so that the
# native command needs nothing beside it. What the program sees: harness/policy/embedded_catalogue.h.
# The folder is listed anew whenever a file comes or goes: the catalogue is data, a list of its names
# would be a second place to edit.

function(embed_catalogue target folder)
  file(GLOB files CONFIGURE_DEPENDS "${folder}/*.toml")
  set(source "${CMAKE_CURRENT_BINARY_DIR}/embedded_catalogue.cpp")
  list(JOIN files "|" files_as_argument)
  add_custom_command(
    OUTPUT "${source}"
    COMMAND "${CMAKE_COMMAND}" "-DFILES=${files_as_argument}" "-DOUTPUT=${source}"
      -P "${PROJECT_SOURCE_DIR}/cmake/embed_catalogue_script.cmake"
    DEPENDS ${files} "${PROJECT_SOURCE_DIR}/cmake/embed_catalogue_script.cmake"
    COMMENT "Embedding the catalogue"
    VERBATIM)
  target_sources(${target} PRIVATE "${source}")
endfunction()
