# Run with cmake -P: writes OUTPUT, a C++ file that holds FILES (separated by |) byte for byte.

string(REPLACE "|" ";" files "${FILES}")
set(arrays "")
set(entries "")
set(number 0)
foreach(file IN LISTS files)
  cmake_path(GET file STEM name)
  file(READ "${file}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," characters "${hex}")
  string(APPEND arrays "constexpr char file_${number}[] = {${characters}'\\0'};\n")
  string(APPEND entries "    {\"${name}\", {file_${number}, sizeof(file_${number}) - 1}},\n")
  math(EXPR number "${number} + 1")
endforeach()

file(WRITE "${OUTPUT}" "#include \"harness/policy/embedded_catalogue.h\"

namespace postern::harness {
namespace {

${arrays}
constexpr EmbeddedFile files[] = {
${entries}};

}  // namespace

std::span<const EmbeddedFile> embedded_catalogue() { return files; }

}  // namespace postern::harness
")
