# embed_catalogue(TARGET folder) compiles the `*.toml` files of `folder` into TARGET, so that the
# native command needs nothing beside it. What the program sees: harness/host/catalogue_files.h.
# The folder is listed anew whenever a file comes or goes: the catalogue is data, and a list of its
# names would be a second place to edit.

function(embed_catalogue target folder)
  file(GLOB files CONFIGURE_DEPENDS "${folder}/*.toml")
  set(script "${PROJECT_SOURCE_DIR}/cmake/embed_providers.cmake")
  set(source "${CMAKE_CURRENT_BINARY_DIR}/embedded_providers.cpp")
  # The list of the files is a dependency too: a file that is gone has no time.
  set(names "${CMAKE_CURRENT_BINARY_DIR}/embedded_providers.txt")
  file(CONFIGURE OUTPUT "${names}" CONTENT "${files}" @ONLY)
  add_custom_command(
    OUTPUT "${source}"
    COMMAND "${CMAKE_COMMAND}" "-DFOLDER=${folder}" "-DOUTPUT=${source}" -P "${script}"
    DEPENDS ${files} "${names}" "${script}"
    COMMENT "Embedding the catalogue"
    VERBATIM)
  target_sources(${target} PRIVATE "${source}")
endfunction()
