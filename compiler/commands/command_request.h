#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "postern/base/wire.h"

// A command behind the border of compiler/request.h, for whoever reads the files, writes what is to
// be written, and prints the rest.
//
// What such a request has behind its kind:
//   u8       1 where diagnostics are shown in colour, else 0
//   u16      number of faults of reading files; of each:
//     u8       which one: FileFault
//     text16   the file's name
//     text16   the system's word
//   u16      number of faults of writing files, in the same form: such a request is a second one
//   u16      providers, as in a request to compile
//   ...      the host, as in a request to compile
// Then, by its kind:
//   lint
//     file     the policy; u8 1 and a file of values, or 0; u8 1 and the Worker's configuration, or
//     0 u8       1 where the values of the environment are looked at, else 0 u16      number of its
//     values; of each, a text16 name and a bytes32 value u8       0 for text, 1 for JSON u8       1
//     where warnings make it fail, else 0 u16      number of problems that the core has with the
//     policy; of each, its u8 number and the
//              text16 source: such a request is a second one
//   compile
//     file     the policy; u8 0 for production, 1 for development; text16 the origin, or none
//     text16   where the policy file goes
//   names
//     file     the policy; u8 0 for lines, 1 for JSON
//   providers
//     text16   a slug, or a part of a name; none for all
//     text16   an algorithm; none for any
//     u8       1 for those alone whose signatures cover the body, else 0
//     u8       1 for those alone that have a challenge, else 0
//     u8       0 for text, 1 for JSON
//     u8       1 and a file, the request whose sender is looked for; or 0
//   init
//     bytes32  the repository's wrangler.toml without its list of secrets
//     u16      number of slugs, and each as a text16
//     u8       0 for a Worker, 1 for a process of Node; u8 1 and the .gitignore that is there as a
//              bytes32, or 0
//     u8       1 where the texts are printed, else 0
//     u16      number of files as they are named when they were written, and each as a text16
// A file is its text16 name, a u8 that is 1 where it could be read, and a bytes32: its text, or why
// it could not be.
//
// Its answer:
//   bytes32  for standard output
//   bytes32  for standard error
//   u8       the exit code
//   u16      number of files to be written, or, from lint, to be judged by the core; of each:
//     text16   its name; none for a policy file
//     bytes32  what it holds
//   u16      number of values to be judged with it, by slot, and each as a bytes32

namespace postern::compiler {

enum class RequestKind : std::uint8_t {
  compile_text = 0,
  lint = 1,
  compile = 2,
  names = 3,
  providers = 4,
  init = 5,
};

/// `answer_command` answers the rest of a request of `kind`, any but `compile_text`. Gives nothing
/// for bytes that are no request.
[[nodiscard]] std::optional<std::vector<std::byte>> answer_command(RequestKind kind,
                                                                   Reader& reader);

}  // namespace postern::compiler
