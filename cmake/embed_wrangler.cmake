# Writes OUTPUT, a C++ file that holds the text of FILE, the sample configuration of the Worker, up to
# the list of what the sample policy reads. Run by the build.

file(READ "${FILE}" text)
string(FIND "${text}" "\n# What the sample postern.toml reads" end)
if(end EQUAL -1)
  message(FATAL_ERROR "${FILE} has no list of what the sample policy reads")
endif()
string(SUBSTRING "${text}" 0 ${end} head)

file(WRITE "${OUTPUT}.new" "#include \"harness/commands/init.h\"

namespace postern::harness {

std::string_view wrangler_sample() { return R\"toml(${head})toml\"; }

}  // namespace postern::harness
")
file(COPY_FILE "${OUTPUT}.new" "${OUTPUT}" ONLY_IF_DIFFERENT)
file(REMOVE "${OUTPUT}.new")
