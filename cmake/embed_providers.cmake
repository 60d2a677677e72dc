# Writes OUTPUT, a C++ file that holds the texts of FOLDER/*.toml. Run by the build, so that the
# command `postern` needs no files beside it.

file(GLOB providers "${FOLDER}/*.toml")
list(SORT providers)

set(entries "")
foreach(provider IN LISTS providers)
  get_filename_component(slug "${provider}" NAME_WE)
  file(READ "${provider}" text)
  string(APPEND entries "      {R\"toml(${slug})toml\", R\"toml(${text})toml\"},\n")
endforeach()

file(WRITE "${OUTPUT}.new" "#include \"harness/host/catalogue_files.h\"

namespace postern::harness {

std::vector<ProviderText> embedded_providers() {
  return std::vector<ProviderText>{
${entries}  };
}

}  // namespace postern::harness
")
file(COPY_FILE "${OUTPUT}.new" "${OUTPUT}" ONLY_IF_DIFFERENT)
file(REMOVE "${OUTPUT}.new")
